//! What is left of a team's quota.

use serde::{Deserialize, Serialize};

use crate::{Slug, TeamName, Timestamp};

/// A team's quota in a task at this moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quota {
    /// Season.
    pub season: Slug,
    /// Task.
    pub task: Slug,
    /// Team.
    pub team: TeamName,
    /// Submissions that the window allows.
    pub limit: u32,
    /// Length of the window, seconds.
    pub per_seconds: u64,
    /// Submissions charged in the present window.
    pub used: u32,
    /// Submissions left now.
    pub remaining: u32,
    /// When the next slot opens; now where one is left.
    pub next_slot: Timestamp,
}
