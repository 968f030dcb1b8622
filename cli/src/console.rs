//! Where the program speaks: results to standard output, everything else to standard error,
//! questions to the terminal.

use std::io::{self, IsTerminal, Read, Write};

use holdout_client::Secret;
use serde::Serialize;

use crate::environment::Environment;
use crate::failure::Failure;

/// Longest password that is read from standard input, bytes.
const MAX_PASSWORD: u64 = 4096;

/// The target of remarks in the log.
pub(crate) const REMARKS: &str = "holdout::remark";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Console {
    /// Results are JSON, and nothing else is said on standard output.
    pub(crate) json: bool,
    /// Progress and remarks are left out.
    pub(crate) quiet: bool,
    /// Whether results may be coloured.
    pub(crate) colour: bool,
    pub(crate) width: usize,
    /// Whether tables are cut to that width: what goes to a file or another program is not.
    pub(crate) cuts: bool,
    /// Whether standard output is a terminal.
    pub(crate) terminal: bool,
    /// Whether there is somebody to ask.
    pub(crate) interactive: bool,
    /// Whether remarks are lines of the log, because whoever reads standard error expects JSON.
    pub(crate) logs: bool,
}

impl Console {
    /// One that says nothing and asks nobody.
    #[cfg(test)]
    pub(crate) const SILENT: Self = Self {
        json: false,
        quiet: true,
        colour: false,
        width: 80,
        cuts: false,
        terminal: false,
        interactive: false,
        logs: false,
    };

    /// Finds out about the terminal.
    #[must_use]
    pub(crate) fn new(json: bool, quiet: bool, environment: &Environment) -> Self {
        let terminal = io::stdout().is_terminal();
        let measured = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        Self {
            json,
            quiet: quiet || json,
            colour: terminal && !environment.no_color,
            width: environment.columns.or(measured).unwrap_or(100).clamp(20, 400),
            cuts: terminal || environment.columns.is_some(),
            terminal,
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
            logs: false,
        }
    }

    /// Columns that a table may have.
    pub(crate) fn columns(&self) -> usize {
        if self.cuts { self.width } else { usize::MAX }
    }

    /// Writes a result for people; nothing with `--json`.
    ///
    /// # Errors
    ///
    /// If standard output cannot be written.
    pub(crate) fn say(&self, text: impl AsRef<str>) -> Result<(), Failure> {
        if self.json { Ok(()) } else { write_line(text.as_ref()) }
    }

    /// Writes a result for programs as indented JSON, with `--json` only.
    ///
    /// # Errors
    ///
    /// If standard output cannot be written.
    pub(crate) fn data(&self, value: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let text =
            serde_json::to_string_pretty(value).map_err(|error| Failure::refused("output", error.to_string()))?;
        write_line(&text)
    }

    /// Writes one of many results for programs as one line of JSON, with `--json` only.
    ///
    /// # Errors
    ///
    /// If standard output cannot be written.
    pub(crate) fn data_line(&self, value: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let text = serde_json::to_string(value).map_err(|error| Failure::refused("output", error.to_string()))?;
        write_line(&text)
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    ///
    /// If standard output cannot be written.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut output = io::stdout().lock();
        output.write_all(bytes).and_then(|()| output.flush()).map_err(|error| Failure::output(&error))
    }

    /// Remarks on standard error; nothing with `--quiet` or `--json`.
    pub(crate) fn remark(&self, text: impl AsRef<str>) {
        if self.logs && !self.quiet {
            tracing::info!(target: REMARKS, "{}", text.as_ref());
        } else if !self.quiet {
            // A remark that nobody can read is not missed.
            let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
        }
    }

    /// Asks yes or no on the terminal; anything but yes is no.
    ///
    /// # Errors
    ///
    /// If there is nobody to ask.
    pub(crate) fn confirm(&self, question: &str) -> Result<bool, Failure> {
        let answer = self.ask(&format!("{question} [y/N]"))?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks like [`Console::confirm`] whether to continue, unless this is `agreed` by an option.
    /// `alone` says what is asked, and what to do where nobody can be asked.
    ///
    /// # Errors
    ///
    /// If there is nobody to ask.
    pub(crate) fn agree(&self, agreed: bool, question: &str, alone: (&str, &str)) -> Result<bool, Failure> {
        if !agreed && !self.interactive {
            return Err(Failure::usage(alone.0).advise(alone.1));
        }
        Ok(agreed || self.confirm(question)?)
    }

    /// Asks for a line on the terminal.
    ///
    /// # Errors
    ///
    /// If there is nobody to ask.
    pub(crate) fn ask(&self, question: &str) -> Result<String, Failure> {
        if !self.interactive {
            return Err(Failure::usage(format!("there is no terminal to ask on: {question}")));
        }
        let prompt = |error: io::Error| Failure::refused("terminal", error.to_string());
        write!(io::stderr().lock(), "{question} ").map_err(prompt)?;
        let mut line = String::new();
        io::stdin().read_line(&mut line).map_err(prompt)?;
        Ok(line.trim().to_owned())
    }

    /// Asks for a password on the terminal, without showing it.
    ///
    /// # Errors
    ///
    /// If there is nobody to ask.
    pub(crate) fn ask_password(&self, question: &str) -> Result<Secret, Failure> {
        if !self.interactive {
            return Err(Failure::usage(format!("there is no terminal to ask on: {question}"))
                .advise("Give the password with `--password-stdin`."));
        }
        let prompt = |error: io::Error| Failure::refused("terminal", error.to_string());
        write!(io::stderr().lock(), "{question} ").map_err(prompt)?;
        let password = console::Term::stderr().read_secure_line().map_err(prompt)?;
        Ok(Secret::new(&password))
    }
}

/// Reads a password from standard input: its first line.
///
/// # Errors
///
/// If nothing comes, or too much.
pub(crate) fn password_from_stdin() -> Result<Secret, Failure> {
    match passwords_in(&text_from_stdin()?) {
        [Some(password), _] => Ok(password),
        [None, _] => {
            Err(Failure::usage("standard input holds no password").advise("Pipe the password in as one line."))
        }
    }
}

/// Reads the present password from the first line of standard input, and a new one from the second.
///
/// # Errors
///
/// If one of them does not come, or too much.
pub(crate) fn two_passwords_from_stdin() -> Result<(Secret, Secret), Failure> {
    match passwords_in(&text_from_stdin()?) {
        [Some(present), Some(new)] => Ok((present, new)),
        _ => Err(Failure::usage("standard input has fewer than two passwords")
            .advise("Pipe them in as two lines: the present password, then the new one.")),
    }
}

fn text_from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().take(MAX_PASSWORD).read_to_string(&mut text);
    read.map_err(|error| Failure::usage(format!("the password on standard input cannot be read: {error}")))?;
    Ok(text)
}

/// Returns the first two lines, if they are not empty.
fn passwords_in(text: &str) -> [Option<Secret>; 2] {
    let mut lines = text.lines().map(|line| (!line.is_empty()).then(|| Secret::new(line)));
    [lines.next().flatten(), lines.next().flatten()]
}

fn write_line(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}").and_then(|()| output.flush()).map_err(|error| Failure::output(&error))
}
