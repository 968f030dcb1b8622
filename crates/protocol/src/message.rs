//! Messages of the server to people, which it also sends as e-mail.

use serde::{Deserialize, Serialize};

use crate::submission_request::is_false;
use crate::{MessageId, OrganizerRole, Slug, Timestamp, VerdictCode};

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A link that confirms an e-mail address.
    Verification,
    /// A link that sets a new password.
    PasswordReset,
    /// To the former address: the account has another one now.
    AddressChanged,
    /// An invitation to a team, or to organize.
    Invitation,
    /// A submission was scored.
    SubmissionScored,
    /// A submission was rejected: something in the file is wrong.
    SubmissionRejected,
    /// A submission could not be evaluated because of a fault of the platform.
    SubmissionStalled,
    /// A season takes submissions from now on.
    SeasonOpened,
    /// A season closes within a day.
    SeasonClosing,
    /// The organizers of a season announced something.
    Announcement,
    /// A question of the team was answered.
    Answer,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Verification,
        Self::PasswordReset,
        Self::AddressChanged,
        Self::Invitation,
        Self::SubmissionScored,
        Self::SubmissionRejected,
        Self::SubmissionStalled,
        Self::SeasonOpened,
        Self::SeasonClosing,
        Self::Announcement,
        Self::Answer,
    ];

    /// Returns true if people can do without e-mails of this kind. Those about the account itself
    /// are always sent.
    #[must_use]
    pub const fn is_optional(self) -> bool {
        !matches!(self, Self::Verification | Self::PasswordReset | Self::AddressChanged)
    }

    /// Returns the kind as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::PasswordReset => "password_reset",
            Self::AddressChanged => "address_changed",
            Self::Invitation => "invitation",
            Self::SubmissionScored => "submission_scored",
            Self::SubmissionRejected => "submission_rejected",
            Self::SubmissionStalled => "submission_stalled",
            Self::SeasonOpened => "season_opened",
            Self::SeasonClosing => "season_closing",
            Self::Announcement => "announcement",
            Self::Answer => "answer",
        }
    }
}

/// What became of a message as an e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// It will be sent, or sent again.
    Waiting,
    /// The mail server took it.
    Sent,
    /// The mail server refused it, or did not take it within a day.
    Failed,
    /// It was not to be sent: `error` says why.
    NotSent,
}

macro_rules! unsent_reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $text:literal;)+) => {
        /// Why the server did not send a message, if it decided that itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum UnsentReason {
            $($(#[$doc])* $variant,)+
        }

        impl UnsentReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the reason as it is written in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// Returns the `error` of a message with this reason.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

unsent_reasons! {
    /// The server sends no e-mail.
    NoMail = "no_mail", "the server sends no e-mail";
    /// Nobody has confirmed the address of the account.
    Unconfirmed = "unconfirmed", "the e-mail address of the account is not confirmed";
    /// The person has switched the kind off.
    Unwanted = "unwanted", "the person does not want e-mails of this kind";
    /// The season is not public any more.
    Draft = "draft", "the season is a draft again";
    /// The announcement is not public any more.
    Withdrawn = "withdrawn", "the announcement was withdrawn";
    /// The mail server did not take it in time, or what it says was over before.
    Late = "late", "it could not be sent in time";
}

impl UnsentReason {
    /// Returns the reason that has this `error`.
    #[must_use]
    pub fn of_error(error: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.text() == error)
    }
}

/// What the sentences of a message are made of, by which clients say them in another language. A
/// kind has only those that its sentences name; what people wrote is in `text` alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct MessageFacts {
    /// The title of the season.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<String>,
    /// The title of the task that a submission is to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The method of a submission, if its team named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Whether an organizer has to approve a result before it is shown.
    #[serde(skip_serializing_if = "is_false")]
    pub unapproved: bool,
    /// Why a submission was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictCode>,
    /// The role that an invitation of an organizer is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<OrganizerRole>,
    /// When a season closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
    /// When a link ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The title of an announcement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether an announcement was withdrawn.
    #[serde(skip_serializing_if = "is_false")]
    pub withdrawn: bool,
}

/// A message of the server to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Identifier.
    pub id: MessageId,
    /// What it tells.
    pub kind: MessageKind,
    /// The season that it is about.
    pub season: Option<Slug>,
    /// The e-mail address that it is for.
    pub address: String,
    /// One line, in English, as in the e-mail.
    pub subject: String,
    /// Plain text, in English, as in the e-mail. Announcements, questions and answers are in it as
    /// people wrote them. A link with a code is in the e-mail only.
    pub text: String,
    /// What subject and text are made of. `null` for older messages.
    #[serde(default, deserialize_with = "crate::known::one")]
    pub facts: Option<MessageFacts>,
    /// The page of this server that it is about.
    pub path: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// What became of it as an e-mail.
    pub state: MessageState,
    /// How often the server has tried to send it.
    pub attempts: u32,
    /// When it is tried again.
    pub next_try_at: Option<Timestamp>,
    /// When it was sent or given up.
    pub ended_at: Option<Timestamp>,
    /// Why it was not sent, or what was wrong the last time; the latter is for organizers only.
    pub error: Option<String>,
    /// What `error` says, for clients that show another language. `null` if it is what a mail
    /// server said.
    #[serde(default, deserialize_with = "crate::known::one")]
    pub unsent: Option<UnsentReason>,
}

/// Which e-mails a person gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailSettings {
    /// The e-mail address of the account.
    pub email: String,
    /// Whether the server sends e-mail at all.
    pub sends: bool,
    /// When the person opened a link that was sent to the address. Until then, only e-mails about
    /// the account are sent.
    pub verified_at: Option<Timestamp>,
    /// The address that the account gets as soon as it is confirmed.
    pub pending: Option<String>,
    /// Kinds that the person does not want.
    pub off: Vec<MessageKind>,
}

/// Changes to which e-mails a person gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailSettingsChanges {
    /// All kinds that the person does not want, in the place of those before.
    pub off: Vec<MessageKind>,
}

/// What a link in an e-mail stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unsubscription {
    /// The e-mail address.
    pub email: String,
    /// The kind of e-mail.
    pub kind: MessageKind,
    /// Whether the address gets none of this kind any more.
    pub off: bool,
}

/// A request for another e-mail address of the own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailChange {
    /// The new address.
    pub email: String,
    /// The present password.
    pub password: String,
}
