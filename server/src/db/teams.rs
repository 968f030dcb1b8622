//! Teams, memberships and invitations.

use diesel::prelude::*;
use holdout_protocol::{AccountId, MemberRole, TeamId};

use super::schema::{memberships, seasons};
use super::{Conn, parsed};
use crate::error::{Error, Result};

/// The team of a person in a season, and what they are in it.
pub fn membership_in(conn: &mut Conn, season: &str, account: AccountId) -> Result<Option<(TeamId, MemberRole)>> {
    let row: Option<(String, String)> = memberships::table
        .inner_join(seasons::table)
        .filter(seasons::slug.eq(season))
        .filter(memberships::account_id.eq(account.to_string()))
        .select((memberships::team_id, memberships::role))
        .first(conn)
        .optional()?;
    row.map(|(team, role)| Ok((parsed(team)?, role_of(&role)?))).transpose()
}

fn role_of(text: &str) -> Result<MemberRole> {
    match text {
        "captain" => Ok(MemberRole::Captain),
        "member" => Ok(MemberRole::Member),
        other => Err(Error::internal(format!("unknown role `{other}`"))),
    }
}
