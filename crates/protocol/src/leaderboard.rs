//! The public leaderboard.

use serde::{Deserialize, Serialize};

use crate::{Interval, Measures, Metric, Slug, SubmissionId, TeamName, Timestamp, TrainingData};

/// Which part of the test set a board is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BoardSplit {
    /// Scored while the season runs.
    Public,
    /// Decides; shown when organizers publish.
    Private,
}

/// A leaderboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Leaderboard {
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task, by its name in addresses.
    pub task: Slug,
    /// What it ranks by.
    pub metric: Metric,
    /// Which part of the test set.
    pub split: BoardSplit,
    /// The track that it shows: entries that say they were trained with this only; `null` for all
    /// entries.
    #[serde(default)]
    pub training_data: Option<TrainingData>,
    /// The version of the test set that its results are about; `null` without one.
    #[serde(default)]
    pub version: Option<u32>,
    /// Images in this part.
    pub n: u32,
    /// Smallest difference of errors that `n` images tell apart at 5 % when two entries disagree on
    /// the share of images on which neighbouring rows of this board do (median; 5 % if there are no
    /// two rows). Never less than six images.
    pub resolution: f64,
    /// When its last result came.
    pub updated_at: Option<Timestamp>,
    /// The results up to this time only, if the board is frozen or an earlier one was asked for.
    pub as_of: Option<Timestamp>,
    /// How far the team in front is ahead: each of its rows that is not behind the best row of any
    /// other team, against that row; by rank, at most twenty. Empty if fewer than two teams are
    /// ranked.
    pub gaps: Vec<Gap>,
    /// The first ranked row against the best baseline, whichever is ahead: a test of its own.
    /// `null` if the board has no ranked row or no baseline.
    #[serde(default)]
    pub baseline_gap: Option<Gap>,
    /// The tracks of this board, if it shows all entries and some of each kind of training data;
    /// otherwise empty.
    #[serde(default)]
    pub tracks: Vec<Track>,
    /// Rows by error, then time.
    pub rows: Vec<BoardRow>,
    /// What organizers disqualified, by error, then time: no ranks, and counted nowhere else on the
    /// board. Each team has at most one here, the best, unless every entry was asked for.
    #[serde(default)]
    pub disqualified: Vec<BoardRow>,
}

/// A distance between two rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gap {
    /// The better row.
    pub better: SubmissionId,
    /// The other row.
    pub other: SubmissionId,
    /// Difference of the errors, 0 to 1.
    pub difference: f64,
    /// Exact two-sided McNemar p-value; 0 if it is too small to be written.
    pub p_value: f64,
    /// Whether the difference is significant at 5 %: in `gaps` with Holm's correction over all
    /// pairs of ranked rows, as rank ranges are; in `baseline_gap` by this test alone.
    #[serde(default)]
    pub significant: bool,
    /// The same as a sentence: `A (method) is 9.750 points ahead of B (method), p < 1e-300`.
    pub statement: String,
}

/// The track of a board: the entries that were trained with one kind of data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Track {
    /// What its entries were trained with, by the word of their teams.
    pub training_data: TrainingData,
    /// Ranked rows of its own board.
    pub rows: u32,
    /// The first of its board's `gaps`: how far the team in front is ahead of the next one. `null`
    /// if fewer than two teams are ranked there.
    pub gap: Option<Gap>,
    /// The two rows of the gap, the better one first, which may be no rows of this board: a team's
    /// best entry may be in the other track.
    pub apart: Option<[TrackRow; 2]>,
}

/// A row of a track, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrackRow {
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// Name of the method.
    pub method: Option<String>,
    /// The id of the submission, as addresses name it.
    pub submission: SubmissionId,
    /// Error rate by the task's metric, 0 to 1.
    pub error: f64,
}

