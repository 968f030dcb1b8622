//! How long to keep trying.

use std::time::Duration;

use holdout_client::Backoff;

/// How often and how long a call is repeated after broken connections and answers that say "try
/// again".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Tries of a call in all, at least 1.
    pub(crate) tries: u32,
    /// Pauses between tries. If the server asks for a longer pause than the longest, the call fails
    /// instead.
    pub(crate) backoff: Backoff,
    /// How long an upload continues without any progress.
    pub(crate) upload_stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(20));
        Self { tries: 4, backoff, upload_stall: Duration::from_secs(5 * 60) }
    }
}

impl Patience {
    /// Returns the pause after this many failed tries if the server asked for one; `None` if it is
    /// too long to wait.
    pub(crate) fn pause_asked(&self, failures: u32, asked: Option<Duration>) -> Option<Duration> {
        match asked {
            Some(asked) if asked > self.backoff.longest => None,
            Some(asked) => Some(asked.max(self.backoff.first)),
            None => Some(self.backoff.pause(failures)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_wish_counts_unless_too_long() {
        let patience = Patience::default();
        assert_eq!(patience.pause_asked(1, Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
        assert_eq!(patience.pause_asked(1, Some(Duration::from_secs(60))), None);
    }

    #[test]
    fn a_pause_is_within_the_bounds_of_the_client_whatever_the_server_asks() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(4));
        let patience = Patience { backoff: Backoff::new(first, longest), ..Patience::default() };
        assert_eq!(patience.pause_asked(1, Some(longest)), Some(longest));
        assert_eq!(patience.pause_asked(1, Some(longest + Duration::from_nanos(1))), None);
        assert_eq!(patience.pause_asked(9, Some(Duration::ZERO)), Some(first));
        let unasked = patience.pause_asked(9, None).unwrap();
        assert!((longest / 2..=longest).contains(&unasked), "{unasked:?}");
    }
}
