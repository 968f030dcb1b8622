//! Submissions and what became of them.

use serde::{Deserialize, Serialize};

use crate::{
    Hint, Judgement, Measures, Progress, Quota, Scores, Sha256, Slug, Stage, SubmissionId, SubmissionKind, TeamName,
    Timestamp, TrainingData, Verdict,
};

/// The state of a submission, which is that of its current evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// Waits for a scorer.
    Queued,
    /// A scorer is at work.
    Running,
    /// Has an error rate.
    Scored,
    /// Has a verdict on the team's own work.
    Rejected,
    /// Failed three times by faults of ours; an organizer looks. Not charged.
    Stalled,
    /// Withdrawn by the team.
    Cancelled,
}

impl SubmissionState {
    /// Every state, in the order in which a submission can pass them.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Scored, Self::Rejected, Self::Stalled, Self::Cancelled];

    /// Returns whether a scorer has begun to evaluate a submission in this state, and not only to
    /// fetch its file. One that is cancelled before gets its slot back.
    #[must_use]
    pub fn has_begun(self, progress: Option<&Progress>) -> bool {
        self == Self::Running && progress.is_none_or(|progress| progress.stage != Stage::Fetching)
    }

    /// Returns the state as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Scored => "scored",
            Self::Rejected => "rejected",
            Self::Stalled => "stalled",
            Self::Cancelled => "cancelled",
        }
    }

    /// Returns whether nothing will change by itself any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Scored | Self::Rejected | Self::Stalled | Self::Cancelled)
    }
}

/// A submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submission {
    /// The id of the submission, as addresses name it.
    pub id: SubmissionId,
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task, by its name in addresses.
    pub task: Slug,
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// What the file is.
    pub kind: SubmissionKind,
    /// Where it stands.
    pub state: SubmissionState,
    /// Its place in the queue, while it is queued.
    pub queue: Option<QueuePlace>,
    /// What the scorer is doing, while it is running.
    pub progress: Option<Progress>,
    /// Why it was rejected.
    pub verdict: Option<Verdict>,
    /// Its error rates, once it is scored.
    pub scores: Option<Scores>,
    /// The version of the test set that it is scored on.
    #[serde(default)]
    pub version: u32,
    /// What may explain an unlikely result: an error close to chance comes from a wrong order of
    /// classes more often than from the method.
    #[serde(default)]
    pub hints: Vec<String>,
    /// The same by code, for clients that put them into words of their own.
    #[serde(default, deserialize_with = "crate::known::all")]
    pub known_hints: Vec<Hint>,
    /// What the evaluation used.
    pub measures: Option<Measures>,
    /// SHA-256 of the file: the receipt.
    pub sha256: Sha256,
    /// Size of the file, bytes.
    pub size: u64,
    /// Name of the method.
    pub method: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Links to paper, code and the like.
    pub links: Vec<String>,
    /// What it was trained with; `null` if its team does not say.
    #[serde(default)]
    pub training_data: Option<TrainingData>,
    /// Whether several models answer together; `null` if its team does not say.
    #[serde(default)]
    pub ensemble: Option<bool>,
    /// A note by the organizers.
    pub note: Option<String>,
    /// Whether the Ladder of its task keeps its score back, because it was not clearly better than
    /// the team's best: then only organizers see `scores` until the private ones are published.
    #[serde(default)]
    pub kept_back: bool,
    /// Whether the team chose it to stand for it.
    #[serde(default, rename = "final")]
    pub is_final: bool,
    /// What organizers decided about its result; `null` if it counts. A result that does not count
    /// stays charged.
    #[serde(default)]
    pub judgement: Option<Judgement>,
    /// A note that only organizers see, and only they get.
    #[serde(default)]
    pub flag: Option<String>,
    /// When its team took the result off the board.
    #[serde(default)]
    pub withdrawn_at: Option<Timestamp>,
    /// How often its evaluation was begun.
    pub attempts: u32,
    /// Whether the attempt was charged, and why not.
    pub charge: Option<Charge>,
    /// The quota after this submission; only in the answer to its making.
    #[serde(default)]
    pub quota: Option<Quota>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// Whether that was after the season had closed for the others, because the team had a deadline
    /// of its own.
    #[serde(default)]
    pub late: bool,
    /// When it was made, by the word of the organizer who entered it; `null` if they gave no date.
    #[serde(default)]
    pub submitted_at: Option<Timestamp>,
    /// When its evaluation ended.
    pub finished_at: Option<Timestamp>,
}

/// How a submission stands in the quota ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChargeState {
    /// Holds a slot; settled when the evaluation ends.
    Reserved,
    /// Charged.
    Committed,
    /// Given back.
    Refunded,
}

/// Why a slot was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The format check refused the file.
    Format,
    /// The platform failed.
    PlatformFault,
    /// Cancelled while no scorer was at it: before its evaluation began, or between two attempts.
    Cancelled,
}

/// How a submission stands in the quota ledger, with the reason of a refund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Charge {
    /// State.
    pub state: ChargeState,
    /// Why it was given back.
    pub reason: Option<RefundReason>,
}

/// A place in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueuePlace {
    /// Place among those that wait with a file of the same kind, in the order in which scorers will
    /// take them if nothing else comes; 1 for the first. The team with the fewest running and
    /// recent evaluations goes first.
    pub position: u64,
    /// When a scorer is expected to begin, by that order and the latest pace with files of this
    /// kind; `null` if that is not known.
    pub expected_start: Option<Timestamp>,
    /// Why `expected_start` is `null`.
    #[serde(default)]
    pub start_unknown: Option<StartUnknown>,
}

/// Why it is not known when an evaluation begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StartUnknown {
    /// No scorer that takes files of this kind was seen in the last two minutes.
    NoScorer,
    /// All scorers are busy, and no evaluation of this kind has ended lately that would tell how
    /// long one takes; or the team runs as many as it may in this task, of another kind, and nobody
    /// knows for how long.
    NoPace,
}
