//! How a call fails.

use std::time::Duration;

use holdout_client::{ApiError, TransportError};
use holdout_protocol::{ErrorCode, Timestamp, format_duration};

/// How a call fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The call itself failed, or the server refused.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Credentials or the state of uploads cannot be read or written on this machine.
    #[error("{what}: {cause}")]
    Local { what: String, cause: String },
    /// The stored session is no longer valid.
    #[error("the session at {server} has ended: {cause}")]
    Session {
        server: String,
        /// What the server said.
        cause: String,
    },
    /// Nobody has logged in at this server from here.
    #[error("this needs a login, and you are not logged in at {server}")]
    NotLoggedIn {
        server: String,
        /// The servers at which the user is logged in.
        elsewhere: Vec<String>,
    },
    /// The server does not take the API token, most often that of `HOLDOUT_TOKEN`.
    #[error("{server} does not take this API token: {cause}")]
    Token {
        server: String,
        /// What the server said.
        cause: String,
    },
    /// An upload cannot continue.
    #[error("{message}")]
    Upload { code: &'static str, message: String, advice: &'static str },
}

impl ClientError {
    /// A failure of a file on this machine.
    pub(crate) fn local(what: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Local { what: what.into(), cause: cause.into() }
    }

    /// Returns the server's refusal, if it is one.
    #[must_use]
    pub(crate) const fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Transport(TransportError::Api(error)) => Some(error),
            _ => None,
        }
    }

    /// Returns whether the server refused with this code.
    #[must_use]
    pub(crate) fn is(&self, code: ErrorCode) -> bool {
        self.api().is_some_and(|error| error.is(code))
    }

    /// Returns whether the server has no such thing, or not any more.
    #[must_use]
    pub(crate) fn is_missing(&self) -> bool {
        self.is(ErrorCode::NotFound) || self.is(ErrorCode::Gone)
    }

    /// Returns whether nothing was decided: the same call may do better later.
    #[must_use]
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Transport(TransportError::Unreachable { .. }) => true,
            Self::Transport(TransportError::Api(error)) => error.is_passing(),
            _ => false,
        }
    }

    /// Returns what to do about it, one sentence.
    #[must_use]
    pub(crate) fn advice(&self) -> Option<String> {
        match self {
            Self::Transport(TransportError::Unreachable { cause, .. }) if cause.contains("certificate") => {
                Some(certificate_advice(cause).to_owned())
            }
            Self::Transport(TransportError::Unreachable { cause, server, .. }) => {
                Some(unreachable_advice(server, cause).to_owned())
            }
            Self::Transport(TransportError::NotHoldout { .. }) => {
                Some("Check the address: `--server` or HOLDOUT_SERVER.".to_owned())
            }
            Self::Session { server, .. } => Some(format!("Log in again: `holdout login --server {server}`.")),
            Self::NotLoggedIn { server, elsewhere } => Some(login_advice(server, elsewhere)),
            Self::Token { .. } => Some(
                "If you set HOLDOUT_TOKEN, set it to a token of this server (the file `organizer-token` in its data folder has \
                 one), or remove it to use the session of `holdout login`."
                    .to_owned(),
            ),
            Self::Upload { advice, .. } => Some((*advice).to_owned()),
            Self::Local { .. } => None,
            Self::Transport(TransportError::Api(error)) => api_advice(error),
        }
    }
}

/// Says how to log in at `server`, and how to use another server instead.
fn login_advice(server: &str, elsewhere: &[String]) -> String {
    let login = format!("Log in there with `holdout login --server {server}`, or set HOLDOUT_TOKEN to a token of it.");
    match elsewhere.iter().map(|server| format!("`--server {server}`")).collect::<Vec<_>>().as_slice() {
        [] => login,
        others => format!("{login} To use a server where you are logged in, add {}.", others.join(" or ")),
    }
}

/// Returns what to do if nothing answers, or not in the way that was expected.
fn unreachable_advice(server: &str, cause: &str) -> &'static str {
    if cause.contains("does not speak TLS") {
        "If the server has no TLS, write `http://` in its address."
    } else if server.starts_with("http://") && cause.contains("reset") {
        "Check that the server runs; if it speaks TLS, write `https://` in its address (`--server`, HOLDOUT_SERVER)."
    } else {
        "Check the address (`--server`, HOLDOUT_SERVER) and that the server runs."
    }
}

