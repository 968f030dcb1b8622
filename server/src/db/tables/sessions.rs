//! Sessions and refresh tokens.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{AccountId, ApiTokenId, Page, PageQuery, Session, SessionId, Timestamp};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{api_tokens, refresh_tokens, sessions};
use crate::db::values::parsed;
use crate::error::Result;

/// What a session is begun with.
#[derive(Debug, Clone, Default)]
pub struct Beginning {
    /// The API token that was shown instead of a password.
    pub token: Option<ApiTokenId>,
    /// What the browser or program calls itself.
    pub client: Option<String>,
}

pub fn insert(conn: &mut Conn, id: SessionId, account: AccountId, beginning: &Beginning, now: Timestamp) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id.to_string()),
            sessions::account_id.eq(account.to_string()),
            sessions::created_at.eq(now.as_micros()),
            // Until its first refresh token is there, a session has ended.
            sessions::expires_at.eq(now.as_micros()),
            sessions::api_token_id.eq(beginning.token.map(|token| token.to_string())),
            sessions::client.eq(beginning.client.as_deref()),
        ))
        .execute(conn)?;
    Ok(())
}

type Row = (String, i64, i64, Option<String>, Option<String>);

/// A page of an account's sessions that go on, newest first; `current` is the one that asks.
pub fn page(
    conn: &mut Conn,
    account: AccountId,
    current: Option<SessionId>,
    now: Timestamp,
    query: &PageQuery,
) -> Result<Page<Session>> {
    let mut select = sessions::table
        .filter(sessions::account_id.eq(account.to_string()))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now.as_micros()))
        .select((sessions::id, sessions::created_at, sessions::expires_at, sessions::client, sessions::api_token_id))
        .order(sessions::id.desc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(sessions::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let ids: Vec<&str> = rows.iter().map(|(id, ..)| id.as_str()).collect();
    let renewed: HashMap<String, Option<i64>> = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq_any(ids))
        .group_by(refresh_tokens::session_id)
        .select((refresh_tokens::session_id, diesel::dsl::max(refresh_tokens::issued_at)))
        .load(conn)?
        .into_iter()
        .collect();
    let found = rows.into_iter().map(|(id, created_at, expires_at, client, token)| {
        let renewed_at = renewed.get(&id).copied().flatten().unwrap_or(created_at);
        let id = parsed(id)?;
        Ok(Session {
            id,
            created_at: created_at.into(),
            renewed_at: renewed_at.into(),
            expires_at: expires_at.into(),
            client,
            api_token: token.map(parsed).transpose()?,
            current: Some(id) == current,
        })
    });
    Ok(page_of(found.collect::<Result<Vec<_>>>()?, query, |session| session.id.to_string()))
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

/// Ends a session; whether it went on until now.
pub fn revoke(conn: &mut Conn, session: SessionId, now: Timestamp) -> Result<bool> {
    let open = sessions::table.find(session.to_string()).filter(sessions::revoked_at.is_null());
    Ok(diesel::update(open).set(sessions::revoked_at.eq(now.as_micros())).execute(conn)? > 0)
}

/// Ends a session of this account; whether it went on until now.
pub fn revoke_own(conn: &mut Conn, account: AccountId, session: SessionId, now: Timestamp) -> Result<bool> {
    let open = sessions::table
        .find(session.to_string())
        .filter(sessions::account_id.eq(account.to_string()))
        .filter(sessions::expires_at.gt(now.as_micros()))
        .filter(sessions::revoked_at.is_null());
    Ok(diesel::update(open).set(sessions::revoked_at.eq(now.as_micros())).execute(conn)? > 0)
}

/// Ends the sessions of an account, all but `kept`; how many went on until now.
pub fn revoke_all(conn: &mut Conn, account: AccountId, kept: Option<SessionId>, now: Timestamp) -> Result<usize> {
    // No id is empty.
    let kept = kept.map(String::from).unwrap_or_default();
    let open = sessions::table
        .filter(sessions::account_id.eq(account.to_string()))
        .filter(sessions::id.ne(kept))
        .filter(sessions::expires_at.gt(now.as_micros()))
        .filter(sessions::revoked_at.is_null());
    Ok(diesel::update(open).set(sessions::revoked_at.eq(now.as_micros())).execute(conn)?)
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
