//! Personal API tokens.

use diesel::prelude::*;
use holdout_protocol::{AccountId, ApiToken, ApiTokenId, Page, PageQuery, Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::api_tokens;
use crate::db::tables::sessions;
use crate::db::values::{int, parsed};
use crate::error::Result;

/// Records that a token was used.
pub fn touch(conn: &mut Conn, token: ApiTokenId, now: Timestamp) -> Result<()> {
    diesel::update(api_tokens::table.find(token.to_string()))
        .set(api_tokens::last_used_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(())
}

type Row = (String, String, i64, i64, Option<i64>);

/// Returns when a token expires.
pub fn expiry(conn: &mut Conn, token: ApiTokenId) -> Result<Option<Timestamp>> {
    let expires: Option<i64> =
        api_tokens::table.find(token.to_string()).select(api_tokens::expires_at).first(conn).optional()?;
    Ok(expires.map(Timestamp::from_micros))
}

/// Adds a token; `parent` is the token that it is made with.
pub fn insert(
    conn: &mut Conn,
    account: AccountId,
    token: &ApiToken,
    parent: Option<ApiTokenId>,
    hash: Sha256,
) -> Result<()> {
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(token.id.to_string()),
            api_tokens::account_id.eq(account.to_string()),
            api_tokens::name.eq(&token.name),
            api_tokens::hash.eq(hash.to_string()),
            api_tokens::created_at.eq(token.created_at.as_micros()),
            api_tokens::expires_at.eq(token.expires_at.as_micros()),
            api_tokens::parent_id.eq(parent.map(|parent| parent.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// Counts an account's tokens, expired ones too.
pub fn count(conn: &mut Conn, account: AccountId) -> Result<u32> {
    int(api_tokens::table.filter(api_tokens::account_id.eq(account.to_string())).count().get_result::<i64>(conn)?)
}

/// Gives a token another secret; whether there is such a token.
pub fn replace_hash(conn: &mut Conn, account: AccountId, token: ApiTokenId, hash: Sha256) -> Result<bool> {
    let own = api_tokens::table.find(token.to_string()).filter(api_tokens::account_id.eq(account.to_string()));
    Ok(diesel::update(own).set(api_tokens::hash.eq(hash.to_string())).execute(conn)? > 0)
}

/// A page of an account's tokens, newest first.
pub fn page(conn: &mut Conn, account: AccountId, query: &PageQuery) -> Result<Page<ApiToken>> {
    let mut select = api_tokens::table
        .filter(api_tokens::account_id.eq(account.to_string()))
        .select((
            api_tokens::id,
            api_tokens::name,
            api_tokens::created_at,
            api_tokens::expires_at,
            api_tokens::last_used_at,
        ))
        .order(api_tokens::id.desc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(api_tokens::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let tokens = rows.into_iter().map(token).collect::<Result<Vec<_>>>()?;
    Ok(page_of(tokens, query, |token| token.id.to_string()))
}

fn token((id, name, created_at, expires_at, last_used_at): Row) -> Result<ApiToken> {
    Ok(ApiToken {
        id: parsed(id)?,
        name,
        created_at: Timestamp::from_micros(created_at),
        expires_at: Timestamp::from_micros(expires_at),
        last_used_at: last_used_at.map(Timestamp::from_micros),
    })
}

/// Deletes a token, and all tokens and sessions that were made with it; tells whether there was
/// such a token.
pub fn delete(conn: &mut Conn, account: AccountId, token: ApiTokenId) -> Result<bool> {
    let own = api_tokens::table.filter(api_tokens::account_id.eq(account.to_string()));
    let found = own.filter(api_tokens::id.eq(token.to_string())).select(api_tokens::id).load(conn)?;
    delete_family(conn, found)
}

/// Deletes an account's tokens, and all sessions that were made with them.
pub fn delete_all(conn: &mut Conn, account: AccountId) -> Result<()> {
    let own = api_tokens::table.filter(api_tokens::account_id.eq(account.to_string()));
    let all = own.select(api_tokens::id).load(conn)?;
    delete_family(conn, all).map(drop)
}

/// Deletes these tokens with all that descend from them; tells whether there were any.
fn delete_family(conn: &mut Conn, roots: Vec<String>) -> Result<bool> {
    let mut generations = vec![roots];
    while let Some(parents) = generations.last().filter(|parents| !parents.is_empty()) {
        let children = api_tokens::table.filter(api_tokens::parent_id.eq_any(parents)).select(api_tokens::id);
        let children: Vec<String> = children.load(conn)?;
        generations.push(children);
    }
    let mut deleted = 0;
    // Children first: rows name their parents.
    for generation in generations.iter().rev() {
        sessions::forget_of_tokens(conn, generation)?;
        deleted += diesel::delete(api_tokens::table.filter(api_tokens::id.eq_any(generation))).execute(conn)?;
    }
    Ok(deleted > 0)
}

/// Deletes an account's tokens with this name. Returns whether there were any.
pub fn delete_named(conn: &mut Conn, account: AccountId, name: &str) -> Result<bool> {
    let own = api_tokens::table.filter(api_tokens::account_id.eq(account.to_string()));
    let named = own.filter(api_tokens::name.eq(name)).select(api_tokens::id).load(conn)?;
    delete_family(conn, named)
}
