//! Logs: to standard error, in JSON for machines or in lines for people. `RUST_LOG` sets the level.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A JSON object a line.
    Json,
    /// A line for people.
    Text,
}

/// Starts logging; once a process.
pub fn start_logging(format: LogFormat, default_level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default_level));
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process changes nothing.
    match format {
        LogFormat::Json => drop(base.json().flatten_event(true).try_init()),
        LogFormat::Text => drop(base.with_target(false).compact().try_init()),
    }
}
