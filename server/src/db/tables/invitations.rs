//! Invitations to teams.

use diesel::prelude::*;
use holdout_protocol::{AccountId, Invitation, InvitationId, Page, PageQuery, SeasonId, Sha256, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::openness::{Openness, OpennessRow};
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{invitations, seasons, teams};
use crate::db::values::{int, parsed};
use crate::error::Result;

/// An invitation that was neither accepted nor taken back.
#[diesel::dsl::auto_type]
fn is_open() -> _ {
    invitations::accepted_at.is_null().and(invitations::revoked_at.is_null())
}

/// An invitation as the one who has its code finds it.
#[derive(Debug, Clone)]
pub struct Found {
    pub id: InvitationId,
    pub team: TeamId,
    pub season: SeasonId,
    pub openness: Openness,
}

pub fn insert(
    conn: &mut Conn,
    team: TeamId,
    by: AccountId,
    invitation: &Invitation,
    code_hash: Sha256,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(invitation.id.to_string()),
            invitations::code_hash.eq(code_hash.to_string()),
            invitations::team_id.eq(team.to_string()),
            invitations::created_by.eq(by.to_string()),
            invitations::email.eq(&invitation.email),
            invitations::created_at.eq(now.as_micros()),
            invitations::expires_at.eq(invitation.expires_at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Counts the invitations of a team that can still be accepted.
pub fn open(conn: &mut Conn, team: TeamId, now: Timestamp) -> Result<u32> {
    let count: i64 = invitations::table
        .filter(invitations::team_id.eq(team.to_string()))
        .filter(is_open())
        .filter(invitations::expires_at.gt(now.as_micros()))
        .count()
        .get_result(conn)?;
    int(count)
}

/// Gives an open invitation another code; whether there is such an invitation.
pub fn replace_code(conn: &mut Conn, team: TeamId, id: InvitationId, code_hash: Sha256) -> Result<bool> {
    let open =
        invitations::table.find(id.to_string()).filter(invitations::team_id.eq(team.to_string())).filter(is_open());
    Ok(diesel::update(open).set(invitations::code_hash.eq(code_hash.to_string())).execute(conn)? > 0)
}

type FoundRow = (String, String, String, OpennessRow);

/// The invitation with this code.
pub fn by_code(conn: &mut Conn, code_hash: Sha256) -> Result<Option<Found>> {
    let row: Option<FoundRow> = invitations::table
        .inner_join(teams::table)
        .filter(invitations::code_hash.eq(code_hash.to_string()))
        .select((
            invitations::id,
            invitations::team_id,
            teams::season_id,
            (invitations::email, invitations::expires_at, invitations::accepted_by, invitations::revoked_at),
        ))
        .first(conn)
        .optional()?;
    row.map(found).transpose()
}

fn found((id, team, season, openness): FoundRow) -> Result<Found> {
    Ok(Found { id: parsed(id)?, team: parsed(team)?, season: parsed(season)?, openness: Openness::from_row(openness)? })
}

/// Marks an open invitation as accepted; whether it was open.
pub fn accept(conn: &mut Conn, id: InvitationId, by: AccountId, now: Timestamp) -> Result<bool> {
    let open = invitations::table.find(id.to_string()).filter(is_open());
    let changes = (invitations::accepted_at.eq(now.as_micros()), invitations::accepted_by.eq(by.to_string()));
    Ok(diesel::update(open).set(changes).execute(conn)? > 0)
}

type Row = (String, String, String, Option<String>, i64, Option<i64>);

/// A page of a team's invitations that were not taken back, newest first.
pub fn page(conn: &mut Conn, team: TeamId, query: &PageQuery) -> Result<Page<Invitation>> {
    let mut select = invitations::table
        .inner_join(teams::table.inner_join(seasons::table))
        .filter(invitations::team_id.eq(team.to_string()))
        .filter(invitations::revoked_at.is_null())
        .select((
            invitations::id,
            seasons::slug,
            teams::name,
            invitations::email,
            invitations::expires_at,
            invitations::accepted_at,
        ))
        .order(invitations::id.desc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(invitations::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let items = rows.into_iter().map(invitation).collect::<Result<Vec<_>>>()?;
    Ok(page_of(items, query, |invitation| invitation.id.to_string()))
}

fn invitation((id, season, team, email, expires_at, accepted_at): Row) -> Result<Invitation> {
    Ok(Invitation {
        id: parsed(id)?,
        season: parsed(season)?,
        team: parsed(team)?,
        email,
        expires_at: Timestamp::from_micros(expires_at),
        accepted_at: accepted_at.map(Timestamp::from_micros),
    })
}

/// Whether the invitation of this team was accepted; `None` if there is none, or it was taken back.
pub fn is_accepted(conn: &mut Conn, team: TeamId, id: InvitationId) -> Result<Option<bool>> {
    let row: Option<Option<i64>> = invitations::table
        .find(id.to_string())
        .filter(invitations::team_id.eq(team.to_string()))
        .filter(invitations::revoked_at.is_null())
        .select(invitations::accepted_at)
        .first(conn)
        .optional()?;
    Ok(row.map(|accepted| accepted.is_some()))
}

/// Takes the team's open invitations back: this one, or all if none is named.
pub fn revoke(conn: &mut Conn, team: TeamId, only: Option<InvitationId>, now: Timestamp) -> Result<usize> {
    let mut open = diesel::update(invitations::table)
        .filter(invitations::team_id.eq(team.to_string()))
        .filter(is_open())
        .set(invitations::revoked_at.eq(now.as_micros()))
        .into_boxed();
    if let Some(id) = only {
        open = open.filter(invitations::id.eq(id.to_string()));
    }
    Ok(open.execute(conn)?)
}

/// Deletes all invitations of a team.
pub fn delete_all(conn: &mut Conn, team: TeamId) -> Result<()> {
    diesel::delete(invitations::table.filter(invitations::team_id.eq(team.to_string()))).execute(conn)?;
    Ok(())
}
