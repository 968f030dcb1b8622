//! Seasons, tasks and test sets.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{Registration, Sha256, Slug, TestSetId, Timestamp, UploadId};

/// Where a season stands. Opening and closing follow the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeasonState {
    /// Not yet open.
    Draft,
    /// Takes submissions.
    Open,
    /// Takes none any more; private scores are still hidden.
    Closed,
    /// Private scores are shown and decide.
    Published,
}

/// What a submission consists of.
#[derive(Debug, PartialOrd, Ord, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubmissionKind {
    /// A file with up to five labels an image.
    Predictions,
    /// A model of PyTorch: a TorchScript archive, or an exported program, which is run as one.
    Torchscript,
}

impl SubmissionKind {
    /// Returns the kind as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Predictions => "predictions",
            Self::Torchscript => "torchscript",
        }
    }

    /// Returns how the name of a file ends under which a submission is saved.
    #[must_use]
    pub const fn file_ending(self) -> &'static str {
        match self {
            Self::Predictions => "predictions",
            Self::Torchscript => "pt",
        }
    }
}

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

/// A season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Season {
    /// Name in addresses.
    pub season: Slug,
    /// Title, 1 to 200 characters.
    pub title: String,
    /// Rules, Markdown.
    pub rules: String,
    /// When it opens.
    pub opens: Timestamp,
    /// When it closes; never if `null`.
    pub closes: Option<Timestamp>,
    /// Hidden from all but organizers, and not opened by the clock.
    pub draft: bool,
    /// Takes no submissions for the moment.
    pub paused: bool,
    /// The board shows the results up to this time.
    pub frozen_at: Option<Timestamp>,
    /// When the private scores were published.
    pub published_at: Option<Timestamp>,
    /// Who may found and join its teams.
    #[serde(default)]
    pub registration: Registration,
    /// Where it stands now.
    pub state: SeasonState,
    /// Its tasks, in the organizers' order.
    pub tasks: Vec<Task>,
}

/// A request for a new season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSeason {
    /// Name in addresses.
    pub season: Slug,
    /// Title, 1 to 200 characters.
    pub title: String,
    /// Rules, Markdown, at most 256 KiB.
    #[serde(default)]
    pub rules: String,
    /// When it opens.
    pub opens: Timestamp,
    /// When it closes; never if omitted.
    #[serde(default)]
    pub closes: Option<Timestamp>,
    /// Hidden from all but organizers, and not opened by the clock.
    #[serde(default)]
    pub draft: bool,
    /// Who may found and join its teams; everybody if omitted.
    #[serde(default)]
    pub registration: Registration,
}

/// Changes to a season; what is omitted stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SeasonChanges {
    /// New title.
    pub title: Option<String>,
    /// New rules.
    pub rules: Option<String>,
    /// New opening.
    pub opens: Option<Timestamp>,
    /// New closing; `null` for never.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub closes: Option<Option<Timestamp>>,
    /// Hide or show it.
    pub draft: Option<bool>,
    /// Pause or go on.
    pub paused: Option<bool>,
    /// Freeze the board as it is now, or let it go on.
    pub frozen: Option<bool>,
    /// Publish the private scores, or hide them again.
    pub published: Option<bool>,
    /// Who may found and join its teams, as a whole. Teams that are there stay as they are.
    pub registration: Option<Registration>,
    /// Why, at most 500 characters; kept in the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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
    /// How many of its scored submissions a team may choose to stand for it, 0 to 20; 0 if none are chosen and the best
    /// one counts.
    #[serde(default = "TaskSettings::default_finals")]
    pub finals: u32,
    /// Hold the results of submissions made from now on until an organizer approves them: only organizers see them.
    #[serde(default)]
    pub approval: bool,
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

/// How an image becomes a model's input: shorter side to `resize`, centre square of `crop`, scaled to 0..1, normalised.
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
    /// Seed of the choice, below 2^53 so that every JSON parser reads it exactly if the server drew it. In a request, `null`
    /// keeps the seed that the task has, or draws one. Answers to others than organizers have `null` until the results are
    /// published: from the seed and public labels, private labels could be guessed.
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
    /// Season.
    pub season: Slug,
    /// Name in addresses.
    pub task: Slug,
    /// Its settings.
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
    /// Name in addresses.
    pub task: Slug,
    /// Its settings.
    pub settings: TaskSettings,
}

/// What everybody may know of a test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestSetSummary {
    /// Identifier.
    pub id: TestSetId,
    /// Number of the version, from 1.
    pub version: u32,
    /// Number of classes.
    pub classes: u32,
    /// Number of images.
    pub images: u32,
    /// Images in the public part; all of them without a split.
    pub public_images: u32,
    /// Smallest difference of errors that the public part can tell apart at 5 % when two entries disagree on 5 % of it.
    pub resolution: f64,
    /// SHA-256 over salt and test set, published before, to be opened after the season.
    pub commitment: Sha256,
    /// When this version came.
    pub created_at: Timestamp,
    /// Whether the board does not show it yet: results are being counted for it, and an organizer applies or drops that.
    #[serde(default)]
    pub staged: bool,
}

/// What opens the commitments of a task's test sets: for organizers only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommitmentList {
    /// One opening for each version of the test set, oldest first.
    pub versions: Vec<CommitmentOpening>,
}

/// The secret that opens a commitment. SHA-256 over the 32 bytes of `salt` and then the test set with its labels, as
/// `GET …/test-set/labels` returns it, is `commitment`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommitmentOpening {
    /// The version of the test set.
    pub test_set: TestSetId,
    /// Number of the version, from 1.
    pub version: u32,
    /// The commitment that everybody sees.
    pub commitment: Sha256,
    /// 64 hexadecimal digits. Keep them secret until the results are published.
    pub salt: String,
    /// When this version was created.
    pub created_at: Timestamp,
}

/// A new version of a task's test set, from files uploaded before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTestSet {
    /// `classes.tsv`: class number, WordNet id, name; line order is the models' output order.
    pub classes: UploadId,
    /// Labels: a CSV file `image,class`, or one class number a line.
    pub labels: UploadId,
    /// Images as a tar or zip; only if models are accepted.
    #[serde(default)]
    pub images: Option<UploadId>,
    /// In place of `images`: SHA-256 of the images of a version that the task has or had, which need not be sent again.
    #[serde(default)]
    pub known_images: Option<Sha256>,
}

/// Whether a change may take results off the board.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct DiscardQuery {
    /// Take the new version up at once, although results on the present one leave the board. Without it, the results are
    /// counted for the new version first, and an organizer applies or drops that.
    pub discard_results: Option<bool>,
}

/// A class of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Class {
    /// Class number, from 1.
    pub id: u32,
    /// WordNet id, or another word that names the class.
    pub wordnet_id: String,
    /// Name.
    pub name: String,
}
