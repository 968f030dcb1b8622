//! Changes of the log's key. Each is an entry of the log that the old and the new key signed, so a
//! reader who knows one key of the log can follow them to every other one.

use std::slice;

use crate::verify::verify_checkpoint;
use crate::{
    Checkpoint, Hash, InvalidNote, Note, ProofError, Receipt, Statement, VerifiedReceipt, VerifyingKey,
    verify_inclusion, verify_receipt,
};

/// An entry of the log that changes its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// Its place in the log.
    pub index: u64,
    /// The receipt with its [`Statement::Key`], signed by the old and the new key.
    pub note: String,
    /// The proof that it is in the log of the checkpoint.
    pub proof: Vec<Hash>,
}

/// Why no key can be followed to another one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyChainError {
    /// A change is not signed by both keys, or not in the log.
    #[error("the change of key at entry {index}: {cause}")]
    Change {
        /// The place that the change claims.
        index: u64,
        /// What is wrong.
        cause: ProofError,
    },
    /// A change does not follow the one before it.
    #[error(
        "the change of key at entry {0} does not follow from the one before: a change is missing, \
         moved, repeated or not valid"
    )]
    Order(u64),
    /// The changes do not lead to the trusted key.
    #[error(
        "the key `{0}` is not linked to the key that signs now: no change of key that the file has begins or ends with it"
    )]
    Unlinked(String),
    /// The checkpoint is not one of the latest key.
    #[error(transparent)]
    Checkpoint(#[from] ProofError),
}

/// All keys of a log up to a checkpoint, linked to one that the reader trusts.
///
/// ```
/// use holdout_receipts::{Checkpoint, Hash, KeyChain, SigningKey, sign_note};
/// let key = SigningKey::from_seed("example.org/log".parse()?, &[7; 32])?;
/// let origin = "example.org/log".to_owned();
/// let empty = Checkpoint { origin, size: 0, root: Hash::of_empty_tree() };
/// let head = sign_note(&empty.to_string(), &key);
/// // The key of this log was never changed.
/// let (chain, checkpoint) = KeyChain::follow(&key.verifying_key(), &[], &head)?;
/// assert_eq!((chain.latest(), chain.changes()), (&key.verifying_key(), 0));
/// assert_eq!(checkpoint, empty);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChain {
    first: VerifyingKey,
    /// Where each later key came in.
    later: Vec<(u64, VerifyingKey)>,
}

impl KeyChain {
    /// Follows changes of key, in the log's order, and verifies the checkpoint by the last key.
    /// Returns the keys and the checkpoint.
    ///
    /// The trusted key may be any of them: a change vouches for the new key by the old one's
    /// signature, and for the old one, as long as it was in use, by that of the new one.
    ///
    /// # Errors
    /// [`KeyChainError`] if the changes are not one unbroken sequence in the log of the checkpoint,
    /// or `trusted` is not one of its keys.
    pub fn follow(
        trusted: &VerifyingKey,
        changes: &[KeyChange],
        checkpoint: &str,
    ) -> Result<(Self, Checkpoint), KeyChainError> {
        let (mut chain, mut leaves) = (None, Vec::new());
        for change in changes {
            let (old, new, leaf) = read_change(change)?;
            chain = Some(match chain {
                None if old != new => Self { first: old, later: vec![(change.index, new)] },
                Some(before) => Self::extended(before, change.index, &old, new)?,
                None => return Err(KeyChainError::Order(change.index)),
            });
            leaves.push(leaf);
        }
        let chain = chain.unwrap_or_else(|| Self { first: trusted.clone(), later: Vec::new() });
        if !chain.keys().contains(trusted) {
            return Err(KeyChainError::Unlinked(trusted.to_string()));
        }
        let checkpoint = verify_checkpoint(checkpoint, slice::from_ref(chain.latest()))?;
        for (change, leaf) in changes.iter().zip(leaves) {
            verify_inclusion(leaf, change.index, checkpoint.size, checkpoint.root, &change.proof)
                .map_err(|error| KeyChainError::Change { index: change.index, cause: error.into() })?;
        }
        Ok((chain, checkpoint))
    }

    fn extended(mut self, index: u64, old: &VerifyingKey, new: VerifyingKey) -> Result<Self, KeyChainError> {
        let is_later = self.later.last().is_none_or(|(before, _)| *before < index);
        // No key comes back: otherwise it would not be clear when it was in use.
        if old != self.latest() || !is_later || self.keys().contains(&new) {
            return Err(KeyChainError::Order(index));
        }
        self.later.push((index, new));
        Ok(self)
    }

    /// Returns the key that signs at the end of the log.
    #[must_use]
    pub fn latest(&self) -> &VerifyingKey {
        self.later.last().map_or(&self.first, |(_, key)| key)
    }

    /// Returns how often the key was changed.
    #[must_use]
    pub const fn changes(&self) -> usize {
        self.later.len()
    }

    /// Returns all keys, the first one first.
    #[must_use]
    pub fn keys(&self) -> Vec<VerifyingKey> {
        let later = self.later.iter().map(|(_, key)| key.clone());
        [self.first.clone()].into_iter().chain(later).collect()
    }

    /// Returns the key that signed entries at this place of the log. A change itself belongs to the
    /// key that it ends.
    #[must_use]
    pub fn key_at(&self, index: u64) -> &VerifyingKey {
        let before = self.later.iter().rev().find(|(place, _)| *place < index);
        before.map_or(&self.first, |(_, key)| key)
    }

    /// Verifies that the key that was in use at this place of the log signed a receipt.
    ///
    /// # Errors
    /// [`ProofError`] as [`verify_receipt`]; [`ProofError::KeyNotInUse`] if another key of the log
    /// signed it.
    pub fn verify_receipt(&self, note: &str, index: u64) -> Result<VerifiedReceipt, ProofError> {
        let found = verify_receipt(note, slice::from_ref(self.key_at(index)));
        let is_unknown = matches!(found, Err(ProofError::Note(InvalidNote::Unknown(_))));
        if is_unknown && verify_receipt(note, &self.keys()).is_ok() {
            return Err(ProofError::KeyNotInUse(index));
        }
        found
    }
}

/// The old and the new key of a change that both signed, and the hash that the log has of it.
fn read_change(change: &KeyChange) -> Result<(VerifyingKey, VerifyingKey, Hash), KeyChainError> {
    let of_change = |cause| KeyChainError::Change { index: change.index, cause };
    // What it says is believed only after the two keys that it names have verified it.
    let text = Note::unverified_text(&change.note).map_err(|error| of_change(error.into()))?;
    let receipt = Receipt::parse(text).map_err(|error| of_change(error.into()))?;
    let Statement::Key { replaces, key } = receipt.statement else {
        return Err(KeyChainError::Order(change.index));
    };
    let parsed = |text: &str| text.parse().map_err(|_| KeyChainError::Order(change.index));
    let (old, new): (VerifyingKey, VerifyingKey) = (parsed(&replaces)?, parsed(&key)?);
    verify_receipt(&change.note, slice::from_ref(&old)).map_err(of_change)?;
    let verified = verify_receipt(&change.note, slice::from_ref(&new)).map_err(of_change)?;
    Ok((old, new, verified.leaf))
}
