//! More time or more attempts for one team.

use serde::{Deserialize, Serialize};

use crate::{ExtensionId, Slug, TeamName, Timestamp};

/// A request to give a team more time, or more attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewExtension {
    /// Name or id of the team.
    pub team: String,
    /// The team's own deadline, after that of the season; with `attempts` the time until which
    /// these can be used.
    pub until: Timestamp,
    /// Extra attempts beyond the quota, 1 to 1,000 in all; `null` to extend the deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The task that the attempts are for; each task of the season if omitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Slug>,
    /// Why, 1 to 500 characters; for organizers.
    pub reason: String,
}

/// More time or more attempts for one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Extension {
    /// The id of the extension, as addresses name it.
    pub id: ExtensionId,
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// The task that the attempts are for; `null` for each task of the season, and for a deadline.
    pub task: Option<Slug>,
    /// Extra attempts; 0 if the deadline is extended.
    pub attempts: u32,
    /// The team's own deadline, or when the extra attempts end.
    pub until: Timestamp,
    /// Why; only organizers see it.
    pub reason: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was ended early.
    pub revoked_at: Option<Timestamp>,
}
