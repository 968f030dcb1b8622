//! Receipts: what the server says about a submission, in the very text that it signs and whose hash
//! is in the log.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Hash;

/// The first line of a receipt. No checkpoint has it, because the second line of a checkpoint is a
/// number and that of a receipt begins with `{`; so neither can be taken for the other one.
pub const TAG: &str = "holdout receipt v1";

/// Random bytes, so that nobody can find out what a receipt says by hashing guesses. Written as
/// base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce(pub [u8; 16]);

impl TryFrom<String> for Nonce {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let bytes = STANDARD.decode(&text).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| "a nonce has 16 bytes, written as 24 characters of base64".to_owned())
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> String {
        STANDARD.encode(nonce.0)
    }
}

/// What a receipt says. Its text is [`TAG`], a line break, this as JSON in one line, and a line
/// break. Nobody has to write the JSON again to verify it, because the text is kept as it was
/// signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The name of the log.
    pub log: String,
    /// Makes the hash of the text impossible to guess.
    pub nonce: Nonce,
    /// When it happened, RFC 3339.
    pub at: String,
    /// The leaf hash of the receipt before, about the same submission; `None` if it is the first.
    pub previous: Option<Hash>,
    /// What happened.
    pub statement: Statement,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Statement {
    /// A submission was scored, or its result was counted again for a corrected test set.
    Result(Box<ResultStatement>),
    /// Organizers or its team decided about a submission.
    Decision {
        /// The submission.
        submission: String,
        /// What was decided.
        decision: Decision,
    },
    /// A task took up another version of its test set, so that other labels count.
    Correction {
        /// The season.
        season: String,
        /// The task.
        task: String,
        /// The version before.
        from_version: u32,
        /// The version that counts from now on.
        to_version: u32,
        /// The commitment to the version that counts from now on.
        commitment: String,
    },
    /// Another key signs from the next entry on. Both keys sign this.
    Key {
        /// The key until now, as `NAME+HASH+KEY`.
        replaces: String,
        /// The key from the next entry on.
        key: String,
    },
}

/// What was decided about a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Organizers disqualified it.
    Disqualified,
    /// Organizers hid it.
    Hidden,
    /// Nothing keeps it off the board any more.
    Restored,
    /// Organizers approved it.
    Approved,
    /// It was taken off the board for its team.
    Withdrawn,
}

/// A result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultStatement {
    /// The submission.
    pub submission: String,
    /// SHA-256 of its file, in hexadecimal digits.
    pub file_sha256: String,
    /// The season.
    pub season: String,
    /// The task.
    pub task: String,
    /// The version of the test set.
    pub test_set: u32,
    /// The commitment to that version, published with the test set.
    pub commitment: String,
    /// True if it was counted again for a corrected test set.
    pub rescored: bool,
    /// The version of the scorer; `None` if it did not say.
    pub scorer_version: Option<String>,
    /// What it ran on; `None` for a file of predictions.
    pub device: Option<String>,
    /// What was counted on the public part.
    pub public: Counts,
    /// The commitment to what was counted on the private part; `None` if there is no such part.
    pub private: Option<PrivateCommitment>,
}

/// Wrong answers over some images. The error is their ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// How many images there are.
    pub n: u32,
    /// Images whose class is not the first label.
    pub top1_wrong: u32,
    /// Images whose class is not among the five labels.
    pub top5_wrong: u32,
}

/// SHA-256 of the nonce and the JSON of an [`Opening`], as base64. The nonce is another one than
/// that of the receipt, because whoever has the receipt could otherwise try all counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateCommitment(pub Hash);

/// What opens the commitment to the private part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Keeps the counts secret until they are published.
    pub nonce: Nonce,
    /// The [`Counts`] as JSON, as they were hashed.
    pub counts: String,
}

/// Why a text is not a receipt, or an opening not one of this receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReceipt {
    /// It does not begin with [`TAG`].
    #[error("the text is not a receipt; the first line of a receipt is `{TAG}`")]
    Tag,
    /// The second line is not that of a receipt.
    #[error("line 2 of the receipt is not what a receipt says: {0}")]
    Body(String),
    /// The opening does not open the commitment.
    #[error("the private counts are not those that the receipt commits to")]
    OtherCounts,
    /// The receipt has no commitment.
    #[error("there are private counts, but the receipt commits to none")]
    NoCommitment,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        write!(f, "{TAG}\n{body}\n")
    }
}

impl Receipt {
    /// Reads the text of a receipt.
    ///
    /// # Errors
    /// [`InvalidReceipt`] if the text is not a receipt.
    pub fn parse(text: &str) -> Result<Self, InvalidReceipt> {
        let body = text.strip_prefix(TAG).and_then(|rest| rest.strip_prefix('\n')).ok_or(InvalidReceipt::Tag)?;
        let body = body.strip_suffix('\n').filter(|body| !body.contains('\n'));
        let body = body.ok_or_else(|| InvalidReceipt::Body("a receipt has two lines".to_owned()))?;
        serde_json::from_str(body).map_err(|error| InvalidReceipt::Body(error.to_string()))
    }

    /// Returns the submission that it is about, if it is about one.
    #[must_use]
    pub fn submission(&self) -> Option<&str> {
        match &self.statement {
            Statement::Result(result) => Some(&result.submission),
            Statement::Decision { submission, .. } => Some(submission),
            Statement::Correction { .. } | Statement::Key { .. } => None,
        }
    }
}

impl Opening {
    /// Returns the opening of these counts.
    ///
    /// # Errors
    /// If the counts cannot be written as JSON.
    pub fn new(nonce: Nonce, counts: Counts) -> Result<Self, serde_json::Error> {
        Ok(Self { nonce, counts: serde_json::to_string(&counts)? })
    }

    /// Returns the commitment that it opens: SHA-256(nonce ‖ JSON).
    #[must_use]
    pub fn commitment(&self) -> PrivateCommitment {
        let digest = Sha256::new().chain_update(self.nonce.0).chain_update(&self.counts).finalize();
        PrivateCommitment(Hash::from_bytes(digest.into()))
    }
}

impl ResultStatement {
    /// Returns the private counts, if `opening` opens the commitment to them.
    ///
    /// # Errors
    /// [`InvalidReceipt`] if it does not, or there is no commitment.
    pub fn open(&self, opening: &Opening) -> Result<Counts, InvalidReceipt> {
        let commitment = self.private.ok_or(InvalidReceipt::NoCommitment)?;
        if opening.commitment() != commitment {
            return Err(InvalidReceipt::OtherCounts);
        }
        serde_json::from_str(&opening.counts).map_err(|_| InvalidReceipt::OtherCounts)
    }
}
