//! Tasks: what they ask for and what they allow.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

use crate::{RequiredField, Slug, SubmissionKind, TestSetSummary};

/// What a task ranks by; lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of images whose class is not the first label.
    Top1Error,
    /// Share of images whose class is not among the five labels.
    Top5Error,
}

/// The settings of a task, as `season.yaml` gives them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskSettings {
    /// Title, 1 to 200 characters.
    pub title: String,
    /// What it ranks by.
    pub metric: Metric,
    /// What teams may send.
    pub accepts: Vec<SubmissionKind>,
    /// How images are prepared for models; needed if models are accepted.
    #[serde(default)]
    pub input: Option<InputTransform>,
    /// The public part; everything is public if omitted.
    #[serde(default)]
    pub split: Option<Split>,
    /// How many submissions a team has.
    #[serde(default)]
    pub quota: QuotaRule,
    /// What a submission may use.
    #[serde(default)]
    pub limits: Limits,
    /// How many of its scored submissions a team may choose to stand for it, 0 to 20; 0 if none are
    /// chosen and the best one counts.
    #[serde(default = "TaskSettings::default_finals")]
    pub finals: u32,
    /// Hold the results of submissions made from now on until an organizer approves them: only
    /// organizers see them.
    #[serde(default)]
    pub approval: bool,
    /// The Ladder: show a team the public score of a result only if it is clearly better than its
    /// best, until the private scores are published.
    #[serde(default)]
    pub ladder: bool,
    /// What teams have to say of a submission; nothing if it is empty. Organizers who enter for a
    /// team need not.
    #[serde(default)]
    pub required: Vec<RequiredField>,
}

impl TaskSettings {
    /// Finals a team may choose if the organizers do not say.
    #[must_use]
    pub const fn default_finals() -> u32 {
        2
    }

    /// What `finals` may be.
    pub const FINALS: RangeInclusive<u32> = 0..=20;
}

/// How an image becomes a model's input: shorter side to `resize`, centre square of `crop`, scaled
/// to 0..1, normalised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InputTransform {
    /// Pixels of the shorter side, 1 to 4096; not resized if omitted.
    #[serde(default)]
    pub resize: Option<u32>,
    /// Pixels of the side of the centre square, 1 to 4096.
    pub crop: u32,
    /// Subtracted from each channel (R, G, B), 0 to 1.
    pub mean: [f32; 3],
    /// Divides each channel, 0.000001 to 1.
    pub std: [f32; 3],
    /// How exactly a GPU computes.
    #[serde(default)]
    pub precision: Precision,
}

impl InputTransform {
    /// What `resize` and `crop` may be.
    pub const PIXELS: RangeInclusive<u32> = 1..=4096;
    /// What `mean` may be. Channels are in 0..1, so `123.7` is a value for pixels from 0 to 255.
    pub const MEAN: RangeInclusive<f32> = 0.0..=1.0;
    /// What `std` may be: a smaller divisor than a 16 bit image needs would only overflow.
    pub const STD: RangeInclusive<f32> = 0.000_001..=1.0;
}

/// How exactly a GPU computes matrix products and convolutions; a CPU always computes in float32.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// IEEE single precision throughout.
    #[default]
    Float32,
    /// NVIDIA's TF32 if it is faster: 10 bits of mantissa.
    Tf32,
}

/// The public part of a hidden test set; the rest is private.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Split {
    /// Share of the images of each class that is public, above 0 and below 1.
    pub public: f64,
    /// Seed of the choice, below 2^53 so that every JSON parser reads it exactly if the server drew
    /// it. In a request, `null` keeps the seed that the task has, or draws one. Answers to others
    /// than organizers have `null` until the results are published: from the seed and public
    /// labels, private labels could be guessed.
    #[serde(default)]
    pub seed: Option<u64>,
}

/// So many submissions in a rolling window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuotaRule {
    /// Submissions a team may make in the window, 1 to 10,000.
    pub submissions: u32,
    /// Length of the window, seconds; 60 to 366 days.
    pub per_seconds: u64,
}

impl QuotaRule {
    /// What `submissions` may be.
    pub const SUBMISSIONS: RangeInclusive<u32> = 1..=10_000;
    /// What `per_seconds` may be: a minute to a leap year.
    pub const PER: RangeInclusive<u64> = 60..=366 * 24 * 3600;
}

impl Default for QuotaRule {
    /// Two a week: the rule of ILSVRC.
    fn default() -> Self {
        Self { submissions: 2, per_seconds: 7 * 24 * 3600 }
    }
}

/// What a submission may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Limits {
    /// Bytes of a model.
    pub model_bytes: u64,
    /// Bytes of a prediction file, before and after decompression.
    pub predictions_bytes: u64,
    /// Seconds of wall time of a model's evaluation.
    pub wall_seconds: u64,
    /// Bytes of memory of a model's evaluation.
    pub memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { model_bytes: 4 << 30, predictions_bytes: 64 << 20, wall_seconds: 1800, memory_bytes: 16 << 30 }
    }
}

impl Limits {
    /// What `model_bytes` may be.
    pub const MODEL: RangeInclusive<u64> = 1..=1 << 40;
    /// What `predictions_bytes` may be.
    pub const PREDICTIONS: RangeInclusive<u64> = 1..=16 << 30;
    /// What `wall_seconds` may be.
    pub const WALL: RangeInclusive<u64> = 1..=7 * 24 * 3600;
    /// What `memory_bytes` may be.
    pub const MEMORY: RangeInclusive<u64> = 64 << 20..=16 << 40;

    /// Returns the cap on the size of a file of this kind, bytes.
    #[must_use]
    pub const fn bytes(&self, kind: SubmissionKind) -> u64 {
        match kind {
            SubmissionKind::Predictions => self.predictions_bytes,
            SubmissionKind::Torchscript => self.model_bytes,
        }
    }
}

/// A task of a season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The name in addresses, for example `ilsvrc-2012`.
    pub task: Slug,
    /// What organizers set: kinds of files, metric, quota, limits.
    #[serde(flatten)]
    pub settings: TaskSettings,
    /// The classes and the size of the present test set; `null` until one is there.
    pub test_set: Option<TestSetSummary>,
    /// The numbers of the versions of the test set that boards can show, the first one first.
    #[serde(default)]
    pub versions: Vec<u32>,
    /// The version that the task is being re-scored for; `null` to others than organizers.
    #[serde(default)]
    pub staged: Option<TestSetSummary>,
}

/// A request for a new task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTask {
    /// The name in addresses, for example `ilsvrc-2012`.
    pub task: Slug,
    /// What organizers set: kinds of files, metric, quota, limits.
    pub settings: TaskSettings,
}
