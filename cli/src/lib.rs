//! The program `holdout` as a library, so that `up` and the tests can use its parts: the HTTP
//! client, the resumable upload, season folders and the board for terminals.
//!
//! [`run`] reads the command line and the environment once; everything below gets what it needs as
//! arguments.

mod archive;
mod arguments;
mod client;
mod command_line;
mod commands;
mod console;
mod counter;
mod credentials;
mod environment;
mod failure;
mod fetched;
#[cfg(feature = "host")]
mod host;
mod input;
mod local_check;
mod lock_file;
mod new_file;
mod receipt_bundle;
mod season;
mod show;
mod submission;
mod text;
mod unfinished;
mod upload;
mod version;
mod yaml_words;

pub use upload::digest_of;

/// What the fuzz target `season` reaches into; not there in any other build.
#[cfg(fuzzing)]
pub mod fuzzing {
    use std::path::Path;

    /// Reads a `season.yaml`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the user would read it.
    pub fn read_season(file: &Path) -> Result<(), String> {
        crate::season::read_folder(file).map(drop).map_err(|failure| failure.to_string())
    }
}

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches};
use holdout_protocol::plain_cause;

use command_line::{Arguments, run_command};
use environment::Environment;
use failure::Failure;

/// Runs the program on the process's own arguments and environment.
#[must_use]
pub fn run() -> ExitCode {
    survive_file_limit();
    let environment = Environment::of_process();
    let misspelt = environment.misspelt();
    let arguments = match (parsed(&environment), &misspelt) {
        (Ok(arguments), _) => arguments,
        // What is missing on the command line may be in that variable.
        (Err(error), Some(failure)) if error.use_stderr() => return report(failure, Failure::to_text),
        (Err(error), _) => return refuse_arguments(&error),
    };
    let form = match (arguments.command.logs_json(), arguments.global.json) {
        (true, _) => Failure::to_log_line,
        (false, true) => Failure::to_json,
        (false, false) => Failure::to_text,
    };
    if let Some(failure) = misspelt {
        return report(&failure, form);
    }
    match run_command(arguments, environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure, form),
    }
}

/// Makes a write beyond the limit on the size of files (`ulimit -f`) fail like one on a full disk.
/// The signal SIGXFSZ would end the program without a word. A handler and not "ignore", because the
/// programs that this one starts would inherit that.
#[cfg(unix)]
fn survive_file_limit() {
    // A program that cannot have the handler works nevertheless.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

/// Other systems have no such limit.
#[cfg(not(unix))]
const fn survive_file_limit() {}

fn parsed(environment: &Environment) -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    if std::env::args_os().any(|argument| argument == "--version") {
        command = command.long_version(version::long(environment));
    }
    let mut matches = command.try_get_matches()?;
    Arguments::from_arg_matches_mut(&mut matches)
}

fn refuse_arguments(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // `--help` and `--version`; a reader that has gone away is no failure.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let for_programs: Option<fn(&Failure) -> String> = if logs_json(&arguments, std::io::stderr().is_terminal()) {
        Some(Failure::to_log_line)
    } else if arguments.iter().any(|argument| argument == "--json") {
        Some(Failure::to_json)
    } else {
        None
    };
    if let Some(form) = for_programs {
        return report(&Failure::usage(first_paragraph(error)).advise(tip(error)), form);
    }
    let rendered = error.render().to_string();
    let plain = plain_cause(&rendered);
    // Nobody is left to tell if standard error is closed. What clap prints by itself is coloured.
    let _ = if plain == rendered { error.print() } else { write!(std::io::stderr().lock(), "{plain}") };
    ExitCode::from(2)
}

/// Returns whether an error in this command line has to be a line of JSON, like the log:
/// `--log-format` says so, or there is none, the command is `serve` or `score`, and standard error
/// is not a terminal.
fn logs_json(arguments: &[String], is_terminal: bool) -> bool {
    let mut formats =
        arguments.iter().zip(arguments.iter().skip(1)).filter_map(|(argument, next)| match argument.as_str() {
            "--log-format" => Some(next.as_str()),
            joined => joined.strip_prefix("--log-format="),
        });
    match formats.next() {
        Some(format) => format == "json",
        None => {
            let command = arguments.iter().skip(1).find(|argument| !argument.starts_with('-'));
            !is_terminal && command.is_some_and(|command| matches!(command.as_str(), "serve" | "score"))
        }
    }
}

/// Returns what is wrong on one line: clap lists missing arguments below its sentence.
fn first_paragraph(error: &clap::Error) -> String {
    let rendered = plain_cause(&error.render().to_string());
    let lines: Vec<&str> = rendered.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

/// Returns the similar name that clap suggests, and where the command line is described.
fn tip(error: &clap::Error) -> String {
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let names = suggested.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(name) => Some(vec![name.clone()]),
        ContextValue::Strings(names) if !names.is_empty() => Some(names.clone()),
        _ => None,
    });
    let unknown = error.get(ContextKind::InvalidSubcommand).map(ToString::to_string);
    if let Some(command) =
        unknown.filter(|name| !cfg!(feature = "host") && ["up", "serve", "score"].contains(&name.as_str()))
    {
        return format!(
            "This program was built without `{command}`, which needs Linux; `holdout --version` tells what it can do."
        );
    }
    match names {
        Some(names) => format!("Did you mean `{}`? See `holdout --help`.", names.join("` or `")),
        None => "See `holdout --help`.".to_owned(),
    }
}

fn report(failure: &Failure, form: fn(&Failure) -> String) -> ExitCode {
    if !failure.is_silent() {
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(std::io::stderr().lock(), "{}", form(failure));
    }
    ExitCode::from(failure.exit_code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similar_name_is_suggested_to_programs_too() {
        let advice = |line: &str| {
            let error = Arguments::command().try_get_matches_from(line.split(' ')).unwrap_err();
            tip(&error)
        };
        assert_eq!(advice("holdout season lst"), "Did you mean `list`? See `holdout --help`.");
        assert_eq!(advice("holdout serve --listn x"), "Did you mean `--listen`? See `holdout --help`.");
        assert_eq!(advice("holdout season zzzz"), "See `holdout --help`.");
    }

    #[test]
    fn a_log_in_json_has_no_other_lines_even_if_the_command_line_is_wrong() {
        let wants =
            |line: &str, is_terminal| logs_json(&line.split(' ').map(str::to_owned).collect::<Vec<_>>(), is_terminal);
        for line in
            ["holdout serve --nonsense", "holdout up --log-format json --x", "holdout score --log-format=json --x"]
        {
            assert!(wants(line, false), "{line}");
        }
        for line in [
            "holdout serve --log-format text --x",
            "holdout up --x",
            "holdout login score",
            "holdout serve --log-format",
        ] {
            let named_none = line.ends_with("--log-format");
            assert_eq!(wants(line, false), named_none, "{line}");
        }
        assert!(!wants("holdout serve --x", true));
        assert!(wants("holdout serve --log-format json --x", true));
    }
}
