//! How long to go on trying.

use std::time::Duration;

/// How often and how long a call is repeated after broken connections and answers that say "try again".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Tries of a call in all, at least 1.
    pub(crate) tries: u32,
    /// Pause before the second try; doubled for each further one.
    pub(crate) first_pause: Duration,
    /// Longest pause, also if the server asks for a longer one: then the call fails instead.
    pub(crate) longest_pause: Duration,
    /// How long an upload goes on without any progress.
    pub(crate) upload_stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 4,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(20),
            upload_stall: Duration::from_secs(5 * 60),
        }
    }
}

impl Patience {
    /// The pause after the `tried`-th failed try, from 1.
    #[must_use]
    pub(crate) fn pause(&self, tried: u32) -> Duration {
        let doublings = tried.saturating_sub(1).min(16);
        self.first_pause.saturating_mul(1 << doublings).min(self.longest_pause)
    }

    /// The pause after the `tried`-th failed try if the server asked for one; `None` if it is too long to wait.
    #[must_use]
    pub(crate) fn pause_asked(&self, tried: u32, asked: Option<Duration>) -> Option<Duration> {
        match asked {
            Some(asked) if asked > self.longest_pause => None,
            Some(asked) => Some(asked.max(self.first_pause)),
            None => Some(self.pause(tried)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let patience = Patience::default();
        assert_eq!(patience.pause(1), Duration::from_millis(250));
        assert_eq!(patience.pause(3), Duration::from_secs(1));
        assert_eq!(patience.pause(40), Duration::from_secs(20));
    }

    #[test]
    fn the_servers_wish_counts_unless_too_long() {
        let patience = Patience::default();
        assert_eq!(patience.pause_asked(1, Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
        assert_eq!(patience.pause_asked(1, Some(Duration::from_secs(60))), None);
    }
}
