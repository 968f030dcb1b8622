//! Logs: to standard error, in JSON for machines or in lines for people. `RUST_LOG` sets the level.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::console::REMARKS;
use crate::failure::Failure;
use crate::text::visible;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A JSON object a line.
    Json,
    /// A line for people.
    Text,
}

/// Starts logging; once a process. A panic is a line of the log too.
///
/// # Errors
/// If `RUST_LOG` is set and cannot be understood.
pub(crate) fn start_logging(format: LogFormat, default_level: &str) -> Result<(), Failure> {
    let set = std::env::var_os(EnvFilter::DEFAULT_ENV).map(|text| text.to_string_lossy().into_owned());
    let filter = match set.filter(|text| !text.trim().is_empty()) {
        None => EnvFilter::new(format!("{default_level},{REMARKS}=info")),
        Some(text) => EnvFilter::try_new(&text).map_err(|error| not_understood(&text, &error.to_string()))?,
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(message, place, thread = std::thread::current().name(), "panicked");
    }));
    // A line that cannot be written is lost: to say so on the same closed pipe would end the program.
    let base =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    // A second start in one process changes nothing.
    match format {
        LogFormat::Json => drop(base.json().flatten_event(true).try_init()),
        LogFormat::Text => drop(base.with_target(false).compact().try_init()),
    }
    Ok(())
}

fn not_understood(text: &str, why: &str) -> Failure {
    Failure::usage(format!("`{}` is `{}`: {why}", EnvFilter::DEFAULT_ENV, visible(text)))
        .advise("Set a level (error, warn, info, debug, trace) or parts such as `info,holdout_server=debug`.")
}
