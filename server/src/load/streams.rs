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
    /// Takes a place for a stream of this caller, who is counted by account, or by address if not
    /// logged in.
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

#[cfg(test)]
mod tests {
    use holdout_protocol::{ErrorCode, Reason};

    use super::*;
    use crate::samples::account;

    fn limits() -> LimitConfig {
        LimitConfig { streams: 3, streams_per_account: 2, streams_per_address: 1, ..LimitConfig::default() }
    }

    const FROM: ClientAddress = ClientAddress(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[test]
    fn streams_of_those_who_are_logged_in_count_for_them_and_others_for_their_address() {
        let (streams, own) = (Streams::default(), Caller(Some(account(&[]))));
        let enter = |caller: &Caller| streams.enter(caller, FROM, &limits());
        let held = [enter(&own).unwrap(), enter(&own).unwrap(), enter(&Caller(None)).unwrap()];
        let told = |caller| {
            let refused = enter(caller).unwrap_err().body().error;
            assert_eq!((refused.code, refused.reason), (ErrorCode::RateLimited, Some(Reason::TooMany)));
            refused.message
        };
        assert_eq!(told(&own), "you have 2 event streams open, the most allowed; close one");
        assert_eq!(told(&Caller(None)), "your address has 1 event streams open, the most allowed; close one");
        drop(held);
        enter(&Caller(None)).unwrap();
    }

    #[test]
    fn all_streams_together_are_bounded_too() {
        let streams = Streams::default();
        let enter = || streams.enter(&Caller(Some(account(&[]))), FROM, &limits());
        let _held = [enter().unwrap(), enter().unwrap(), enter().unwrap()];
        assert_eq!(enter().unwrap_err().code(), ErrorCode::Unavailable);
    }
}
