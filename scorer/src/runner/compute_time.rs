//! The time that a model has used: that in which it could compute.
//!
//! That is wall time in which the model had something to do, less the time in which the kernel kept
//! it waiting for a processor. On an idle machine it is the wall time. On a busy one it is what an
//! idle one would have taken, so the load of others costs a team nothing. A model that sleeps waits
//! for no processor.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::usage::Usage;

/// How often the processor time is read, which takes a dozen files.
const USAGE_INTERVAL: Duration = Duration::from_millis(100);

/// What time a model may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeAllowance<'a> {
    /// Time in which it could compute.
    pub(crate) computing: Duration,
    /// The part of it, and of the processor time, that may pass before it has computed its batches
    /// of noise. What fails on them costs its team nothing, so it must not hold the device for
    /// long.
    pub(crate) trial: Duration,
    /// Threads that may each use as much processor time, if that is limited. It keeps a model that
    /// starts more threads than there are processors from waiting for itself.
    pub(crate) threads: Option<u32>,
    /// Whether it has something to do.
    pub(crate) pending: &'a Pending,
}

/// How many pieces of work a runner was given and has not answered: its model, and batches. And
/// whether the first of them, the model and the batches of noise, are behind it.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    pieces: AtomicU32,
    is_tried: AtomicBool,
}

impl Pending {
    /// Counts a piece of work that the runner is given.
    pub(crate) fn add(&self) {
        self.pieces.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove(&self) {
        self.pieces.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |number| Some(number.saturating_sub(1))).ok();
    }

    /// Notes that the model has computed its batches of noise.
    pub(crate) fn end_trial(&self) {
        self.is_tried.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn is_tried(&self) -> bool {
        self.is_tried.load(Ordering::Relaxed)
    }
}

/// How much time a model has used.
#[derive(Debug)]
pub(crate) struct ComputeClock {
    before: Usage,
    read_at: Instant,
    advanced_at: Instant,
    /// Wall time in which it had something to do.
    busy: Duration,
    /// Processor time since the clock began.
    pub(crate) usage: Usage,
}

impl ComputeClock {
    pub(crate) fn new(before: Usage, now: Instant) -> Self {
        Self { before, read_at: now, advanced_at: now, busy: Duration::ZERO, usage: Usage::default() }
    }

    pub(crate) fn advance(&mut self, now: Instant, is_busy: bool) {
        let passed = now.saturating_duration_since(self.advanced_at);
        self.advanced_at = now;
        if is_busy {
            self.busy += passed;
        }
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.read_at) >= USAGE_INTERVAL
    }

    pub(crate) fn set_usage(&mut self, usage: Usage, now: Instant) {
        self.read_at = now;
        self.usage = Usage {
            cpu: usage.cpu.saturating_sub(self.before.cpu),
            waited: usage.waited.saturating_sub(self.before.waited),
        };
    }

    pub(crate) fn has_used(&self, time: TimeAllowance<'_>) -> bool {
        let allowed = if time.pending.is_tried() { time.computing } else { time.trial };
        self.busy.saturating_sub(self.usage.waited) >= allowed
            || time.threads.is_some_and(|threads| self.usage.cpu >= allowed.saturating_mul(threads))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Returns true if a model has used ten seconds on two processors after these.
    fn has_used(busy: u64, cpu: u64, waited: u64) -> bool {
        let start = Instant::now();
        let mut clock = ComputeClock::new(Usage { cpu: seconds(1), waited: seconds(1) }, start);
        clock.advance(start + seconds(busy), true);
        clock.advance(start + seconds(busy + 1000), false);
        clock.set_usage(Usage { cpu: seconds(1 + cpu), waited: seconds(1 + waited) }, start + seconds(busy));
        let pending = Pending::default();
        pending.end_trial();
        let (computing, trial) = (seconds(10), seconds(2));
        clock.has_used(TimeAllowance { computing, trial, threads: Some(2), pending: &pending })
    }

    #[test]
    fn only_time_in_which_a_model_could_compute_counts() {
        assert!(!has_used(9, 9, 0));
        assert!(has_used(10, 10, 0), "one thread on an idle machine");
        assert!(has_used(10, 0, 0), "one that sleeps");
        assert!(!has_used(30, 5, 25), "one that hardly gets a processor");
        assert!(has_used(30, 10, 20));
        assert!(has_used(20, 20, 18), "many threads that wait for each other");
        assert!(!has_used(5, 0, 100), "waits of several threads can be longer than the time");
    }

    #[test]
    fn a_model_that_was_not_tried_yet_has_less_time() {
        let start = Instant::now();
        let pending = Pending::default();
        let time = TimeAllowance { computing: seconds(10), trial: seconds(2), threads: Some(2), pending: &pending };
        let mut clock = ComputeClock::new(Usage::default(), start);
        clock.advance(start + seconds(1), true);
        assert!(!clock.has_used(time));
        clock.set_usage(Usage { cpu: seconds(4), waited: Duration::ZERO }, start + seconds(1));
        assert!(clock.has_used(time), "two threads for two seconds");
        clock.set_usage(Usage { cpu: seconds(1), waited: Duration::ZERO }, start + seconds(1));
        clock.advance(start + seconds(2), true);
        assert!(clock.has_used(time));
        pending.end_trial();
        assert!(!clock.has_used(time));
    }

    #[test]
    fn work_is_pending_until_it_is_answered() {
        let pending = Pending::default();
        assert!(pending.is_empty());
        pending.add();
        pending.add();
        pending.remove();
        assert!(!pending.is_empty());
        pending.remove();
        pending.remove();
        assert!(pending.is_empty());
    }
}
