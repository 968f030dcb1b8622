//! The log of an archive against its signed head, and against a head that the reader kept.

use holdout_protocol::{LogEntry, LoggedReceipt};
use holdout_receipts::{Checkpoint, Hash, KeyChain, VerifyingKey, root_of, verify_checkpoint};

use super::contents::Contents;
use super::report::Report;
use crate::archive::log::{leaves_of, read_entries};
use crate::archive::manifest::Manifest;
use crate::archive::names;
use crate::receipt_bundle::key_changes;

/// The log, whose root is that of a head that the key signed.
pub(super) struct ProvedLog {
    /// The key that is trusted.
    pub(super) key: VerifyingKey,
    /// The keys that changes of key lead through.
    pub(super) keys: KeyChain,
    /// The signed head, as it is in every receipt's bundle.
    pub(super) note: String,
    pub(super) checkpoint: Checkpoint,
    pub(super) entries: Vec<LogEntry>,
    pub(super) leaves: Vec<Hash>,
}

impl ProvedLog {
    pub(super) fn prove(
        contents: &Contents,
        manifest: &Manifest,
        given: Option<&VerifyingKey>,
        earlier: Option<&str>,
        report: &mut Report,
    ) -> Result<Self, String> {
        let key = key(contents, manifest, given)?;
        let note = contents.text(names::CHECKPOINT)?.to_owned();
        if note != manifest.checkpoint {
            return Err(format!("`{}` is another checkpoint than the one in the manifest", names::CHECKPOINT));
        }
        let (keys, checkpoint) = follow_keys(contents, manifest, &key, &note)?;
        let named = |error| format!("`{}`: {error}", names::LOG);
        let entries = read_entries(contents.bytes(names::LOG)?).map_err(named)?;
        let leaves = leaves_of(&entries).map_err(named)?;
        let log = Self { key, keys, note, checkpoint, entries, leaves };
        log.check_root()?;
        let Checkpoint { origin, size, root } = &log.checkpoint;
        report.prove(format!(
            "The log `{origin}` has the {size} entries of the archive in their order, by its signed head: root {root}."
        ));
        if log.keys.changes() > 0 {
            let count = log.keys.changes();
            report.prove(format!(
                "The key of the log was changed, each time by an entry that both keys signed: changes: {count}."
            ));
        }
        if let Some(earlier) = earlier {
            log.check_continues(earlier, report)?;
        }
        Ok(log)
    }

    fn check_root(&self) -> Result<(), String> {
        let Checkpoint { size, root, .. } = self.checkpoint;
        let count = u64::try_from(self.leaves.len()).unwrap_or(u64::MAX);
        if count != size {
            return Err(format!("the log is cut: its signed head has {size} entries, and the archive has {count}"));
        }
        let found = root_of(self.leaves.iter().copied());
        if found != root {
            return Err(format!(
                "the entries of the log are not those of its signed head: their root is {found}, and the head has {root}. An entry was \
                 changed, replaced or moved"
            ));
        }
        Ok(())
    }

    /// A head that the reader kept is that of the first entries.
    fn check_continues(&self, earlier: &str, report: &mut Report) -> Result<(), String> {
        let earlier = verify_checkpoint(earlier, &self.keys.keys())
            .map_err(|error| format!("the earlier checkpoint: {error}"))?;
        let size = usize::try_from(earlier.size).unwrap_or(usize::MAX);
        let Some(first) = self.leaves.get(..size) else {
            return Err(format!(
                "the checkpoint that you kept has {} entries of the log, and the archive only {}: either the archive is older than your checkpoint, \
                 or the log was cut. An archive that is made now has to have them",
                earlier.size, self.checkpoint.size
            ));
        };
        if root_of(first.iter().copied()) != earlier.root {
            return Err(format!(
                "the log is forked: its first {size} entries are not those of the checkpoint that you kept, although the same key signed both"
            ));
        }
        report.prove(format!("The log continues the one of {size} entries that you kept."));
        Ok(())
    }
}

/// Follows the changes of key from the key that is trusted to the one that signed the head, which
/// has to be the archive's.
fn follow_keys(
    contents: &Contents,
    manifest: &Manifest,
    key: &VerifyingKey,
    note: &str,
) -> Result<(KeyChain, Checkpoint), String> {
    let changes: Vec<LoggedReceipt> =
        if contents.has(names::KEY_CHANGES) { contents.json(names::KEY_CHANGES)? } else { Vec::new() };
    let another =
        || format!("the archive is signed with another key than the one that you trust: it has {}", manifest.key);
    if changes.is_empty() && key.to_string() != manifest.key {
        return Err(another());
    }
    let changes = key_changes(&changes).map_err(|error| format!("`{}`: {error}", names::KEY_CHANGES))?;
    let (keys, checkpoint) =
        KeyChain::follow(key, &changes, note).map_err(|error| format!("the head of the log: {error}"))?;
    if keys.latest().to_string() != manifest.key {
        return Err(another());
    }
    Ok((keys, checkpoint))
}

/// The key that is trusted: the given one, or the one in the archive, whose places have to agree in
/// any case.
fn key(contents: &Contents, manifest: &Manifest, given: Option<&VerifyingKey>) -> Result<VerifyingKey, String> {
    let own = contents.text(names::KEY)?.trim();
    if own != manifest.key {
        return Err(format!("`{}` is another key than the one in the manifest", names::KEY));
    }
    if let Some(given) = given {
        return Ok(given.clone());
    }
    own.parse().map_err(|error| format!("`{}`: {error}", names::KEY))
}
