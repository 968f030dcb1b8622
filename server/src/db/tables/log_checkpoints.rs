//! Signed heads of the log.

use diesel::prelude::*;
use holdout_protocol::Timestamp;

use crate::db::conn::Conn;
use crate::db::schema::log_checkpoints;
use crate::db::values::int;
use crate::error::Result;

/// The size of the log and its signed head, if there is one.
pub fn latest(conn: &mut Conn) -> Result<Option<(u64, String)>> {
    let row: Option<(i64, String)> = log_checkpoints::table
        .order(log_checkpoints::size.desc())
        .select((log_checkpoints::size, log_checkpoints::note))
        .first(conn)
        .optional()?;
    row.map(|(size, note)| Ok((int(size)?, note))).transpose()
}

/// Returns when the log began: the time of its first head.
pub fn began(conn: &mut Conn) -> Result<Option<Timestamp>> {
    let at: Option<i64> =
        log_checkpoints::table.order(log_checkpoints::size).select(log_checkpoints::at).first(conn).optional()?;
    Ok(at.map(Timestamp::from))
}

/// Puts other signatures under the head of a log of this size.
pub fn sign_again(conn: &mut Conn, size: u64, note: &str) -> Result<()> {
    let found = log_checkpoints::table.find(int::<_, i64>(size)?);
    diesel::update(found).set(log_checkpoints::note.eq(note)).execute(conn)?;
    Ok(())
}

/// Adds the signed head of a log of this size.
///
/// # Errors
/// A unique violation if there is one of this size.
pub fn insert(conn: &mut Conn, size: u64, note: &str, at: Timestamp) -> Result<()> {
    let row = (
        log_checkpoints::size.eq(int::<_, i64>(size)?),
        log_checkpoints::note.eq(note),
        log_checkpoints::at.eq(at.as_micros()),
    );
    diesel::insert_into(log_checkpoints::table).values(row).execute(conn)?;
    Ok(())
}
