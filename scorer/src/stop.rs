//! The wish to stop, told from another thread.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use holdout_protocol::Stage;

use crate::outcome::Cancelled;
use crate::progress::{Cancellation, ProgressSink};

/// Tells a scorer to stop: it finishes or gives back what it is at, and claims nothing more.
#[derive(Debug, Default)]
pub struct StopSignal {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl StopSignal {
    /// A signal that was not given yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn stopped(&self) -> MutexGuard<'_, bool> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the signal.
    pub fn stop(&self) {
        *self.stopped() = true;
        self.changed.notify_all();
    }

    /// Returns whether it was given.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.stopped()
    }

    /// Waits for the signal, for `duration` at most; whether it was given.
    pub fn wait(&self, duration: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.stopped(), duration, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Cancellation for StopSignal {
    fn check_cancelled(&self) -> Result<(), Cancelled> {
        if self.is_stopped() { Err(Cancelled::Stopping) } else { Ok(()) }
    }
}

/// For work that nobody follows, such as a self-test.
impl ProgressSink for StopSignal {
    fn enter_stage(&self, _stage: Stage, _total: u64) {}

    fn set_done(&self, _done: u64) {}
}
