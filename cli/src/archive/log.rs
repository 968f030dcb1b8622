//! The log in an archive: place, kind, time and hash of each entry, and the tree over the hashes.

use std::collections::HashMap;

use holdout_protocol::{LogEntry, LoggedReceipt, SubmissionReceipts};
use holdout_receipts::{Checkpoint, Frontier, Hash, InvalidRange, NodeId, Nodes, inclusion_proof};

/// Writes the entries as CSV.
pub(super) fn write_entries(entries: &[LogEntry]) -> Result<Vec<u8>, String> {
    super::entries::write_rows(entries)
}

/// Reads what [`write_entries`] wrote; the places have to be consecutive.
pub(super) fn read_entries(bytes: &[u8]) -> Result<Vec<LogEntry>, String> {
    let entries: Vec<LogEntry> = super::entries::read_rows(bytes)?;
    for (wanted, entry) in (0..).zip(&entries) {
        if entry.index != wanted {
            return Err(format!("entry {wanted} is missing or moved: entry {} is in its place", entry.index));
        }
    }
    Ok(entries)
}

/// The hashes of entries.
pub(super) fn leaves_of(entries: &[LogEntry]) -> Result<Vec<Hash>, String> {
    let leaf = |entry: &LogEntry| entry.leaf.parse().map_err(|error| format!("entry {}: {error}", entry.index));
    entries.iter().map(leaf).collect()
}

/// Returns what a checkpoint says, without looking at who signed it.
pub(super) fn unverified_head(note: &str) -> Result<Checkpoint, String> {
    let text = note.split_once("\n\n").map(|(text, _)| format!("{text}\n"));
    let text = text.ok_or_else(|| "the checkpoint has no signatures".to_owned())?;
    text.parse().map_err(|error| format!("{error}"))
}

/// All complete subtrees of the log.
pub(super) struct LogTree {
    nodes: HashMap<NodeId, Hash>,
    tree: Frontier,
}

impl LogTree {
    pub(super) fn new(leaves: &[Hash]) -> Self {
        let (mut nodes, mut tree) = (HashMap::new(), Frontier::default());
        for leaf in leaves {
            nodes.extend(tree.append(*leaf));
        }
        Self { nodes, tree }
    }

    /// Returns how many entries the log has.
    pub(super) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Proves the receipts of a bundle again, so that all of an archive are proved against one
    /// head. Those that came later are left out.
    pub(super) fn prove_again(&self, bundle: &mut SubmissionReceipts, checkpoint: &str) -> Result<(), String> {
        self.prove_entries_again(&mut bundle.receipts)?;
        self.prove_entries_again(&mut bundle.key_changes)?;
        checkpoint.clone_into(&mut bundle.checkpoint);
        Ok(())
    }

    /// Proves entries again; those that came later are left out.
    pub(super) fn prove_entries_again(&self, entries: &mut Vec<LoggedReceipt>) -> Result<(), String> {
        let size = self.size();
        entries.retain(|entry| entry.index < size);
        for entry in entries {
            let proof = inclusion_proof(&mut Kept(&self.nodes), entry.index, size).map_err(|error| error.0)?;
            entry.proof = proof.iter().map(Hash::to_string).collect();
        }
        Ok(())
    }
}

struct Kept<'a>(&'a HashMap<NodeId, Hash>);

/// A proof that cannot be made.
struct NoProof(String);

impl From<InvalidRange> for NoProof {
    fn from(error: InvalidRange) -> Self {
        Self(error.to_string())
    }
}

impl Nodes for Kept<'_> {
    type Error = NoProof;
    fn node(&mut self, id: NodeId) -> Result<Hash, NoProof> {
        self.0.get(&id).copied().ok_or_else(|| NoProof(format!("the log has no subtree {id:?}")))
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{LogEntryKind, Timestamp};
    use holdout_receipts::{root_of, verify_inclusion};

    use super::*;

    fn entry(index: u64) -> LogEntry {
        let leaf = Hash::of_leaf(&index.to_be_bytes()).to_string();
        LogEntry { index, kind: LogEntryKind::Result, at: Timestamp::from(7), leaf }
    }

    #[test]
    fn entries_are_read_as_they_were_written_and_none_is_missing_or_moved() {
        let entries: Vec<LogEntry> = (0..5).map(entry).collect();
        let written = write_entries(&entries).unwrap();
        assert!(written.starts_with(b"index,kind,at,leaf\n0,result,1970-01-01T00:00:00.000007Z,"));
        assert_eq!(read_entries(&written).unwrap(), entries);
        let moved = write_entries(&[entry(0), entry(2), entry(1)]).unwrap();
        assert_eq!(read_entries(&moved).unwrap_err(), "entry 1 is missing or moved: entry 2 is in its place");
    }

    #[test]
    fn receipts_are_proved_against_the_head_of_the_archive() {
        let leaves: Vec<Hash> = leaves_of(&(0..5).map(entry).collect::<Vec<_>>()).unwrap();
        let receipt = |index: u64| {
            let LogEntry { kind, at, leaf, .. } = entry(index);
            LoggedReceipt { index, kind, at, leaf, note: None, proof: Vec::new(), opening: None }
        };
        let receipts = vec![receipt(3), receipt(5)];
        let (key, key_changes) = (String::new(), vec![receipt(1), receipt(6)]);
        let mut bundle = SubmissionReceipts { key, key_changes, checkpoint: "old".to_owned(), receipts };
        LogTree::new(&leaves).prove_again(&mut bundle, "new").unwrap();
        assert_eq!((bundle.checkpoint.as_str(), bundle.receipts.len()), ("new", 1), "entry 5 came later");
        let proof: Vec<Hash> = bundle.receipts[0].proof.iter().map(|hash| hash.parse().unwrap()).collect();
        verify_inclusion(leaves[3], 3, 5, root_of(leaves.iter().copied()), &proof).unwrap();
        assert_eq!(bundle.key_changes.len(), 1, "so did entry 6");
        assert!(!bundle.key_changes[0].proof.is_empty());
    }
}
