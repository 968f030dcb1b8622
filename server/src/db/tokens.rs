//! Personal API tokens.

use diesel::prelude::*;
use holdout_protocol::{ApiTokenId, Sha256, Timestamp};

use super::schema::{accounts, api_tokens};
use super::{Conn, parsed};
use crate::auth::Account;
use crate::error::Result;

/// Uses within this many microseconds are recorded once.
const TOUCH_MICROS: i64 = 60_000_000;

/// Whose token this is, and whether its last use should be recorded anew; none where it does not hold.
pub fn account_of(conn: &mut Conn, hash: Sha256, now: Timestamp) -> Result<Option<(ApiTokenId, Account, bool)>> {
    let row: Option<(String, Option<i64>, String, String, bool)> = api_tokens::table
        .inner_join(accounts::table)
        .filter(api_tokens::hash.eq(hash.to_string()))
        .filter(api_tokens::expires_at.gt(now.as_micros()))
        .select((api_tokens::id, api_tokens::last_used_at, accounts::id, accounts::email, accounts::organizer))
        .first(conn)
        .optional()?;
    let Some((token, used, id, email, organizer)) = row else { return Ok(None) };
    let stale = used.is_none_or(|used| now.as_micros().saturating_sub(used) > TOUCH_MICROS);
    Ok(Some((parsed(token)?, Account { id: parsed(id)?, email, organizer, session: None }, stale)))
}

/// Records that a token was used.
pub fn touch(conn: &mut Conn, token: ApiTokenId, now: Timestamp) -> Result<()> {
    diesel::update(api_tokens::table.find(token.to_string()))
        .set(api_tokens::last_used_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(())
}
