//! What is left of a team's quota.

use serde::{Deserialize, Serialize};

use crate::{Slug, TeamName, Timestamp};

/// A team's quota in a task at this moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quota {
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task, by its name in addresses.
    pub task: Slug,
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// Submissions that the window allows.
    pub limit: u32,
    /// Length of the window, seconds.
    pub per_seconds: u64,
    /// Submissions charged in the present window: those of the team, or those of the member who has
    /// used most, also in other teams, whichever is more.
    pub used: u32,
    /// How many of `used` came along with members who submitted in another team; 0 if the team used
    /// all of them itself.
    #[serde(default)]
    pub carried: u32,
    /// Names of the members who have used more than the team has. The quota is the team's own again
    /// when they leave.
    #[serde(default)]
    pub carried_by: Vec<String>,
    /// Submissions left now, with the extra ones.
    pub remaining: u32,
    /// How many of `remaining` are extra attempts that organizers gave the team. They are used when
    /// the quota is used up.
    #[serde(default)]
    pub extra: u32,
    /// When the extra attempts end; `null` if there are none.
    #[serde(default)]
    pub extra_until: Option<Timestamp>,
    /// When the season closes for this team; `null` for never.
    #[serde(default)]
    pub closes_at: Option<Timestamp>,
    /// When the next slot opens; now if one is left.
    pub next_slot: Timestamp,
}
