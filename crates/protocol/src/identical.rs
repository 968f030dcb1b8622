//! Submissions of different teams that are the same, for organizers.

use serde::{Deserialize, Serialize};

use crate::{Slug, SubmissionId, TeamName, Timestamp};

/// What submissions have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SameContent {
    /// Every byte of the file.
    File,
    /// The answers of prediction files that are not the same file: compressed, in another order,
    /// with other line ends.
    Answers,
}

/// Submissions of different teams that are the same. It is evidence and no verdict: teams may have
/// the same file from the organizers, or run the same published model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdenticalGroup {
    /// The task, by its name in addresses.
    pub task: Slug,
    /// What they have in common.
    pub same: SameContent,
    /// The submissions, oldest first, of two teams at least.
    pub submissions: Vec<IdenticalSubmission>,
}

/// One of several submissions that are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdenticalSubmission {
    /// The id of the submission, as addresses name it.
    pub submission: SubmissionId,
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// When it was submitted.
    pub created_at: Timestamp,
}

/// The submissions of a season that are the same as those of other teams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdenticalSubmissions {
    /// The groups, the one with the newest submission first.
    pub groups: Vec<IdenticalGroup>,
    /// Whether these are all. Only the newest 2000 such submissions are looked at.
    pub complete: bool,
}
