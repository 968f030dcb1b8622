//! Sessions and refresh tokens.

use diesel::prelude::*;
use holdout_protocol::{AccountId, SessionId, Timestamp};

use super::Conn;
use super::schema::{accounts, sessions};
use crate::auth::Account;
use crate::error::Result;

/// The account of a session that has neither ended nor been revoked.
pub fn account_of(conn: &mut Conn, account: AccountId, session: SessionId, now: Timestamp) -> Result<Option<Account>> {
    let row: Option<(String, bool)> = sessions::table
        .inner_join(accounts::table)
        .filter(sessions::id.eq(session.to_string()))
        .filter(sessions::account_id.eq(account.to_string()))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now.as_micros()))
        .select((accounts::email, accounts::organizer))
        .first(conn)
        .optional()?;
    Ok(row.map(|(email, organizer)| Account { id: account, email, organizer, session: Some(session) }))
}
