//! The wish to stop, told from another thread.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use holdout_protocol::Stage;

use crate::oversight::Oversight;
use crate::work::Unfinished;

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

    /// Whether it was given.
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

impl Oversight for StopSignal {
    fn enter(&self, _stage: Stage, _total: u64) {}

    fn done(&self, _done: u64) {}

    fn check(&self) -> Result<(), Unfinished> {
        if self.is_stopped() { Err(Unfinished::GaveBack) } else { Ok(()) }
    }
}
