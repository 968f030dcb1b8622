//! SIGTERM and Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::failure::Failure;

/// How often a waiting process looks.
const LOOK: Duration = Duration::from_millis(50);

/// Whether the process was told to stop. The second signal ends it at once.
pub(super) struct Signals(Arc<AtomicBool>);

impl Signals {
    /// Takes over both signals.
    pub(super) fn install() -> Result<Self, Failure> {
        let received = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            // The order matters: the second signal finds the flag set and ends the process.
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&received))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&received)))
                .map_err(|error| Failure::refused("signals", error.to_string()))?;
        }
        Ok(Self(received))
    }

    /// Returns whether a signal came.
    pub(super) fn received(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits for a signal, or until `ended` says so.
    pub(super) fn wait(&self, ended: impl Fn() -> bool) {
        while !self.received() && !ended() {
            std::thread::sleep(LOOK);
        }
    }
}
