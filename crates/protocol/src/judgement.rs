//! What organizers decide about results: disqualify, hide, flag, approve, refuse, restore.

use serde::{Deserialize, Serialize};

use crate::{BoardSplit, ChangedRow, Slug, SubmissionId, Timestamp};

/// Why a result does not count on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// Waits for an organizer's approval: until then only organizers see the result.
    Held,
    /// Was not approved: only organizers see the result, and the team the reason.
    Refused,
    /// Under review: off the board until organizers decide.
    Hidden,
    /// Out of the ranking for good; it stays on record.
    Disqualified,
}

impl Ruling {
    /// Returns the ruling as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Hidden => "hidden",
            Self::Disqualified => "disqualified",
        }
    }

    /// Returns whether only organizers see the result, because it was not approved.
    #[must_use]
    pub const fn is_unapproved(self) -> bool {
        matches!(self, Self::Held | Self::Refused)
    }
}

/// What organizers decided about a result that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Judgement {
    /// The decision.
    pub ruling: Ruling,
    /// The reason, for the team. While the result is under review, only organizers see it.
    pub reason: Option<String>,
    /// What the board says of it; `null` if it says nothing.
    pub public_reason: Option<String>,
    /// When it was decided.
    pub at: Timestamp,
}

/// What is done to results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JudgementAction {
    /// Take them out of the ranking. They stay on record, listed without a rank, and stay charged.
    Disqualify,
    /// Take them off the board while they are looked into. The team sees that they are under
    /// review.
    Hide,
    /// Note something that only organizers see. Nothing else changes.
    Flag,
    /// Undo the others, and a withdrawal by the team. What was not approved waits for approval
    /// again.
    Restore,
    /// Show results that wait for approval, or were refused it.
    Approve,
    /// Leave results that wait for approval unseen, for good. The team reads the reason.
    Refuse,
}

/// A decision of the organizers about one submission, or about all of a team's: in a season, or in
/// one of its tasks. `approve` without `team` is about all that waits for approval there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewJudgement {
    /// What is done.
    pub action: JudgementAction,
    /// The submission; either this or `season` and, for all but `approve`, `team`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<SubmissionId>,
    /// The season of the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season: Option<Slug>,
    /// Name or id of the team whose submissions are all meant, except for those that it makes
    /// later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Only submissions to this task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Slug>,
    /// Why, at most 500 characters; needed for all but `restore` and `approve`. The team reads it
    /// if it is disqualified or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the board says of disqualified results, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_reason: Option<String>,
    /// Only show what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a decision changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgementReply {
    /// The submissions that it changes, oldest first; not those that stand like this already.
    pub submissions: Vec<SubmissionId>,
    /// The boards that change.
    pub boards: Vec<JudgedBoard>,
    /// Whether nothing was done yet.
    pub dry_run: bool,
}

/// A board that a decision changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgedBoard {
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task, by its name in addresses.
    pub task: Slug,
    /// Which part of the test set.
    pub split: BoardSplit,
    /// How many rows of the board change: rank, or the submission that stands for the team.
    pub changed: u32,
    /// The rows that change, by their new place; at most a thousand.
    pub rows: Vec<ChangedRow>,
}
