//! Who takes part in a season.

use diesel::prelude::*;
use holdout_protocol::{AccountId, Page, PageQuery, SeasonId, TeamId, Timestamp};
use serde::Serialize;

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{accounts, memberships, teams};
use crate::db::values::parsed;
use crate::error::Result;

/// A member of a team.
#[derive(Debug, Serialize)]
pub struct Participant {
    account: AccountId,
    name: String,
    email: String,
    team: TeamId,
    team_name: String,
    team_status: String,
    affiliation: Option<String>,
    role: String,
    joined_at: Timestamp,
}

type Row = (String, String, String, String, String, String, Option<String>, String, i64);

/// A page of a season's participants, by account.
pub fn page(conn: &mut Conn, season: SeasonId, query: &PageQuery) -> Result<Page<Participant>> {
    let mut select = memberships::table
        .inner_join(accounts::table)
        .inner_join(teams::table)
        .filter(memberships::season_id.eq(season.to_string()))
        .order(accounts::id)
        .limit(rows_to_fetch(query))
        .select((
            accounts::id,
            accounts::name,
            accounts::email,
            teams::id,
            teams::name,
            teams::status,
            teams::affiliation,
            memberships::role,
            memberships::joined_at,
        ))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(accounts::id.gt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let found = rows.into_iter().map(participant).collect::<Result<Vec<_>>>()?;
    Ok(page_of(found, query, |participant| participant.account.to_string()))
}

fn participant((account, name, email, team, team_name, status, affiliation, role, joined): Row) -> Result<Participant> {
    Ok(Participant {
        account: parsed(account)?,
        name,
        email,
        team: parsed(team)?,
        team_name,
        team_status: status,
        affiliation,
        role,
        joined_at: Timestamp::from_micros(joined),
    })
}
