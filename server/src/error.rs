//! One error type for the crate, and the one table from it to HTTP.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use diesel::result::DatabaseErrorKind;
use holdout_protocol::{ErrorBody, ErrorCode, ErrorDetail, NotAllowed, Reason, Sha256};
use serde_json::{Value, json};

use super::trouble::Trouble;
use crate::secret;

/// The result of nearly everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client is told.
    #[error("{code:?}: {message}")]
    Refused {
        /// Which of the closed list.
        code: ErrorCode,
        /// For clients that say it in their own words.
        reason: Option<Reason>,
        /// For people: the value, the place, what is allowed.
        message: String,
        /// For programs.
        detail: Value,
    },
    /// The database failed; the client learns nothing of it.
    #[error("database: {0}")]
    Database(#[from] diesel::result::Error),
    /// No connection to the database could be had.
    #[error("database connection: {0}")]
    Connection(String),
    /// The blob store failed.
    #[error("blob store: {}", secret::without_digests(&.0.to_string()))]
    Store(#[from] object_store::Error),
    /// A file of the blob store could not be read to its end.
    #[error("reading a file: {}", secret::without_digests(&.0.to_string()))]
    Read(std::io::Error),
    /// A file that a row names is not in the blob store. Its name is not told, because it is the
    /// digest of what may be secret.
    #[error("a file that the database names is not in the blob store")]
    BlobMissing(Sha256),
    /// The address to listen on cannot be had.
    #[error("cannot listen on {0}: {1}")]
    Listen(std::net::SocketAddr, std::io::Error),
    /// The configuration has a value that cannot work.
    #[error("configuration: {0}")]
    Config(String),
    /// The database or the blob store is not one that this server may work with.
    #[error("{0}")]
    Unfit(String),
    /// A message could not be sent by e-mail.
    #[error("{0}")]
    Undelivered(String),
    /// A file or folder that the server works with cannot be used.
    #[error("`{}` cannot be {what}: {cause}", path.display())]
    File {
        /// Which file or folder.
        path: std::path::PathBuf,
        /// What was to be done with it: `read`.
        what: &'static str,
        /// The system's answer.
        cause: std::io::Error,
    },
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// A refusal with a code and a message.
    pub fn refused(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused { code, reason: None, message: message.into(), detail: json!({}) }
    }

    /// The same refusal with facts for programs.
    #[must_use]
    pub fn with(self, facts: Value) -> Self {
        match self {
            Self::Refused { code, reason, message, .. } => Self::Refused { code, reason, message, detail: facts },
            other => other,
        }
    }

    /// The same refusal with its reason, and the facts that belong to it beside those there are.
    #[must_use]
    pub fn because(mut self, why: Reason, facts: Value) -> Self {
        if let Self::Refused { reason, detail, .. } = &mut self {
            *reason = Some(why);
            match (detail, facts) {
                (Value::Object(known), Value::Object(facts)) => known.extend(facts),
                (detail, facts) => *detail = facts,
            }
        }
        self
    }

    /// A value that is not allowed; `message` names it and says what is.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::refused(ErrorCode::InvalidValue, message).with(json!({ "field": field }))
    }

    /// There is no such thing, or none that the caller may see.
    pub fn not_found(kind: &str, name: impl std::fmt::Display) -> Self {
        let name: String = name.to_string().chars().filter(|c| !c.is_control()).take(80).collect();
        Self::refused(ErrorCode::NotFound, format!("there is no {kind} `{name}`"))
            .because(Reason::Absent, json!({ "name": name }))
    }

    /// Returns the refusal of a method that a route does not take.
    pub fn method_not_allowed(method: impl std::fmt::Display) -> Self {
        Self::refused(ErrorCode::MethodNotAllowed, format!("method `{method}` is not allowed for this route"))
    }

    /// The credentials do not allow this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::refused(ErrorCode::Forbidden, message)
    }

    /// The server has too much to do for this now; the client may try again after so many seconds.
    pub fn busy(message: impl Into<String>, seconds: u64) -> Self {
        Self::refused(ErrorCode::Unavailable, message).with(json!({ "retry_after_seconds": seconds }))
    }

    /// One caller has too much of something at once; it may try again after so many seconds.
    pub fn too_many(message: impl Into<String>, seconds: u64) -> Self {
        Self::refused(ErrorCode::RateLimited, message)
            .because(Reason::TooMany, json!({ "retry_after_seconds": seconds }))
    }

    /// A file or folder cannot be `what`, such as `read`.
    pub fn file(path: impl Into<std::path::PathBuf>, what: &'static str, cause: std::io::Error) -> Self {
        Self::File { path: path.into(), what, cause }
    }

    /// A fault of ours, with its cause for the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// Returns true if a row with the same key was there already.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }

    /// Puts `other` in the place of a unique violation.
    #[must_use]
    pub fn or_taken(self, other: impl FnOnce() -> Self) -> Self {
        if self.is_unique_violation() { other() } else { self }
    }

    /// The code that the client sees.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Connection(_) => ErrorCode::Unavailable,
            Self::Database(error) => Trouble::of_database(error).code(),
            Self::Store(error) => Trouble::of_store(error).code(),
            Self::Read(error) => Trouble::of_read(error).code(),
            Self::BlobMissing(_)
            | Self::Listen(..)
            | Self::Config(_)
            | Self::Unfit(_)
            | Self::Undelivered(_)
            | Self::File { .. }
            | Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// The body that the client sees.
    #[must_use]
    pub fn body(&self) -> ErrorBody {
        let reason = match self {
            Self::Refused { reason, .. } => *reason,
            Self::Database(error) => Trouble::of_database(error).reason(),
            Self::Store(error) => Trouble::of_store(error).reason(),
            Self::Read(error) => Trouble::of_read(error).reason(),
            _ => None,
        };
        let (message, detail) = match self {
            Self::Refused { message, detail, .. } => (message.clone(), detail.clone()),
            Self::Connection(_) => Trouble::Away("the database").describe(),
            Self::Database(error) => Trouble::of_database(error).describe(),
            Self::Store(error) => Trouble::of_store(error).describe(),
            Self::Read(error) => Trouble::of_read(error).describe(),
            _ => ("the server failed; this is not your fault and is not charged".to_owned(), json!({})),
        };
        ErrorBody { error: ErrorDetail { code: self.code(), reason, message, detail } }
    }
}

