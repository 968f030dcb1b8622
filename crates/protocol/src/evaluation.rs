//! Evaluations as organizers see them: attempts, faults, and the queue.

use serde::{Deserialize, Serialize};

use crate::{
    EvaluationId, Measures, PageQuery, Progress, Slug, SubmissionId, SubmissionKind, SubmissionState, TeamName,
    Timestamp, Verdict,
};

/// An evaluation of a submission, with its attempts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvaluationRecord {
    /// The id of the evaluation, as addresses name it.
    pub id: EvaluationId,
    /// The id of the submission, as addresses name it.
    pub submission: SubmissionId,
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task, by its name in addresses.
    pub task: Slug,
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// Name of the method.
    pub method: Option<String>,
    /// What the file is.
    pub kind: SubmissionKind,
    /// Where it stands.
    pub state: SubmissionState,
    /// The version of the test set that it is about.
    #[serde(default)]
    pub version: u32,
    /// Whether it was made by a re-scoring.
    #[serde(default)]
    pub rescoring: bool,
    /// Whether it is the one that counts for its submission.
    pub current: bool,
    /// Attempts that ended in a fault or an expired lease.
    pub failures: u32,
    /// Why it was rejected.
    pub verdict: Option<Verdict>,
    /// What the run used: time, memory, the device.
    pub measures: Option<Measures>,
    /// Version of the scorer that ended it.
    pub scorer_version: Option<String>,
    /// What the scorer is doing, while it is running.
    pub progress: Option<Progress>,
    /// When it came into the queue.
    pub queued_at: Timestamp,
    /// When the present or last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Attempts at it, the first one first.
    pub attempts: Vec<Attempt>,
}

/// An attempt at an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// Its number, from 1.
    pub attempt: u32,
    /// Name of the scorer that made it.
    pub scorer: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `null` while it runs.
    pub ended_at: Option<Timestamp>,
    /// How it ended; `null` while it runs.
    pub ended: Option<AttemptEnd>,
    /// What failed, if it ended by a fault.
    pub cause: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptEnd {
    /// With error rates.
    Scored,
    /// With a verdict on the team's own work.
    Rejected,
    /// By a fault of ours.
    Fault,
    /// The scorer stopped and gave the work back.
    GaveBack,
    /// The scorer was not heard of any more.
    LeaseExpired,
    /// The team withdrew the submission.
    Cancelled,
    /// The task took up another version of its test set, and the evaluation went back into the
    /// queue for it.
    Superseded,
}

/// The query of the list of evaluations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct EvaluationQuery {
    /// Only those of this season.
    pub season: Option<Slug>,
    /// Only those of tasks of this name.
    pub task: Option<Slug>,
    /// Only those of teams with this id, or with this text in their name.
    #[cfg_attr(feature = "openapi", param(max_length = 200))]
    pub team: Option<String>,
    /// Only those in this state.
    pub state: Option<SubmissionState>,
    /// Only those of this submission.
    pub submission: Option<SubmissionId>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::page::cursor")]
    pub cursor: Option<String>,
    /// Items a page, 1 to 200; 50 if omitted. A page has fewer if they are long: it ends at 256
    /// KiB.
    #[serde(default, deserialize_with = "crate::page::limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}

impl EvaluationQuery {
    /// Returns the page that is asked for.
    #[must_use]
    pub fn page(&self) -> PageQuery {
        PageQuery { cursor: self.cursor.clone(), limit: self.limit }
    }
}

/// The queue as organizers see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// Evaluations that wait.
    pub queued: u64,
    /// Evaluations that scorers are at.
    pub running: u64,
    /// Submissions whose attempts are spent and that wait for an organizer.
    pub stalled: u64,
    /// When the evaluation that waits longest came.
    pub oldest_queued_at: Option<Timestamp>,
    /// Those that run, the longest first, then those that wait, in the order in which they will be
    /// taken as things are; 200 at most.
    pub rows: Vec<QueueRow>,
}

/// An evaluation in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueRow {
    /// The evaluation.
    #[serde(flatten)]
    pub evaluation: EvaluationRecord,
    /// Place among those that wait, 1 for the next one; `null` for one that runs.
    pub position: Option<u64>,
}
