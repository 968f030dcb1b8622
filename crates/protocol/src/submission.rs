//! Submissions and what became of them.

use serde::{Deserialize, Serialize};

use crate::{
    Hint, HintCode, Judgement, PageQuery, Quota, Ruling, Sha256, Slug, SubmissionId, SubmissionKind, TeamName,
    Timestamp, UploadId, Verdict,
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
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Scored, Self::Rejected, Self::Stalled, Self::Cancelled];

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

/// A request for a new submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSubmission {
    /// The upload that holds the file.
    pub upload: UploadId,
    /// What the file is.
    pub kind: SubmissionKind,
    /// Name of the method, at most 200 characters.
    #[serde(default)]
    pub method: Option<String>,
    /// Description, at most 20,000 characters.
    #[serde(default)]
    pub description: Option<String>,
    /// Links to paper, code and the like: at most 10, http or https.
    #[serde(default)]
    pub links: Vec<String>,
    /// Organizers only: the team on whose behalf; made if there is none. No quota is charged.
    #[serde(default)]
    pub team: Option<TeamName>,
    /// Organizers only: a note shown beside the row, at most 500 characters.
    #[serde(default)]
    pub note: Option<String>,
    /// Organizers only: marks the row as a baseline.
    #[serde(default)]
    pub baseline: bool,
    /// Submit the file although the team has submitted the same one before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub again: bool,
    /// For organizers: create the team that `team` names if there is none. Otherwise an unknown name is refused, because it
    /// may be mistyped.
    #[serde(default, skip_serializing_if = "is_false")]
    pub create_team: bool,
    /// Organizers only, with `team`: when the entry was made, if that was before now. It is shown, with the mark of a
    /// replay. Deadlines, quotas, ties, frozen boards and `as_of` go by the time at which the server got it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
}

const fn is_false(value: &bool) -> bool {
    !*value
}

/// A question before anything is sent: could this be submitted now?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preflight {
    /// What the file is.
    pub kind: SubmissionKind,
    /// Size of the file, bytes.
    pub size: u64,
    /// SHA-256 of the file: finds an earlier submission of the same file.
    #[serde(default)]
    pub sha256: Option<Sha256>,
    /// Organizers only: the team on whose behalf.
    #[serde(default)]
    pub team: Option<TeamName>,
    /// Whether the file is to be submitted although the team has submitted the same one before.
    #[serde(default)]
    pub again: bool,
}

/// The answer if a submission could be accepted now. A refusal is the one that the submission itself would get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreflightReply {
    /// The team's quota; `null` for what organizers enter for a team, which costs none.
    pub quota: Option<Quota>,
    /// When the season closes, if it does.
    pub closes_at: Option<Timestamp>,
    /// Until when a submission is accepted whose upload was begun before the season closed and announced the file's SHA-256.
    pub accepted_until: Option<Timestamp>,
}

/// Changes to what is said of a submission; what is omitted stays, `null` clears a text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SubmissionChanges {
    /// New name of the method.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub method: Option<Option<String>>,
    /// New description.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub description: Option<Option<String>>,
    /// All links again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Vec<String>>,
    /// Choose it to stand for the team, or give the choice up. Only a scored one, while the season is open, and at most as
    /// many as the task's `finals`.
    #[serde(skip_serializing_if = "Option::is_none", rename = "final")]
    pub is_final: Option<bool>,
    /// Organizers only: new note.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub note: Option<Option<String>>,
    /// Organizers only: mark it as a baseline, or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<bool>,
}

