//! What a scorer and the server say to each other.

use serde::{Deserialize, Serialize};

use crate::{
    EvaluationId, InputTransform, Limits, Measures, Progress, ScorerId, Sha256, Slug, SubmissionId, SubmissionKind,
    Timestamp, Verdict,
};

/// The version of this part of the protocol; a scorer with another one is told so.
pub const SCORER_PROTOCOL: u32 = 1;

/// A scorer asks for work; the server answers when there is some, or with 204 after `wait_seconds`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimRequest {
    /// The scorer process: made at its start, so that a restarted one is another.
    pub scorer: ScorerId,
    /// Name for people, such as the host's.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// [`SCORER_PROTOCOL`].
    pub protocol: u32,
    /// Devices it runs models on; empty if it only reads prediction files.
    pub devices: Vec<String>,
    /// What it can evaluate.
    pub kinds: Vec<SubmissionKind>,
    /// How long to wait for work, seconds, 0 to 30.
    pub wait_seconds: u32,
    /// Bytes of memory that it has for a model; `null` if it runs no models.
    #[serde(default)]
    pub memory_bytes: Option<u64>,
    /// Why it takes no work now, for operators, at most 500 characters.
    #[serde(default)]
    pub trouble: Option<String>,
    /// Whether it has tested itself successfully since it withdrew, and wants work again.
    #[serde(default)]
    pub returned: bool,
    /// The process that it is a worker of, made at the start of that: its workers share disk and
    /// memory, and fail together. `null` from scorers that are alone, and from those of before.
    #[serde(default)]
    pub process: Option<ScorerId>,
    /// Whether it signs off because it stops. It then gets no work, not even for an open request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopping: bool,
}

/// Work, leased.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    /// The id of the evaluation, as addresses name it.
    pub evaluation: EvaluationId,
    /// Number of this attempt, from 1; every write carries it.
    pub attempt: u32,
    /// The lease ends this many seconds after the last heartbeat.
    pub lease_seconds: u32,
    /// How often to send a heartbeat, seconds.
    pub heartbeat_seconds: u32,
    /// The id of the submission, as addresses name it.
    pub submission: SubmissionId,
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task, by its name in addresses.
    pub task: Slug,
    /// What the file is.
    pub kind: SubmissionKind,
    /// The file: `GET /scorer/blobs/{sha256}`.
    pub blob: BlobRef,
    /// The test set in its canonical form, likewise.
    pub test_set: BlobRef,
    /// The images, likewise.
    pub images: Option<BlobRef>,
    /// How images are prepared.
    pub input: Option<InputTransform>,
    /// What the evaluation may use.
    pub limits: Limits,
}

/// A blob's name and size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlobRef {
    /// Name.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
}

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    /// The attempt that was claimed.
    pub attempt: u32,
    /// How far it is.
    pub progress: Progress,
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeartbeatReply {
    /// When the lease ends now.
    pub lease_expires_at: Timestamp,
}

/// The end of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutcomeReport {
    /// The attempt that was claimed.
    pub attempt: u32,
    /// Version of the scorer that came to it.
    pub scorer_version: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What the run used: time, memory, the device.
    pub measures: Measures,
    /// Whether a model had begun to run on the hidden images: only then a verdict on it is charged.
    /// Omitted by scorers that do not report it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran_on_images: Option<bool>,
}

/// How an attempt ended. The blame is in the type: a fault is never a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "there is one of an attempt, so its size does not matter")]
pub enum Outcome {
    /// The answers were compared with the labels.
    Scored(Correctness),
    /// The team's own work is at fault; final.
    Rejected(Verdict),
    /// The platform is at fault; tried again.
    Fault {
        /// For operators; never shown to a team.
        cause: String,
        /// What kind of fault it is, for metrics.
        #[serde(default)]
        reason: FaultReason,
    },
    /// The scorer stops and gives the work back; the attempt does not count.
    GaveBack,
}

/// What kind of fault ended an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FaultReason {
    /// The machine was too busy: the model did not get the processor time that it wanted.
    Starved,
    /// A file could not be fetched or kept.
    Files,
    /// A step took longer than it may.
    Deadline,
    /// A device failed its test after a model had failed on it.
    Device,
    /// Any other.
    #[default]
    Other,
}

impl FaultReason {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Starved, Self::Files, Self::Deadline, Self::Device, Self::Other];

    /// Returns the name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starved => "starved",
            Self::Files => "files",
            Self::Deadline => "deadline",
            Self::Device => "device",
            Self::Other => "other",
        }
    }
}

/// Which images an entry got right: everything that ranks and tests ever need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Correctness {
    /// How many images the test set has.
    pub n: u32,
    /// Images whose class is the first label: bit i % 8 (from the least) of byte i / 8 is image i
    /// in test-set order; base64.
    pub top1: String,
    /// Images whose class is among the five labels, likewise.
    pub top5: String,
    /// The labels that were given, packed; base64. They let a corrected test set be counted without
    /// running a model again. Omitted for test sets so large that they do not fit a report, and by
    /// scorers of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
}

/// What became of a scorer's write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutcomeReply {
    /// Whether this scorer should withdraw: it failed on too many different submissions in a row.
    /// It comes back by itself after it has tested itself.
    pub withdraw: bool,
}
