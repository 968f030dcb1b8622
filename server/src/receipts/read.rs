//! What everybody is told of the log: its heads, its entries without their texts, and proofs.

use holdout_protocol::{ConsistencyQuery, InclusionQuery, LogEntries, LogEntriesQuery, LogProof};
use holdout_receipts::{Hash, InvalidRange, NodeId, Nodes, consistency_proof, inclusion_proof};

use super::keys;
use crate::app::App;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// Most entries that are listed at once.
const MOST_ENTRIES: u64 = 1000;

/// The subtrees that the database keeps.
pub(super) struct Kept<'a>(pub(super) &'a mut Conn);

impl Nodes for Kept<'_> {
    type Error = Error;
    fn node(&mut self, id: NodeId) -> Result<Hash> {
        db::log_nodes::get(self.0, id)
    }
}

impl From<InvalidRange> for Error {
    fn from(error: InvalidRange) -> Self {
        let field = match error {
            InvalidRange::Index { .. } => "index",
            InvalidRange::Order { .. } => "from",
        };
        Self::invalid(field, error.to_string())
    }
}

/// The signed head of the log.
pub async fn checkpoint(app: &App) -> Result<String> {
    app.db.read(|conn| Ok(head(conn)?.1)).await
}

/// The key that verifies what this log signs.
pub async fn key(app: &App) -> Result<String> {
    app.db.read(|conn| Ok(keys::signing_key(conn)?.verifying_key().to_string())).await
}

pub(super) fn head(conn: &mut Conn) -> Result<(u64, String)> {
    db::log_checkpoints::latest(conn)?.ok_or_else(|| Error::internal("the log has no head"))
}

/// Refuses a size that the log does not have yet.
fn check_size(conn: &mut Conn, field: &'static str, size: u64) -> Result<()> {
    let (most, _) = head(conn)?;
    if size <= most {
        return Ok(());
    }
    Err(Error::invalid(field, format!("`{field}` is {size}; the log has {most} entries")))
}

/// Some entries of the log.
///
/// # Errors
/// `invalid_value` if the log has no such entries, or they are more than 1,000.
pub async fn entries(app: &App, query: LogEntriesQuery) -> Result<LogEntries> {
    let LogEntriesQuery { start, end } = query;
    if start > end || end - start > MOST_ENTRIES {
        let message = format!("`start` is {start} and `end` is {end}; `end` is `start` or up to {MOST_ENTRIES} more");
        return Err(Error::invalid("end", message));
    }
    app.db
        .read(move |conn| {
            check_size(conn, "end", end)?;
            Ok(LogEntries { entries: db::log_entries::range(conn, start, end)? })
        })
        .await
}

/// The proof that an entry is in the log of a size.
///
/// # Errors
/// `invalid_value` if the log has not that size, or the entry is not in it.
pub async fn inclusion(app: &App, query: InclusionQuery) -> Result<LogProof> {
    app.db
        .read(move |conn| {
            check_size(conn, "size", query.size)?;
            inclusion_proof(&mut Kept(conn), query.index, query.size).map(|proof| LogProof { hashes: texts(&proof) })
        })
        .await
}

/// The proof that the log of one size continues that of another.
///
/// # Errors
/// `invalid_value` if the log has not these sizes.
pub async fn consistency(app: &App, query: ConsistencyQuery) -> Result<LogProof> {
    app.db
        .read(move |conn| {
            check_size(conn, "to", query.to)?;
            consistency_proof(&mut Kept(conn), query.from, query.to).map(|proof| LogProof { hashes: texts(&proof) })
        })
        .await
}

pub(super) fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}
