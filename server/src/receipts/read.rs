//! What everybody is told of the log: its heads, its entries without their texts, and proofs.

use holdout_protocol::{
    ConsistencyQuery, InclusionQuery, LogEntries, LogEntriesQuery, LogKey, LogKeys, LogProof, LoggedReceipt, Timestamp,
};
use holdout_receipts::{Hash, InvalidRange, NodeId, Nodes, SigningKey, consistency_proof, inclusion_proof};

use super::keys;
use crate::app::App;
use crate::db::log_entries::Entry;
use crate::db::log_retired_keys::RetiredKey;
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

/// All keys that the log has had, with the entries that brought them in.
pub async fn log_keys(app: &App) -> Result<LogKeys> {
    app.db.read(keys_of).await
}

pub(super) fn keys_of(conn: &mut Conn) -> Result<LogKeys> {
    let (size, checkpoint) = head(conn)?;
    let (mut keys, mut since, mut entry) = (Vec::new(), began(conn)?, None);
    let past = KeysAt::load(conn, size)?;
    for retired in past.retired {
        let (key, signs_heads_until) = (retired.verifier, Some(retired.signs_until));
        let first = entry.is_none();
        keys.push(LogKey { key, first, since, signs_heads_until, entry: entry.take() });
        let change = key_change(conn, retired.position, size)?;
        since = change.at;
        entry = Some(change);
    }
    let first = entry.is_none();
    keys.push(LogKey { key: past.present, first, since, signs_heads_until: None, entry });
    Ok(LogKeys { checkpoint, keys })
}

fn began(conn: &mut Conn) -> Result<Timestamp> {
    db::log_checkpoints::began(conn)?.ok_or_else(|| Error::internal("the log has no head"))
}

/// The keys of a log of one size. Who reads them outside a transaction may see the key replaced
/// between two statements.
pub(super) struct KeysAt {
    /// Those that were replaced by an entry before that size, the oldest first.
    pub(super) retired: Vec<RetiredKey>,
    /// The one that signs at that size.
    pub(super) present: String,
}

impl KeysAt {
    /// Call it after the size was read.
    pub(super) fn load(conn: &mut Conn, size: u64) -> Result<Self> {
        // The present key is read first: if it is replaced meanwhile, it is among those that the
        // size does not have.
        let present = keys::signing_key(conn)?.verifying_key().to_string();
        let mut retired = db::log_retired_keys::list(conn)?;
        let after = retired.split_off(retired.partition_point(|key| key.position < size));
        let present = after.into_iter().next().map_or(present, |key| key.verifier);
        Ok(Self { retired, present })
    }
}

/// The size of the log, and the key that signs at that size, also outside a transaction.
pub(super) fn head_and_key(conn: &mut Conn) -> Result<(u64, SigningKey)> {
    loop {
        let key = keys::signing_key(conn)?;
        let (size, _) = head(conn)?;
        // If the key was replaced between the two statements, its entry is before that size.
        if KeysAt::load(conn, size)?.present == key.verifying_key().to_string() {
            return Ok((size, key));
        }
    }
}

/// The entry that changed the key at a place of the log, with the proof that a log of this size has
/// it.
pub(super) fn key_change(conn: &mut Conn, index: u64, size: u64) -> Result<LoggedReceipt> {
    let entry = db::log_entries::at(conn, index)?;
    logged(conn, &entry, size)
}

/// An entry with its note and the proof that a log of this size has it.
pub(super) fn logged(conn: &mut Conn, entry: &Entry, size: u64) -> Result<LoggedReceipt> {
    let index = entry.index.ok_or_else(|| Error::internal("an entry of the log without a place"))?;
    let proof = texts(&inclusion_proof(&mut Kept(conn), index, size)?);
    let (kind, at, leaf) = (entry.kind, entry.at, entry.leaf.to_string());
    let note = Some(format!("{}\n{}", entry.body, entry.signatures.as_deref().unwrap_or_default()));
    Ok(LoggedReceipt { index, kind, at, leaf, note, proof, opening: None })
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