/// Returns what to do about a refused certificate, by what rustls says of it.
fn certificate_advice(cause: &str) -> &'static str {
    if cause.contains("not valid for name") || cause.contains("NotValidForName") {
        "Use the address that the certificate names."
    } else if cause.contains("expired") || cause.contains("Expired") {
        "Check this machine's clock; if it is right, the server's operator has to renew the certificate."
    } else if cause.contains("cannot be used") {
        "Correct SSL_CERT_FILE, or remove it to trust the authorities of the system."
    } else if cause.contains("self-signed") {
        "Ask the server's operator for a certificate that an authority issued, which may be your institution's own, and name that authority's file with `--ca`."
    } else if cause.contains("are trusted") {
        "Ask the server's operator for the certificate of the authority, and name that file with `--ca`."
    } else {
        "If the certificate comes from your institution's own authority, name that authority's certificate: \
         `--ca /path/ca.pem` or `SSL_CERT_FILE=/path/ca.pem`."
    }
}

fn api_advice(error: &ApiError) -> Option<String> {
    let code = error.code()?;
    let again =
        || error.retry_after.map(|wait| format!("Try again in {}.", format_duration(wait.max(Duration::from_secs(1)))));
    match error.detail.get("field").and_then(serde_json::Value::as_str) {
        _ if error.detail.get("unknown_team").is_some() => {
            return Some("To create the team, add `--create-team`.".to_owned());
        }
        Some("code") if code == ErrorCode::Forbidden => {
            return Some("Give the code that an organizer gave you with `--code`.".to_owned());
        }
        _ => {}
    }
    match code {
        ErrorCode::WrongCredentials => Some("Check the e-mail address and the password.".to_owned()),
        ErrorCode::Forbidden if is_about_role(&error.message) => {
            Some("`holdout whoami` shows what these credentials are.".to_owned())
        }
        ErrorCode::NotFound => not_found(&error.message),
        ErrorCode::AlreadySubmitted => Some("`--again` spends another slot on it.".to_owned()),
        ErrorCode::QuotaExhausted => Some(next_slot(error)),
        ErrorCode::QueueFull => {
            Some("Wait until one of the team's submissions is done: `holdout submissions`.".to_owned())
        }
        ErrorCode::RateLimited => again().or_else(|| Some("Wait a little and try again.".to_owned())),
        ErrorCode::Unavailable => again().or_else(|| Some("Try again in a minute.".to_owned())),
        ErrorCode::Internal => Some(match error.fact("request_id") {
            Some(id) => format!("This is the server's fault; tell its operator the request id {id}."),
            None => "This is the server's fault; tell its operator.".to_owned(),
        }),
        _ => None,
    }
}

/// Returns whether a refusal is about who asks, and not about the state of something.
fn is_about_role(message: &str) -> bool {
    message.starts_with("only ") && (message.contains("organizers") || message.contains("scorers"))
}

/// Returns where to look for what is not there. The message says what kind of thing it is: "there
/// is no team `x`".
fn not_found(message: &str) -> Option<String> {
    let (kind, _) = message.strip_prefix("there is no ")?.split_once(" `")?;
    let advice = match kind {
        "season" | "task" | "test set" => "`holdout season list` shows the seasons and their tasks.",
        "submission" | "entry" => {
            "`holdout submissions` lists your team's submissions; organizers see all with `holdout evaluations`."
        }
        "invitation" => "Ask the person who invited you for the whole code, or for a new one.",
        "token" => "`holdout token list` lists your tokens.",
        "scorer token" => "`holdout scorer-token list` lists the tokens of scorers.",
        "team" => "`holdout whoami` shows your teams.",
        "upload" => "Run the command again; it begins a new upload.",
        _ => return None,
    };
    Some(advice.to_owned())
}

fn next_slot(error: &ApiError) -> String {
    match error.fact("next_slot").and_then(|text| text.parse::<Timestamp>().ok()) {
        // The message says when.
        Some(at) => format!("Come back in {}.", format_duration(at.since(Timestamp::now()))),
        None => "`holdout quota` says when the next slot opens.".to_owned(),
    }
}

#[cfg(test)]
mod tests;