impl From<NotAllowed> for Error {
    fn from(NotAllowed { field, reason, message, facts }: NotAllowed) -> Self {
        Self::invalid(field, message).because(reason, facts)
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        if !matches!(self, Self::Refused { .. }) {
            tracing::error!(error = %self, "request failed");
        }
        let body = self.body();
        let wait = body.error.detail.get("retry_after_seconds").and_then(Value::as_u64);
        let mut response = HttpResponse::build(self.status_code()).json(body);
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn away() -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: "HTTP error: error sending request".into() }
    }

    #[test]
    fn a_store_that_goes_away_while_a_file_is_read_is_a_reason_to_try_again() {
        let direct = std::io::Error::other(away());
        let by_a_decoder = std::io::Error::other(std::io::Error::other(away()));
        for error in [direct, by_a_decoder] {
            let error = Error::Read(error);
            assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
            assert_eq!(error.body().error.detail["retry_after_seconds"], 5, "{error}");
        }
    }

    #[test]
    fn a_database_that_goes_away_is_a_reason_to_try_again() {
        let said = |kind, message: &str| diesel::result::Error::DatabaseError(kind, Box::new(message.to_owned()));
        let lost = || said(DatabaseErrorKind::ClosedConnection, "server closed the connection unexpectedly");
        let errors = [
            lost(),
            said(DatabaseErrorKind::UnableToSendCommand, "no connection to the server\n"),
            said(DatabaseErrorKind::Unknown, "no connection to the server\n"),
            said(DatabaseErrorKind::Unknown, "terminating connection due to administrator command"),
            said(DatabaseErrorKind::Unknown, "could not receive data from server: Connection reset by peer"),
            said(DatabaseErrorKind::ReadOnlyTransaction, "cannot execute INSERT in a read-only transaction"),
            said(DatabaseErrorKind::Unknown, "deadlock detected"),
            diesel::result::Error::BrokenTransactionManager,
            diesel::result::Error::RollbackErrorOnCommit {
                rollback_error: Box::new(diesel::result::Error::BrokenTransactionManager),
                commit_error: Box::new(lost()),
            },
        ];
        for error in errors.map(Error::Database) {
            assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
            assert_eq!(error.body().error.detail["retry_after_seconds"], 5, "{error}");
        }
        let ours = Error::Database(said(DatabaseErrorKind::Unknown, "syntax error at or near \"SELEC\""));
        assert_eq!(ours.code(), ErrorCode::Internal);
    }

    #[test]
    fn a_reason_comes_with_its_facts_and_keeps_the_others() {
        let facts = json!({ "value": 0, "least": 1, "most": 9 });
        let body = Error::invalid("days", "`days` is 0").because(Reason::NumberRange, facts).body().error;
        assert_eq!(body.reason, Some(Reason::NumberRange));
        assert_eq!(body.detail, json!({ "field": "days", "value": 0, "least": 1, "most": 9 }));
        assert_eq!(Error::internal("x").body().error.reason, None);
    }

    /// The Rust files in a folder and below it, but those of tests alone.
    fn sources(folder: &Path) -> Vec<PathBuf> {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (folders, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
        let is_source =
            |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs");
        let rust = files.into_iter().filter(is_source);
        folders.iter().flat_map(|folder| sources(folder)).chain(rust).collect()
    }

    /// Returns what a file says outside its tests.
    fn without_tests(path: &Path) -> String {
        let source = std::fs::read_to_string(path).unwrap();
        source.split("#[cfg(test)]").next().unwrap().to_owned()
    }

    /// A reason that no refusal gives would be put into words for nothing.
    #[test]
    fn every_reason_is_given_by_a_refusal() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let shared = ["allowed.rs", "allowed/required.rs", "texts.rs"]
            .map(|file| folder.join("../../crates/protocol/src").join(file));
        let source: String = sources(&folder).iter().chain(&shared).map(|path| without_tests(path)).collect();
        for reason in Reason::ALL {
            let given = source.match_indices(&format!("Reason::{reason:?}")).any(|(at, name)| {
                source.get(at + name.len()..).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
            });
            assert!(given, "{reason:?}");
        }
    }

    /// Files whose refusals only programs meet: scorers, the command line alone, and clients that
    /// write headers by themselves. The pages send none of what is refused there.
    const FOR_PROGRAMS: [&str; 15] = [
        "api/scorer.rs",
        "api/tus.rs",
        "api/uploads.rs",
        "evaluations/claim.rs",
        "evaluations/fleet.rs",
        "evaluations/lease.rs",
        "evaluations/measured.rs",
        "evaluations/outcome.rs",
        "idempotency.rs",
        "uploads/incoming.rs",
        "api/files.rs",
        "uploads/parts.rs",
        "uploads/receive.rs",
        "receipts/read.rs",
        "receipts/rotation.rs",
    ];
    /// Codes whose title says all that there is to say, and those by which the pages continue an
    /// upload by themselves.
    const SAID_BY_THEIR_TITLE: [ErrorCode; 6] = [
        ErrorCode::InvalidBody,
        ErrorCode::OffsetMismatch,
        ErrorCode::TokenReused,
        ErrorCode::Unauthenticated,
        ErrorCode::UnsupportedMediaType,
        ErrorCode::WrongCredentials,
    ];

    /// The pages in another language than English would show a title only.
    #[test]
    fn every_refusal_that_the_pages_can_meet_has_a_reason() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut missing, mut seen) = (Vec::new(), 0);
        for path in sources(&folder) {
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            let source = without_tests(&path);
            for (at, start) in ["Error::refused(", "Error::invalid(", "Error::forbidden("]
                .iter()
                .flat_map(|start| source.match_indices(start))
                .filter(|_| name != "error.rs" && !FOR_PROGRAMS.contains(&name.as_str()))
            {
                seen += 1;
                let (arguments, rest) = split_at_closing(&source[at + start.len()..]);
                let said = |code: &ErrorCode| arguments.contains(&format!("ErrorCode::{code:?}"));
                if !rest.trim_start().starts_with(".because(") && !SAID_BY_THEIR_TITLE.iter().any(said) {
                    missing.push(format!("{name}: {}", arguments.split_whitespace().collect::<Vec<_>>().join(" ")));
                }
            }
        }
        assert!(seen > 80, "{seen}");
        assert!(missing.is_empty(), "no `.because(Reason::…)`:\n{}", missing.join("\n"));
    }

    /// Splits behind the bracket that closes the one before the text.
    fn split_at_closing(text: &str) -> (&str, &str) {
        let mut depth = 1;
        let end = text.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let (arguments, rest) = text.split_at(end.unwrap());
        (arguments, &rest[1..])
    }

    #[test]
    fn a_file_that_cannot_be_read_for_another_reason_is_a_fault_of_ours() {
        assert_eq!(Error::Read(std::io::Error::other("bad disk")).code(), ErrorCode::Internal);
    }
}
