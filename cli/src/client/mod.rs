//! The HTTP client of the API: blocking, typed, patient with broken connections, and careful never
//! to do a thing twice.
//!
//! A call that may be repeated (reading, replacing, or creating under an `Idempotency-Key`) is
//! repeated after broken connections and "try again" answers; any other call only if it surely
//! never reached the server.

mod error;
mod events;
mod exchange;
mod lists;
mod patience;
mod routes;
mod session;

pub(crate) use error::ClientError;
pub(crate) use events::ServerEvents;
pub(crate) use exchange::Client;
pub(crate) use patience::Patience;
pub(crate) use routes::fresh_key;
pub(crate) use routes::{StoredTestSet, TaskPath};
pub(crate) use session::{Identity, StoredSession};

/// Used if neither flag nor environment nor a login names a server.
pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";
