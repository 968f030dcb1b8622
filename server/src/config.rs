//! The server's configuration: resolved once by the program, then passed down.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything an operator can set. Every field has a default; durations are in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder for the database and the blobs, where their URLs are not given.
    pub data: PathBuf,
    /// `postgres://…` or a path of an SQLite file; `holdout.db` in the data folder where omitted.
    pub database: Option<String>,
    /// Connections to the database kept for reading.
    pub database_connections: u32,
    /// `s3://bucket/prefix` or a folder; `blobs` in the data folder where omitted.
    pub blobs: Option<String>,
    /// Address under which browsers reach the server, for links; made from `listen` where omitted.
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
        }
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

/// So many requests in a minute.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateConfig {
    /// Registrations from one address.
    pub registrations_per_minute: u32,
    /// Logins from one address, and for one e-mail address.
    pub logins_per_minute: u32,
    /// Submissions of one account.
    pub submissions_per_minute: u32,
    /// Whether `X-Forwarded-For` names the client; set it only behind a proxy that overwrites it.
    pub trust_forwarded: bool,
}

impl Default for RateConfig {
    fn default() -> Self {
        Self { registrations_per_minute: 10, logins_per_minute: 10, submissions_per_minute: 30, trust_forwarded: false }
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
    /// Faults in a row after which a scorer is told to withdraw.
    pub scorer_faults: u32,
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
            reap_seconds: 2,
        }
    }
}

impl QueueConfig {
    /// The length of a lease.
    #[must_use]
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into())
    }
}

impl Config {
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
