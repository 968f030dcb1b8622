//! Scorers and their tokens.

use diesel::prelude::*;
use holdout_protocol::{ScorerTokenId, Sha256, Timestamp};

use super::schema::scorer_tokens;
use super::{Conn, parsed};
use crate::error::Result;

/// The scorer token with this digest, unless it was revoked.
pub fn token_of(conn: &mut Conn, hash: Sha256) -> Result<Option<ScorerTokenId>> {
    let row: Option<String> = scorer_tokens::table
        .filter(scorer_tokens::hash.eq(hash.to_string()))
        .filter(scorer_tokens::revoked_at.is_null())
        .select(scorer_tokens::id)
        .first(conn)
        .optional()?;
    row.map(parsed).transpose()
}

/// Adds a token of a scorer.
pub fn insert_token(conn: &mut Conn, id: ScorerTokenId, name: &str, hash: Sha256) -> Result<()> {
    diesel::insert_into(scorer_tokens::table)
        .values((
            scorer_tokens::id.eq(id.to_string()),
            scorer_tokens::name.eq(name),
            scorer_tokens::hash.eq(hash.to_string()),
            scorer_tokens::created_at.eq(Timestamp::now().as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Revokes the tokens with this name.
pub fn revoke_named(conn: &mut Conn, name: &str) -> Result<()> {
    let named = scorer_tokens::table.filter(scorer_tokens::name.eq(name)).filter(scorer_tokens::revoked_at.is_null());
    diesel::update(named).set(scorer_tokens::revoked_at.eq(Timestamp::now().as_micros())).execute(conn)?;
    Ok(())
}
