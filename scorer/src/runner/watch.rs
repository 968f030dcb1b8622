//! The watchdog: looks a hundred times a second at the clock, at the memory and the processor time of the model's process
//! and whether the attempt is still wanted, and kills the runner if one of them says so. It is the scorer's thread;
//! nothing that the model does can hold it up.
//!
//! A model's time is that in which it could compute: wall time in which it had something to do, less the time in which
//! the kernel kept it waiting for a processor. On an idle machine that is the wall time. On a busy one it is what an idle
//! one would have taken, so that the load of others costs a team nothing. A model that sleeps waits for no processor.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::judge::Limit;
use super::process::{Reins, Resident};
use super::usage::Usage;
use crate::StopSignal;
use crate::oversight::Oversight;
use crate::work::Unfinished;

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(10);
/// How often it reads the processor time, which takes a dozen files.
const USAGE_INTERVAL: Duration = Duration::from_millis(100);

/// What a runner may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance<'a> {
    /// Until when.
    pub(crate) until: Instant,
    /// Resident bytes of the process that runs the model, if they are limited.
    pub(crate) resident: Option<u64>,
    /// Time, if it is limited by more than `until`.
    pub(crate) time: Option<TimeAllowance<'a>>,
}

/// What time a model may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeAllowance<'a> {
    /// Time in which it could compute.
    pub(crate) computing: Duration,
    /// The part of it, and of the processor time, that may pass before it has computed its batches of noise. What fails on
    /// them costs its team nothing, so it must not hold the device for long.
    pub(crate) trial: Duration,
    /// Threads that may each use as much processor time, if that is limited. It keeps a model that starts more threads than
    /// there are processors from waiting for itself.
    pub(crate) threads: Option<u32>,
    /// Whether it has something to do.
    pub(crate) pending: &'a Pending,
}

/// How many pieces of work a runner was given and has not answered: its model, and batches. And whether the first of them,
/// the model and the batches of noise, are behind it.
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

    /// Counts an answer.
    pub(crate) fn remove(&self) {
        self.pieces.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |number| Some(number.saturating_sub(1))).ok();
    }

    /// Notes that the model has computed its batches of noise.
    pub(crate) fn end_trial(&self) {
        self.is_tried.store(true, Ordering::Relaxed);
    }

    fn is_empty(&self) -> bool {
        self.pieces.load(Ordering::Relaxed) == 0
    }

    fn is_tried(&self) -> bool {
        self.is_tried.load(Ordering::Relaxed)
    }
}

/// What the watchdog saw.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Why it killed the runner, if it did.
    pub(crate) stopped: Option<Stopped>,
    /// Most resident bytes it has seen.
    pub(crate) peak_bytes: u64,
    /// Processor time since the watch began.
    pub(crate) usage: Usage,
}

/// Why the watchdog killed a runner.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// It used its time.
    Time,
    /// It used the time for its batches of noise.
    Trial,
    /// It had too much memory.
    Memory,
    /// `until` passed before it had used its time.
    Wall,
    /// Nobody waits for it any more.
    Unwanted(Unfinished),
}

impl Stopped {
    /// The limit that was reached.
    pub(crate) const fn limit(&self) -> Option<Limit> {
        match self {
            Self::Time => Some(Limit::Time),
            Self::Trial => Some(Limit::Trial),
            Self::Memory => Some(Limit::Memory),
            Self::Wall => Some(Limit::Wall),
            Self::Unwanted(_) => None,
        }
    }
}

/// Does a piece of work with a runner under watch. `work` has to end soon after the runner is killed, as it does if it
/// waits for the runner's socket.
pub(crate) fn watched<T>(
    reins: &Reins,
    allowance: Allowance<'_>,
    oversight: &dyn Oversight,
    work: impl FnOnce() -> T,
) -> (T, Watched) {
    let over = StopSignal::new();
    thread::scope(|scope| {
        let watch = scope.spawn(|| Watch::new(reins, allowance).run(oversight, &over));
        let end = EndOfWork(&over);
        let done = work();
        drop(end);
        (done, watch.join().unwrap_or_default())
    })
}

/// Ends the watch, also if the work panics.
struct EndOfWork<'a>(&'a StopSignal);

impl Drop for EndOfWork<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

