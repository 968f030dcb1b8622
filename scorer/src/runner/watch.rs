//! The watchdog: looks a hundred times a second at the clock, at the memory of the model's process and whether the attempt
//! is still wanted, and kills the runner where one of them says so. It is the scorer's thread; nothing that the model does
//! can hold it up.

use std::thread;
use std::time::{Duration, Instant};

use super::judge::Limit;
use super::process::{Reins, Resident};
use crate::StopSignal;
use crate::oversight::Oversight;
use crate::work::Unfinished;

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(10);

/// What a runner may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// Until when.
    pub(crate) until: Instant,
    /// Resident bytes of the process that runs the model; no limit where there is none.
    pub(crate) resident: Option<u64>,
}

/// What the watchdog saw.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Why it killed the runner, if it did.
    pub(crate) stopped: Option<Stopped>,
    /// Most resident bytes it has seen.
    pub(crate) peak_bytes: u64,
}

/// Why the watchdog killed a runner.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// Its time was over.
    Time,
    /// It had too much memory.
    Memory,
    /// Nobody waits for it any more.
    Unwanted(Unfinished),
}

impl Stopped {
    /// The limit that was reached.
    pub(crate) const fn limit(&self) -> Option<Limit> {
        match self {
            Self::Time => Some(Limit::Time),
            Self::Memory => Some(Limit::Memory),
            Self::Unwanted(_) => None,
        }
    }
}

/// Does a piece of work with a runner under watch. `work` has to end soon after the runner is killed, as it does where it
/// waits for the runner's socket.
pub(crate) fn watched<T>(
    reins: &Reins,
    allowance: Allowance,
    oversight: &dyn Oversight,
    work: impl FnOnce() -> T,
) -> (T, Watched) {
    let over = StopSignal::new();
    thread::scope(|scope| {
        let watch = scope.spawn(|| watch(reins, allowance, oversight, &over));
        let end = EndOfWork(&over);
        let done = work();
        drop(end);
        (done, watch.join().unwrap_or_default())
    })
}

/// Ends the watch, also where the work panics.
struct EndOfWork<'a>(&'a StopSignal);

impl Drop for EndOfWork<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn watch(reins: &Reins, allowance: Allowance, oversight: &dyn Oversight, over: &StopSignal) -> Watched {
    let mut peak_bytes = 0;
    loop {
        let resident = reins.resident();
        peak_bytes = resident.map_or(peak_bytes, |resident| peak_bytes.max(resident.peak));
        if let Some(stopped) = reason(allowance, oversight, resident) {
            reins.kill();
            return Watched { stopped: Some(stopped), peak_bytes };
        }
        let left = allowance.until.saturating_duration_since(Instant::now());
        if over.wait(INTERVAL.min(left)) {
            return Watched { stopped: None, peak_bytes };
        }
    }
}

fn reason(allowance: Allowance, oversight: &dyn Oversight, resident: Option<Resident>) -> Option<Stopped> {
    if let Err(unfinished) = oversight.check() {
        return Some(Stopped::Unwanted(unfinished));
    }
    if Instant::now() >= allowance.until {
        return Some(Stopped::Time);
    }
    let too_much = resident?.now > allowance.resident?;
    too_much.then_some(Stopped::Memory)
}
