//! The server's configuration: resolved once by the program, then passed down.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::http::Uri;
use serde::{Deserialize, Serialize};

use crate::proxies::{ForwardedHeader, Proxies};
use crate::ranges::{self, Range};

/// Everything an operator can set. Every field has a default; durations are in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder for the database and the blobs, if their URLs are not given.
    pub data: PathBuf,
    /// `postgres://…` or a path of an SQLite file; `holdout.db` in the data folder if omitted.
    pub database: Option<String>,
    /// Connections to the database kept for reading.
    pub database_connections: u32,
    /// `s3://bucket/prefix` or a folder; `blobs` in the data folder if omitted.
    pub blobs: Option<String>,
    /// Address under which browsers reach the server, for links that are shared; as the browser wrote it if omitted.
    pub public_url: Option<String>,
    /// Threads that answer requests.
    pub workers: usize,
    /// Sessions and tokens.
    pub sessions: SessionConfig,
    /// Rate limits.
    pub rates: RateConfig,
    /// Uploads and the sweeper.
    pub uploads: UploadConfig,
    /// The queue.
    pub queue: QueueConfig,
    /// What one caller, and all of them together, may take of the server.
    pub limits: LimitConfig,
    /// A bearer token that may read `/metrics`, besides those of organizers.
    pub metrics_token: Option<MetricsToken>,
    /// When the server is told to stop, `/readyz` answers 503 for this many seconds before it stops listening. Set it to
    /// the time that your proxy takes to notice.
    pub drain_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: PathBuf::from("data"),
            database: None,
            database_connections: 4,
            blobs: None,
            public_url: None,
            workers: std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8),
            sessions: SessionConfig::default(),
            rates: RateConfig::default(),
            uploads: UploadConfig::default(),
            queue: QueueConfig::default(),
            limits: LimitConfig::default(),
            metrics_token: None,
            drain_seconds: 0,
        }
    }
}

/// A token that the operator chose. `Debug` does not show it, because configurations are logged.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MetricsToken(pub String);

impl std::fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MetricsToken(…)")
    }
}

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
    /// Uploads that one account begins.
    pub uploads_per_minute: u32,
    /// Files of one account, in an hour, that the format check refuses.
    pub refusals_per_hour: u32,
    /// Changes to one submission in an hour, and of names that one account makes; organizers are not limited.
    pub edits_per_hour: u32,
    /// API tokens and invitations that one account makes in an hour.
    pub secrets_per_hour: u32,
    /// Questions to organizers that one account asks in an hour.
    pub questions_per_hour: u32,
    /// Announcements that one organizer makes and changes in an hour.
    pub announcements_per_hour: u32,
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
            uploads_per_minute: 120,
            refusals_per_hour: 60,
            edits_per_hour: 60,
            secrets_per_hour: 60,
            questions_per_hour: 10,
            announcements_per_hour: 30,
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
    /// A submission is accepted so long after its season has closed, if its upload was begun before and announced the
    /// file's SHA-256.
    pub deadline_grace_seconds: u64,
    /// Uploads, finished or not, that an account may have and no submission or test set uses; organizers are not limited.
    pub unused_per_account: u32,
    /// Bytes of these.
    pub unused_bytes_per_account: u64,
    /// Bytes of these for an account without a team; 0 lets only members of a team upload.
    pub unused_bytes_without_team: u64,
    /// Free space that uploads leave on the disk of a local blob folder, bytes; at most a tenth of the disk.
    pub reserve_bytes: u64,
    /// Time between two sweeps.
    pub sweep_seconds: u64,
    /// Files that no row names are kept so long before they are swept.
    pub sweep_grace_seconds: u64,
}

