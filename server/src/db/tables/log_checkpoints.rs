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
