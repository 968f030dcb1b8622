//! Who runs seasons, and the links that make somebody an organizer.

use diesel::prelude::*;
use holdout_protocol::{
    AccountId, OrganizerInvitation, OrganizerInvitationId, OrganizerProfile, Page, PageQuery, SeasonId, Sha256,
    Timestamp,
};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{accounts, organizer_invitations, seasons, setup_codes};
use crate::db::values::{int, parsed};
use crate::error::Result;

/// An invitation that was neither accepted nor taken back.
#[diesel::dsl::auto_type]
fn is_open() -> _ {
    organizer_invitations::accepted_at.is_null().and(organizer_invitations::revoked_at.is_null())
}

/// Makes an account an organizer's; `by` is who invited them.
pub fn appoint(conn: &mut Conn, id: AccountId, by: Option<AccountId>, now: Timestamp) -> Result<()> {
    diesel::update(accounts::table.find(id.to_string()))
        .set((
            accounts::organizer.eq(true),
            accounts::organizer_since.eq(now.as_micros()),
            accounts::invited_by.eq(by.map(String::from)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes an account's rights as an organizer away.
pub fn dismiss(conn: &mut Conn, id: AccountId, now: Timestamp) -> Result<()> {
    diesel::update(accounts::table.find(id.to_string()))
        .set((accounts::organizer.eq(false), accounts::organizer_until.eq(now.as_micros())))
        .execute(conn)?;
    Ok(())
}

pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(accounts::table.filter(accounts::organizer).count().get_result(conn)?)
}

/// Whether an organizer has chosen a password.
pub fn any_has_password(conn: &mut Conn) -> Result<bool> {
    let count: i64 =
        accounts::table.filter(accounts::organizer).filter(accounts::has_password).count().get_result(conn)?;
    Ok(count > 0)
}

/// Until when an account was an organizer's while this season was there already; `None` if it never was.
pub fn knew_season_until(conn: &mut Conn, id: AccountId, season: SeasonId) -> Result<Option<Timestamp>> {
    let until: Option<i64> = accounts::table
        .find(id.to_string())
        .select(accounts::organizer_until)
        .first::<Option<i64>>(conn)
        .optional()?
        .flatten();
    let Some(until) = until else { return Ok(None) };
    let made: i64 = seasons::table.find(season.to_string()).select(seasons::created_at).first(conn)?;
    Ok(Some(Timestamp::from_micros(until)).filter(|_| made < until))
}

type ProfileRow = (String, String, String, i64, Option<i64>, Option<String>, bool);

/// A page of the organizers, in the order in which their accounts were made.
pub fn page(conn: &mut Conn, query: &PageQuery) -> Result<Page<OrganizerProfile>> {
    let inviters = diesel::alias!(accounts as inviters);
    let mut select = accounts::table
        .left_join(inviters.on(accounts::invited_by.eq(inviters.field(accounts::id).nullable())))
        .filter(accounts::organizer)
        .select((
            accounts::id,
            accounts::name,
            accounts::email,
            accounts::created_at,
            accounts::organizer_since,
            inviters.field(accounts::name).nullable(),
            accounts::has_password,
        ))
        .order(accounts::id)
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(accounts::id.gt(cursor.clone()));
    }
    let rows: Vec<ProfileRow> = select.load(conn)?;
    let items = rows.into_iter().map(profile).collect::<Result<Vec<_>>>()?;
    Ok(page_of(items, query, |profile| profile.account.to_string()))
}

fn profile((id, name, email, made, since, invited_by, has_password): ProfileRow) -> Result<OrganizerProfile> {
    let since = Timestamp::from_micros(since.unwrap_or(made));
    Ok(OrganizerProfile { account: parsed(id)?, name, email, since, invited_by, has_password })
}

/// An invitation as the one who has its code finds it.
#[derive(Debug, Clone)]
pub struct FoundInvitation {
    pub id: OrganizerInvitationId,
    pub by: AccountId,
    pub invited_by: String,
    /// The only address that can accept.
    pub email: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who accepted it.
    pub accepted_by: Option<AccountId>,
    /// Whether it was taken back.
    pub revoked: bool,
}

pub fn insert_invitation(
    conn: &mut Conn,
    by: AccountId,
    invitation: &OrganizerInvitation,
    code: Sha256,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(organizer_invitations::table)
        .values((
            organizer_invitations::id.eq(invitation.id.to_string()),
            organizer_invitations::code_hash.eq(code.to_string()),
            organizer_invitations::email.eq(&invitation.email),
            organizer_invitations::created_by.eq(by.to_string()),
            organizer_invitations::created_at.eq(now.as_micros()),
            organizer_invitations::expires_at.eq(invitation.expires_at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Counts the invitations that can still be accepted.
pub fn open_invitations(conn: &mut Conn, now: Timestamp) -> Result<u32> {
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

type FoundRow = (String, String, String, Option<String>, i64, Option<String>, Option<i64>);

/// The invitation with this code.
pub fn invitation_by_code(conn: &mut Conn, code: Sha256) -> Result<Option<FoundInvitation>> {
    let row: Option<FoundRow> = organizer_invitations::table
        .inner_join(accounts::table.on(organizer_invitations::created_by.eq(accounts::id)))
        .filter(organizer_invitations::code_hash.eq(code.to_string()))
        .select((
            organizer_invitations::id,
            accounts::id,
            accounts::name,
            organizer_invitations::email,
            organizer_invitations::expires_at,
            organizer_invitations::accepted_by,
            organizer_invitations::revoked_at,
        ))
        .first(conn)
        .optional()?;
    let Some((id, by, invited_by, email, expires_at, accepted_by, revoked_at)) = row else { return Ok(None) };
    Ok(Some(FoundInvitation {
        id: parsed(id)?,
        by: parsed(by)?,
        invited_by,
        email,
        expires_at: Timestamp::from_micros(expires_at),
        accepted_by: accepted_by.map(parsed).transpose()?,
        revoked: revoked_at.is_some(),
    }))
}

/// Marks an open invitation as accepted; whether it was open.
pub fn accept(conn: &mut Conn, id: OrganizerInvitationId, by: AccountId, now: Timestamp) -> Result<bool> {
    let open = organizer_invitations::table.find(id.to_string()).filter(is_open());
    let changes =
        (organizer_invitations::accepted_at.eq(now.as_micros()), organizer_invitations::accepted_by.eq(by.to_string()));
    Ok(diesel::update(open).set(changes).execute(conn)? > 0)
}

type InvitationRow = (String, Option<String>, String, i64, Option<i64>, Option<String>);

/// A page of the invitations that were not taken back, newest first.
pub fn invitations(conn: &mut Conn, query: &PageQuery) -> Result<Page<OrganizerInvitation>> {
    let takers = diesel::alias!(accounts as takers);
    let mut select = organizer_invitations::table
        .inner_join(accounts::table.on(organizer_invitations::created_by.eq(accounts::id)))
        .left_join(takers.on(organizer_invitations::accepted_by.eq(takers.field(accounts::id).nullable())))
        .filter(organizer_invitations::revoked_at.is_null())
        .select((
            organizer_invitations::id,
            organizer_invitations::email,
            accounts::name,
            organizer_invitations::expires_at,
            organizer_invitations::accepted_at,
            takers.field(accounts::name).nullable(),
        ))
        .order(organizer_invitations::id.desc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(organizer_invitations::id.lt(cursor.clone()));
    }
    let rows: Vec<InvitationRow> = select.load(conn)?;
    let items = rows.into_iter().map(invitation).collect::<Result<Vec<_>>>()?;
    Ok(page_of(items, query, |invitation| invitation.id.to_string()))
}

fn invitation(
    (id, email, invited_by, expires_at, accepted_at, accepted_by): InvitationRow,
) -> Result<OrganizerInvitation> {
    Ok(OrganizerInvitation {
        id: parsed(id)?,
        email,
        invited_by,
        expires_at: Timestamp::from_micros(expires_at),
        accepted_at: accepted_at.map(Timestamp::from_micros),
        accepted_by,
    })
}

/// Whether an invitation was accepted; `None` if there is none, or it was taken back.
pub fn is_accepted(conn: &mut Conn, id: OrganizerInvitationId) -> Result<Option<bool>> {
    let row: Option<Option<i64>> = organizer_invitations::table
        .find(id.to_string())
        .filter(organizer_invitations::revoked_at.is_null())
        .select(organizer_invitations::accepted_at)
        .first(conn)
        .optional()?;
    Ok(row.map(|accepted| accepted.is_some()))
}

/// Takes an open invitation back; whether there was one.
pub fn revoke(conn: &mut Conn, id: OrganizerInvitationId, now: Timestamp) -> Result<bool> {
    let open = organizer_invitations::table.find(id.to_string()).filter(is_open());
    Ok(diesel::update(open).set(organizer_invitations::revoked_at.eq(now.as_micros())).execute(conn)? > 0)
}

/// Takes all open invitations back that this organizer made.
pub fn revoke_by(conn: &mut Conn, by: AccountId, now: Timestamp) -> Result<()> {
    let open =
        organizer_invitations::table.filter(organizer_invitations::created_by.eq(by.to_string())).filter(is_open());
    diesel::update(open).set(organizer_invitations::revoked_at.eq(now.as_micros())).execute(conn)?;
    Ok(())
}

/// Adds a code that sets up the first organizer.
pub fn insert_setup_code(conn: &mut Conn, code: Sha256, expires_at: Timestamp) -> Result<()> {
    diesel::insert_into(setup_codes::table)
        .values((setup_codes::code_hash.eq(code.to_string()), setup_codes::expires_at.eq(expires_at.as_micros())))
        .execute(conn)?;
    Ok(())
}

/// Forgets all set-up codes but for the `kept` newest.
pub fn keep_newest_setup_codes(conn: &mut Conn, kept: i64) -> Result<()> {
    let newest = setup_codes::table.order(setup_codes::expires_at.desc()).offset(kept).limit(1);
    if let Some(oldest) = newest.select(setup_codes::expires_at).first::<i64>(conn).optional()? {
        diesel::delete(setup_codes::table.filter(setup_codes::expires_at.le(oldest))).execute(conn)?;
    }
    Ok(())
}

/// Returns when a set-up code ends; `None` if there is no such code.
pub fn setup_code_expiry(conn: &mut Conn, code: Sha256) -> Result<Option<Timestamp>> {
    let expires: Option<i64> =
        setup_codes::table.find(code.to_string()).select(setup_codes::expires_at).first(conn).optional()?;
    Ok(expires.map(Timestamp::from_micros))
}

/// Forgets all set-up codes.
pub fn forget_setup_codes(conn: &mut Conn) -> Result<()> {
    diesel::delete(setup_codes::table).execute(conn)?;
    Ok(())
}

/// Forgets set-up codes and unanswered invitations that ended before `oldest`; says how many.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    let oldest = oldest.as_micros();
    let codes = diesel::delete(setup_codes::table.filter(setup_codes::expires_at.lt(oldest))).execute(conn)?;
    let over = organizer_invitations::table
        .filter(organizer_invitations::accepted_at.is_null())
        .filter(organizer_invitations::expires_at.lt(oldest));
    Ok(codes + diesel::delete(over).execute(conn)?)
}
