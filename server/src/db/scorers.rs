//! Scorers and their tokens.

use diesel::prelude::*;
use holdout_protocol::{ScorerTokenId, Sha256};

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
