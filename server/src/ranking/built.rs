//! A board as it was built, in the forms in which it is sent.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use holdout_protocol::Leaderboard;

use super::csv;
use crate::compress;
use crate::error::{Error, Result};
use crate::secret;

/// A request waits for a board that is built within this time; otherwise it gets the one before
/// while the new one is built.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long after it was built a board may be shown in place of its successor: what organizers took
/// off it must not stay for the first who asks after an hour.
const STALE: Duration = Duration::from_secs(5);

/// A board, ready to be sent.
#[derive(Debug)]
pub struct Built {
    /// The version of the task's board that it shows, at least.
    pub version: i64,
    /// Strong entity tag, with its quotes.
    pub etag: String,
    /// The board as JSON.
    pub json: Bytes,
    pub board: Leaderboard,
    csv: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
    cost: Duration,
    ready: Instant,
}

impl Built {
    /// A board as JSON with its tag; `began` is when work on it began.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn new(version: i64, board: Leaderboard, began: Instant) -> Result<Self> {
        let json = serde_json::to_vec(&board).map_err(Error::internal)?;
        let digest: String = secret::sha256(&json).to_string().chars().take(32).collect();
        let (etag, json) = (format!("\"{digest}\""), Bytes::from(json));
        Ok(Self {
            version,
            etag,
            json,
            board,
            csv: OnceLock::new(),
            gzip: OnceLock::new(),
            cost: began.elapsed(),
            ready: Instant::now(),
        })
    }

    /// Returns true if it may be shown although there is a newer version of the board.
    pub(super) fn may_be_shown_late(&self) -> bool {
        self.cost > PATIENCE && self.ready.elapsed() < STALE
    }

    /// The JSON in gzip's form: a tenth of its size.
    ///
    /// # Errors
    /// If it cannot be compressed.
    pub fn gzip(&self) -> Result<Bytes> {
        if let Some(small) = self.gzip.get() {
            return Ok(small.clone());
        }
        let small = Bytes::from(compress::gzip(&self.json).map_err(Error::internal)?);
        Ok(self.gzip.get_or_init(|| small).clone())
    }

    /// The board as CSV.
    pub fn csv(&self) -> Result<Bytes> {
        if let Some(csv) = self.csv.get() {
            return Ok(csv.clone());
        }
        let csv = Bytes::from(csv::render(&self.board)?);
        Ok(self.csv.get_or_init(|| csv).clone())
    }

    /// The entity tag of its CSV form.
    #[must_use]
    pub fn csv_etag(&self) -> String {
        format!("{}-csv\"", self.etag.trim_end_matches('"'))
    }
}

#[cfg(test)]
pub(super) mod tests;
