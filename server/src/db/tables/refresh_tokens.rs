//! Refresh tokens of sessions.

use diesel::prelude::*;
use holdout_protocol::{AccountId, SessionId, Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{refresh_tokens, sessions};
use crate::db::values::parsed;
use crate::error::Result;

/// Gives a session a refresh token, with which it ends.
pub fn insert(conn: &mut Conn, session: SessionId, hash: Sha256, issued: Timestamp, expires: Timestamp) -> Result<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::hash.eq(hash.to_string()),
            refresh_tokens::session_id.eq(session.to_string()),
            refresh_tokens::issued_at.eq(issued.as_micros()),
            refresh_tokens::expires_at.eq(expires.as_micros()),
        ))
        .execute(conn)?;
    diesel::update(sessions::table.find(session.to_string()))
        .set(sessions::expires_at.eq(expires.as_micros()))
        .execute(conn)?;
    Ok(())
}

/// A used refresh token works again for so long, in microseconds, because the answer to its first
/// use may have been lost, and two requests of one client may have used it at once. Whoever stole a
/// token gains nothing by it that the token itself did not give.
const GRACE_MICROS: i64 = 30_000_000;

/// What a refresh token was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Good, and used up by this.
    Taken(SessionId, AccountId),
    /// Used before.
    Used(SessionId, AccountId),
    /// Unknown, or of a session that is over.
    Invalid,
}

/// Session, account, expiry, first use, and when the session was revoked.
type RefreshRow = (String, String, i64, Option<i64>, Option<i64>);

/// Uses a refresh token up. It can be used again within [`GRACE_MICROS`] of its first use.
pub fn take(conn: &mut Conn, hash: Sha256, now: Timestamp) -> Result<Refresh> {
    let unused = refresh_tokens::table.find(hash.to_string()).filter(refresh_tokens::used_at.is_null());
    diesel::update(unused).set(refresh_tokens::used_at.eq(now.as_micros())).execute(conn)?;
    let row: Option<RefreshRow> = refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::hash.eq(hash.to_string()))
        .select((
            sessions::id,
            sessions::account_id,
            refresh_tokens::expires_at,
            refresh_tokens::used_at,
            sessions::revoked_at,
        ))
        .first(conn)
        .optional()?;
    let Some((session, account, expires, used, revoked)) = row else { return Ok(Refresh::Invalid) };
    let (session, account) = (parsed(session)?, parsed(account)?);
    let since_use = used.map_or(0, |used| now.as_micros().saturating_sub(used));
    Ok(if since_use > GRACE_MICROS {
        Refresh::Used(session, account)
    } else if revoked.is_some() || expires <= now.as_micros() {
        Refresh::Invalid
    } else {
        Refresh::Taken(session, account)
    })
}

/// The session of a refresh token, used or not.
pub fn session_of(conn: &mut Conn, hash: Sha256) -> Result<Option<SessionId>> {
    let row: Option<String> =
        refresh_tokens::table.find(hash.to_string()).select(refresh_tokens::session_id).first(conn).optional()?;
    row.map(parsed).transpose()
}

/// Forgets the refresh tokens of a session but for the `kept` newest.
pub fn keep_newest(conn: &mut Conn, session: SessionId, kept: i64) -> Result<()> {
    let own = refresh_tokens::table.filter(refresh_tokens::session_id.eq(session.to_string()));
    let newest =
        own.clone().order(refresh_tokens::issued_at.desc()).offset(kept).limit(1).select(refresh_tokens::issued_at);
    if let Some(oldest) = newest.first::<i64>(conn).optional()? {
        diesel::delete(own.filter(refresh_tokens::issued_at.le(oldest))).execute(conn)?;
    }
    Ok(())
}

/// Forgets the refresh tokens of a session that are too old to be good for anything.
pub fn forget_expired(conn: &mut Conn, session: SessionId, now: Timestamp) -> Result<()> {
    let expired = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session.to_string()))
        .filter(refresh_tokens::expires_at.lt(now.as_micros()));
    diesel::delete(expired).execute(conn)?;
    Ok(())
}
