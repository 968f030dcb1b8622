//! How many event streams are open, of one caller and in all.

use super::tally::{Full, Place, Tally};
use crate::auth::callers::Caller;
use crate::client_address::ClientAddress;
use crate::config::LimitConfig;
use crate::error::{Error, Result};

/// The open streams of this server.
#[derive(Debug, Default)]
pub struct Streams(Tally);

/// The right to hold a stream open, until it is dropped.
#[derive(Debug)]
pub struct StreamPlace(#[expect(dead_code, reason = "held for its drop")] Place);

impl Streams {
    /// Takes a place for a stream of this caller, who is counted by account, or by address if not logged in.
    ///
    /// # Errors
    /// `rate_limited` if the caller has too many; `unavailable` if there are too many in all.
    pub fn enter(&self, caller: &Caller, from: ClientAddress, limits: &LimitConfig) -> Result<StreamPlace> {
        let (key, own, whose) = match &caller.0 {
            Some(account) => (account.id.to_string(), limits.streams_per_account, "you have"),
            None => (from.bucket(), limits.streams_per_address, "your address has"),
        };
        self.0.take(key, own, limits.streams).map(StreamPlace).map_err(|full| match full {
            Full::Own => Error::too_many(format!("{whose} {own} event streams open, the most allowed; close one"), 5),
            Full::All => Error::busy("too many event streams are open; ask again without a stream", 30),
        })
    }
}