impl UploadConfig {
    /// How long after the close of a season an announced file is accepted.
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

/// The queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueConfig {
    /// A lease ends so long after the last heartbeat.
    pub lease_seconds: u32,
    /// How often scorers send heartbeats.
    pub heartbeat_seconds: u32,
    /// Failed attempts after which an evaluation is stalled.
    pub attempts: u32,
    /// Evaluations of one team in one task that run at once.
    pub running_per_team: u32,
    /// Evaluations of one team in one task that wait at once; organizers' entries are not limited.
    pub queued_per_team: u32,
    /// Different submissions in a row that a scorer may fail on before it has to withdraw and test itself.
    pub scorer_faults: u32,
    /// Pause before a failed evaluation is tried again; each further failure makes it six times as long, up to five
    /// minutes. For twelve times as long, other scorers go first.
    pub retry_seconds: u32,
    /// A failed evaluation that has waited this long for another attempt, with no scorer there to take it, is stalled.
    pub retry_within_seconds: u32,
    /// Time between two looks for expired leases.
    pub reap_seconds: u64,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            lease_seconds: 60,
            heartbeat_seconds: 15,
            attempts: 3,
            running_per_team: 1,
            queued_per_team: 2,
            scorer_faults: 2,
            retry_seconds: 5,
            retry_within_seconds: 3600,
            reap_seconds: 2,
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

impl QueueConfig {
    /// The length of a lease.
    #[must_use]
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into())
    }

    /// The pause before another attempt, after this many failed ones.
    #[must_use]
    pub fn retry_pause(&self, failures: u32) -> Duration {
        let growth = 6_u32.saturating_pow(failures.saturating_sub(1));
        Duration::from_secs(self.retry_seconds.saturating_mul(growth).min(LONGEST_RETRY_PAUSE).into())
    }

    /// How long scorers other than the one that failed go first, after that pause.
    #[must_use]
    pub fn others_first(&self) -> Duration {
        Duration::from_secs(self.retry_seconds.saturating_mul(12).into())
    }

    fn check_lease(&self) -> Result<(), String> {
        if self.heartbeat_seconds >= self.lease_seconds {
            return Err(format!(
                "`queue.heartbeat_seconds` is {} and `queue.lease_seconds` is {}; a lease must be longer than the pause \
                 between two heartbeats, or it expires while its scorer works",
                self.heartbeat_seconds, self.lease_seconds
            ));
        }
        Ok(())
    }
}

/// Links are made by writing a path behind it.
fn check_public_url(text: &str) -> Result<(), String> {
    let is_one = text.parse::<Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https"))
            && url.host().is_some_and(|host| !host.is_empty())
            && url.query().is_none()
            // Pages load their parts from the root.
            && matches!(url.path(), "" | "/")
            && !text.contains('#')
    });
    if is_one {
        return Ok(());
    }
    Err(format!("`public_url` is `{text}`; it takes an address such as `https://holdout.example.org`, without a path"))
}

const YEAR: u64 = 365 * 24 * 3600;
/// More than anybody counts, and far from where sums of counts or times would overflow.
const MANY: u64 = 1_000_000_000;
const BYTES: u64 = 1 << 62;

/// Every number and what it can be.
#[rustfmt::skip]
const RANGES: &[Range] = &[
    Range::new("database_connections", 1, 1000),
    // More than that, the HTTP server does not start.
    Range::new("workers", 1, 512),
    Range::new("drain_seconds", 0, 3600),
    Range::new("sessions.access_seconds", 1, YEAR),
    Range::new("sessions.refresh_seconds", 1, 10 * YEAR),
    Range::new("rates.registrations_per_minute", 1, MANY),
    Range::new("rates.logins_per_minute", 1, MANY),
    Range::new("rates.submissions_per_minute", 1, MANY),
    Range::new("rates.uploads_per_minute", 1, MANY),
    Range::new("rates.refusals_per_hour", 1, MANY),
    Range::new("rates.edits_per_hour", 1, MANY),
    Range::new("rates.secrets_per_hour", 1, MANY),
    Range::new("rates.questions_per_hour", 1, MANY),
    Range::new("rates.announcements_per_hour", 1, MANY),
    Range::new("uploads.life_seconds", 1, 10 * YEAR),
    Range::new("uploads.max_bytes", 1, BYTES),
    Range::new("uploads.part_bytes", 1, 1 << 30),
    Range::new("uploads.unfinished_per_account", 1, MANY),
    Range::new("uploads.deadline_grace_seconds", 0, YEAR),
    Range::new("uploads.unused_per_account", 1, MANY),
    Range::new("uploads.unused_bytes_per_account", 1, BYTES),
    Range::new("uploads.unused_bytes_without_team", 0, BYTES),
    Range::new("uploads.reserve_bytes", 0, BYTES),
    Range::new("uploads.sweep_seconds", 1, YEAR),
    Range::new("uploads.sweep_grace_seconds", 0, YEAR),
    Range::new("queue.lease_seconds", 2, YEAR),
    Range::new("queue.heartbeat_seconds", 1, YEAR),
    Range::new("queue.attempts", 1, MANY),
    Range::new("queue.running_per_team", 1, MANY),
    Range::new("queue.queued_per_team", 1, MANY),
    Range::new("queue.scorer_faults", 1, MANY),
    Range::new("queue.retry_seconds", 0, YEAR),
    Range::new("queue.retry_within_seconds", 0, YEAR),
    Range::new("queue.reap_seconds", 1, 3600),
    Range::new("limits.connections", 1, 1_000_000),
    Range::new("limits.connections_per_address", 1, 1_000_000),
    Range::new("limits.unread_seconds", 1, 3600),
    Range::new("limits.body_seconds", 1, 3600),
    Range::new("limits.bodies_per_address", 1, 1_000_000),
    Range::new("limits.body_bytes", 1024, 1 << 40),
    Range::new("limits.streams", 1, 1_000_000),
    Range::new("limits.streams_per_account", 1, 1_000_000),
    Range::new("limits.streams_per_address", 1, 1_000_000),
    Range::new("limits.check_milliseconds", 1, 3_600_000),
    Range::new("limits.tokens_per_account", 1, MANY),
    Range::new("limits.sessions_per_account", 1, MANY),
    Range::new("limits.invitations_per_team", 1, MANY),
];

