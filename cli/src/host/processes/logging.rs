//! Logs: to standard error, in JSON for machines or in lines for people. `RUST_LOG` sets the level.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::arguments::LogFormat;
use crate::console::REMARKS;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::text::visible;

/// Starts logging; once a process. A panic is a line of the log too.
///
/// # Errors
/// If `RUST_LOG` is set and cannot be understood.
pub(crate) fn start_logging(format: LogFormat, default_level: &str, environment: &Environment) -> Result<(), Failure> {
    let set = std::env::var_os(EnvFilter::DEFAULT_ENV).map(|text| text.to_string_lossy().into_owned());
    let set = set.filter(|text| !text.trim().is_empty());
    let filter = filter(set.as_deref().unwrap_or(default_level))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(message, place, thread = std::thread::current().name(), "panicked");
    }));
    // A line that cannot be written is lost: to say so on the same closed pipe would end the
    // program.
    let base = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !environment.no_color)
        .log_internal_errors(false);
    // A second start in one process changes nothing.
    match format {
        LogFormat::Json => drop(base.json().flatten_event(true).try_init()),
        LogFormat::Text => drop(base.with_target(false).compact().try_init()),
    }
    Ok(())
}

/// Returns what a level or a list of parts lets through. Remarks, such as the address and the link
/// that sets the first organizer up, come through at every level: they are what the command says,
/// and only `--quiet` leaves them out.
fn filter(text: &str) -> Result<EnvFilter, Failure> {
    // Taken alone, the library would read any other word as the name of a module and log nothing
    // else.
    let is_level = |part: &str| part.is_empty() || part.contains(['=', '[']) || part.parse::<LevelFilter>().is_ok();
    if let Some(part) = text.split(',').map(str::trim).find(|part| !is_level(part)) {
        return Err(not_understood(text, &format!("`{}` is not a level", visible(part))));
    }
    // The verifier of certificates repeats with each call what our own line says of the call. What
    // strangers send that is no HTTP is no error of the server, and would fill the log.
    let parts = format!("rustls_platform_verifier=off,actix_http::h1=off,{text}");
    let filter = EnvFilter::try_new(parts).map_err(|error| not_understood(text, &error.to_string()))?;
    let remarks = format!("{REMARKS}=info");
    let remarks = remarks.parse().map_err(|_| not_understood(&remarks, "it cannot be read"))?;
    Ok(filter.add_directive(remarks))
}

fn not_understood(text: &str, why: &str) -> Failure {
    Failure::usage(format!("`{}` is `{}`: {why}", EnvFilter::DEFAULT_ENV, visible(text)))
        .advise("Set a level (off, error, warn, info, debug, trace) or parts such as `info,holdout_server=debug`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_parts_are_taken_and_other_words_are_not() {
        for good in ["warn", "off", "INFO", "error,holdout_server=debug", "info,", "holdout_server[request]=trace"] {
            let filter = filter(good).unwrap().to_string();
            assert!(filter.contains("holdout::remark=info"), "{good}: {filter}");
            assert!(filter.contains("rustls_platform_verifier=off"), "{good}: {filter}");
        }
        for (bad, named) in [("nonsense", "`nonsense`"), ("warning", "`warning`"), ("info,loud", "`loud`")] {
            let said = filter(bad).unwrap_err().to_text();
            assert!(said.contains(named) && said.contains("off, error, warn"), "{said}");
        }
    }
}
