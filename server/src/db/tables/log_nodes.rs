//! Hashes of the log's complete subtrees. None is ever changed.

use diesel::prelude::*;
use holdout_receipts::{Hash, NodeId};

use super::log_entries::hash;
use crate::db::conn::Conn;
use crate::db::schema::log_nodes;
use crate::db::values::int;
use crate::error::{Error, Result};

/// Rows that one statement inserts. SQLite limits the number of values in a statement.
const AT_ONCE: usize = 500;

/// The hash of a subtree.
///
/// # Errors
/// [`Error::Internal`] if it is missing.
pub fn get(conn: &mut Conn, id: NodeId) -> Result<Hash> {
    let found: Option<Vec<u8>> = log_nodes::table
        .find((i32::from(id.level), int::<_, i64>(id.index)?))
        .select(log_nodes::hash)
        .first(conn)
        .optional()?;
    hash(found.ok_or_else(|| Error::internal(format!("the log lacks its subtree {id:?}")))?)
}

/// Adds subtrees.
///
/// # Errors
/// A unique violation if one is there already.
pub fn insert(conn: &mut Conn, nodes: &[(NodeId, Hash)]) -> Result<()> {
    for nodes in nodes.chunks(AT_ONCE) {
        let rows = nodes.iter().map(|(id, hash)| {
            Ok((
                log_nodes::level.eq(i32::from(id.level)),
                log_nodes::position.eq(int::<_, i64>(id.index)?),
                log_nodes::hash.eq(hash.as_bytes().to_vec()),
            ))
        });
        let rows: Vec<_> = rows.collect::<Result<_>>()?;
        match conn {
            Conn::Postgresql(pg) => diesel::insert_into(log_nodes::table).values(rows).execute(pg)?,
            Conn::Sqlite(sqlite) => diesel::insert_into(log_nodes::table).values(rows).execute(sqlite)?,
        };
    }
    Ok(())
}
