//! A few entries of a leaderboard beside each other.

use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{BoardSplit, Interval, Metric, Slug, SubmissionId, TeamName, Timestamp};

/// The query of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ComparisonQuery {
    /// The ids of two to five submissions, separated by commas. One that is there twice is compared
    /// with itself.
    #[serde(serialize_with = "joined", deserialize_with = "separated")]
    #[cfg_attr(feature = "openapi", param(value_type = String,
        pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(,[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}){1,4}$"))]
    pub entries: Vec<SubmissionId>,
    /// Which part of the test set; `public` if omitted. `private` is for organizers until the
    /// season is published.
    #[serde(default)]
    pub split: Option<BoardSplit>,
    /// The results that had come by this time.
    #[serde(default)]
    pub as_of: Option<Timestamp>,
    /// The results on this version of the test set; on the present one if omitted.
    #[serde(default)]
    pub version: Option<u32>,
}

/// How many entries are compared.
const COMPARED: RangeInclusive<usize> = 2..=5;

fn joined<S: Serializer>(entries: &[SubmissionId], serializer: S) -> Result<S::Ok, S::Error> {
    let ids: Vec<String> = entries.iter().map(ToString::to_string).collect();
    serializer.serialize_str(&ids.join(","))
}

fn separated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SubmissionId>, D::Error> {
    use serde::de::Error as _;

    let text = String::deserialize(deserializer)?;
    let mut entries: Vec<SubmissionId> = Vec::new();
    // One more than may be says enough.
    for id in text.split(',').take(COMPARED.end() + 1) {
        let shown: String = id.chars().take(80).collect();
        entries.push(id.parse().map_err(|_| D::Error::custom(format!("`entries` has `{shown}`, which is no id")))?);
    }
    if COMPARED.contains(&entries.len()) {
        return Ok(entries);
    }
    let (least, most) = (COMPARED.start(), COMPARED.end());
    Err(D::Error::custom(format!("`entries` takes {least} to {most} ids, separated by commas")))
}

/// Entries of a leaderboard, image by image against each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comparison {
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task, by its name in addresses.
    pub task: Slug,
    /// What counts as right.
    pub metric: Metric,
    /// Which part of the test set.
    pub split: BoardSplit,
    /// Number of the version of the test set.
    pub version: Option<u32>,
    /// Images in this part.
    pub n: u32,
    /// The entries, in the order of the query.
    pub entries: Vec<ComparedEntry>,
    /// Each pair of them, in the same order: the first with all others, then the second with those
    /// after it, and so on.
    pub pairs: Vec<ComparedPair>,
    /// Images that all of them have right.
    pub all_right: u32,
    /// Images that none of them has right.
    pub none_right: u32,
}

/// One of the entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedEntry {
    /// The id of the submission, as addresses name it.
    pub submission: SubmissionId,
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// Name of the method.
    pub method: Option<String>,
    /// Entered by organizers for comparison.
    pub baseline: bool,
    /// Error rate by the task's metric, 0 to 1.
    pub error: f64,
    /// Clopper–Pearson interval of the error at 95 %.
    pub interval: Interval,
    /// How many images were answered wrongly.
    pub wrong: u32,
    /// Images that only this one of the entries has right.
    pub only_right: u32,
    /// Images that only this one of the entries has wrong.
    pub only_wrong: u32,
}

/// Two of the entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedPair {
    /// The id of the submission that comes first in the query.
    pub first: SubmissionId,
    /// The id of the other one.
    pub second: SubmissionId,
    /// By how much the error of the first is lower, −1 to 1; below 0 if it is higher.
    pub difference: f64,
    /// Lower end of Tango's score interval of the difference at 95 %, −1 to 1.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Exact two-sided McNemar p-value; 0 if it is too small to be written.
    pub p_value: f64,
    /// Whether the difference is significant at 5 %, with Holm's correction over the pairs of this
    /// comparison.
    pub significant: bool,
    /// Images that both have right.
    pub both_right: u32,
    /// Images that only the first has right.
    pub first_right: u32,
    /// Images that only the second has right.
    pub second_right: u32,
    /// Images that neither has right.
    pub none_right: u32,
}
