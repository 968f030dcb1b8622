//! Teams and invitations.

use serde::{Deserialize, Serialize};

use crate::{AccountId, InvitationId, Slug, TeamId, TeamName, Timestamp};

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

/// A team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    /// Identifier.
    pub id: TeamId,
    /// Season.
    pub season: Slug,
    /// Name.
    pub name: TeamName,
    /// University or company.
    pub affiliation: Option<String>,
    /// Members; `null` to those who are neither in the team nor organizers.
    pub members: Option<Vec<Member>>,
    /// Submissions made so far, in all tasks.
    pub submissions: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A member of a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// Account.
    pub account: AccountId,
    /// Name.
    pub name: String,
    /// What they are in the team.
    pub role: MemberRole,
    /// When they joined.
    pub joined_at: Timestamp,
}

/// A request for an invitation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewInvitation {
    /// If given, only the account with this e-mail address can accept.
    pub email: Option<String>,
    /// Days until it ends, 1 to 90; 14 where omitted.
    pub days: Option<u32>,
}

/// An invitation, good for one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// Identifier.
    pub id: InvitationId,
    /// Season.
    pub season: Slug,
    /// Team.
    pub team: TeamName,
    /// The only e-mail address that can accept, if one was given.
    pub email: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
}

/// What the holder of an invitation's code may know of it before they accept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationPreview {
    /// Season.
    pub season: Slug,
    /// Its title.
    pub season_title: String,
    /// Team.
    pub team: TeamName,
    /// When the invitation ends.
    pub expires_at: Timestamp,
}

/// A new invitation with its code, which is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// The code to give to the person: `POST /invitations/{code}/accept`.
    pub code: String,
}