/// A row of a leaderboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardRow {
    /// Place by error; equal errors share it (1, 2, 2, 4). `null` for an unranked baseline.
    pub rank: Option<u32>,
    /// Best and worst place that paired tests leave open. `null` for an unranked baseline, and
    /// throughout on a board of more than 2000 ranked rows.
    pub rank_range: Option<[u32; 2]>,
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// Name of the method.
    pub method: Option<String>,
    /// The id of the submission, as addresses name it.
    pub submission: SubmissionId,
    /// Error rate by the task's metric, 0 to 1.
    pub error: f64,
    /// How many images were answered wrongly.
    pub wrong: u32,
    /// How many images count.
    pub n: u32,
    /// Error above that of the best ranked row; below 0 for a baseline that is better.
    pub gap_to_best: f64,
    /// Clopper–Pearson interval at 95 %.
    pub interval: Interval,
    /// Clopper–Pearson interval at 99.9 %.
    pub interval_999: Interval,
    /// Whether the organizers entered it for comparison.
    pub baseline: bool,
    /// A note by the organizers.
    pub note: Option<String>,
    /// What it was trained with; `null` if its team does not say.
    #[serde(default)]
    pub training_data: Option<TrainingData>,
    /// Whether several models answer together; `null` if its team does not say.
    #[serde(default)]
    pub ensemble: Option<bool>,
    /// Whether its team chose it to stand for it.
    #[serde(default, rename = "final")]
    pub is_final: bool,
    /// Submissions of this team scored so far.
    pub entries: u32,
    /// When it was submitted; of an entry that an organizer dated, that date.
    pub submitted_at: Timestamp,
    /// When an organizer entered this replay, if it is dated to another time; otherwise `null`.
    #[serde(default)]
    pub entered_at: Option<Timestamp>,
    /// What was measured while the model ran; `null` for predictions.
    #[serde(default)]
    pub measures: Option<Measures>,
    /// Error above that of the best baseline; below 0 if this row is better. `null` for baselines,
    /// and if there is none.
    #[serde(default)]
    pub gap_to_baseline: Option<f64>,
    /// Exact two-sided McNemar p-value of this row against the best baseline, not corrected for
    /// other rows. `null` for baselines, if there is none, and for rows beyond the first 2000.
    #[serde(default)]
    pub baseline_p_value: Option<f64>,
    /// Whether it came after the season had closed for others: the team had a deadline of its own.
    #[serde(default)]
    pub late: bool,
    /// Set if organizers disqualified it, so that it is not ranked; `null` for all others.
    #[serde(default)]
    pub disqualified: Option<Disqualification>,
}

/// That organizers disqualified an entry, as everybody may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Disqualification {
    /// What the organizers say of it in public; `null` if they say nothing.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A row of a board that a decision of the organizers changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangedRow {
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// Entered for comparison, and not ranked.
    pub baseline: bool,
    /// Where it stands now; `null` if it is not on the board.
    pub before: Option<BoardPlace>,
    /// Where it will stand; `null` if it leaves the board.
    pub after: Option<BoardPlace>,
}

/// Where a row stands on a board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardPlace {
    /// Place by error; `null` for a baseline.
    pub rank: Option<u32>,
    /// The id of the submission, as addresses name it.
    pub submission: SubmissionId,
    /// Name of the method.
    pub method: Option<String>,
    /// Error rate, 0 to 1.
    pub error: f64,
    /// How many images were answered wrongly.
    pub wrong: u32,
    /// How many images count: the denominator of the error rate.
    pub n: u32,
    /// Whether its team chose it to stand for it.
    #[serde(default, rename = "final")]
    pub is_final: bool,
}

/// The query of a leaderboard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct LeaderboardQuery {
    /// Which part of the test set; `public` if omitted. `private` is for organizers until the
    /// season is published.
    pub split: Option<BoardSplit>,
    /// Every scored submission, not only the best one of each team.
    pub all: Option<bool>,
    /// Only entries that say they were trained with this: the board of a track.
    pub training_data: Option<TrainingData>,
    /// The results that had come by this time.
    pub as_of: Option<Timestamp>,
    /// The results on this version of the test set; on the present one if omitted.
    pub version: Option<u32>,
}

/// An event of a leaderboard's stream: what the board is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaderboardEvent {
    /// Entity tag of the board, as `If-None-Match` takes it.
    pub etag: String,
    /// When its last result came.
    pub updated_at: Option<Timestamp>,
}
