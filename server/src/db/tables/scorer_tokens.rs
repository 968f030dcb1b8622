//! Tokens that let scorers claim work.

use diesel::prelude::*;
use holdout_protocol::{Page, PageQuery, ScorerToken, ScorerTokenId, Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::scorer_tokens;
use crate::db::values::parsed;
use crate::error::Result;

type Row = (String, String, i64, Option<i64>);

/// The token with this digest, unless it was revoked.
pub fn token_of(conn: &mut Conn, hash: Sha256) -> Result<Option<ScorerTokenId>> {
    let row: Option<String> = scorer_tokens::table
        .filter(scorer_tokens::hash.eq(hash.to_string()))
        .filter(scorer_tokens::revoked_at.is_null())
        .select(scorer_tokens::id)
        .first(conn)
        .optional()?;
    row.map(parsed).transpose()
}

pub fn insert(conn: &mut Conn, token: &ScorerToken, hash: Sha256) -> Result<()> {
    diesel::insert_into(scorer_tokens::table)
        .values((
            scorer_tokens::id.eq(token.id.to_string()),
            scorer_tokens::name.eq(&token.name),
            scorer_tokens::hash.eq(hash.to_string()),
            scorer_tokens::created_at.eq(token.created_at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives a token that was not revoked another secret; whether there is such a token.
pub fn replace_hash(conn: &mut Conn, token: ScorerTokenId, hash: Sha256) -> Result<bool> {
    let held = scorer_tokens::table.find(token.to_string()).filter(scorer_tokens::revoked_at.is_null());
    Ok(diesel::update(held).set(scorer_tokens::hash.eq(hash.to_string())).execute(conn)? > 0)
}

/// Revokes a token; whether there was one that held.
pub fn revoke(conn: &mut Conn, token: ScorerTokenId, now: Timestamp) -> Result<bool> {
    let held = scorer_tokens::table.find(token.to_string()).filter(scorer_tokens::revoked_at.is_null());
    Ok(diesel::update(held).set(scorer_tokens::revoked_at.eq(now.as_micros())).execute(conn)? > 0)
}

/// Revokes the tokens with this name. Returns whether there were any.
pub fn revoke_named(conn: &mut Conn, name: &str) -> Result<bool> {
    let named = scorer_tokens::table.filter(scorer_tokens::name.eq(name)).filter(scorer_tokens::revoked_at.is_null());
    Ok(diesel::update(named).set(scorer_tokens::revoked_at.eq(Timestamp::now().as_micros())).execute(conn)? > 0)
}

/// A page of the tokens, newest first.
pub fn page(conn: &mut Conn, query: &PageQuery) -> Result<Page<ScorerToken>> {
    let mut select = scorer_tokens::table
        .select((scorer_tokens::id, scorer_tokens::name, scorer_tokens::created_at, scorer_tokens::revoked_at))
        .order(scorer_tokens::id.desc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(scorer_tokens::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let tokens = rows.into_iter().map(token).collect::<Result<Vec<_>>>()?;
    Ok(page_of(tokens, query, |token| token.id.to_string()))
}

fn token((id, name, created_at, revoked_at): Row) -> Result<ScorerToken> {
    Ok(ScorerToken {
        id: parsed(id)?,
        name,
        created_at: created_at.into(),
        revoked_at: revoked_at.map(Timestamp::from_micros),
    })
}
