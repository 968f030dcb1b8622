//! Logs: to standard error, in JSON for machines or in lines for people. `RUST_LOG` sets the level.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::console::REMARKS;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A JSON object a line.
    Json,
    /// A line for people.
    Text,
}

/// Starts logging; once a process. A panic is a line of the log too.
pub fn start_logging(format: LogFormat, default_level: &str) {
    let default = format!("{default_level},{REMARKS}=info");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(message, place, thread = std::thread::current().name(), "panicked");
    }));
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process changes nothing.
    match format {
        LogFormat::Json => drop(base.json().flatten_event(true).try_init()),
        LogFormat::Text => drop(base.with_target(false).compact().try_init()),
    }
}
