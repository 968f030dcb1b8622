//! Results that anyone can verify: the log's Merkle tree and its proofs, signed notes, checkpoints,
//! and receipts.
//!
//! Everything here is a pure function of its arguments. The formulas are those of RFC 6962,
//! sections 2.1 to 2.1.2, whose algorithms of verification RFC 9162 writes out in sections 2.1.3.2
//! and 2.1.4.2. Notes and checkpoints have the form that C2SP defines in `signed-note` and
//! `tlog-checkpoint`, so that its tools and witnesses can read them.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod chain;
mod checkpoint;
mod hash;
mod key;
mod note;
mod proof;
mod receipt;
mod season;
mod tree;
mod verify;

pub use chain::{KeyChain, KeyChainError, KeyChange};
pub use checkpoint::{Checkpoint, InvalidCheckpoint};
pub use hash::{Hash, InvalidHash};
pub use key::{InvalidKey, InvalidName, KeyName, SigningKey, VerifyingKey};
pub use note::{InvalidNote, MAX_NOTE_BYTES, Note, sign_note, sign_note_with_all};
pub use proof::{
    InvalidProof, InvalidRange, Nodes, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};
pub use receipt::{
    Counts, Decision, InvalidReceipt, Nonce, Opening, PrivateCommitment, Receipt, ResultStatement, Statement, TAG,
};
pub use season::{SEASON_TAG, SeasonStatement, verify_season};
pub use tree::{Frontier, FrontierError, NodeId, root_of, subtrees};
pub use verify::{ProofError, VerifiedReceipt, verify_checkpoint, verify_extension, verify_in_log, verify_receipt};
