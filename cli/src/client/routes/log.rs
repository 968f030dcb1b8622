//! The transparency log.

use holdout_protocol::{LogEntries, LogKeys, NewLogKey, SeasonLog, Slug};

use crate::client::{Client, ClientError};

impl Client {
    /// Returns the keys that the log has had.
    pub(crate) fn log_keys(&self) -> Result<LogKeys, ClientError> {
        self.get("/log/keys")
    }

    /// Replaces the key that signs entries of the log.
    pub(crate) fn replace_log_key(&self, key: &NewLogKey) -> Result<LogKeys, ClientError> {
        self.create("/log/keys", key)
    }

    /// Returns the signed head of the log.
    pub(crate) fn log_checkpoint(&self) -> Result<String, ClientError> {
        self.get_text("/log/checkpoint")
    }

    /// Returns the proof that the log of `to` entries continues that of `from`, as JSON.
    pub(crate) fn consistency_proof(&self, from: u64, to: u64) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(format!("/log/proofs/consistency?from={from}&to={to}"))
    }

    /// Returns what everybody sees of the entries from `start` up to the one before `end`: at most
    /// 1,000.
    pub(crate) fn log_entries(&self, start: u64, end: u64) -> Result<LogEntries, ClientError> {
        self.get(format!("/log/entries?start={start}&end={end}"))
    }

    /// Returns which entries of the log are about a season, for organizers.
    pub(crate) fn season_log(&self, season: &Slug) -> Result<SeasonLog, ClientError> {
        self.get(format!("/organizer/seasons/{season}/log"))
    }

    fn get_text(&self, path: &str) -> Result<String, ClientError> {
        let bytes = self.get_bytes(path)?;
        String::from_utf8(bytes).map_err(|error| ClientError::local("answer", error.to_string()))
    }
}
