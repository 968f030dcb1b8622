//! The program `holdout-runner`: see the library.

use std::io::{self, Write};
use std::process::ExitCode;

use holdout_runner::arguments::{self, Command, HELP};
use holdout_runner::keeper::{self, exit};
use holdout_runner::{devices, layers};

fn main() -> ExitCode {
    let printed = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run) => return keeper::run(),
        Ok(Command::Devices { cuda_libraries }) => serde_json::to_string(&devices::list(cuda_libraries.as_deref()))
            .map_err(io::Error::other)
            .and_then(|list| print(&list)),
        Ok(Command::Layers { json }) => return layers(json),
        Ok(Command::Version) => print(concat!("holdout-runner ", env!("CARGO_PKG_VERSION"))),
        Ok(Command::Help) => print(HELP.trim_end()),
        Err(wrong) => {
            eprintln!("holdout-runner: {wrong}");
            return exit::USAGE.into();
        }
    };
    exit_code(printed, exit::DONE)
}

/// Tries the layers; fails if one is missing.
fn layers(json: bool) -> ExitCode {
    let tried = layers::try_all().and_then(|trials| {
        print(&layers::report(&trials, json)?)?;
        Ok(trials.iter().all(|trial| trial.available))
    });
    let code = if matches!(tried, Ok(false)) { exit::FAILED } else { exit::DONE };
    exit_code(tried.map(drop), code)
}

/// Returns the exit code, or a sentence about what went wrong.
fn exit_code(result: io::Result<()>, code: u8) -> ExitCode {
    match result {
        Ok(()) => code.into(),
        Err(error) => {
            eprintln!("holdout-runner: {error}");
            exit::HOST.into()
        }
    }
}

fn print(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}
