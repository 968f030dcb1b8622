//! Places in the queue, and when a scorer is expected to begin.
//!
//! Prediction files and models are two queues as far as waiting goes: other scorers take them, and one is done in a moment
//! where the other takes minutes. The position is by order of arrival. Claims prefer teams that had less lately, so that
//! one may be served before or after its position; the number says how many wait that came before.

use std::collections::HashMap;
use std::time::Duration;

use holdout_protocol::{QueuePlace, SubmissionKind, Timestamp};

use crate::db::evaluations::Evaluation;
use crate::db::{self, Conn};
use crate::error::Result;

/// A scorer that was silent for longer does not count.
const LIVE: Duration = Duration::from_secs(120);

/// The pace is that of the evaluations which ended within this time.
const fn window(kind: SubmissionKind) -> Duration {
    match kind {
        SubmissionKind::Predictions => Duration::from_secs(3600),
        SubmissionKind::Torchscript => Duration::from_secs(24 * 3600),
    }
}

/// How fast the queue of each kind moves, as far as it was asked for.
#[derive(Debug, Default)]
pub struct Paces(HashMap<SubmissionKind, Pace>);

impl Paces {
    /// The place of a queued evaluation.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn place(&mut self, conn: &mut Conn, evaluation: &Evaluation, now: Timestamp) -> Result<QueuePlace> {
        let kind = evaluation.kind;
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.0.entry(kind) {
            vacant.insert(Pace::measure(conn, kind, now)?);
        }
        let position = db::queue_places::ahead(conn, evaluation)? + 1;
        let expected_start = self.0.get(&kind).and_then(|pace| pace.expected_start(position, now));
        Ok(QueuePlace { position, expected_start })
    }
}

/// How fast the queue of a kind moves.
#[derive(Debug, Clone)]
struct Pace {
    /// Scorers that take this kind.
    scorers: u64,
    /// How long the running evaluations have been at it.
    running: Vec<Duration>,
    /// Mean length of an evaluation, where some ended lately.
    mean: Option<Duration>,
}

impl Pace {
    fn measure(conn: &mut Conn, kind: SubmissionKind, now: Timestamp) -> Result<Self> {
        let finished = db::queue_places::finished_since(conn, kind, now.minus(window(kind)))?;
        let sum: Duration = finished.iter().map(|(start, end)| end.since(*start)).sum();
        let live = db::queue_places::live_scorers(conn, now.minus(LIVE))?;
        let begun = db::queue_places::running(conn, kind)?;
        Ok(Self {
            scorers: db::int(live.iter().filter(|kinds| kinds.contains(&kind)).count())?,
            running: begun.into_iter().map(|begun| now.since(begun)).collect(),
            mean: sum.checked_div(u32::try_from(finished.len()).unwrap_or(u32::MAX)),
        })
    }

    /// When a scorer begins with the evaluation at this position: at once where one is free, otherwise when the scorers
    /// together have done what is left of the running ones and those that wait before it.
    fn expected_start(&self, position: u64, now: Timestamp) -> Option<Timestamp> {
        if self.scorers == 0 {
            return None;
        }
        let running = u64::try_from(self.running.len()).unwrap_or(u64::MAX);
        if position.saturating_add(running) <= self.scorers {
            return Some(now);
        }
        let mean = self.mean?;
        let left: Duration = self.running.iter().map(|elapsed| mean.saturating_sub(*elapsed)).sum();
        let before = mean.as_micros().saturating_mul(u128::from(position - 1));
        let micros = left.as_micros().saturating_add(before) / u128::from(self.scorers);
        Some(now.plus(Duration::from_micros(u64::try_from(micros).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn start(scorers: u64, running: &[u64], mean: Option<u64>, position: u64) -> Option<i64> {
        let running = running.iter().copied().map(Duration::from_secs).collect();
        let pace = Pace { scorers, running, mean: mean.map(Duration::from_secs) };
        pace.expected_start(position, NOW).map(|time| time.as_micros() / 1_000_000)
    }

    #[test]
    fn nothing_is_expected_without_scorers_or_experience() {
        assert_eq!(start(0, &[], Some(10), 1), None);
        assert_eq!(start(1, &[3], None, 1), None);
    }

    #[test]
    fn a_free_scorer_begins_at_once() {
        assert_eq!(start(1, &[], None, 1), Some(0));
        assert_eq!(start(3, &[1], Some(10), 2), Some(0));
    }

    #[test]
    fn those_in_the_way_take_their_time() {
        assert_eq!(start(1, &[0], Some(10), 1), Some(10));
        assert_eq!(start(1, &[4], Some(10), 1), Some(6));
        assert_eq!(start(1, &[4], Some(10), 3), Some(26));
        assert_eq!(start(2, &[0, 0], Some(10), 3), Some(20));
        assert_eq!(start(1, &[99], Some(10), 1), Some(0), "it is over any moment");
    }
}
