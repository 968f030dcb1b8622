//! How the queue hands out work.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueConfig {
    /// How long after the last heartbeat a lease ends.
    pub lease_seconds: u32,
    /// How often scorers send heartbeats.
    pub heartbeat_seconds: u32,
    /// Failed attempts after which an evaluation is stalled.
    pub attempts: u32,
    /// Evaluations of one team in one task that run at once.
    pub running_per_team: u32,
    /// Evaluations of one team in one task that wait at once; organizers' entries are not limited.
    pub queued_per_team: u32,
    /// Different submissions in a row that a scorer may fail on before it has to withdraw and test
    /// itself.
    pub scorer_faults: u32,
    /// Pause before a failed evaluation is tried again; each further failure makes it six times as
    /// long, up to five minutes. For twelve times as long, other scorers go first.
    pub retry_seconds: u32,
    /// A failed evaluation that has waited this long for another attempt, with no scorer there to
    /// take it, is stalled.
    pub retry_within_seconds: u32,
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
            retry_seconds: 5,
            retry_within_seconds: 3600,
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

    /// The pause before another attempt, after this many failed ones.
    #[must_use]
    pub fn retry_pause(&self, failures: u32) -> Duration {
        let growth = 6_u32.saturating_pow(failures.saturating_sub(1));
        Duration::from_secs(self.retry_seconds.saturating_mul(growth).min(LONGEST_RETRY_PAUSE).into())
    }

    /// Returns the longest pause before another attempt.
    #[must_use]
    pub fn longest_pause(&self) -> Duration {
        self.retry_pause(u32::MAX)
    }

    /// Returns how long scorers other than the one that failed go first, after that pause.
    #[must_use]
    pub fn others_first(&self) -> Duration {
        Duration::from_secs(self.retry_seconds.saturating_mul(12).into())
    }

    pub(super) fn check_lease(&self) -> Result<(), String> {
        if self.heartbeat_seconds >= self.lease_seconds {
            return Err(format!(
                "`queue.heartbeat_seconds` is {} and `queue.lease_seconds` is {}; a lease must be longer than the pause \
                 between two heartbeats, or it expires while its scorer works",
                self.heartbeat_seconds, self.lease_seconds
            ));
        }
        Ok(())
    }
}

/// Longest pause before another attempt, seconds.
const LONGEST_RETRY_PAUSE: u32 = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_after_a_fault_grows_six_times_up_to_five_minutes() {
        let pauses = |config: &QueueConfig| [1, 2, 3, 4, 40].map(|failures| config.retry_pause(failures).as_secs());
        assert_eq!(pauses(&QueueConfig::default()), [5, 30, 180, 300, 300]);
        let none = QueueConfig { retry_seconds: 0, ..QueueConfig::default() };
        assert_eq!(pauses(&none), [0; 5]);
        assert_eq!(QueueConfig::default().others_first().as_secs(), 60);
    }

    #[test]
    fn a_lease_lasts_longer_than_the_pause_between_two_heartbeats() {
        let checked = |heartbeat_seconds, lease_seconds| {
            QueueConfig { heartbeat_seconds, lease_seconds, ..QueueConfig::default() }.check_lease()
        };
        assert_eq!(checked(59, 60), Ok(()));
        for beat in [60, 61] {
            let message = checked(beat, 60).unwrap_err();
            assert!(message.starts_with(&format!("`queue.heartbeat_seconds` is {beat} and")), "{message}");
            assert!(message.contains("`queue.lease_seconds` is 60;"), "{message}");
        }
    }
}
