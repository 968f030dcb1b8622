//! The watchdog: looks a hundred times a second at the clock, at the memory and the processor time
//! of the model's process and whether the attempt is still wanted, and kills the runner if one of
//! them says so. It is the scorer's thread; nothing that the model does can hold it up.

use std::thread;
use std::time::{Duration, Instant};

use super::compute_time::{ComputeClock, TimeAllowance};
use super::limits::ReachedLimit;
use super::process_handle::{ProcessHandle, Resident};
use super::usage::Usage;
use crate::StopSignal;
use crate::outcome::Cancelled;
use crate::progress::Cancellation;

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(10);

/// What a runner may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance<'a> {
    pub(crate) until: Instant,
    /// Resident bytes of the process that runs the model, if they are limited.
    pub(crate) resident: Option<u64>,
    /// Time, if it is limited by more than `until`.
    pub(crate) time: Option<TimeAllowance<'a>>,
}

/// What the watchdog saw.
#[derive(Debug, Default)]
pub(crate) struct WatchReport {
    /// Why it killed the runner, if it did.
    pub(crate) killed: Option<KillReason>,
    /// Most resident bytes it has seen.
    pub(crate) peak_bytes: u64,
    /// Processor time since the watch began.
    pub(crate) usage: Usage,
}

/// Why the watchdog killed a runner.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KillReason {
    /// It reached a limit.
    Limit(ReachedLimit),
    /// Nobody waits for it any more.
    Cancelled(Cancelled),
}

impl KillReason {
    /// Returns the limit that was reached.
    pub(crate) const fn limit(self) -> Option<ReachedLimit> {
        match self {
            Self::Limit(limit) => Some(limit),
            Self::Cancelled(_) => None,
        }
    }
}

/// Runs `work` with a runner while the watchdog watches the runner. `work` has to end soon after
/// the runner is killed, as it does if it waits for the runner's socket.
pub(crate) fn watch<T>(
    handle: &ProcessHandle,
    allowance: Allowance<'_>,
    cancellation: &dyn Cancellation,
    work: impl FnOnce() -> T,
) -> (T, WatchReport) {
    let over = StopSignal::new();
    thread::scope(|scope| {
        let watchdog = scope.spawn(|| Watchdog::new(handle, allowance).watch_until(&over, cancellation));
        let end = EndOfWork(&over);
        let done = work();
        drop(end);
        (done, watchdog.join().unwrap_or_default())
    })
}

/// Ends the watch, also if the work panics.
struct EndOfWork<'a>(&'a StopSignal);

impl Drop for EndOfWork<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

struct Watchdog<'a> {
    handle: &'a ProcessHandle,
    allowance: Allowance<'a>,
    peak_bytes: u64,
    clock: ComputeClock,
}

impl<'a> Watchdog<'a> {
    fn new(handle: &'a ProcessHandle, allowance: Allowance<'a>) -> Self {
        let before = if allowance.time.is_some() { handle.usage().unwrap_or_default() } else { Usage::default() };
        Self { handle, allowance, peak_bytes: 0, clock: ComputeClock::new(before, Instant::now()) }
    }

    fn watch_until(mut self, over: &StopSignal, cancellation: &dyn Cancellation) -> WatchReport {
        loop {
            let resident = self.handle.resident();
            self.peak_bytes = resident.map_or(self.peak_bytes, |resident| self.peak_bytes.max(resident.peak));
            if let Some(reason) = self.kill_reason(cancellation, resident) {
                self.handle.kill();
                return self.report(Some(reason));
            }
            let left = self.allowance.until.saturating_duration_since(Instant::now());
            if over.wait(INTERVAL.min(left)) {
                return self.report(None);
            }
        }
    }

    fn report(self, killed: Option<KillReason>) -> WatchReport {
        WatchReport { killed, peak_bytes: self.peak_bytes, usage: self.clock.usage }
    }

    fn kill_reason(&mut self, cancellation: &dyn Cancellation, resident: Option<Resident>) -> Option<KillReason> {
        if let Err(cancelled) = cancellation.check_cancelled() {
            return Some(KillReason::Cancelled(cancelled));
        }
        self.reached_limit(resident).map(KillReason::Limit)
    }

    fn reached_limit(&mut self, resident: Option<Resident>) -> Option<ReachedLimit> {
        let now = Instant::now();
        if let Some(time) = self.allowance.time
            && self.is_over(time, now)
        {
            let is_whole = time.pending.is_tried() || time.trial >= time.computing;
            return Some(if is_whole { ReachedLimit::Time } else { ReachedLimit::Trial });
        }
        if now >= self.allowance.until {
            return Some(ReachedLimit::Wall);
        }
        let too_much = resident?.now > self.allowance.resident?;
        too_much.then_some(ReachedLimit::Memory)
    }

    /// Returns whether the model has used its time.
    fn is_over(&mut self, time: TimeAllowance<'_>, now: Instant) -> bool {
        self.clock.advance(now, !time.pending.is_empty());
        if self.clock.is_due(now) || self.clock.has_used(time) {
            // The waiting time may be out of date, and would cost the model its run.
            if let Some(usage) = self.handle.usage() {
                self.clock.set_usage(usage, now);
            }
        }
        self.clock.has_used(time)
    }
}
