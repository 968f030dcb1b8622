//! The receipts of a submission as `holdout receipts` saves them, verified without a server.

use holdout_protocol::{LogEntryKind, LoggedReceipt, PrivateOpening, SubmissionReceipts, Timestamp};
use holdout_receipts::{
    Checkpoint, Counts, Hash, KeyChain, KeyChainError, KeyChange, Nonce, Opening, Receipt, Statement, VerifyingKey,
    verify_inclusion,
};

/// An entry of the log that was proved.
#[derive(Debug)]
pub(crate) struct ProvedEntry {
    pub(crate) index: u64,
    pub(crate) kind: LogEntryKind,
    pub(crate) at: Timestamp,
    /// What it says; `None` if the file has only its hash, so that nothing but that is proved.
    pub(crate) receipt: Option<Receipt>,
    /// The counts on the private part, if they are published.
    pub(crate) private: Option<Counts>,
}

/// What a bundle proves.
#[derive(Debug)]
pub(crate) struct ProvedBundle {
    pub(crate) checkpoint: Checkpoint,
    /// The keys that the changes of key in the file lead through.
    pub(crate) keys: KeyChain,
    pub(crate) entries: Vec<ProvedEntry>,
    /// Whether there are receipts before the first one, which the file does not have.
    pub(crate) has_earlier: bool,
}

/// Why a bundle proves nothing: which receipt, if it is one of them, and what is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BundleError {
    #[error("entry {index}: {cause}")]
    Entry { index: u64, cause: String },
    #[error(transparent)]
    Keys(#[from] KeyChainError),
    #[error("the file has no receipts, so there is nothing to prove")]
    Empty,
}

/// Hashes as a file has them.
pub(crate) fn hashes(texts: &[String]) -> Result<Vec<Hash>, String> {
    texts.iter().map(|text| text.parse().map_err(|error| format!("proof: {error}"))).collect()
}

/// Verifies every receipt of a bundle and that they are one unbroken sequence, with the key or
/// those that changes of key lead to.
pub(crate) fn verify_bundle(bundle: &SubmissionReceipts, key: &VerifyingKey) -> Result<ProvedBundle, BundleError> {
    let (keys, checkpoint) = follow_keys(bundle, key)?;
    let mut entries = Vec::new();
    let mut before: Option<Step> = None;
    let mut has_earlier = false;
    for logged in &bundle.receipts {
        let of_entry = |cause| BundleError::Entry { index: logged.index, cause };
        let leaf: Hash = logged.leaf.parse().map_err(|error| of_entry(format!("{error}")))?;
        let proof = hashes(&logged.proof).map_err(of_entry)?;
        verify_inclusion(leaf, logged.index, checkpoint.size, checkpoint.root, &proof)
            .map_err(|error| of_entry(error.to_string()))?;
        let entry = verify_entry(logged, leaf, &keys).map_err(of_entry)?;
        let step = Step::new(&entry, leaf);
        match &before {
            Some(before) => before.check_next(&step).map_err(of_entry)?,
            None => has_earlier = step.previous.is_some(),
        }
        before = Some(step.after(before));
        entries.push(entry);
    }
    if entries.is_empty() {
        return Err(BundleError::Empty);
    }
    Ok(ProvedBundle { checkpoint, keys, entries, has_earlier })
}

/// Changes of key as a file has them.
pub(crate) fn key_changes(entries: &[LoggedReceipt]) -> Result<Vec<KeyChange>, BundleError> {
    let changes = entries.iter().map(|logged| {
        let proof = hashes(&logged.proof).map_err(|cause| BundleError::Entry { index: logged.index, cause })?;
        Ok(KeyChange { index: logged.index, note: logged.note.clone().unwrap_or_default(), proof })
    });
    changes.collect()
}

