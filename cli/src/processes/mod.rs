//! The long-running commands: `up`, `serve` and `score`.

mod devices;
mod lock;
mod logging;
mod signals;
mod up;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use holdout_scorer::{ScorerConfig, ScorerError, StopSignal};
use holdout_server::{Config, Hosted};

pub use devices::{needed_runner, usable_runner};
pub use logging::{LogFormat, start_logging};
pub use up::{Up, up};

use crate::console::Console;
use crate::failure::Failure;
use signals::Signals;

/// Runs a server until it is told to stop. With `tokens`, the organizer's and a scorer's token are written to that folder.
///
/// # Errors
/// Where it cannot start, or failed.
pub fn serve(config: Config, tokens: Option<PathBuf>, console: &Console) -> Result<(), Failure> {
    holdout_server::keep_files_private();
    let signals = Signals::install()?;
    let server = Hosted::start(config, tokens).map_err(|error| server_failure(&error))?;
    console.remark(format!("serving on http://{}", server.address));
    signals.wait(|| server.has_ended());
    server.stop().map_err(|error| server_failure(&error))
}

/// Runs a scorer until it is told to stop or withdraws.
///
/// # Errors
/// Where the server refuses it, or it withdrew after too many faults.
pub fn score(config: ScorerConfig) -> Result<(), Failure> {
    holdout_server::keep_files_private();
    let signals = Signals::install()?;
    let scorer = ScorerThread::start(config)?;
    signals.wait(|| scorer.has_ended());
    scorer.stop()
}

fn server_failure(error: &holdout_server::Error) -> Failure {
    let failure = Failure::refused("server", error.to_string());
    match error {
        holdout_server::Error::Listen(..) => {
            failure.advise("Stop what listens there, or give another address with `--listen`.")
        }
        _ => failure,
    }
}

/// A scorer on a thread of its own.
struct ScorerThread {
    stop: Arc<StopSignal>,
    thread: JoinHandle<Result<(), ScorerError>>,
}

impl ScorerThread {
    fn start(config: ScorerConfig) -> Result<Self, Failure> {
        let stop = Arc::new(StopSignal::new());
        let signal = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("scorer".to_owned())
            .spawn(move || holdout_scorer::run(config, signal))
            .map_err(|error| Failure::refused("scorer", error.to_string()))?;
        Ok(Self { stop, thread })
    }

    fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Finishes or gives back what it is at.
    fn stop(self) -> Result<(), Failure> {
        self.stop.stop();
        match self.thread.join() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::refused("scorer", error.to_string())),
            Err(_) => Err(Failure::refused("scorer", "the scorer's thread panicked")),
        }
    }
}
