//! Rows that nobody needs any more.

use diesel::prelude::*;
use holdout_protocol::Timestamp;

use super::Conn;
use super::schema::{rate_limits, refresh_tokens, sessions};
use crate::error::Result;

/// Forgets sessions and refresh tokens that ended before `oldest`; says how many.
///
/// # Errors
/// Where the database fails.
pub fn forget_sessions(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    let oldest = oldest.as_micros();
    let ended = sessions::table.filter(sessions::expires_at.lt(oldest).or(sessions::revoked_at.lt(oldest)));
    let ids: Vec<String> = ended.select(sessions::id).load(conn)?;
    let mut forgotten =
        diesel::delete(refresh_tokens::table.filter(refresh_tokens::expires_at.lt(oldest))).execute(conn)?;
    for ids in ids.chunks(500) {
        forgotten +=
            diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(ids))).execute(conn)?;
        forgotten += diesel::delete(sessions::table.filter(sessions::id.eq_any(ids))).execute(conn)?;
    }
    Ok(forgotten)
}

/// Forgets rate limits whose window began before `oldest`; says how many.
///
/// # Errors
/// Where the database fails.
pub fn forget_rates(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    Ok(diesel::delete(rate_limits::table.filter(rate_limits::window_start.lt(oldest.as_micros()))).execute(conn)?)
}
