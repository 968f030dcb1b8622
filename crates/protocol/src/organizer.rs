//! Organizers: their roles, setting up the first one, inviting others.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{AccountId, OrganizerInvitationId, Slug, Timestamp};

/// What an organizer may do. Each role may do what those before it may. It counts on the whole
/// server, or in one season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrganizerRole {
    /// Sees what organizers see, but no labels and no audit log, and changes nothing.
    Observer,
    /// Sees everything, re-scores, and decides about submissions; changes no settings.
    Judge,
    /// Changes settings, test sets and teams, and gives out codes and tokens.
    Organizer,
    /// Does everything, and decides who the organizers are.
    Owner,
}

impl OrganizerRole {
    /// Every role, the lowest first.
    pub const ALL: [Self; 4] = [Self::Observer, Self::Judge, Self::Organizer, Self::Owner];

    /// Returns the role as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observer => "observer",
            Self::Judge => "judge",
            Self::Organizer => "organizer",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for OrganizerRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that is not a role of an organizer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role; the roles are observer, judge, organizer and owner")]
pub struct InvalidOrganizerRole(pub String);

impl FromStr for OrganizerRole {
    type Err = InvalidOrganizerRole;
    fn from_str(text: &str) -> Result<Self, InvalidOrganizerRole> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| InvalidOrganizerRole(text.chars().take(80).collect()))
    }
}

/// A role that one has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyOrganizerRole {
    /// The season in which it counts; `null` if it counts on the whole server.
    pub season: Option<Slug>,
    /// The role.
    pub role: OrganizerRole,
}

/// Another role for an organizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerChange {
    /// The role.
    pub role: OrganizerRole,
}

/// Somebody who runs seasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerProfile {
    /// The id of their account, as addresses name it.
    pub account: AccountId,
    /// The name that others see, for example on the page of a team.
    pub name: String,
    /// The e-mail address, with which its owner logs in.
    pub email: String,
    /// What they may do.
    pub role: OrganizerRole,
    /// The season in which they may; `null` if it is the whole server.
    pub season: Option<Slug>,
    /// Since when they have had a role there.
    pub since: Timestamp,
    /// Name of the organizer who invited them; the first one was invited by nobody.
    pub invited_by: Option<String>,
    /// Whether they can log in with a password. Until it is set up, the server's own organizer
    /// cannot.
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
    /// What the person may do then; `organizer` if omitted.
    pub role: Option<OrganizerRole>,
}

/// An invitation to become an organizer, good for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizerInvitation {
    /// The id of the invitation, as addresses name it.
    pub id: OrganizerInvitationId,
    /// The only e-mail address that can accept, if one was given.
    pub email: Option<String>,
    /// The role that it gives.
    pub role: OrganizerRole,
    /// The season in which the role counts; `null` if it is the whole server.
    pub season: Option<Slug>,
    /// Name of the organizer who made it.
    pub invited_by: String,
    /// When it ends. It cannot be used after that.
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
    /// The role that it gives.
    pub role: OrganizerRole,
    /// The season in which the role counts; `null` if it is the whole server.
    pub season: Option<Slug>,
    /// Name of the organizer who made it.
    pub invited_by: String,
    /// The only e-mail address that can accept, if one was given.
    pub email: Option<String>,
    /// When it ends. It cannot be used after that.
    pub expires_at: Timestamp,
}

/// A link that sets up the first organizer, with its code, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedSetupLink {
    /// The code; the page is `/setup/CODE` at the server.
    pub code: String,
    /// When it ends. It cannot be used after that.
    pub expires_at: Timestamp,
}

/// What the holder of a set-up link's code may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupLink {
    /// When it ends. It cannot be used after that.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_role_is_greater() {
        use OrganizerRole::{Judge, Observer, Organizer, Owner};
        assert!(Observer < Judge && Judge < Organizer && Organizer < Owner);
        assert!(OrganizerRole::ALL.is_sorted());
    }

    #[test]
    fn a_role_is_read_as_it_is_written_and_another_word_is_refused_with_all_roles() {
        for role in OrganizerRole::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        for other in ["", "Owner", "admin", " judge"] {
            let error = other.parse::<OrganizerRole>().unwrap_err().to_string();
            assert_eq!(error, format!("`{other}` is not a role; the roles are observer, judge, organizer and owner"));
        }
    }
}
