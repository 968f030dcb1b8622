//! Whom a message is for.

use diesel::prelude::*;
use holdout_protocol::{AccountId, SeasonId, TeamId};

use crate::db::conn::Conn;
use crate::db::schema::{accounts, memberships};
use crate::db::values::parsed;
use crate::error::Result;

/// An account and its address.
pub type Recipient = (AccountId, String);

/// The members of a team.
pub fn of_team(conn: &mut Conn, team: TeamId) -> Result<Vec<Recipient>> {
    let rows = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::team_id.eq(team.to_string()))
        .order(accounts::id)
        .select((accounts::id, accounts::email))
        .load(conn)?;
    recipients(rows)
}

/// The members of all teams of a season.
pub fn of_season(conn: &mut Conn, season: SeasonId) -> Result<Vec<Recipient>> {
    let rows = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::season_id.eq(season.to_string()))
        .order(accounts::id)
        .select((accounts::id, accounts::email))
        .load(conn)?;
    recipients(rows)
}

fn recipients(rows: Vec<(String, String)>) -> Result<Vec<Recipient>> {
    rows.into_iter().map(|(account, email)| Ok((parsed(account)?, email))).collect()
}
