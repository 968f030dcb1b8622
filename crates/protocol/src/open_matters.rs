//! What is not settled in a season: what waits for its organizers, and what still runs.

use serde::{Deserialize, Serialize};

use crate::{Slug, Timestamp};

/// What is not settled in a season: look at it before you close or publish the season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenMatters {
    /// Teams that wait for an organizer's approval.
    pub pending_teams: u64,
    /// Results that are hidden until an organizer approves them. Rejected and cancelled submissions
    /// have no result.
    pub held_results: u64,
    /// Questions without an answer.
    pub open_questions: u64,
    /// Tasks with another version of their test set whose re-scoring was neither applied nor
    /// dropped.
    pub rescorings: Vec<Slug>,
    /// Submissions whose attempts are spent and that wait for an organizer.
    pub stalled: u64,
    /// Webhooks that the server disabled, because nothing could be delivered.
    #[serde(default)]
    pub disabled_webhooks: u64,
    /// Evaluations that wait for a scorer.
    pub queued: u64,
    /// Evaluations that scorers work on.
    pub running: u64,
    /// Uploads of the teams' members that are not complete yet. They may become submissions, and
    /// may belong to another season, because an upload does not name a season.
    pub uploads: u64,
    /// In a season that is over: until when uploads that were begun before its close may become
    /// submissions, and teams choose finals, withdraw results and correct texts. Publishing the
    /// season ends that. `null` if that has ended.
    #[serde(default)]
    pub choices_until: Option<Timestamp>,
}
