//! Sessions and refresh tokens.

use diesel::prelude::*;
use holdout_protocol::{AccountId, ApiTokenId, SessionId, Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{api_tokens, refresh_tokens, sessions};
use crate::db::values::parsed;
use crate::error::Result;

/// Begins a session; `token` is the API token that it is begun with.
pub fn insert(
    conn: &mut Conn,
    id: SessionId,
    account: AccountId,
    token: Option<ApiTokenId>,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id.to_string()),
            sessions::account_id.eq(account.to_string()),
            sessions::created_at.eq(now.as_micros()),
            // Until its first refresh token is there, a session has ended.
            sessions::expires_at.eq(now.as_micros()),
            sessions::api_token_id.eq(token.map(|token| token.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns when the API token expires that a session was begun with.
pub fn token_expiry(conn: &mut Conn, session: SessionId) -> Result<Option<Timestamp>> {
    let expires: Option<i64> = sessions::table
        .inner_join(api_tokens::table)
        .filter(sessions::id.eq(session.to_string()))
        .select(api_tokens::expires_at)
        .first(conn)
        .optional()?;
    Ok(expires.map(Timestamp::from_micros))
}

/// Ends and forgets the sessions that were begun with one of these API tokens.
pub fn forget_of_tokens(conn: &mut Conn, tokens: &[String]) -> Result<()> {
    let ids: Vec<String> =
        sessions::table.filter(sessions::api_token_id.eq_any(tokens)).select(sessions::id).load(conn)?;
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(&ids))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::id.eq_any(&ids))).execute(conn)?;
    Ok(())
}

/// Gives a session a refresh token, with which it ends.
pub fn insert_refresh(
    conn: &mut Conn,
    session: SessionId,
    hash: Sha256,
    issued: Timestamp,
    expires: Timestamp,
) -> Result<()> {
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

/// A used refresh token works again for so long, in microseconds: the answer to its first use may have been lost, and two
/// requests of one client may have used it at once. Whoever stole a token gains nothing by it that the token itself did not give.
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
pub fn take_refresh(conn: &mut Conn, hash: Sha256, now: Timestamp) -> Result<Refresh> {
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
pub fn session_of_refresh(conn: &mut Conn, hash: Sha256) -> Result<Option<SessionId>> {
    let row: Option<String> =
        refresh_tokens::table.find(hash.to_string()).select(refresh_tokens::session_id).first(conn).optional()?;
    row.map(parsed).transpose()
}

/// Ends a session; whether it went on until now.
pub fn revoke(conn: &mut Conn, session: SessionId, now: Timestamp) -> Result<bool> {
    let open = sessions::table.find(session.to_string()).filter(sessions::revoked_at.is_null());
    Ok(diesel::update(open).set(sessions::revoked_at.eq(now.as_micros())).execute(conn)? > 0)
}

/// Ends the sessions of an account, all but `kept`.
pub fn revoke_all(conn: &mut Conn, account: AccountId, kept: Option<SessionId>, now: Timestamp) -> Result<()> {
    // No id is empty.
    let kept = kept.map(String::from).unwrap_or_default();
    let open = sessions::table
        .filter(sessions::account_id.eq(account.to_string()))
        .filter(sessions::id.ne(kept))
        .filter(sessions::revoked_at.is_null());
    diesel::update(open).set(sessions::revoked_at.eq(now.as_micros())).execute(conn)?;
    Ok(())
}

/// Forgets the sessions of an account that are over.
pub fn forget_ended(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<()> {
    let ended = sessions::table
        .filter(sessions::account_id.eq(account.to_string()))
        .filter(sessions::expires_at.lt(now.as_micros()));
    diesel::delete(ended).execute(conn)?;
    Ok(())
}

/// Forgets the sessions of an account but for the `kept` newest.
pub fn keep_newest(conn: &mut Conn, account: AccountId, kept: u32) -> Result<()> {
    let own = sessions::table.filter(sessions::account_id.eq(account.to_string()));
    // Identifiers rise with time.
    let old: Vec<String> =
        own.order(sessions::id.desc()).offset(kept.into()).limit(1000).select(sessions::id).load(conn)?;
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(&old))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::id.eq_any(&old))).execute(conn)?;
    Ok(())
}

/// Forgets the refresh tokens of a session but for the `kept` newest.
pub fn keep_newest_refresh(conn: &mut Conn, session: SessionId, kept: i64) -> Result<()> {
    let own = refresh_tokens::table.filter(refresh_tokens::session_id.eq(session.to_string()));
    let newest =
        own.clone().order(refresh_tokens::issued_at.desc()).offset(kept).limit(1).select(refresh_tokens::issued_at);
    if let Some(oldest) = newest.first::<i64>(conn).optional()? {
        diesel::delete(own.filter(refresh_tokens::issued_at.le(oldest))).execute(conn)?;
    }
    Ok(())
}

/// Forgets the refresh tokens of a session that are too old to be good for anything.
pub fn forget_expired_refresh(conn: &mut Conn, session: SessionId, now: Timestamp) -> Result<()> {
    let expired = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session.to_string()))
        .filter(refresh_tokens::expires_at.lt(now.as_micros()));
    diesel::delete(expired).execute(conn)?;
    Ok(())
}

/// Forgets sessions and refresh tokens of all accounts that ended before `oldest`; says how many.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
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
