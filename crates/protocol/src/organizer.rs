//! Organizers: setting up the first one, inviting others.

use serde::{Deserialize, Serialize};

use crate::{AccountId, OrganizerInvitationId, Timestamp};

/// Somebody who runs seasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerProfile {
    /// Their account.
    pub account: AccountId,
    /// Name as shown.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Since when they have been an organizer.
    pub since: Timestamp,
    /// Name of the organizer who invited them; the first one was invited by nobody.
    pub invited_by: Option<String>,
    /// Whether they can log in with a password. Until it is set up, the server's own organizer cannot.
    pub has_password: bool,
}

/// A request for an invitation to become an organizer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewOrganizerInvitation {
    /// If given, only the account with this e-mail address can accept.
    pub email: Option<String>,
    /// Days until it ends, 1 to 30; 7 if omitted.
    pub days: Option<u32>,
}

/// An invitation to become an organizer, good for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerInvitation {
    /// Identifier.
    pub id: OrganizerInvitationId,
    /// The only e-mail address that can accept, if one was given.
    pub email: Option<String>,
    /// Name of the organizer who made it.
    pub invited_by: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// Name of the person who accepted it.
    pub accepted_by: Option<String>,
}

/// A new invitation with its code, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedOrganizerInvitation {
    /// The invitation.
    pub invitation: OrganizerInvitation,
    /// The code to give to the person; the page is `/organizer-invitations/CODE` at the server.
    pub code: String,
}

/// What the holder of an invitation's code may know of it before they accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerInvitationPreview {
    /// Name of the organizer who made it.
    pub invited_by: String,
    /// The only e-mail address that can accept, if one was given.
    pub email: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A link that sets up the first organizer, with its code, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedSetupLink {
    /// The code; the page is `/setup/CODE` at the server.
    pub code: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What the holder of a set-up link's code may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupLink {
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What the first organizer chooses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupOrganizer {
    /// E-mail address, to log in with.
    pub email: String,
    /// Name as shown, 1 to 100 characters.
    pub name: String,
    /// Password, 10 to 200 characters.
    pub password: String,
    /// Whether the session's tokens are set as HttpOnly cookies instead of being returned.
    #[serde(default)]
    pub cookie: bool,
}
