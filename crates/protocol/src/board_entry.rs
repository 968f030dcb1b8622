//! An entry of a board, by itself.

use serde::{Deserialize, Serialize};

use crate::{BoardRow, BoardSplit, Interval, Metric, SubmissionId, Timestamp};

/// The query of an entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct EntryQuery {
    /// Which part of the test set; `public` if omitted.
    pub split: Option<BoardSplit>,
}

/// An entry of a leaderboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// Its row on the board of all entries.
    pub row: BoardRow,
    /// What it ranks by.
    pub metric: Metric,
    /// Which part of the test set.
    pub split: BoardSplit,
    /// Images in this part.
    pub n: u32,
    /// What its team says of it.
    pub description: Option<String>,
    /// Links to paper, code and the like.
    pub links: Vec<String>,
    /// Whether it is a row of the board of the teams' best entries.
    pub current: bool,
    /// All entries of its team that the board shows, this one too, by time.
    pub history: Vec<PastEntry>,
}

/// An entry of a team, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastEntry {
    /// The id of the submission, as addresses name it.
    pub submission: SubmissionId,
    /// Name of the method.
    pub method: Option<String>,
    /// When it was submitted; of an entry that an organizer dated, that date.
    pub submitted_at: Timestamp,
    /// Error rate by the task's metric, 0 to 1.
    pub error: f64,
    /// Clopper–Pearson interval at 95 %.
    pub interval: Interval,
}
