//! Whether an upload may end after its season closes, and what that means.

use std::time::Duration;

use holdout_protocol::{Timestamp, format_duration};

use crate::show::figures;

/// Bytes a second that are assumed before anything is measured: a modest line.
const ASSUMED_SPEED: u64 = 1_000_000;

/// What an upload has to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline {
    /// When the season closes.
    pub(crate) closes: Timestamp,
    /// Until when the submission is accepted if its upload was begun before.
    pub(crate) until: Timestamp,
    /// Bytes of the file.
    pub(crate) size: u64,
}

impl Deadline {
    /// Returns how long the upload will take on a modest line.
    #[must_use]
    pub(crate) fn guess(&self) -> Duration {
        Duration::from_secs(self.size / ASSUMED_SPEED)
    }

    /// Returns what to say of an upload that takes as long from `now` on; `None` if it will end
    /// before the season closes, or if the deadline was over already: the server lets nobody begin
    /// then whom it binds, so only an organizer's entry is sent.
    #[must_use]
    pub(crate) fn warning(&self, left: Duration, now: Timestamp) -> Option<String> {
        if now.plus(left) <= self.closes || now > self.until {
            return None;
        }
        let (closes, until) = (figures::time_from(self.closes, now), figures::time_from(self.until, now));
        let taking = format_duration(left);
        let outcome = if now.plus(left) > self.until {
            "It will probably be too late."
        } else {
            "It still counts, because it was begun before."
        };
        Some(format!(
            "the upload may take {taking}, and the season closes {closes}; a submission whose upload was begun before is \
             accepted until {until}. {outcome}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_upload_is_warned_of_and_told_what_counts() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let deadline = Deadline { closes: at(1000), until: at(4600), size: 500_000_000 };
        assert_eq!(deadline.guess(), Duration::from_secs(500));
        assert_eq!(deadline.warning(Duration::from_secs(500), at(500)), None);
        let late = deadline.warning(Duration::from_secs(501), at(500)).unwrap();
        assert!(late.contains("It still counts"), "{late}");
        let lost = deadline.warning(Duration::from_secs(4101), at(500)).unwrap();
        assert!(lost.contains("too late"), "{lost}");
        assert_eq!(deadline.warning(Duration::from_secs(5), at(4601)), None);
    }
}