struct Watch<'a> {
    reins: &'a Reins,
    allowance: Allowance<'a>,
    peak_bytes: u64,
    clock: Clock,
}

impl<'a> Watch<'a> {
    fn new(reins: &'a Reins, allowance: Allowance<'a>) -> Self {
        let before = if allowance.time.is_some() { reins.usage().unwrap_or_default() } else { Usage::default() };
        Self { reins, allowance, peak_bytes: 0, clock: Clock::new(before, Instant::now()) }
    }

    fn run(mut self, oversight: &dyn Oversight, over: &StopSignal) -> Watched {
        loop {
            let resident = self.reins.resident();
            self.peak_bytes = resident.map_or(self.peak_bytes, |resident| self.peak_bytes.max(resident.peak));
            if let Some(stopped) = self.reason(oversight, resident) {
                self.reins.kill();
                return self.seen(Some(stopped));
            }
            let left = self.allowance.until.saturating_duration_since(Instant::now());
            if over.wait(INTERVAL.min(left)) {
                return self.seen(None);
            }
        }
    }

    fn seen(self, stopped: Option<Stopped>) -> Watched {
        Watched { stopped, peak_bytes: self.peak_bytes, usage: self.clock.usage }
    }

    fn reason(&mut self, oversight: &dyn Oversight, resident: Option<Resident>) -> Option<Stopped> {
        if let Err(unfinished) = oversight.check() {
            return Some(Stopped::Unwanted(unfinished));
        }
        let now = Instant::now();
        if let Some(time) = self.allowance.time
            && self.is_over(time, now)
        {
            return Some(if time.pending.is_tried() || time.trial >= time.computing {
                Stopped::Time
            } else {
                Stopped::Trial
            });
        }
        if now >= self.allowance.until {
            return Some(Stopped::Wall);
        }
        let too_much = resident?.now > self.allowance.resident?;
        too_much.then_some(Stopped::Memory)
    }

    /// Whether the model has used its time.
    fn is_over(&mut self, time: TimeAllowance<'_>, now: Instant) -> bool {
        self.clock.advance(now, !time.pending.is_empty());
        if self.clock.is_due(now) || self.clock.has_used(time) {
            // Before a model is stopped for its time, what it waited is read again.
            if let Some(usage) = self.reins.usage() {
                self.clock.read(usage, now);
            }
        }
        self.clock.has_used(time)
    }
}

/// How much time a model has used.
#[derive(Debug)]
struct Clock {
    before: Usage,
    read_at: Instant,
    advanced_at: Instant,
    /// Wall time in which it had something to do.
    busy: Duration,
    usage: Usage,
}

impl Clock {
    fn new(before: Usage, now: Instant) -> Self {
        Self { before, read_at: now, advanced_at: now, busy: Duration::ZERO, usage: Usage::default() }
    }

    fn advance(&mut self, now: Instant, is_busy: bool) {
        let passed = now.saturating_duration_since(self.advanced_at);
        self.advanced_at = now;
        if is_busy {
            self.busy += passed;
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.read_at) >= USAGE_INTERVAL
    }

    fn read(&mut self, usage: Usage, now: Instant) {
        self.read_at = now;
        self.usage = Usage {
            cpu: usage.cpu.saturating_sub(self.before.cpu),
            waited: usage.waited.saturating_sub(self.before.waited),
        };
    }

    fn has_used(&self, time: TimeAllowance<'_>) -> bool {
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

    /// Whether a model has used ten seconds on two processors after these.
    fn has_used(busy: u64, cpu: u64, waited: u64) -> bool {
        let start = Instant::now();
        let mut clock = Clock::new(Usage { cpu: seconds(1), waited: seconds(1) }, start);
        clock.advance(start + seconds(busy), true);
        clock.advance(start + seconds(busy + 1000), false);
        clock.read(Usage { cpu: seconds(1 + cpu), waited: seconds(1 + waited) }, start + seconds(busy));
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
        let mut clock = Clock::new(Usage::default(), start);
        clock.advance(start + seconds(1), true);
        assert!(!clock.has_used(time));
        clock.read(Usage { cpu: seconds(4), waited: Duration::ZERO }, start + seconds(1));
        assert!(clock.has_used(time), "two threads for two seconds");
        clock.read(Usage { cpu: seconds(1), waited: Duration::ZERO }, start + seconds(1));
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
