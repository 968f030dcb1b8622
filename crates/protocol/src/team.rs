//! Teams and their members.

use serde::{Deserialize, Serialize};

use crate::{AccountId, JudgedBoard, PageQuery, Slug, SubmissionId, TeamId, TeamName, Timestamp};

/// What a person is in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Made the team; invites and removes.
    Captain,
    /// Submits.
    Member,
}

/// A request for a new team; its maker becomes the captain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTeam {
    /// Name, unique in the season without regard to case.
    pub name: TeamName,
    /// University or company, at most 200 characters.
    #[serde(default)]
    pub affiliation: Option<String>,
}

/// Changes to a team; what is omitted stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct TeamChanges {
    /// Another name, unique in the season without regard to case.
    pub name: Option<TeamName>,
    /// University or company, at most 200 characters; an empty text takes it away.
    pub affiliation: Option<String>,
}

/// A change to a member of a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberChanges {
    /// `captain`: the captain hands the team over and becomes a member.
    pub role: MemberRole,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    /// The id of the team, as addresses name it.
    pub id: TeamId,
    /// The season, by its name in addresses.
    pub season: Slug,
    /// Name.
    pub name: TeamName,
    /// The university or company, for example `University of Toronto`.
    pub affiliation: Option<String>,
    /// Members; `null` to those who are neither in the team nor organizers.
    pub members: Option<Vec<Member>>,
    /// Submissions made so far, in all tasks.
    pub submissions: u64,
    /// Whether it may submit.
    #[serde(default)]
    pub status: TeamStatus,
    /// What an organizer told the team with the decision; `null` to those who are neither in the
    /// team nor organizers.
    #[serde(default)]
    pub status_note: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The teams that became part of it, by time.
    #[serde(default)]
    pub merged: Vec<MergedTeam>,
}

/// A team that became part of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergedTeam {
    /// The name that it had, which still stands for the team that it became part of.
    pub name: TeamName,
    /// When.
    pub at: Timestamp,
    /// What the organizers wrote; `null` to those who are neither in the team nor organizers.
    pub reason: Option<String>,
}

/// A request to make a team part of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamMerge {
    /// Name or id of the team that stays.
    pub into: String,
    /// Why, 1 to 500 characters; the members of both read it.
    pub reason: String,
    /// Only show what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// What it changes that a team becomes part of another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamMergeReply {
    /// The team that becomes part of the other.
    pub from: TeamName,
    /// The team that stays.
    pub into: TeamName,
    /// The people who come into it, as members.
    pub members: Vec<Member>,
    /// How many submissions become its own.
    pub submissions: u64,
    /// What of these do not stand for a team any more, because both together chose more than a team
    /// may. The team that stays keeps its choices.
    pub finals_given_up: Vec<SubmissionId>,
    /// The quota of each task in which one of the two has used something.
    pub quotas: Vec<MergedQuota>,
    /// The boards that change.
    pub boards: Vec<JudgedBoard>,
    /// Whether nothing was done yet.
    pub dry_run: bool,
}

/// What two teams have used of a quota, and what they have used together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergedQuota {
    /// The task, by its name in addresses.
    pub task: Slug,
    /// Submissions in the window.
    pub limit: u32,
    /// Used by the team that becomes part of the other.
    pub from: u32,
    /// Used by the team that stays.
    pub into: u32,
    /// Used by both as one team. More than `limit` is no fault: the team waits until fewer are in
    /// the window.
    pub together: u32,
    /// Submissions that they have left as one team, with extra attempts.
    pub remaining: u32,
}

/// Whether a team may submit. In a season without approval every team is `approved`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TeamStatus {
    /// It may.
    #[default]
    Approved,
    /// It waits for an organizer. Only its members and organizers see it.
    Pending,
    /// An organizer declined it. Only its members and organizers see it.
    Declined,
}

impl TeamStatus {
    /// Returns the status as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Pending => "pending",
            Self::Declined => "declined",
        }
    }
}

/// An organizer's decision on a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamDecision {
    /// What the team is from now on.
    pub status: TeamStatus,
    /// Shown to the team, at most 500 characters.
    #[serde(default)]
    pub note: Option<String>,
}

/// The query of a list of teams.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
pub struct TeamQuery {
    /// Only those whose name or affiliation contains this, without regard to case; at most 200
    /// characters.
    pub q: Option<String>,
    /// Only those with this status.
    pub status: Option<TeamStatus>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::page::cursor")]
    pub cursor: Option<String>,
    /// Items a page, 1 to 200; 50 if omitted. A page has fewer if they are long: it ends at 256
    /// KiB.
    #[serde(default, deserialize_with = "crate::page::limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}

impl TeamQuery {
    /// Returns the page that is asked for.
    #[must_use]
    pub fn page(&self) -> PageQuery {
        PageQuery { cursor: self.cursor.clone(), limit: self.limit }
    }
}

/// A member of a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// The id of the account, as addresses name it.
    pub account: AccountId,
    /// Name.
    pub name: String,
    /// What they are in the team.
    pub role: MemberRole,
    /// When they joined.
    pub joined_at: Timestamp,
}
