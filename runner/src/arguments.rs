//! The program's arguments.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the program is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Run one model for the scorer at the other end of descriptor 3.
    Run,
    /// List devices as JSON.
    Devices {
        /// Folder of libtorch's CUDA libraries.
        cuda_libraries: Option<PathBuf>,
    },
    /// Try the layers of the sandbox.
    Layers {
        json: bool,
    },
    Version,
    /// Print [`HELP`].
    Help,
}

/// Arguments that no command takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; `holdout-runner --help` lists what there is")]
pub struct WrongUse(String);

/// The help text.
pub const HELP: &str = "\
Runs TorchScript models in a sandbox, for a scorer of Holdout.

Usage: holdout-runner COMMAND

Commands:
  layers [--json]                  Try each layer of the sandbox on this host and say what is missing
  devices [--cuda-libraries DIR]   List what models can run on here, as JSON
  run                              Run one model; started by a scorer, which passes descriptors 3 to 6

Options:
  --version   Print the version
  --help      Print this text
";

/// Parses the arguments behind the program's name.
///
/// # Errors
/// If a command or an option is unknown or incomplete.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, WrongUse> {
    let mut arguments = arguments.into_iter();
    let Some(first) = arguments.next() else { return Err(WrongUse("a command is missing".into())) };
    let rest: Vec<OsString> = arguments.collect();
    match (first.to_str(), rest.as_slice()) {
        (Some("run"), []) => Ok(Command::Run),
        (Some("devices"), []) => Ok(Command::Devices { cuda_libraries: None }),
        (Some("devices"), [option, folder]) if option == "--cuda-libraries" => {
            Ok(Command::Devices { cuda_libraries: Some(folder.into()) })
        }
        (Some("layers"), []) => Ok(Command::Layers { json: false }),
        (Some("layers"), [option]) if option == "--json" => Ok(Command::Layers { json: true }),
        (Some("--version" | "-V"), []) => Ok(Command::Version),
        (Some("--help" | "-h" | "help"), []) => Ok(Command::Help),
        (Some("run" | "devices" | "layers"), _) => {
            let given: Vec<_> = rest.iter().map(|argument| argument.to_string_lossy()).collect();
            Err(WrongUse(format!("`{}` does not take `{}`", first.to_string_lossy(), given.join(" "))))
        }
        _ => Err(WrongUse(format!("there is no command `{}`", first.to_string_lossy()))),
    }
}