/// Longest pause before another attempt, seconds.
const LONGEST_RETRY_PAUSE: u32 = 300;

impl Config {
    /// Every number that can be set and what it can be.
    pub const RANGES: &'static [Range] = RANGES;

    /// Checks values that cannot work.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        ranges::check_ranges(self, RANGES)?;
        self.queue.check_lease()?;
        self.public_url.as_deref().map_or(Ok(()), check_public_url)?;
        match &self.metrics_token {
            Some(MetricsToken(token)) if token.trim().is_empty() => {
                Err("`metrics_token` is empty; it takes a secret, or leave it out".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Where the database is.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.database.clone().unwrap_or_else(|| self.data.join("holdout.db").display().to_string())
    }

    /// Where the blobs are.
    #[must_use]
    pub fn blobs_url(&self) -> String {
        self.blobs.clone().unwrap_or_else(|| self.data.join("blobs").display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_the_metrics_is_not_shown() {
        let config = Config { metrics_token: Some(MetricsToken("very secret".to_owned())), ..Config::default() };
        assert!(!format!("{config:?}").contains("very secret"));
    }

    /// The defaults with one field set.
    fn with(field: &str, value: u64) -> Config {
        let mut fields = serde_json::to_value(Config::default()).unwrap();
        *fields.pointer_mut(&format!("/{}", field.replace('.', "/"))).unwrap() = value.into();
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn every_number_has_a_range_and_is_held_to_it() {
        let mut named: Vec<String> = RANGES.iter().map(|range| range.field.to_owned()).collect();
        let mut numbers = ranges::numbers(&Config::default());
        named.sort_unstable();
        numbers.sort_unstable();
        assert_eq!(named, numbers);
        for Range { field, least, most } in RANGES {
            let refused = [least.checked_sub(1), Some(most + 1)].into_iter().flatten();
            for value in refused {
                let message = with(field, value).check().unwrap_err();
                assert_eq!(message, format!("`{field}` is {value}; it can be {least} to {most}"));
            }
            for value in [*least, *most] {
                let checked = ranges::check_ranges(&with(field, value), RANGES);
                assert_eq!(checked, Ok(()), "{field} {value}");
            }
        }
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn a_public_address_is_one() {
        let set = |url: &str| Config { public_url: Some(url.to_owned()), ..Config::default() }.check();
        for good in ["https://holdout.example.org", "http://127.0.0.1:8080/", "https://[::1]:1"] {
            assert_eq!(set(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "foo",
            "foo.org",
            "ftp://foo.org",
            "https://",
            "https://foo.org/?a=b",
            "https://foo.org/#a",
            "https://foo.org/board/",
        ] {
            assert!(set(bad).unwrap_err().contains(&format!("`public_url` is `{bad}`")), "{bad}");
        }
    }

    #[test]
    fn an_empty_token_lets_nobody_read_the_metrics() {
        let config = Config { metrics_token: Some(MetricsToken(" ".to_owned())), ..Config::default() };
        assert!(config.check().unwrap_err().contains("`metrics_token` is empty"));
    }
}
