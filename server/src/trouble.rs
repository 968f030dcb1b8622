//! What went wrong with database or file store, as far as a client can act on it.

use std::io::ErrorKind;

use diesel::result::DatabaseErrorKind;
use holdout_protocol::{ErrorCode, Reason};
use serde_json::{Value, json};

/// What is wrong with database or blob store, as far as the client can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It cannot be reached for now.
    Away(&'static str),
    /// Another process holds it.
    Locked,
    /// The disk is full, or the space that this user or process may take is.
    Full,
    /// SQLite cannot read or write its file, and does not say why.
    Unwritable,
    /// A text has a character that PostgreSQL cannot store.
    Unstorable,
    /// Anything else: a fault of ours.
    Fault,
}

/// What SQLite, PostgreSQL and its client library say in their messages.
pub(super) const SAID_BY_DATABASES: [(&[&str], Trouble); 5] = [
    (
        &[
            "server closed the connection",
            "terminating connection",
            "no connection to the server",
            "connection not open",
            "could not receive data from server",
            "could not send data to server",
            "lost synchronization with server",
            "SSL connection has been closed",
        ],
        Trouble::Away("the database"),
    ),
    (
        &["database is locked", "database table is locked", "deadlock detected", "canceling statement due to"],
        Trouble::Locked,
    ),
    (&["database or disk is full", "No space left on device", "Disk quota exceeded", "File too large"], Trouble::Full),
    (&["disk I/O error"], Trouble::Unwritable),
    (&["invalid byte sequence for encoding", "unsupported Unicode escape sequence"], Trouble::Unstorable),
];

impl Trouble {
    /// Looks at the message, because neither SQLite's nor PostgreSQL's code is in the error.
    pub(super) fn of_database(error: &diesel::result::Error) -> Self {
        use diesel::result::Error as Diesel;
        let (kind, information) = match error {
            Diesel::DatabaseError(kind, information) => (kind, information),
            Diesel::RollbackErrorOnCommit { commit_error, .. } => return Self::of_database(commit_error),
            Diesel::BrokenTransactionManager => return Self::Away("the database"),
            _ => return Self::Fault,
        };
        // A connection that broke before its next statement, and a standby that took over but may
        // not write yet, too.
        let gone = [
            DatabaseErrorKind::ClosedConnection,
            DatabaseErrorKind::UnableToSendCommand,
            DatabaseErrorKind::ReadOnlyTransaction,
        ];
        if gone.contains(kind) {
            return Self::Away("the database");
        }
        let message = information.message();
        let mut said = SAID_BY_DATABASES.iter().filter(|(parts, _)| parts.iter().any(|part| message.contains(part)));
        said.next().map_or(Self::Fault, |(_, trouble)| *trouble)
    }

    pub(super) fn of_store(error: &object_store::Error) -> Self {
        match error {
            object_store::Error::Generic { source, .. } if is_full(source.as_ref()) => Self::Full,
            // A request that was not answered in spite of all repetitions.
            object_store::Error::Generic { .. } => Self::Away("the file store"),
            _ => Self::Fault,
        }
    }

    /// Readers of text or of compressed files wrap what the store says.
    pub(super) fn of_read(error: &std::io::Error) -> Self {
        let mut next = wrapped(error);
        while let Some(error) = next {
            if let Some(store) = error.downcast_ref() {
                return Self::of_store(store);
            }
            next = error.downcast_ref().map_or_else(|| error.source(), wrapped);
        }
        Self::Fault
    }

    pub(super) const fn code(self) -> ErrorCode {
        match self {
            Self::Away(_) | Self::Locked | Self::Full | Self::Unwritable => ErrorCode::Unavailable,
            Self::Unstorable => ErrorCode::InvalidValue,
            Self::Fault => ErrorCode::Internal,
        }
    }

    pub(super) fn reason(self) -> Option<Reason> {
        match self {
            Self::Full => Some(Reason::DiskFull),
            Self::Unstorable => Some(Reason::RequestUnfit),
            Self::Away(_) | Self::Locked | Self::Unwritable | Self::Fault => None,
        }
    }

