//! The long-running commands: `up`, `serve` and `score`.

mod devices;
mod lock;
mod logging;
mod signals;
mod up;

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use holdout_client::Backoff;
use holdout_scorer::{ScorerConfig, ScorerError, StopSignal};
use holdout_server::{Config, Hosted};

pub(crate) use devices::runner_config;
pub(crate) use logging::start_logging;
pub(crate) use up::{Up, up};

use crate::console::Console;
use crate::failure::Failure;
use lock::Lock;
use signals::Signals;

/// Runs a server until a signal ends it. With `tokens`, the organizer's and a scorer's token are
/// written to that folder.
///
/// # Errors
/// If it cannot start, or failed.
pub(crate) fn serve(config: Config, tokens: Option<PathBuf>, console: &Console) -> Result<(), Failure> {
    let signals = Signals::install()?;
    let new_database = missing_database(&config);
    let _lock = Lock::database(&config)?;
    let public_url = config.public_url.clone();
    let server = Hosted::start(config, tokens).map_err(|error| server_failure(&error))?;
    console.remark(format!("serving on http://{}", server.address));
    if let Some(file) = new_database {
        // Whoever misspells the path would otherwise wonder where everything has gone.
        console.remark(format!("there was no database `{file}`; this is a new one, without seasons and accounts"));
    }
    announce(&server, public_url.as_deref(), console)?;
    signals.wait(|| server.has_ended());
    server.stop().map_err(|error| server_failure(&error))
}

/// Returns the path of a database of SQLite that is not there yet.
fn missing_database(config: &Config) -> Option<String> {
    let url = config.database_url();
    (!url.contains("://") && !Path::new(&url).exists()).then_some(url)
}

/// Says where a server is, for programs, and how to set its first organizer up as long as no
/// organizer has a password.
fn announce(server: &Hosted, public_url: Option<&str>, console: &Console) -> Result<(), Failure> {
    let link = server.setup_code.as_ref().map(|code| setup_link(public_url, server.address, code));
    let address = format!("http://{}", server.address);
    console.data(&serde_json::json!({ "address": address, "setup_link": link }))?;
    if let Some(link) = link {
        console.remark(format!("no organizer has a password yet: set one up at {link}"));
    }
    Ok(())
}

/// Returns the link that sets the first organizer up. A server that listens on all addresses is on
/// this machine too.
fn setup_link(public_url: Option<&str>, address: SocketAddr, code: &str) -> String {
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let here = format!("http://{}", SocketAddr::new(host, address.port()));
    let origin = public_url.map_or(here.as_str(), |url| url.trim_end_matches('/'));
    format!("{origin}/setup/{code}")
}

/// Runs a scorer until a signal ends it.
///
/// # Errors
/// If the server refuses it.
pub(crate) fn score(config: ScorerConfig) -> Result<(), Failure> {
    let signals = Signals::install()?;
    let scorer = ScorerThread::start(config)?;
    signals.wait(|| scorer.has_ended());
    scorer.stop()
}

/// Sends a test with the mail server of a configuration.
///
/// # Errors
/// If none is set, or it does not take the message.
pub(crate) fn send_test_mail(config: &Config, address: &str) -> Result<(), Failure> {
    holdout_server::send_test_mail(config, address).map_err(|error| server_failure(&error))
}

fn server_failure(error: &holdout_server::Error) -> Failure {
    if let holdout_server::Error::Config(cause) = error {
        return Failure::usage(cause.clone())
            .advise("Correct the configuration; docs/guide-operator.md lists the fields and their values.");
    }
    let failure = Failure::refused("server", error.to_string());
    match error {
        holdout_server::Error::Listen(_, cause) => failure.advise(match cause.kind() {
            ErrorKind::AddrNotAvailable => "This machine has no such address; give one that it has with `--listen`.",
            ErrorKind::PermissionDenied => {
                "Ports below 1024 need a right of their own; give another one with `--listen`."
            }
            _ => "Stop what listens there, or give another address with `--listen`.",
        }),
        _ => failure,
    }
}

/// Pauses before a scorer that ended by itself is started again.
const PAUSES: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));

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

    /// Starts a scorer that is started again, after a pause, whenever it ends by itself: the board
    /// of the server beside it must not end because a scorer did.
    fn keep(config: ScorerConfig) -> Result<Self, Failure> {
        let stop = Arc::new(StopSignal::new());
        let signal = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("scorer".to_owned())
            .spawn(move || {
                let mut ends = 0_u32;
                loop {
                    let run = || holdout_scorer::run(config.clone(), Arc::clone(&signal));
                    let error = match std::panic::catch_unwind(AssertUnwindSafe(run)) {
                        Ok(Ok(())) => return Ok(()),
                        Ok(Err(error)) => error.to_string(),
                        Err(_) => "the scorer panicked".to_owned(),
                    };
                    ends = ends.saturating_add(1);
                    let pause = PAUSES.full_pause(ends);
                    let seconds = pause.as_secs();
                    tracing::error!(error, seconds, "the scorer has ended; it is started again");
                    if signal.wait(pause) {
                        return Ok(());
                    }
                }
            })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_up_link_leads_to_the_server_from_here_or_by_its_public_address() {
        let link = |url, address: &str| setup_link(url, address.parse().unwrap(), "hu_x");
        assert_eq!(link(None, "127.0.0.1:81"), "http://127.0.0.1:81/setup/hu_x");
        assert_eq!(link(None, "0.0.0.0:81"), "http://127.0.0.1:81/setup/hu_x");
        assert_eq!(link(None, "[::]:81"), "http://[::1]:81/setup/hu_x");
        let public = link(Some("https://holdout.example.org/"), "0.0.0.0:81");
        assert_eq!(public, "https://holdout.example.org/setup/hu_x");
    }
}