/// Follows the changes of key in a bundle, and verifies what the file says beside each of them.
fn follow_keys(bundle: &SubmissionReceipts, key: &VerifyingKey) -> Result<(KeyChain, Checkpoint), BundleError> {
    let changes = key_changes(&bundle.key_changes)?;
    let (keys, checkpoint) = KeyChain::follow(key, &changes, &bundle.checkpoint)?;
    for logged in &bundle.key_changes {
        let of_entry = |cause| BundleError::Entry { index: logged.index, cause };
        let leaf: Hash = logged.leaf.parse().map_err(|error| of_entry(format!("{error}")))?;
        verify_entry(logged, leaf, &keys).map_err(of_entry)?;
    }
    Ok((keys, checkpoint))
}

/// Verifies the text of an entry, if there is one: its signature, its hash, and the private counts.
fn verify_entry(logged: &LoggedReceipt, leaf: Hash, keys: &KeyChain) -> Result<ProvedEntry, String> {
    let (index, kind, at) = (logged.index, logged.kind, logged.at);
    let Some(note) = &logged.note else {
        return Ok(ProvedEntry { index, kind, at, receipt: None, private: None });
    };
    let verified = keys.verify_receipt(note, index).map_err(|error| error.to_string())?;
    if verified.leaf != leaf {
        return Err("the log has the hash of another text than this receipt's".to_owned());
    }
    let said = &verified.receipt;
    if said.at != at.to_string() || kind_of(&said.statement) != kind {
        return Err(format!("the file says `{}` at {at}; the receipt says otherwise", kind_name(kind)));
    }
    let private = logged.opening.as_ref().map(|opening| open(&said.statement, opening)).transpose()?;
    Ok(ProvedEntry { index, kind, at, receipt: Some(verified.receipt), private })
}

fn open(statement: &Statement, opening: &PrivateOpening) -> Result<Counts, String> {
    let Statement::Result(result) = statement else { return Err("only a result has private counts".to_owned()) };
    let opening = Opening { nonce: Nonce::try_from(opening.nonce.clone())?, counts: opening.counts.clone() };
    result.open(&opening).map_err(|error| error.to_string())
}

const fn kind_of(statement: &Statement) -> LogEntryKind {
    match statement {
        Statement::Result(_) => LogEntryKind::Result,
        Statement::Decision { .. } => LogEntryKind::Decision,
        Statement::Correction { .. } => LogEntryKind::Correction,
        Statement::Key { .. } => LogEntryKind::Key,
    }
}

/// Returns the word for a kind.
pub(crate) const fn kind_name(kind: LogEntryKind) -> &'static str {
    match kind {
        LogEntryKind::Result => "result",
        LogEntryKind::Decision => "decision",
        LogEntryKind::Correction => "correction",
        LogEntryKind::Key => "key",
    }
}

/// What the next receipt of a submission has to follow.
struct Step {
    index: u64,
    at: Timestamp,
    leaf: Hash,
    /// What the receipt names as the one before; `None` also if the file does not have its text.
    previous: Option<Hash>,
    has_text: bool,
    submission: Option<String>,
}

impl Step {
    fn new(entry: &ProvedEntry, leaf: Hash) -> Self {
        let receipt = entry.receipt.as_ref();
        Self {
            index: entry.index,
            at: entry.at,
            leaf,
            previous: receipt.and_then(|receipt| receipt.previous),
            has_text: receipt.is_some(),
            submission: receipt.and_then(|receipt| receipt.submission().map(str::to_owned)),
        }
    }

    /// Refuses a receipt that does not come directly after this one.
    fn check_next(&self, next: &Self) -> Result<(), String> {
        if next.index <= self.index || next.at <= self.at {
            return Err(format!(
                "it does not come after entry {}: a receipt is missing, moved or back-dated",
                self.index
            ));
        }
        if next.has_text && next.previous != Some(self.leaf) {
            return Err(format!(
                "it does not name entry {} as the one before: a receipt is missing or moved",
                self.index
            ));
        }
        match (&self.submission, &next.submission) {
            (Some(one), Some(other)) if one != other => {
                Err(format!("it is about the submission `{other}`; those before are about `{one}`"))
            }
            _ => Ok(()),
        }
    }

    /// Returns this step with the submission that earlier steps named.
    fn after(self, before: Option<Self>) -> Self {
        Self { submission: self.submission.or_else(|| before.and_then(|before| before.submission)), ..self }
    }
}
