//! Places in the queue, and when a scorer is expected to begin.
//!
//! Prediction files and models are two queues as far as waiting goes: other scorers take them, and
//! one is done in a moment where the other takes minutes. The order is the one by which claims are
//! decided, if nothing else comes: see [`fair_share`]. Somebody who submits later may still go
//! first, if their team had less lately.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use holdout_protocol::{EvaluationId, QueuePlace, StartUnknown, SubmissionKind, Timestamp};

use crate::db::evaluations::Evaluation;
use crate::db::{self, Conn};
use crate::error::Result;
use crate::evaluations::fair_share::{self, ScorerPool};

/// A scorer that was silent for longer does not count.
const LIVE: Duration = Duration::from_secs(120);
/// Places that are worked out; those behind are told by the pace alone.
const MOST: usize = 500;

/// The pace is that of the evaluations which ended within this time.
const fn window(kind: SubmissionKind) -> Duration {
    match kind {
        SubmissionKind::Predictions => Duration::from_secs(3600),
        SubmissionKind::Torchscript => Duration::from_secs(24 * 3600),
    }
}

/// The queue of each kind, as far as it was asked for.
#[derive(Debug)]
pub struct Paces {
    running_per_team: u32,
    known: HashMap<SubmissionKind, Pace>,
}

impl Paces {
    /// Begins with a queue in which a team runs this many evaluations at once in a task.
    pub fn new(running_per_team: u32) -> Self {
        Self { running_per_team, known: HashMap::new() }
    }

    /// The place of a queued evaluation.
    pub fn place(&mut self, conn: &mut Conn, evaluation: &Evaluation, now: Timestamp) -> Result<QueuePlace> {
        let pace = match self.known.entry(evaluation.kind) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => vacant.insert(Pace::measure(conn, evaluation.kind, self.running_per_team, now)?),
        };
        Ok(pace.place(evaluation, now))
    }
}

/// Where everything of a kind stands that waits, and how fast its queue moves.
#[derive(Debug)]
struct Pace {
    scorers: usize,
    /// Mean length of an evaluation, if some ended lately.
    length: Option<Duration>,
    /// Position and expected start.
    places: HashMap<EvaluationId, (u64, Option<Duration>)>,
}

impl Pace {
    fn measure(conn: &mut Conn, kind: SubmissionKind, per_team: u32, now: Timestamp) -> Result<Self> {
        let finished = db::queue_places::finished_since(conn, kind, now.minus(window(kind)))?;
        let sum: Duration = finished.iter().map(|(start, end)| end.since(*start)).sum();
        let length = sum.checked_div(u32::try_from(finished.len()).unwrap_or(u32::MAX));
        let live = db::queue_places::live_scorers(conn, now.minus(LIVE))?;
        let scorers = live.iter().filter(|kinds| kinds.contains(&kind)).count();
        let begun = db::queue_places::running(conn, kind)?;
        let left = |begun: Timestamp| match length {
            Some(length) => length.saturating_sub(now.since(begun)),
            // Some time at least, because a scorer that is at work is not free.
            None => Duration::from_secs(1),
        };
        let running = begun.into_iter().map(|(team, task, begun)| (team, task, left(begun))).collect();
        let pool = ScorerPool { scorers, running, length };
        let order = fair_share::timetable(conn, kind, per_team, MOST, &pool, now)?;
        let places = (1..).zip(order).map(|(position, (id, start))| (id, (position, start))).collect();
        Ok(Self { scorers, length, places })
    }

    fn place(&self, evaluation: &Evaluation, now: Timestamp) -> QueuePlace {
        let behind = || (u64::try_from(self.places.len()).unwrap_or(u64::MAX).saturating_add(1), self.start_behind());
        let (position, start) = self.places.get(&evaluation.id).copied().unwrap_or_else(behind);
        // One that failed waits for the end of its pause, whatever its place.
        let pause = evaluation.not_before.unwrap_or(now);
        let expected_start = start.map(|start| now.plus(start).max(pause));
        let start_unknown = match expected_start {
            Some(_) => None,
            None if self.scorers == 0 => Some(StartUnknown::NoScorer),
            None => Some(StartUnknown::NoPace),
        };
        QueuePlace { position, expected_start, start_unknown }
    }

    /// Returns when the first of those begins that were not worked out.
    fn start_behind(&self) -> Option<Duration> {
        let last = self.places.values().map(|(_, start)| *start).max()??;
        let scorers = u32::try_from(self.scorers).unwrap_or(u32::MAX).max(1);
        Some(last.saturating_add(self.length? / scorers))
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::TestSetId;

    use super::*;
    use crate::samples::{at, submission};

    /// A queue of this pace in which the evaluations stand one after the other, each with its
    /// expected start in seconds.
    fn pace(scorers: usize, length: Option<u64>, waiting: &[(EvaluationId, Option<u64>)]) -> Pace {
        let places = (1..).zip(waiting);
        let places = places.map(|(position, (id, start))| (*id, (position, start.map(Duration::from_secs)))).collect();
        Pace { scorers, length: length.map(Duration::from_secs), places }
    }

    fn evaluation(id: EvaluationId) -> Evaluation {
        Evaluation::new(id, &submission(), TestSetId::new(), at(0))
    }

    #[test]
    fn an_evaluation_that_was_not_worked_out_stands_behind_all_that_were() {
        let front = [(EvaluationId::new(), Some(0)), (EvaluationId::new(), Some(30))];
        let place = |pace: &Pace| pace.place(&evaluation(EvaluationId::new()), at(100));
        let found = place(&pace(2, Some(60), &front));
        // The last one begins in 30 seconds, and of two scorers one is free every half a minute.
        assert_eq!((found.position, found.expected_start, found.start_unknown), (3, Some(at(160)), None));
        assert_eq!(place(&pace(0, Some(60), &front)).expected_start, Some(at(190)));
    }

    #[test]
    fn an_evaluation_stands_where_it_was_worked_out_to_stand() {
        let ids = [EvaluationId::new(), EvaluationId::new()];
        let pace = pace(1, Some(60), &[(ids[0], Some(5)), (ids[1], Some(65))]);
        let found = ids.map(|id| pace.place(&evaluation(id), at(100)));
        assert_eq!(found.each_ref().map(|place| place.position), [1, 2]);
        assert_eq!(found.map(|place| place.expected_start), [Some(at(105)), Some(at(165))]);
    }

    #[test]
    fn one_that_failed_waits_for_the_end_of_its_pause_whatever_its_place() {
        let id = EvaluationId::new();
        let pace = pace(1, Some(60), &[(id, Some(5))]);
        let start = |not_before| {
            let failed = Evaluation { not_before: Some(at(not_before)), ..evaluation(id) };
            pace.place(&failed, at(100)).expected_start
        };
        assert_eq!((start(130), start(104)), (Some(at(130)), Some(at(105))));
    }

    #[test]
    fn a_start_that_is_not_known_is_told_with_the_reason() {
        let id = EvaluationId::new();
        let place = |scorers| pace(scorers, None, &[(id, None)]).place(&evaluation(id), at(100));
        assert_eq!((place(0).expected_start, place(0).start_unknown), (None, Some(StartUnknown::NoScorer)));
        assert_eq!((place(1).expected_start, place(1).start_unknown), (None, Some(StartUnknown::NoPace)));
    }

    #[test]
    fn models_are_few_so_their_pace_is_that_of_a_day() {
        assert_eq!(window(SubmissionKind::Predictions), Duration::from_secs(3600));
        assert_eq!(window(SubmissionKind::Torchscript), Duration::from_secs(24 * 3600));
    }
}
