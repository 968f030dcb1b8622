//! What a reader without a server can prove, from notes, proofs and a key.

use crate::{
    Checkpoint, Hash, InvalidCheckpoint, InvalidNote, InvalidProof, InvalidReceipt, Note, Receipt, VerifyingKey,
    verify_consistency, verify_inclusion,
};

/// Why nothing is proved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A receipt or a checkpoint is not signed by the key.
    #[error(transparent)]
    Note(#[from] InvalidNote),
    /// What was signed is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] InvalidCheckpoint),
    /// What was signed is no receipt.
    #[error(transparent)]
    Receipt(#[from] InvalidReceipt),
    /// Another key of the log signed a receipt than the one that was in use at this place.
    #[error("it is signed by a key of this log that was not in use at entry {0}")]
    KeyNotInUse(u64),
    /// The hashes prove nothing.
    #[error(transparent)]
    Proof(#[from] InvalidProof),
    /// It is a receipt or a checkpoint of another log than the key's.
    #[error("it names the log `{got}`; the key is that of the log `{expected}`")]
    OtherLog {
        /// The log that is named.
        got: String,
        /// The log of the key.
        expected: String,
    },
}

/// A receipt whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReceipt {
    /// What it says.
    pub receipt: Receipt,
    /// The hash that the log has of it.
    pub leaf: Hash,
}

/// Verifies that one of the keys signed a receipt. That proves who said it, not that the log has
/// it: see [`verify_in_log`].
///
/// # Errors
/// [`ProofError`] if none of the keys signed it, or it is no receipt of the key's log.
pub fn verify_receipt(note: &str, keys: &[VerifyingKey]) -> Result<VerifiedReceipt, ProofError> {
    let note = Note::open(note, keys)?;
    let receipt = Receipt::parse(note.text)?;
    check_log(&receipt.log, &note, keys)?;
    Ok(VerifiedReceipt { receipt, leaf: Hash::of_leaf(note.text.as_bytes()) })
}

/// Verifies that one of the keys signed a checkpoint, and that it is one of the key's log. See
/// [`verify_extension`] for two of them.
///
/// # Errors
/// [`ProofError`] if none of the keys signed it, or it is no checkpoint of the key's log.
pub fn verify_checkpoint(note: &str, keys: &[VerifyingKey]) -> Result<Checkpoint, ProofError> {
    let note = Note::open(note, keys)?;
    let checkpoint: Checkpoint = note.text.parse()?;
    check_log(&checkpoint.origin, &note, keys)?;
    Ok(checkpoint)
}

fn check_log(got: &str, note: &Note<'_>, keys: &[VerifyingKey]) -> Result<(), ProofError> {
    let signer = note.signers.first().and_then(|place| keys.get(*place));
    let expected = signer.map_or("", |key| key.name().as_str());
    if got == expected {
        return Ok(());
    }
    Err(ProofError::OtherLog { got: got.to_owned(), expected: expected.to_owned() })
}

/// Verifies that the entry with this leaf hash is the one with this index in the log that a signed
/// checkpoint is of, and returns the checkpoint.
///
/// # Errors
/// [`ProofError`] if that is not proved.
pub fn verify_in_log(
    (leaf, index): (Hash, u64),
    proof: &[Hash],
    checkpoint: &str,
    keys: &[VerifyingKey],
) -> Result<Checkpoint, ProofError> {
    let checkpoint = verify_checkpoint(checkpoint, keys)?;
    verify_inclusion(leaf, index, checkpoint.size, checkpoint.root, proof)?;
    Ok(checkpoint)
}

/// Verifies that the log of the later checkpoint continues that of the earlier one, and returns
/// both.
///
/// # Errors
/// [`ProofError`] if that is not proved: the log was changed, cut or forked between them, or the
/// proof is another one's.
pub fn verify_extension(
    earlier: &str,
    later: &str,
    proof: &[Hash],
    keys: &[VerifyingKey],
) -> Result<(Checkpoint, Checkpoint), ProofError> {
    let (earlier, later) = (verify_checkpoint(earlier, keys)?, verify_checkpoint(later, keys)?);
    verify_consistency((earlier.size, earlier.root), (later.size, later.root), proof)?;
    Ok((earlier, later))
}
