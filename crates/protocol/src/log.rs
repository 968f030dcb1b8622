//! The transparency log: what everybody sees of it, and receipts of submissions.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What an entry of the log is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogEntryKind {
    /// A submission was scored, or its result was counted again for a corrected test set.
    Result,
    /// Organizers or its team decided about a submission.
    Decision,
    /// A task took up another version of its test set.
    Correction,
    /// Another key signs from the next entry on.
    Key,
}

/// What everybody sees of an entry of the log: it does not tell whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogEntry {
    /// Its place in the log, from 0.
    pub index: u64,
    /// What it is about.
    pub kind: LogEntryKind,
    /// When it happened.
    pub at: Timestamp,
    /// The hash that the log's tree has of it, base64.
    pub leaf: String,
}

/// Some entries of the log, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogEntries {
    /// The entries.
    pub entries: Vec<LogEntry>,
}

/// Which entries of the log are wanted: at most 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct LogEntriesQuery {
    /// The index of the first one.
    pub start: u64,
    /// The index after the last one.
    pub end: u64,
}

/// Which proof of inclusion is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct InclusionQuery {
    /// The entry.
    pub index: u64,
    /// The size of the log that it is in, such as that of a checkpoint.
    pub size: u64,
}

/// Which proof of consistency is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ConsistencyQuery {
    /// The size of the earlier log.
    pub from: u64,
    /// The size of the later log.
    pub to: u64,
}

/// A proof of the log's tree, as RFC 6962 defines it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogProof {
    /// The hashes, base64, in the order in which they are used.
    pub hashes: Vec<String>,
}

/// A receipt with all that verifies it, for `holdout verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoggedReceipt {
    /// Its place in the log.
    pub index: u64,
    /// What it is about.
    pub kind: LogEntryKind,
    /// When it happened.
    pub at: Timestamp,
    /// The hash that the log's tree has of it, base64.
    pub leaf: String,
    /// The signed text; `null` while the caller may not see the result.
    pub note: Option<String>,
    /// The proof that it is in the log of the checkpoint.
    pub proof: Vec<String>,
    /// What opens the commitment to the private part; `null` until that is published, and if there
    /// is no such part.
    pub opening: Option<PrivateOpening>,
}

/// What opens a commitment to counts on the private part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrivateOpening {
    /// 16 random bytes, base64.
    pub nonce: String,
    /// The counts as JSON, as they were hashed after the nonce.
    pub counts: String,
}

/// The receipts of a submission, with all that verifies them without a server: `holdout verify`
/// reads this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmissionReceipts {
    /// The key that signed, as this server says.
    pub key: String,
    /// A signed head of the log.
    pub checkpoint: String,
    /// The entries that changed the key of the log, oldest first: they lead from each key that it
    /// ever had to the one that signed. It is not there if the key was never changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_changes: Vec<LoggedReceipt>,
    /// The receipts, oldest first. One that has no place in the log yet, for a moment after it came
    /// into being, is not there.
    pub receipts: Vec<LoggedReceipt>,
}

/// Which entries of the log are about a season, for organizers. An archive of the season contains
/// this, so that anyone who has only the archive can see that nothing was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeasonLog {
    /// A signed text: how many entries there are, and the root of a tree over their hashes.
    pub statement: String,
    /// The indices of the entries, ascending.
    pub entries: Vec<u64>,
    /// The texts of those that are about no submission: a task took up another version of its test
    /// set.
    pub corrections: Vec<CorrectionNote>,
}

/// The receipt of a correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CorrectionNote {
    /// Its place in the log.
    pub index: u64,
    /// The signed text.
    pub note: String,
}

/// All keys of the log, with what proves that each follows from the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogKeys {
    /// A signed head of the log, which has all of their entries.
    pub checkpoint: String,
    /// The keys, the first one first. The last one signs.
    pub keys: Vec<LogKey>,
}

/// A key that signs entries of the log, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogKey {
    /// The key, as `NAME+HASH+KEY`.
    pub key: String,
    /// Whether the log began with it, so that no entry names it.
    pub first: bool,
    /// Since when it signs.
    pub since: Timestamp,
    /// Until when it signs heads of the log beside the key that replaced it; `null` for the present
    /// key.
    pub signs_heads_until: Option<Timestamp>,
    /// The entry that brought it in, signed by the key before and by this one; `null` for the first
    /// key.
    pub entry: Option<LoggedReceipt>,
}

/// A change of the log's key: the server makes another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewLogKey {
    /// The key to replace, as `NAME+HASH+KEY`. If another one signs now, nothing is changed.
    pub replaces: String,
    /// How many days the old key signs heads of the log, too, 0 to 365 [default: 30].
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(maximum = 365))]
    pub overlap_days: Option<u32>,
}
