//! Who changed what about teams.

use serde::{Deserialize, Serialize};

use crate::{AccountId, PageQuery, TeamChangeId, TeamId, Timestamp};

/// What a person did to their place in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TeamAction {
    /// Made the team.
    Founded,
    /// Came in by an invitation.
    Joined,
    /// Left it.
    Left,
    /// Was taken out by the captain.
    Removed,
    /// Came in because organizers made the person's team part of it.
    Merged,
}

/// A person who founded, joined or left a team, as organizers see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamChange {
    /// The id of the change, as addresses name it.
    pub id: TeamChangeId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What they did.
    pub action: TeamAction,
    /// The team, which is gone if it never submitted anything and its last member left.
    pub team: TeamId,
    /// Its name; empty if it was not recorded.
    pub team_name: String,
    /// Submissions that had been charged to this person in the season by then, in any team.
    pub submissions: u32,
}

/// The query of the list of people who changed teams.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
pub struct TeamChangeQuery {
    /// Every change; only those of people who had submitted in the season before if omitted or
    /// `false`.
    pub all: Option<bool>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::page::cursor")]
    pub cursor: Option<String>,
    /// Items a page, 1 to 200; 50 if omitted. A page has fewer if they are long: it ends at 256
    /// KiB.
    #[serde(default, deserialize_with = "crate::page::limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}

impl TeamChangeQuery {
    /// Returns the page that is asked for.
    #[must_use]
    pub fn page(&self) -> PageQuery {
        PageQuery { cursor: self.cursor.clone(), limit: self.limit }
    }
}
