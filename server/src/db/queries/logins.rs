//! Whose session or API token it is.

use diesel::prelude::*;
use holdout_protocol::{AccountId, ApiTokenId, SessionId, Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{accounts, api_tokens, sessions};
use crate::db::values::parsed;
use crate::error::Result;

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    /// Whether it runs seasons.
    pub organizer: bool,
    /// The session, if the caller came with one and not with an API token.
    pub session: Option<SessionId>,
    /// The API token that the caller holds, or that the session was begun with.
    pub token: Option<ApiTokenId>,
}

/// The account of a session that has neither ended nor been revoked.
pub fn account_of_session(
    conn: &mut Conn,
    account: AccountId,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<Account>> {
    let row: Option<(String, bool, Option<String>)> = sessions::table
        .inner_join(accounts::table)
        .filter(sessions::id.eq(session.to_string()))
        .filter(sessions::account_id.eq(account.to_string()))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now.as_micros()))
        .select((accounts::email, accounts::organizer, sessions::api_token_id))
        .first(conn)
        .optional()?;
    let Some((email, organizer, token)) = row else { return Ok(None) };
    let token = token.map(parsed).transpose()?;
    Ok(Some(Account { id: account, email, organizer, session: Some(session), token }))
}

/// Uses within this many microseconds are recorded once.
const TOUCH_MICROS: i64 = 60_000_000;

/// Whose token this is, and whether its last use should be recorded again; `None` if it is not valid.
pub fn account_of_token(conn: &mut Conn, hash: Sha256, now: Timestamp) -> Result<Option<(ApiTokenId, Account, bool)>> {
    let row: Option<(String, Option<i64>, String, String, bool)> = api_tokens::table
        .inner_join(accounts::table)
        .filter(api_tokens::hash.eq(hash.to_string()))
        .filter(api_tokens::expires_at.gt(now.as_micros()))
        .select((api_tokens::id, api_tokens::last_used_at, accounts::id, accounts::email, accounts::organizer))
        .first(conn)
        .optional()?;
    let Some((token, used, id, email, organizer)) = row else { return Ok(None) };
    let stale = used.is_none_or(|used| now.as_micros().saturating_sub(used) > TOUCH_MICROS);
    let token = parsed(token)?;
    Ok(Some((token, Account { id: parsed(id)?, email, organizer, session: None, token: Some(token) }, stale)))
}
