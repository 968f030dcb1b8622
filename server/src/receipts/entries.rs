//! Entries of the log, written in the transaction of the change that they are about.

use std::time::Duration;

use holdout_protocol::{EvaluationId, LogEntryKind, SubmissionId, Timestamp};
use holdout_receipts::{Hash, Nonce, Opening, Receipt, Statement};

use super::keys;
use crate::db::Conn;
use crate::db::log_entries::{self, NewEntry};
use crate::error::Result;

/// How much later a receipt is than the one before of its submission, at least.
const STEP: Duration = Duration::from_micros(1);

/// What is put into a receipt, and what is kept beside it.
pub(super) struct Happened {
    pub(super) at: Timestamp,
    pub(super) submission: Option<SubmissionId>,
    pub(super) evaluation: Option<EvaluationId>,
    pub(super) statement: Statement,
    pub(super) opening: Option<Opening>,
}

/// Writes entries without a place in the log. Each names the one before of its submission, so the
/// tasks of the submissions have to be locked, and nothing of these submissions may be left in the
/// backlog.
pub(super) fn write(conn: &mut Conn, happened: Vec<Happened>) -> Result<()> {
    let log = keys::log_name(conn)?;
    let mut latest = log_entries::latest_of(conn, happened.iter().filter_map(|happened| happened.submission))?;
    let mut entries = Vec::new();
    for Happened { at, submission, evaluation, statement, opening } in happened {
        let before = submission.and_then(|id| latest.get(&id));
        let at = before.map_or(at, |(_, before)| at.max(before.plus(STEP)));
        let kind = kind(&statement);
        let previous = before.map(|(leaf, _)| *leaf);
        let receipt =
            Receipt { log: log.clone(), nonce: Nonce(rand::random()), at: at.to_string(), previous, statement };
        let body = receipt.to_string();
        let leaf = Hash::of_leaf(body.as_bytes());
        if let Some(id) = submission {
            latest.insert(id, (leaf, at));
        }
        entries.push(NewEntry { kind, at, body, leaf, submission, evaluation, opening });
    }
    log_entries::insert(conn, entries)
}

const fn kind(statement: &Statement) -> LogEntryKind {
    match statement {
        Statement::Result(_) => LogEntryKind::Result,
        Statement::Decision { .. } => LogEntryKind::Decision,
        Statement::Correction { .. } => LogEntryKind::Correction,
        Statement::Key { .. } => LogEntryKind::Key,
    }
}
