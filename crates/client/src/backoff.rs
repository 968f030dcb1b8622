//! How long to wait before a call is repeated.

use std::time::Duration;

/// Pauses that double with each failure in a row, up to the longest: for example 1, 2 and 4
/// seconds, and then always 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first failure.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
}

impl Backoff {
    /// Pauses from `first` up to `longest`.
    #[must_use]
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest }
    }

    /// Returns the pause after this many failures in a row, from 1.
    #[must_use]
    pub fn full_pause(self, failures: u32) -> Duration {
        self.first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(self.longest)
    }

    /// Returns the pause shortened by chance, by half at most, so that many clients do not come
    /// back at once.
    #[must_use]
    pub fn pause(self, failures: u32) -> Duration {
        self.full_pause(failures).mul_f64(0.5 + rand::random::<f64>() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = [1, 2, 3, 4, 5, 6, 7, 8, 99].map(|failures| BACKOFF.full_pause(failures).as_millis());
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
    }

    #[test]
    fn chance_shortens_a_pause_by_half_at_most() {
        for failures in (1..100).cycle().take(1000) {
            let (pause, full) = (BACKOFF.pause(failures), BACKOFF.full_pause(failures));
            assert!(full / 2 <= pause && pause <= full, "{pause:?} of {full:?}");
        }
    }
}
