//! SIGTERM, Ctrl-C, and SIGHUP when the terminal closes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::Failure;
use crate::unfinished::ignores_hangup;

/// How often a waiting process looks.
const LOOK: Duration = Duration::from_millis(50);

/// How long after the first signal another one is taken for the same wish: `timeout`, for example,
/// sends each signal twice.
const SAME_WISH: Duration = Duration::from_secs(1);

/// Whether the process was told to stop. A second signal, a little later, ends it at once.
pub(super) struct Signals(Arc<AtomicBool>);

impl Signals {
    /// Takes over the signals.
    pub(super) fn install() -> Result<Self, Failure> {
        let (received, insists) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        // Started by `nohup`, the program continues when its terminal closes.
        let of_terminal = (!ignores_hangup()).then_some(SIGHUP);
        for signal in [SIGTERM, SIGINT].into_iter().chain(of_terminal) {
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&insists))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&received)))
                .map_err(|error| Failure::refused("signals", error.to_string()))?;
        }
        let first = Arc::clone(&received);
        std::thread::spawn(move || {
            while !first.load(Ordering::Relaxed) {
                std::thread::sleep(LOOK);
            }
            std::thread::sleep(SAME_WISH);
            insists.store(true, Ordering::Relaxed);
        });
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
