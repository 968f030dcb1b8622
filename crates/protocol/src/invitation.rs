//! Invitations to teams.

use serde::{Deserialize, Serialize};

use crate::{InvitationId, Slug, TeamName, Timestamp};

/// A request for an invitation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewInvitation {
    /// If given, only the account with this e-mail address can accept.
    pub email: Option<String>,
    /// Days until it ends, 1 to 90; 14 if omitted.
    pub days: Option<u32>,
}

/// An invitation, good for one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// The id of the invitation, as addresses name it.
    pub id: InvitationId,
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The name of the team, as its board shows it.
    pub team: TeamName,
    /// The only e-mail address that can accept, if one was given.
    pub email: Option<String>,
    /// When it ends. It cannot be used after that.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
}

/// What the holder of an invitation's code may know of it before they accept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationPreview {
    /// The season, by its name in addresses.
    pub season: Slug,
    /// Its title.
    pub season_title: String,
    /// The name of the team, as its board shows it.
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
