//! How a command fails: one line that names what, one line of advice, and the exit code.

use std::io;

use holdout_client::TransportError;
use holdout_protocol::{SubmissionId, Timestamp};

use crate::client::ClientError;
use crate::text::visible;

/// The exit codes that scripts may rely on; 0 is success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: the reader of our output has gone away.
    Quiet,
    /// 1: the server, the format check or a verdict said no.
    Refused,
    /// 2: the command line cannot be carried out as it stands.
    Usage,
    /// 3: no server was reached.
    Unreachable,
}

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    exit: Exit,
    code: String,
    message: String,
    advice: Option<String>,
    detail: serde_json::Value,
}

impl Failure {
    fn new(exit: Exit, code: &str, message: String) -> Self {
        Self { exit, code: code.to_owned(), message, advice: None, detail: serde_json::Value::Null }
    }

    /// Something was refused; `code` is for programs.
    #[must_use]
    pub(crate) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, code, message.into())
    }

    /// The command line cannot be carried out as it stands.
    #[must_use]
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message.into())
    }

    /// No server was reached.
    #[must_use]
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, "unreachable", message.into())
    }

    /// A file of this machine cannot be read or written.
    #[must_use]
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::AlreadyExists {
            let message = format!("`{}` exists already, and is not overwritten", path.display());
            return Self::refused("file", message).advise("Name another file, or move this one away.");
        }
        let failure = Self::refused("file", format!("`{}`: {error}", path.display()));
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => failure.advise("Make room there."),
            io::ErrorKind::FileTooLarge => {
                failure.advise("This shell limits the size of files (`ulimit -f`); raise the limit.")
            }
            _ => failure,
        }
    }

    /// Writing to standard output failed.
    #[must_use]
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Quiet, "", String::new());
        }
        Self::refused("output", format!("standard output: {error}"))
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Says that it ended the following of a submission, and how to continue with that; programs
    /// find the id in `detail`.
    #[must_use]
    pub(crate) fn of_submission(mut self, id: SubmissionId) -> Self {
        self.message = format!("submission {id} cannot be followed any longer: {}", self.message);
        let before = self.advice.map_or_else(String::new, |advice| format!("{advice} "));
        self.advice =
            Some(format!("{before}The submission stays with the server; continue with `holdout status {id} --watch`."));
        if self.detail.is_null() {
            self.detail = serde_json::json!({});
        }
        if let Some(facts) = self.detail.as_object_mut() {
            facts.insert("submission".to_owned(), id.to_string().into());
        }
        self
    }

    /// Adds facts for programs.
    #[must_use]
    pub(crate) fn detail(mut self, detail: &impl serde::Serialize) -> Self {
        self.detail = serde_json::to_value(detail).unwrap_or_default();
        self
    }

    /// Returns the exit code of the process.
    #[must_use]
    pub(crate) const fn exit_code(&self) -> u8 {
        match self.exit {
            Exit::Quiet => 0,
            Exit::Refused => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
        }
    }

    /// Returns whether there is nobody to tell.
    #[must_use]
    pub(crate) fn is_silent(&self) -> bool {
        self.exit == Exit::Quiet
    }

    /// Returns the lines for people. What others wrote cannot control the terminal.
    #[must_use]
    pub(crate) fn to_text(&self) -> String {
        let lines = self.message.lines().map(visible).collect::<Vec<_>>().join("\n       ");
        match &self.advice {
            Some(advice) => format!("error: {lines}\nadvice: {}", visible(advice)),
            None => format!("error: {lines}"),
        }
    }

    /// Returns the line for programs.
    #[must_use]
    pub(crate) fn to_json(&self) -> String {
        let Self { code, message, advice, detail, .. } = self;
        serde_json::json!({ "error": { "code": code, "message": message, "advice": advice, "detail": detail } })
            .to_string()
    }

    /// Returns the line of a log in JSON, with the fields that all its lines have.
    #[must_use]
    pub(crate) fn to_log_line(&self) -> String {
        let Self { code, message, advice, .. } = self;
        let (timestamp, target) = (Timestamp::now(), "holdout");
        serde_json::json!({
            "timestamp": timestamp, "level": "ERROR", "message": message, "code": code, "advice": advice, "target": target
        })
        .to_string()
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        let advice = error.advice();
        let failure = match &error {
            ClientError::Transport(TransportError::Unreachable { .. } | TransportError::NotHoldout { .. }) => {
                Self::unreachable(message)
            }
            ClientError::Transport(TransportError::Api(api)) if matches!(api.status, 502..=504) => {
                Self::unreachable(message)
            }
            ClientError::Transport(TransportError::Api(api)) => Self::refused(&api.code, message).detail(&api.detail),
            ClientError::Local { .. } => Self::refused("file", message),
            ClientError::Session { .. } | ClientError::NotLoggedIn { .. } | ClientError::Token { .. } => {
                Self::refused("unauthenticated", message)
            }
            ClientError::Upload { code, .. } => Self::refused(code, message),
        };
        match advice {
            Some(advice) => failure.advise(advice),
            None => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_an_advice_line_and_no_escape_sequences() {
        let failure = Failure::refused("x", "bad \u{1b}[31m name").advise("Use another.");
        assert_eq!(failure.to_text(), "error: bad \u{fffd}[31m name\nadvice: Use another.");
        assert_eq!(failure.exit_code(), 1);
    }

    #[test]
    fn json_is_one_line_with_code_and_message() {
        let failure = Failure::usage("two\nlines");
        assert_eq!(
            failure.to_json(),
            r#"{"error":{"advice":null,"code":"usage","detail":null,"message":"two\nlines"}}"#
        );
        assert_eq!(failure.exit_code(), 2);
    }

    #[test]
    fn a_line_of_the_log_has_time_and_level() {
        let line: serde_json::Value =
            serde_json::from_str(&Failure::usage("no such\nfile").advise("Name another.").to_log_line()).unwrap();
        assert!(line["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok(), "{line}");
        let said = ["level", "message", "code", "advice"].map(|field| line[field].as_str().unwrap());
        assert_eq!(said, ["ERROR", "no such\nfile", "usage", "Name another."]);
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let failure = Failure::output(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(failure.is_silent());
        assert_eq!(failure.exit_code(), 0);
    }
}
