//! `manifest.json`: which files an archive has.

use holdout_protocol::{Sha256, Slug};
use serde::{Deserialize, Serialize};

/// What the field `format` says.
pub(super) const FORMAT: &str = "holdout season archive v1";

/// Whose view of the season it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum View {
    /// What everybody sees.
    Public,
    /// What organizers see: every submission with all of its receipts.
    Organizer,
}

/// The last file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) format: String,
    pub(super) season: Slug,
    pub(super) view: View,
    /// The program that wrote it.
    pub(super) program: String,
    /// The key that verifies receipts and checkpoint, as the server says.
    pub(super) key: String,
    /// The signed head of the log.
    pub(super) checkpoint: String,
    /// All other files.
    pub(super) files: Vec<ListedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListedFile {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) sha256: Sha256,
}
