//! Re-scoring: the results of one version of a test set, counted for another one, looked at, and
//! then applied or dropped.

use serde::{Deserialize, Serialize};

use crate::{BoardSplit, ChangedRow, RescoringId, Slug, Timestamp};

/// A request to count the results of a task for another version of its test set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewRescoring {
    /// Number of the version, one of the task's `versions`.
    pub version: u32,
}

/// A request to apply a re-scoring.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplyRescoring {
    /// Apply it although some submissions still wait for a scorer. They are off the board until
    /// they are scored.
    #[serde(default)]
    pub incomplete: bool,
}

/// How a re-scoring ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RescoringEnd {
    /// The board shows the other version.
    Applied,
    /// The board stayed as it was.
    Dropped,
}

/// A re-scoring with what it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rescoring {
    /// The id of the re-scoring, as addresses name it.
    pub id: RescoringId,
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task, by its name in addresses.
    pub task: Slug,
    /// The version of the test set that the board shows.
    pub from_version: u32,
    /// The version that the results are counted for.
    pub to_version: u32,
    /// How far it is.
    pub counts: RescoringCounts,
    /// Whether every result is there, so that it can be applied as a whole.
    pub ready: bool,
    /// Which part of the test set `rows` is about.
    pub split: BoardSplit,
    /// Rows of the board that change: rank, error, or the submission that stands for the team.
    pub changed: u32,
    /// The rows that change, by their new place; at most a thousand.
    pub rows: Vec<ChangedRow>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// How it ended; `null` while it is open.
    pub ended: Option<RescoringEnd>,
}

/// How far a re-scoring is, in submissions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RescoringCounts {
    /// Those with a result on the version that the board shows.
    pub total: u64,
    /// Those that have a result on the other version.
    pub scored: u64,
    /// Those that wait for a scorer or are with one, because their answers are not kept.
    pub waiting: u64,
    /// Those that the other version refuses, for example a file without a row for a new image.
    pub rejected: u64,
    /// Those that no scorer could evaluate.
    pub stalled: u64,
    /// Those that were not looked at yet.
    pub left: u64,
}

/// The query of a re-scoring.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct RescoringQuery {
    /// Which part of the test set; `public` if omitted.
    pub split: Option<BoardSplit>,
    /// Every scored submission, not only the best one of each team.
    pub all: Option<bool>,
}
