//! The program `holdout-runner`: see the library.

use std::io::{self, Write};
use std::process::ExitCode;

use holdout_runner::arguments::{self, Command, HELP};
use holdout_runner::keeper::{self, exit};
use holdout_runner::{devices, layers};

fn main() -> ExitCode {
    let printed = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Command::Run) => return keeper::run(),
        Ok(Command::Devices { cuda_libraries }) => {
            serde_json::to_string(&devices::list(cuda_libraries.as_deref())).map_err(io::Error::other).and_then(print)
        }
        Ok(Command::Layers { json }) => layers::report(json).and_then(print),
        Ok(Command::Version) => print(format!("holdout-runner {}", env!("CARGO_PKG_VERSION"))),
        Ok(Command::Help) => print(HELP.trim_end().to_owned()),
        Err(wrong) => {
            eprintln!("holdout-runner: {wrong}");
            return exit::USAGE.into();
        }
    };
    match printed {
        Ok(()) => exit::DONE.into(),
        Err(error) => {
            eprintln!("holdout-runner: {error}");
            exit::HOST.into()
        }
    }
}

fn print(text: String) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}