    pub(super) fn describe(self) -> (String, Value) {
        let wait = |message: String| (message, json!({ "retry_after_seconds": 5 }));
        match self {
            Self::Away(what) => wait(format!("{what} cannot be reached for now; try again")),
            Self::Locked => wait("the database is in use by another program; try again".to_owned()),
            Self::Full => wait("the server's disk is full; its operator has to make room".to_owned()),
            Self::Unwritable => wait(
                "the database's file cannot be written: its disk is broken, or a quota or `ulimit -f` is reached; the server's \
                 operator has to look"
                    .to_owned(),
            ),
            Self::Unstorable => ("a text has the character U+0000, which cannot be stored".to_owned(), json!({})),
            Self::Fault => ("the server failed; this is not your fault and is not charged".to_owned(), json!({})),
        }
    }
}

/// Returns what an error was made from; its own `source` would skip that.
pub(super) fn wrapped(error: &std::io::Error) -> Option<&(dyn std::error::Error + 'static)> {
    Some(error.get_ref()?)
}

/// Tells whether an error of the file system, or one below it, says that the disk is full.
pub(super) fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        // A file that is too large exceeds `ulimit -f`: Holdout's files are far below what file
        // systems allow.
        let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge];
        if kind.is_some_and(|kind| full.contains(&kind)) {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_message(message: &str) -> Trouble {
        let kind = DatabaseErrorKind::Unknown;
        Trouble::of_database(&diesel::result::Error::DatabaseError(kind, Box::new(message.to_owned())))
    }

    #[test]
    fn what_databases_say_is_understood_by_what_a_client_can_do() {
        for (said, trouble) in [
            ("database is locked", Trouble::Locked),
            ("ERROR: deadlock detected", Trouble::Locked),
            ("canceling statement due to lock timeout", Trouble::Locked),
            ("database or disk is full", Trouble::Full),
            ("could not extend file \"base/1\": No space left on device", Trouble::Full),
            ("disk I/O error", Trouble::Unwritable),
            ("invalid byte sequence for encoding \"UTF8\": 0x00", Trouble::Unstorable),
            ("terminating connection due to administrator command", Trouble::Away("the database")),
            ("syntax error", Trouble::Fault),
        ] {
            assert_eq!(of_message(said), trouble, "{said}");
        }
    }

    #[test]
    fn a_client_is_told_to_come_back_only_if_that_may_help() {
        for (trouble, code, waits) in [
            (Trouble::Away("the database"), ErrorCode::Unavailable, true),
            (Trouble::Locked, ErrorCode::Unavailable, true),
            (Trouble::Full, ErrorCode::Unavailable, true),
            (Trouble::Unwritable, ErrorCode::Unavailable, true),
            (Trouble::Unstorable, ErrorCode::InvalidValue, false),
            (Trouble::Fault, ErrorCode::Internal, false),
        ] {
            let (_, detail) = trouble.describe();
            assert_eq!((trouble.code(), detail.get("retry_after_seconds").is_some()), (code, waits), "{trouble:?}");
        }
        assert!(Trouble::Away("the file store").describe().0.starts_with("the file store cannot be reached"));
    }

    #[test]
    fn a_full_disk_is_found_below_the_errors_that_wrap_it() {
        let full = || std::io::Error::from(ErrorKind::StorageFull);
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge] {
            assert!(is_full(&std::io::Error::from(kind)), "{kind:?}");
        }
        assert!(!is_full(&std::io::Error::from(ErrorKind::PermissionDenied)));
        let store = object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(full()) };
        assert_eq!(Trouble::of_store(&store), Trouble::Full);
        assert_eq!(Trouble::of_read(&std::io::Error::other(store)), Trouble::Full);
    }

    #[test]
    fn a_file_that_is_not_there_is_no_outage_of_the_store() {
        let missing = object_store::Error::NotFound { path: "blobs/00".to_owned(), source: "404".into() };
        assert_eq!(Trouble::of_store(&missing), Trouble::Fault);
        let away = object_store::Error::Generic { store: "S3", source: "timed out".into() };
        assert_eq!(Trouble::of_store(&away), Trouble::Away("the file store"));
    }
}
