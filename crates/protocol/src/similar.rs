//! Submissions of different teams that agree more than teams do which work on their own, for
//! organizers.

use serde::{Deserialize, Serialize};

use crate::{IdenticalSubmission, Slug, SubmissionId, TeamName};

/// How much the answers of teams agree in a task. It is evidence and no verdict: teams may have
/// the same file from the organizers, or share work that the rules allow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SimilarSubmissions {
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task, by its name in addresses.
    pub task: Slug,
    /// How many submissions were compared: scored ones of teams, on the present test set.
    pub submissions: u32,
    /// How many teams they are of.
    pub teams: u32,
    /// How many pairs of submissions of different teams were looked at.
    pub pairs: u64,
    /// On how many images the pairs were counted that are shown.
    pub images: u32,
    /// Submissions that could not be compared, because their answers are not kept.
    pub without_answers: u32,
    /// Whether all were compared, and all groups are shown: only the newest 2000 submissions are
    /// looked at, and the 500 pairs of teams that agree most.
    pub complete: bool,
    /// Teams that agree beyond what two teams reach that work on their own, largest group first.
    pub groups: Vec<SimilarGroup>,
}

/// Teams whose submissions agree, each with another one of them at least.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SimilarGroup {
    /// The names of the teams, by name.
    pub teams: Vec<TeamName>,
    /// The submissions of the pairs, oldest first.
    pub submissions: Vec<IdenticalSubmission>,
    /// The pair of submissions of each two teams that agree most, the least p value first; at most
    /// twenty.
    pub pairs: Vec<SimilarPair>,
}

/// Two submissions, and on how many images they agree. Images on which a baseline gives the same
/// answers are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SimilarPair {
    /// The submission of the one team.
    pub first: SubmissionId,
    /// The submission of the other team.
    pub second: SubmissionId,
    /// Images for which both name three labels or more.
    pub lists: u32,
    /// Of these, images with the same first label and the same further ones in any order.
    pub same_lists: u32,
    /// Images on which the first label of one of them is wrong, or of both.
    pub either_wrong: u32,
    /// Images on which both are wrong.
    pub both_wrong: u32,
    /// Images on which both give the same wrong label.
    pub same_wrong: u32,
    /// The chance that two teams which work on their own agree so much, 0 to 1, with Holm's
    /// correction over all pairs that were looked at; 0 if it is too small to be written.
    pub p_value: f64,
}
