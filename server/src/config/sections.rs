//! Sections of the configuration: sessions, rates, uploads, limits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::proxies::{ForwardedHeader, Proxies};

/// Sessions and tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionConfig {
    /// Life of an access token.
    pub access_seconds: u64,
    /// Life of a refresh token.
    pub refresh_seconds: u64,
    /// Whether cookies are for HTTPS only; set it wherever the server is reached over HTTPS.
    pub secure_cookies: bool,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self { access_seconds: 15 * 60, refresh_seconds: 30 * 24 * 3600, secure_cookies: false }
    }
}

/// So many requests in a minute, or in an hour if the name says so.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateConfig {
    /// Registrations from one address.
    pub registrations_per_minute: u32,
    /// Logins from one address, and for one e-mail address.
    pub logins_per_minute: u32,
    /// Submissions of one account.
    pub submissions_per_minute: u32,
    /// Questions of one account whether it could submit.
    pub preflights_per_minute: u32,
    /// Times that one account marks news as seen.
    pub news_seen_per_minute: u32,
    /// Uploads that one account begins.
    pub uploads_per_minute: u32,
    /// Files of one account, in an hour, that the format check refuses.
    pub refusals_per_hour: u32,
    /// Changes to one submission in an hour, and of names that one account makes; organizers are
    /// not limited.
    pub edits_per_hour: u32,
    /// API tokens and invitations that one account makes in an hour; as many webhooks, secrets and
    /// tests of them, and deliveries sent again.
    pub secrets_per_hour: u32,
    /// Questions to organizers that one account asks in an hour.
    pub questions_per_hour: u32,
    /// Announcements that one organizer makes and changes in an hour.
    pub announcements_per_hour: u32,
    /// Links that are sent to one e-mail address in an hour, whoever asks: at most this many
    /// for a password, this many that confirm the address, and this many invitations.
    pub links_per_address_per_hour: u32,
    /// Links that are sent in an hour because one account invites people or wants its address
    /// confirmed.
    pub links_per_account_per_hour: u32,
    /// Proxies in front of the server: their header names the client. Everybody else's is ignored.
    pub trusted_proxies: Proxies,
    /// Which header that is.
    pub forwarded_header: ForwardedHeader,
}

impl Default for RateConfig {
    fn default() -> Self {
        Self {
            registrations_per_minute: 10,
            logins_per_minute: 10,
            submissions_per_minute: 30,
            preflights_per_minute: 120,
            news_seen_per_minute: 60,
            uploads_per_minute: 120,
            refusals_per_hour: 60,
            edits_per_hour: 60,
            secrets_per_hour: 60,
            questions_per_hour: 10,
            announcements_per_hour: 30,
            links_per_address_per_hour: 5,
            links_per_account_per_hour: 20,
            trusted_proxies: Proxies::default(),
            forwarded_header: ForwardedHeader::default(),
        }
    }
}

/// Uploads and the sweeper.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UploadConfig {
    /// Life of an upload that no submission or test set uses.
    pub life_seconds: u64,
    /// Largest upload, bytes.
    pub max_bytes: u64,
    /// Bytes of a part as it is kept; a server that dies loses at most so much of a transfer.
    pub part_bytes: usize,
    /// Unfinished uploads an account may have at once.
    pub unfinished_per_account: u32,
    /// A submission is accepted so long after its season has closed, if its upload was begun before
    /// and announced the file's SHA-256.
    pub deadline_grace_seconds: u64,
    /// Uploads, finished or not, that an account may have and no submission or test set uses;
    /// organizers are not limited.
    pub unused_per_account: u32,
    /// Bytes of these.
    pub unused_bytes_per_account: u64,
    /// Bytes of these for an account without a team; 0 lets only members of a team upload.
    pub unused_bytes_without_team: u64,
    /// Free space that uploads leave on the disk of a local blob folder, bytes; at most a tenth of
    /// the disk.
    pub reserve_bytes: u64,
    /// Time between two sweeps.
    pub sweep_seconds: u64,
    /// Files that no row names are kept so long before they are swept.
    pub sweep_grace_seconds: u64,
}

impl UploadConfig {
    /// Returns how long after the close of a season an announced file is accepted.
    #[must_use]
    pub const fn deadline_grace(&self) -> Duration {
        Duration::from_secs(self.deadline_grace_seconds)
    }
}

impl Default for UploadConfig {
    fn default() -> Self {
        Self {
            life_seconds: 24 * 3600,
            max_bytes: 8 << 30,
            part_bytes: 8 << 20,
            unfinished_per_account: 20,
            deadline_grace_seconds: 3600,
            unused_per_account: 50,
            unused_bytes_per_account: 8 << 30,
            unused_bytes_without_team: 0,
            reserve_bytes: 1 << 30,
            sweep_seconds: 600,
            sweep_grace_seconds: 3600,
        }
    }
}

/// What one caller, and all of them together, may take of the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitConfig {
    /// Connections held open at once.
    pub connections: usize,
    /// Connections that one address holds open at once; those of a trusted proxy are not counted.
    pub connections_per_address: usize,
    /// A connection is closed if its client takes nothing of an answer for so long.
    pub unread_seconds: u64,
    /// Bytes a second that a client has to read of a large answer; a slower one loses its
    /// connection.
    pub reading_bytes_per_second: usize,
    /// Seconds at the beginning of each answer in which a client may be slower.
    pub reading_grace_seconds: u64,
    /// Time within which a whole JSON body has to arrive.
    pub body_seconds: u64,
    /// JSON bodies that one address sends at once.
    pub bodies_per_address: usize,
    /// Bytes of unfinished JSON bodies held at once.
    pub body_bytes: usize,
    /// Event streams of all callers at once.
    pub streams: usize,
    /// Event streams of one account at once.
    pub streams_per_account: usize,
    /// Event streams that one address opens at once without a login.
    pub streams_per_address: usize,
    /// CPU time that the format check spends on one file, milliseconds.
    pub check_milliseconds: u64,
    /// API tokens that an account may have.
    pub tokens_per_account: u32,
    /// Sessions that an account may have; a new one ends the oldest.
    pub sessions_per_account: u32,
    /// Invitations of a team that can still be accepted.
    pub invitations_per_team: u32,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 1000,
            unread_seconds: 30,
            reading_bytes_per_second: 10_000,
            reading_grace_seconds: 10,
            body_seconds: 20,
            bodies_per_address: 64,
            body_bytes: 32 << 20,
            streams: 4000,
            streams_per_account: 20,
            streams_per_address: 500,
            check_milliseconds: 5000,
            tokens_per_account: 50,
            sessions_per_account: 50,
            invitations_per_team: 50,
        }
    }
}