/// The query of a list of submissions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
pub struct SubmissionQuery {
    /// Only those whose method or team contains this, without regard to case; at most 200 characters.
    pub q: Option<String>,
    /// Only those in this state.
    pub state: Option<SubmissionState>,
    /// Only those of the team with this id or name; to others than organizers only their own are shown in any case.
    pub team: Option<String>,
    /// Only those that organizers ruled out like this.
    pub ruling: Option<Ruling>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::page::cursor")]
    pub cursor: Option<String>,
    /// Items a page, 1 to 200; 50 if omitted.
    #[serde(default, deserialize_with = "crate::page::limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}

impl SubmissionQuery {
    /// Returns the page that is asked for.
    #[must_use]
    pub fn page(&self) -> PageQuery {
        PageQuery { cursor: self.cursor.clone(), limit: self.limit }
    }
}

/// A submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submission {
    /// Identifier.
    pub id: SubmissionId,
    /// Season.
    pub season: Slug,
    /// Task.
    pub task: Slug,
    /// Team.
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
    /// What may explain an unlikely result: an error close to chance comes from a wrong order of classes more often than
    /// from the method.
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
    /// A note by the organizers.
    pub note: Option<String>,
    /// Whether the team chose it to stand for it.
    #[serde(default, rename = "final")]
    pub is_final: bool,
    /// What organizers decided about its result; `null` if it counts. A result that does not count stays charged.
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
    /// Whether that was after the season had closed for the others, because the team had a deadline of its own.
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
    /// Withdrawn before its evaluation began.
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
    /// Place among those that wait with a file of the same kind, in the order in which scorers will take them if nothing
    /// else comes; 1 for the first. The team with the fewest running and recent evaluations goes first.
    pub position: u64,
    /// When a scorer is expected to begin, by that order and the latest pace with files of this kind; `null` if that is
    /// not known.
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
    /// All scorers are busy, and no evaluation of this kind has ended lately that would tell how long one takes.
    NoPace,
}

/// How far an evaluation is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// Stage.
    pub stage: Stage,
    /// Items done in the stage; while a model runs, the seconds since its runs began.
    pub done: u64,
    /// Items of the stage in all; 0 if not known.
    pub total: u64,
    /// Images a second in this stage so far, if its items are images.
    #[serde(default)]
    pub images_per_second: Option<f64>,
}

/// The stages of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The scorer fetches the file.
    Fetching,
    /// The file is parsed or checked.
    Checking,
    /// Images are prepared.
    Preparing,
    /// The model is loaded.
    Loading,
    /// The model runs.
    Running,
    /// Answers are compared with labels.
    Scoring,
}

/// Error rates by split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scores {
    /// The part that is scored while the season runs.
    pub public: Score,
    /// The part that decides; `null` until organizers publish, and if there is no split.
    pub private: Option<Score>,
}

/// Error rates over `n` images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Score {
    /// Share of images whose class is not the first label, 0 to 1.
    pub top1_error: f64,
    /// Share of images whose class is not among the five labels, 0 to 1.
    pub top5_error: f64,
    /// Images at fault by the task's metric.
    pub wrong: u32,
    /// Images.
    pub n: u32,
    /// Clopper–Pearson interval at 95 % of the task's metric.
    pub interval: Interval,
    /// Clopper–Pearson interval at 99.9 % of the task's metric, as the 2012 challenge printed.
    pub interval_999: Interval,
}

/// A confidence interval of an error rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interval {
    /// Confidence level, 0 to 1.
    pub level: f64,
    /// Lower end, 0 to 1.
    pub low: f64,
    /// Upper end, 0 to 1.
    pub high: f64,
}

/// What an evaluation used.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Measures {
    /// Images a second.
    pub images_per_second: Option<f64>,
    /// Peak resident memory, bytes.
    pub peak_memory_bytes: Option<u64>,
    /// Peak memory of the device, bytes; none on a CPU.
    pub peak_device_memory_bytes: Option<u64>,
    /// Numbers that the model's file holds: parameters and buffers.
    pub parameters: Option<u64>,
    /// Type of the model's weights, such as `float16`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Device.
    pub device: Option<String>,
    /// Wall time, seconds.
    pub wall_seconds: Option<f64>,
    /// Layers of the sandbox that the scorer's host lacks and that its operator named as such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_layers: Vec<String>,
}

impl Measures {
    /// Returns what explains the speed, if the model was slow for the type of its weights.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        let on_cpu = self.peak_device_memory_bytes.is_none();
        (on_cpu && self.weights.as_deref() == Some("float16")).then(|| HintCode::SlowHalf.into())
    }
}
