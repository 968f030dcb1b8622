//! What a person has at the server, in one document.

use serde::{Deserialize, Serialize};

use crate::{ApiToken, AuditEntry, MailSettings, Me, Message, Question, Session, Submission, Timestamp};

/// What a person has at the server: the answer of `GET /me/data`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnData {
    /// When this was read.
    pub read_at: Timestamp,
    /// The account, its teams, roles and bans.
    pub me: Me,
    /// Which e-mails it gets.
    pub mail: MailSettings,
    /// Its sessions that go on, newest first.
    pub sessions: Vec<Session>,
    /// Its API tokens, newest first, without their secrets.
    pub api_tokens: Vec<ApiToken>,
    /// What the server told it, newest first.
    pub messages: Vec<Message>,
    /// What it submitted, for whichever team, newest first. The files are not in here.
    pub submissions: Vec<Submission>,
    /// What it asked organizers, newest first.
    pub questions: Vec<Question>,
    /// What it did, as the audit log has it, newest first. `detail` is empty in what it did to
    /// seasons and teams, because that may name others.
    pub activity: Vec<AuditEntry>,
}
