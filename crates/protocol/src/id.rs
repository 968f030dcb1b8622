//! Identifiers: UUIDv7 made by the program, one type a table so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that is not a UUID if an identifier was wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id; an id is a UUID such as `01890a5d-ac96-774b-bcce-b302099a8057`")]
pub struct InvalidId(pub String);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier; later ones sort after earlier ones.
            #[expect(clippy::new_without_default, reason = "a default id would be a new one each time")]
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId(text.chars().take(80).collect()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    )+};
}

ids! {
    /// An account.
    AccountId,
    /// A login session: one chain of refresh tokens.
    SessionId,
    /// A personal API token.
    ApiTokenId,
    /// A token that lets a scorer claim work.
    ScorerTokenId,
    /// A link that sets a new password.
    PasswordResetId,
    /// A scorer process as the server knows it.
    ScorerId,
    /// A season.
    SeasonId,
    /// A task of a season.
    TaskId,
    /// One version of a task's hidden test set.
    TestSetId,
    /// Results of one version of a test set, counted for another one.
    RescoringId,
    /// A team of a season.
    TeamId,
    /// More time or more attempts for one team.
    ExtensionId,
    /// A ban of a person or a team.
    BanId,
    /// A person's founding, joining or leaving of a team.
    TeamChangeId,
    /// A code that lets people into a season.
    RegistrationCodeId,
    /// An invitation to a team.
    InvitationId,
    /// An invitation to become an organizer.
    OrganizerInvitationId,
    /// A role that an organizer has.
    OrganizerRoleId,
    /// An announcement of organizers.
    AnnouncementId,
    /// A question of a team to organizers.
    QuestionId,
    /// A message to a person.
    MessageId,
    /// A link that confirms an e-mail address.
    EmailVerificationId,
    /// Something that happened in a season.
    SeasonEventId,
    /// A resumable upload.
    UploadId,
    /// A submission.
    SubmissionId,
    /// One evaluation of a submission.
    EvaluationId,
    /// An entry of the audit log.
    AuditId,
    /// An address to which a season's events are sent.
    WebhookId,
    /// Something that is sent to a webhook.
    WebhookDeliveryId,
}
