//! Places in the queue, and when a scorer is expected to begin.
//!
//! The position is by order of arrival. Claims prefer teams that had less lately, so that one may be served before or
//! after its position; the number says how many wait that came before.

use std::time::Duration;

use holdout_protocol::{QueuePlace, Timestamp};

use crate::db::evaluations::Evaluation;
use crate::db::{self, Conn};
use crate::error::Result;

/// A scorer that was silent for longer does not count.
const LIVE: Duration = Duration::from_secs(120);
/// The pace is that of the evaluations which ended within this time.
const PACE: Duration = Duration::from_secs(3600);

/// How fast the queue moves.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    scorers: u64,
    running: u64,
    /// Mean length of an evaluation, where some ended lately.
    mean: Option<Duration>,
}

impl Pace {
    /// The pace at `now`.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn measure(conn: &mut Conn, now: Timestamp) -> Result<Self> {
        let finished = db::queue_places::finished_since(conn, now.minus(PACE))?;
        let sum: Duration = finished.iter().map(|(start, end)| end.since(*start)).sum();
        let count = u32::try_from(finished.len()).unwrap_or(u32::MAX);
        Ok(Self {
            scorers: db::queue_places::live_scorers(conn, now.minus(LIVE))?,
            running: db::queue_places::running(conn)?,
            mean: sum.checked_div(count),
        })
    }

    /// When a scorer begins with the evaluation at this position: at once where one is free, otherwise when as many
    /// evaluations have ended as are in the way, `scorers` of them in each mean length.
    fn expected_start(&self, position: u64, now: Timestamp) -> Option<Timestamp> {
        if self.scorers == 0 {
            return None;
        }
        let in_the_way = (position + self.running).saturating_sub(self.scorers);
        if in_the_way == 0 {
            return Some(now);
        }
        let micros = self.mean?.as_micros().saturating_mul(in_the_way.into()) / u128::from(self.scorers);
        Some(now.plus(Duration::from_micros(u64::try_from(micros).ok()?)))
    }
}

/// The place of a queued evaluation.
///
/// # Errors
/// Where the database fails.
pub fn place(conn: &mut Conn, evaluation: &Evaluation, pace: &Pace, now: Timestamp) -> Result<QueuePlace> {
    let position = db::queue_places::ahead(conn, evaluation)? + 1;
    Ok(QueuePlace { position, expected_start: pace.expected_start(position, now) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn start(scorers: u64, running: u64, mean: Option<u64>, position: u64) -> Option<i64> {
        let pace = Pace { scorers, running, mean: mean.map(Duration::from_secs) };
        pace.expected_start(position, NOW).map(|time| time.as_micros() / 1_000_000)
    }

    #[test]
    fn nothing_is_expected_without_scorers_or_experience() {
        assert_eq!(start(0, 0, Some(10), 1), None);
        assert_eq!(start(1, 1, None, 1), None);
    }

    #[test]
    fn a_free_scorer_begins_at_once() {
        assert_eq!(start(1, 0, None, 1), Some(0));
        assert_eq!(start(3, 1, Some(10), 2), Some(0));
    }

    #[test]
    fn those_in_the_way_take_their_time() {
        assert_eq!(start(1, 1, Some(10), 1), Some(10));
        assert_eq!(start(2, 2, Some(10), 4), Some(20));
    }
}
