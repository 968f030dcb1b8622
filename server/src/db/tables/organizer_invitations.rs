//! Invitations to become an organizer.

use diesel::prelude::*;
use holdout_protocol::{
    AccountId, OrganizerInvitation, OrganizerInvitationId, OrganizerRole, Page, PageQuery, SeasonId, Sha256, Slug,
    Timestamp,
};

use crate::db::conn::Conn;
use crate::db::openness::{Openness, OpennessRow};
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{accounts, organizer_invitations, seasons};
use crate::db::values::{from_word, int, parsed, to_word};
use crate::error::Result;

/// An invitation that was neither accepted nor taken back.
#[diesel::dsl::auto_type]
fn is_open() -> _ {
    organizer_invitations::accepted_at.is_null().and(organizer_invitations::revoked_at.is_null())
}

/// An invitation as the one who has its code finds it.
#[derive(Debug, Clone)]
pub struct FoundInvitation {
    pub id: OrganizerInvitationId,
    pub by: AccountId,
    pub role: OrganizerRole,
    /// The season in which the role counts; `None` if it is the whole server.
    pub season: Option<(SeasonId, Slug)>,
    pub invited_by: String,
    pub openness: Openness,
}

pub fn insert(
    conn: &mut Conn,
    by: AccountId,
    season: Option<SeasonId>,
    invitation: &OrganizerInvitation,
    code: Sha256,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(organizer_invitations::table)
        .values((
            organizer_invitations::id.eq(invitation.id.to_string()),
            organizer_invitations::code_hash.eq(code.to_string()),
            organizer_invitations::email.eq(&invitation.email),
            organizer_invitations::role.eq(to_word(&invitation.role)?),
            organizer_invitations::season_id.eq(season.map(String::from)),
            organizer_invitations::created_by.eq(by.to_string()),
            organizer_invitations::created_at.eq(now.as_micros()),
            organizer_invitations::expires_at.eq(invitation.expires_at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Counts the invitations that can still be accepted.
pub fn count_open(conn: &mut Conn, now: Timestamp) -> Result<u32> {
    let count: i64 = organizer_invitations::table
        .filter(is_open())
        .filter(organizer_invitations::expires_at.gt(now.as_micros()))
        .count()
        .get_result(conn)?;
    int(count)
}

/// Gives an open invitation another code; whether there is one.
pub fn replace_code(conn: &mut Conn, id: OrganizerInvitationId, code: Sha256) -> Result<bool> {
    let open = organizer_invitations::table.find(id.to_string()).filter(is_open());
    Ok(diesel::update(open).set(organizer_invitations::code_hash.eq(code.to_string())).execute(conn)? > 0)
}

type FoundRow = (String, String, String, OpennessRow, String, Option<(String, String)>);

/// The invitation with this code.
pub fn by_code(conn: &mut Conn, code: Sha256) -> Result<Option<FoundInvitation>> {
    let row: Option<FoundRow> = organizer_invitations::table
        .inner_join(accounts::table.on(organizer_invitations::created_by.eq(accounts::id)))
        .left_join(seasons::table)
        .filter(organizer_invitations::code_hash.eq(code.to_string()))
        .select((
            organizer_invitations::id,
            accounts::id,
            accounts::name,
            (
                organizer_invitations::email,
                organizer_invitations::expires_at,
                organizer_invitations::accepted_by,
                organizer_invitations::revoked_at,
            ),
            organizer_invitations::role,
            (seasons::id, seasons::slug).nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some((id, by, invited_by, openness, role, season)) = row else { return Ok(None) };
    let season = season.map(|(id, slug)| Ok::<_, crate::error::Error>((parsed(id)?, parsed(slug)?))).transpose()?;
    Ok(Some(FoundInvitation {
        id: parsed(id)?,
        by: parsed(by)?,
        role: from_word(&role)?,
        season,
        invited_by,
        openness: Openness::from_row(openness)?,
    }))
}

/// Marks an open invitation as accepted; whether it was open.
pub fn accept(conn: &mut Conn, id: OrganizerInvitationId, by: AccountId, now: Timestamp) -> Result<bool> {
    let open = organizer_invitations::table.find(id.to_string()).filter(is_open());
    let changes =
        (organizer_invitations::accepted_at.eq(now.as_micros()), organizer_invitations::accepted_by.eq(by.to_string()));
    Ok(diesel::update(open).set(changes).execute(conn)? > 0)
}

type InvitationRow = (String, Option<String>, String, i64, Option<i64>, Option<String>, String, Option<String>);

/// A page of the invitations that were not taken back, newest first: those for one season, or all.
pub fn page(conn: &mut Conn, season: Option<SeasonId>, query: &PageQuery) -> Result<Page<OrganizerInvitation>> {
    let takers = diesel::alias!(accounts as takers);
    let mut select = organizer_invitations::table
        .inner_join(accounts::table.on(organizer_invitations::created_by.eq(accounts::id)))
        .left_join(seasons::table)
        .left_join(takers.on(organizer_invitations::accepted_by.eq(takers.field(accounts::id).nullable())))
        .filter(organizer_invitations::revoked_at.is_null())
        .select((
            organizer_invitations::id,
            organizer_invitations::email,
            accounts::name,
            organizer_invitations::expires_at,
            organizer_invitations::accepted_at,
            takers.field(accounts::name).nullable(),
            organizer_invitations::role,
            seasons::slug.nullable(),
        ))
        .order(organizer_invitations::id.desc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(season) = season {
        select = select.filter(organizer_invitations::season_id.eq(season.to_string()));
    }
    if let Some(cursor) = &query.cursor {
        select = select.filter(organizer_invitations::id.lt(cursor.clone()));
    }
    let rows: Vec<InvitationRow> = select.load(conn)?;
    let items = rows.into_iter().map(invitation).collect::<Result<Vec<_>>>()?;
    Ok(page_of(items, query, |invitation| invitation.id.to_string()))
}

fn invitation(
    (id, email, invited_by, expires_at, accepted_at, accepted_by, role, season): InvitationRow,
) -> Result<OrganizerInvitation> {
    Ok(OrganizerInvitation {
        id: parsed(id)?,
        email,
        role: from_word(&role)?,
        season: season.map(parsed).transpose()?,
        invited_by,
        expires_at: Timestamp::from_micros(expires_at),
        accepted_at: accepted_at.map(Timestamp::from_micros),
        accepted_by,
    })
}

/// Whether an invitation was accepted, and the season that it is for; `None` if there is none, or
/// it was taken back.
pub fn status(conn: &mut Conn, id: OrganizerInvitationId) -> Result<Option<(bool, Option<SeasonId>)>> {
    let row: Option<(Option<i64>, Option<String>)> = organizer_invitations::table
        .find(id.to_string())
        .filter(organizer_invitations::revoked_at.is_null())
        .select((organizer_invitations::accepted_at, organizer_invitations::season_id))
        .first(conn)
        .optional()?;
    row.map(|(accepted, season)| Ok((accepted.is_some(), season.map(parsed).transpose()?))).transpose()
}

/// Takes an open invitation back; whether there was one.
pub fn revoke(conn: &mut Conn, id: OrganizerInvitationId, now: Timestamp) -> Result<bool> {
    let open = organizer_invitations::table.find(id.to_string()).filter(is_open());
    Ok(diesel::update(open).set(organizer_invitations::revoked_at.eq(now.as_micros())).execute(conn)? > 0)
}

/// Takes all open invitations back that this organizer made: those for one season, or all.
pub fn revoke_by(conn: &mut Conn, by: AccountId, season: Option<SeasonId>, now: Timestamp) -> Result<()> {
    let open =
        organizer_invitations::table.filter(organizer_invitations::created_by.eq(by.to_string())).filter(is_open());
    let revoked = organizer_invitations::revoked_at.eq(now.as_micros());
    match season {
        Some(season) => {
            let there = open.filter(organizer_invitations::season_id.eq(season.to_string()));
            diesel::update(there).set(revoked).execute(conn)?
        }
        None => diesel::update(open).set(revoked).execute(conn)?,
    };
    Ok(())
}

/// Forgets unanswered invitations that ended before `oldest`; says how many.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    let over = organizer_invitations::table
        .filter(organizer_invitations::accepted_at.is_null())
        .filter(organizer_invitations::expires_at.lt(oldest.as_micros()));
    Ok(diesel::delete(over).execute(conn)?)
}
