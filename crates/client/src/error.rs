//! How a call fails.

use std::time::Duration;

use holdout_protocol::ErrorCode;
use serde_json::Value;

/// The server's own refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// The code as the server wrote it.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// Facts by code.
    pub detail: Value,
    /// Whether Holdout itself said so. Otherwise code and message are guessed from the status, because the answer
    /// came from a proxy, or had no body.
    pub is_explained: bool,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// Returns which code of the closed list it is, if it is one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        ErrorCode::ALL.iter().copied().find(|code| self.is(*code))
    }

    /// Returns whether it is this one of the closed list.
    #[must_use]
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code == code.as_str()
    }

    /// Returns whether the same call may do better a little later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.status, 502..=504) || self.is(ErrorCode::RateLimited)
    }

    /// Returns a fact of `detail` that is a text.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.detail.get(name).and_then(Value::as_str)
    }
}

/// How a call fails.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransportError {
    /// No connection, or it broke.
    #[error("no answer from {server}: {cause}")]
    Unreachable {
        /// Address.
        server: String,
        /// What happened.
        cause: String,
        /// Whether the call cannot have reached the server.
        never_sent: bool,
    },
    /// Something answers, but not this API.
    #[error("{server} does not answer like a holdout server: {cause}")]
    NotHoldout {
        /// Address.
        server: String,
        /// What it said.
        cause: String,
    },
    /// The server refused.
    #[error("{}", .0.message)]
    Api(ApiError),
}

impl TransportError {
    pub(crate) fn of_call(server: &str, error: &ureq::Error) -> Self {
        use std::io::ErrorKind;
        let never_sent = match error {
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Timeout(ureq::Timeout::Connect) => true,
            ureq::Error::Io(io) => matches!(
                io.kind(),
                ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable
            ),
            _ => false,
        };
        let cause = match error {
            ureq::Error::Io(io) => io.to_string(),
            other => other.to_string(),
        };
        let server = server.to_owned();
        match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::Protocol(_) => {
                Self::NotHoldout { server, cause }
            }
            _ => Self::Unreachable { server, cause, never_sent },
        }
    }
}
