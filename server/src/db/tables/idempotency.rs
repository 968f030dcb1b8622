//! Answers to creating requests that came with a key.

use diesel::prelude::*;
use holdout_protocol::{AccountId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::idempotency_keys::dsl;
use crate::error::Result;

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::db::schema::idempotency_keys)]
pub struct Remembered {
    pub operation: String,
    /// Digest of the request.
    pub request_hash: String,
    /// The answer, JSON.
    pub response: String,
}

/// The request that used this key first.
pub fn find(conn: &mut Conn, account: AccountId, key: &str) -> Result<Option<Remembered>> {
    Ok(dsl::idempotency_keys.find((account.to_string(), key)).select(Remembered::as_select()).first(conn).optional()?)
}

/// Remembers a request and its answer.
pub fn insert(conn: &mut Conn, account: AccountId, key: &str, answered: &Remembered) -> Result<()> {
    diesel::insert_into(dsl::idempotency_keys)
        .values((
            dsl::account_id.eq(account.to_string()),
            dsl::idempotency_key.eq(key),
            dsl::operation.eq(&answered.operation),
            dsl::request_hash.eq(&answered.request_hash),
            dsl::response.eq(&answered.response),
            dsl::created_at.eq(Timestamp::now().as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets requests from before `oldest`.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    Ok(diesel::delete(dsl::idempotency_keys.filter(dsl::created_at.lt(oldest.as_micros()))).execute(conn)?)
}
