//! What is said while the database gives no connections: a line of the log when that begins, and
//! one when it ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::r2d2::{self, HandleError};

use super::address::{PATIENCE, check_address, is_postgres};
use crate::error::Error;

/// How long to wait for a connection while the database is known to give none.
const PATIENCE_WHILE_AWAY: Duration = Duration::from_secs(1);

/// Why there is no connection although the database gives some.
pub(super) const ALL_IN_USE: &str = "all connections are in use";

/// Whether the database gives connections, and why not.
#[derive(Debug)]
pub(super) struct Outage {
    url: String,
    /// The server if `url` is that of a tunnel.
    behind: Option<String>,
    cause: Mutex<Option<String>>,
}

impl Outage {
    pub(super) fn of(url: &str, behind: Option<String>) -> Arc<Self> {
        Arc::new(Self { url: url.to_owned(), behind, cause: Mutex::new(None) })
    }

    /// The error of whoever got no connection.
    pub(super) fn error(&self) -> Error {
        let cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Error::Connection(cause.unwrap_or_else(|| ALL_IN_USE.to_owned()))
    }

    /// How long to wait for a connection. While it is known that there is none, requests are
    /// refused soon, and do not pile up.
    pub(super) fn patience(&self) -> Duration {
        let is_known = self.cause.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if is_known { PATIENCE_WHILE_AWAY } else { PATIENCE }
    }

    /// A connection was made.
    pub(super) fn end(&self) {
        if self.cause.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            tracing::info!("the database gives connections again");
        }
    }

    /// The pool's own errors hide what PostgreSQL says, and name no file.
    fn explain(&self, error: &r2d2::Error) -> String {
        if !is_postgres(&self.url) {
            return format!("`{}`: {error}", self.url);
        }
        match check_address(&self.url, self.behind.clone()) {
            Err(Error::Connection(said)) => said,
            _ => "the database gave no connection for a moment".to_owned(),
        }
    }
}

/// Tells an outage of the pool's errors.
#[derive(Debug)]
pub(super) struct Reporter(pub(super) Arc<Outage>);

impl HandleError<r2d2::Error> for Reporter {
    /// Called for each attempt of the pool, several times a minute.
    fn handle_error(&self, error: r2d2::Error) {
        let Self(outage) = self;
        let is_known = outage.cause.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if is_known {
            return;
        }
        let cause = outage.explain(&error);
        tracing::error!(cause, "the database gives no connections; trying again until it does");
        *outage.cause.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_an_outage_is_told_until_a_connection_is_made() {
        let outage = Outage::of("holdout.db", None);
        let told = || outage.error().to_string();
        assert_eq!(told(), format!("database connection: {ALL_IN_USE}"));
        assert_eq!(outage.patience(), PATIENCE);
        *outage.cause.lock().unwrap() = Some("role \"u\" does not exist".to_owned());
        assert_eq!(outage.patience(), PATIENCE_WHILE_AWAY);
        assert_eq!(told(), "database connection: role \"u\" does not exist");
        outage.end();
        assert_eq!(told(), format!("database connection: {ALL_IN_USE}"));
    }
}
