//! Keys of the log that another one has replaced.

use diesel::prelude::*;
use holdout_protocol::Timestamp;

use crate::db::conn::Conn;
use crate::db::schema::log_retired_keys;
use crate::db::values::int;
use crate::error::{Error, Result};

/// What stands in the place of a seed before it is taken away, so that no page of the database
/// keeps the seed.
const OVERWRITTEN: &str = "--------------------------------------------";

/// A key that another one has replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetiredKey {
    /// The entry of the log that names the key after it.
    pub position: u64,
    /// What verifies its signatures.
    pub verifier: String,
    /// Until when it signs heads of the log, too.
    pub signs_until: Timestamp,
    /// What it signs with, base64, as long as it does.
    pub seed: Option<String>,
}

impl TryFrom<(i64, String, i64, Option<String>)> for RetiredKey {
    type Error = Error;
    fn try_from((position, verifier, until, seed): (i64, String, i64, Option<String>)) -> Result<Self> {
        Ok(Self { position: int(position)?, verifier, signs_until: until.into(), seed })
    }
}

/// All of them, the oldest first.
pub fn list(conn: &mut Conn) -> Result<Vec<RetiredKey>> {
    let rows: Vec<(i64, String, i64, Option<String>)> = log_retired_keys::table
        .order(log_retired_keys::position)
        .select((
            log_retired_keys::position,
            log_retired_keys::verifier,
            log_retired_keys::signs_until,
            log_retired_keys::seed,
        ))
        .load(conn)?;
    rows.into_iter().map(RetiredKey::try_from).collect()
}

/// Adds a key.
///
/// # Errors
/// A unique violation if the entry ended another one already.
pub fn insert(conn: &mut Conn, key: &RetiredKey) -> Result<()> {
    let row = (
        log_retired_keys::position.eq(int::<_, i64>(key.position)?),
        log_retired_keys::verifier.eq(&key.verifier),
        log_retired_keys::signs_until.eq(key.signs_until.as_micros()),
        log_retired_keys::seed.eq(&key.seed),
    );
    diesel::insert_into(log_retired_keys::table).values(row).execute(conn)?;
    Ok(())
}

/// Lets all keys that still sign heads end now, and deletes their seeds.
pub fn end_overlaps(conn: &mut Conn, now: Timestamp) -> Result<()> {
    diesel::update(log_retired_keys::table.filter(log_retired_keys::signs_until.gt(now.as_micros())))
        .set(log_retired_keys::signs_until.eq(now.as_micros()))
        .execute(conn)?;
    delete_seeds(conn, now).map(drop)
}

/// Deletes the seeds of keys that no longer sign, and returns how many had one.
pub fn delete_seeds(conn: &mut Conn, now: Timestamp) -> Result<usize> {
    let ended = log_retired_keys::signs_until.le(now.as_micros()).and(log_retired_keys::seed.is_not_null());
    diesel::update(log_retired_keys::table.filter(ended)).set(log_retired_keys::seed.eq(OVERWRITTEN)).execute(conn)?;
    let deleted = diesel::update(log_retired_keys::table.filter(ended))
        .set(log_retired_keys::seed.eq(None::<String>))
        .execute(conn)?;
    Ok(deleted)
}

/// Returns true if a key that no longer signs still has its seed.
pub fn has_seed_to_delete(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let ended = log_retired_keys::signs_until.le(now.as_micros()).and(log_retired_keys::seed.is_not_null());
    let found: i64 = log_retired_keys::table.filter(ended).count().get_result(conn)?;
    Ok(found > 0)
}
