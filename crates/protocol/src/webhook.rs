//! Webhooks of a season: what happens in it is sent to addresses that its organizers choose.

use serde::{Deserialize, Serialize};

use crate::{SeasonEventKind, Slug, Timestamp, WebhookDeliveryId, WebhookId};

macro_rules! words {
    ($(#[$of:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$of])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the value as it is written in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

words! {
    /// The kinds of things that a webhook sends.
    WebhookEventKind {
        /// The season takes submissions.
        Opened = "opened",
        /// It takes none any more.
        Closed = "closed",
        /// The private scores are published.
        Published = "published",
        /// They are hidden again.
        Unpublished = "unpublished",
        /// Another team leads the public board of a task.
        Leader = "leader",
        /// A result that had led a board was taken off it.
        Retracted = "retracted",
        /// Something was announced.
        Announced = "announced",
        /// An announcement was changed, withdrawn, or is shown again.
        AnnouncementChanged = "announcement_changed",
        /// A question was answered to everybody.
        Answered = "answered",
        /// A submission was scored.
        SubmissionScored = "submission_scored",
        /// A submission was rejected: something in the file is wrong.
        SubmissionRejected = "submission_rejected",
        /// A submission could not be evaluated because of a fault of the platform.
        SubmissionStalled = "submission_stalled",
        /// A team was founded; it may wait for approval.
        TeamFounded = "team_founded",
        /// A team asked the organizers something.
        QuestionAsked = "question_asked",
        /// An organizer wanted to know whether the webhook works. It is sent whatever was chosen.
        Test = "test",
    }
}

impl WebhookEventKind {
    /// The kinds that a webhook can choose: all but [`Self::Test`].
    pub fn chosen() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| *kind != Self::Test)
    }
}

impl From<SeasonEventKind> for WebhookEventKind {
    fn from(kind: SeasonEventKind) -> Self {
        match kind {
            SeasonEventKind::Opened => Self::Opened,
            SeasonEventKind::Closed => Self::Closed,
            SeasonEventKind::Published => Self::Published,
            SeasonEventKind::Unpublished => Self::Unpublished,
            SeasonEventKind::Leader => Self::Leader,
            SeasonEventKind::Retracted => Self::Retracted,
            SeasonEventKind::Announced => Self::Announced,
            SeasonEventKind::AnnouncementChanged => Self::AnnouncementChanged,
            SeasonEventKind::Answered => Self::Answered,
        }
    }
}

words! {
    /// Why nothing is sent to a webhook.
    WebhookDisabledReason {
        /// An organizer disabled it.
        Organizer = "organizer",
        /// No delivery succeeded for three days.
        Failing = "failing",
        /// More deliveries waited than the server keeps for one webhook.
        Backlog = "backlog",
    }
}

words! {
    /// What became of a delivery.
    WebhookDeliveryState {
        /// It will be sent, or sent again.
        Waiting = "waiting",
        /// The receiver answered 2xx.
        Delivered = "delivered",
        /// It was tried as often as it is tried.
        Failed = "failed",
        /// It was not sent, because the webhook was disabled, or what it tells is no longer told.
        Dropped = "dropped",
    }
}

words! {
    /// Why a delivery did not succeed.
    WebhookFault {
        /// The host has no address.
        NoAddress = "no_address",
        /// The server does not send to the address: it is private, or `http` was asked for.
        AddressRefused = "address_refused",
        /// No connection could be made.
        NoConnection = "no_connection",
        /// The connection could not be encrypted, or the certificate is not valid for the host.
        Tls = "tls",
        /// No answer came in time.
        Timeout = "timeout",
        /// What came back is not HTTP, or the connection broke.
        BadAnswer = "bad_answer",
        /// The answer is a redirect, which is not followed.
        Redirect = "redirect",
        /// The answer has another status than 2xx.
        Status = "status",
    }
}

/// An address to which the server sends what happens in a season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// The id of the webhook, as addresses name it.
    pub id: WebhookId,
    /// Where deliveries are sent.
    pub url: String,
    /// What is sent.
    pub kinds: Vec<WebhookEventKind>,
    /// What it is for; may be empty.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when nothing is sent; `null` if it is enabled.
    pub disabled_at: Option<Timestamp>,
    /// Why nothing is sent.
    pub disabled_reason: Option<WebhookDisabledReason>,
    /// Since when attempts fail; `null` if the last one succeeded.
    pub failing_since: Option<Timestamp>,
    /// Deliveries that wait.
    pub waiting: u64,
    /// When the first of them is tried next; it holds up the others.
    pub next_try_at: Option<Timestamp>,
    /// Until when deliveries are also signed with the secret before the present one.
    pub old_secret_until: Option<Timestamp>,
}

/// A request for a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewWebhook {
    /// Where to send: an address with `https://`.
    pub url: String,
    /// What to send; everything if omitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<WebhookEventKind>>,
    /// What it is for, up to 200 characters.
    #[serde(default)]
    pub description: String,
}

/// Changes to a webhook; what is omitted stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct WebhookChanges {
    /// Where to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<WebhookEventKind>>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `false` sends nothing from now on, not even what waits; `true` begins again with what
    /// happens from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// A request to replace the secret of a webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewWebhookSecret {
    /// Hours, 0 to 168, in which deliveries are signed with both secrets; 24 if omitted. With 0 the
    /// present secret is of no more use at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap_hours: Option<u32>,
}

/// A webhook with its new secret, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// The secret that deliveries are signed with. It begins with `whsec_`.
    pub secret: String,
}

/// Something that was sent to a webhook, or will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookDelivery {
    /// The id of the delivery, the same in each attempt: `webhook-id`.
    pub id: WebhookDeliveryId,
    /// What it tells.
    pub kind: WebhookEventKind,
    /// When that happened.
    pub at: Timestamp,
    /// What became of it.
    pub state: WebhookDeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was last tried.
    pub tried_at: Option<Timestamp>,
    /// The HTTP status of the last answer.
    pub status: Option<u16>,
    /// Why the last attempt failed.
    pub fault: Option<WebhookFault>,
    /// What the system or the library said of that, in English.
    pub error: Option<String>,
    /// When it is tried next; `null` if it has ended, or waits for an earlier one.
    pub next_try_at: Option<Timestamp>,
}

/// The body of a delivery, as receivers get it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEvent {
    /// The id of the delivery, the same in each attempt: as the header `webhook-id`.
    pub id: WebhookDeliveryId,
    /// What happened.
    pub kind: WebhookEventKind,
    /// When it happened.
    pub time: Timestamp,
    /// The short name of the season.
    pub season: Slug,
    /// More about it; which fields there are depends on the kind.
    pub data: serde_json::Value,
}
