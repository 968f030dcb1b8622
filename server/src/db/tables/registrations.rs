//! Registration codes, and who came into a season by one.

use diesel::prelude::*;
use holdout_protocol::{AccountId, RegistrationCodeId, SeasonId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::registrations;
use crate::error::Result;

/// Returns true if a person came into the season by a code.
pub fn is_registered(conn: &mut Conn, season: SeasonId, account: AccountId) -> Result<bool> {
    let count: i64 = registrations::table.find((season.to_string(), account.to_string())).count().get_result(conn)?;
    Ok(count > 0)
}

/// Records that a person came into the season by a code.
pub fn insert(
    conn: &mut Conn,
    season: SeasonId,
    account: AccountId,
    code: RegistrationCodeId,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(registrations::table)
        .values((
            registrations::season_id.eq(season.to_string()),
            registrations::account_id.eq(account.to_string()),
            registrations::code_id.eq(code.to_string()),
            registrations::at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}
