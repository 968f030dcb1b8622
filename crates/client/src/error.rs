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
    /// Whether Holdout itself said so. Otherwise code and message are guessed from the status,
    /// because the answer came from a proxy, or had no body.
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

#[cfg(test)]
mod tests {
    use std::io;

    use ureq::Timeout;

    use super::*;

    fn refusal(status: u16, code: &str) -> ApiError {
        let (code, message) = (code.to_owned(), "no".to_owned());
        let detail = serde_json::json!({ "request_id": "r7", "count": 3 });
        ApiError { status, code, message, detail, is_explained: true, retry_after: None }
    }

    #[test]
    fn only_a_server_that_is_away_or_too_busy_is_worth_another_call() {
        for (status, code, passes) in [
            (501, "internal", false),
            (502, "unavailable", true),
            (503, "unavailable", true),
            (504, "unavailable", true),
            (505, "internal", false),
            (500, "internal", false),
            (429, "rate_limited", true),
            (429, "quota_exhausted", false),
            (429, "queue_full", false),
        ] {
            assert_eq!(refusal(status, code).is_passing(), passes, "{status} {code}");
        }
    }

    #[test]
    fn a_code_that_is_not_in_the_list_is_none_of_it() {
        assert_eq!(refusal(404, "not_found").code(), Some(ErrorCode::NotFound));
        assert_eq!(refusal(404, "not_foun").code(), None);
        assert!(refusal(410, "gone").is(ErrorCode::Gone) && !refusal(410, "gone").is(ErrorCode::NotFound));
    }

    #[test]
    fn a_fact_is_a_text() {
        let refusal = refusal(500, "internal");
        assert_eq!((refusal.fact("request_id"), refusal.fact("count"), refusal.fact("none")), (Some("r7"), None, None));
    }

    /// Whether the call is known never to have been sent; `None` if nobody is called away.
    fn never_sent(error: &ureq::Error) -> Option<bool> {
        match TransportError::of_call("http://h", error) {
            TransportError::Unreachable { server, never_sent, .. } => {
                assert_eq!(server, "http://h");
                Some(never_sent)
            }
            _ => None,
        }
    }

    #[test]
    fn a_call_without_a_connection_was_never_sent() {
        for kind in
            [io::ErrorKind::ConnectionRefused, io::ErrorKind::HostUnreachable, io::ErrorKind::NetworkUnreachable]
        {
            assert_eq!(never_sent(&ureq::Error::Io(kind.into())), Some(true), "{kind}");
        }
        for error in [ureq::Error::HostNotFound, ureq::Error::ConnectionFailed, ureq::Error::Timeout(Timeout::Connect)]
        {
            assert_eq!(never_sent(&error), Some(true), "{error}");
        }
    }

    #[test]
    fn a_call_whose_connection_broke_may_have_arrived() {
        for kind in [io::ErrorKind::ConnectionReset, io::ErrorKind::UnexpectedEof, io::ErrorKind::TimedOut] {
            assert_eq!(never_sent(&ureq::Error::Io(kind.into())), Some(false), "{kind}");
        }
        for timeout in [Timeout::RecvResponse, Timeout::SendBody, Timeout::PerRead] {
            assert_eq!(never_sent(&ureq::Error::Timeout(timeout)), Some(false), "{timeout}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_called_is_not_a_server_that_is_away() {
        let error = TransportError::of_call("http://h", &ureq::Error::BadUri("http:// ".to_owned()));
        let TransportError::NotHoldout { cause, .. } = &error else { panic!("{error:?}") };
        assert!(cause.contains("http:// "), "{cause}");
        assert!(error.to_string().starts_with("http://h does not answer like a holdout server: "), "{error}");
    }

    #[test]
    fn a_broken_connection_is_told_in_the_words_of_the_system() {
        let error = ureq::Error::Io(io::Error::other("the cable is out"));
        let error = TransportError::of_call("http://h", &error);
        assert_eq!(error.to_string(), "no answer from http://h: the cable is out");
    }
}
