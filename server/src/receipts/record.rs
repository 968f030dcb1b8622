//! Entries of the log, written in the transaction of the change that they are about.
//!
//! Each receipt of a submission names the one before, so two transactions must not write receipts of one submission at once. Call
//! these functions after the task's row was written, for example by `tasks::bump_board`: that locks the row until the end of the
//! transaction. A lock for each submission would be too many for PostgreSQL when a whole task is counted again.

use std::time::Duration;

use holdout_protocol::{EvaluationId, LogEntryKind, Slug, SubmissionId, TaskId, TestSetId, Timestamp};
use holdout_receipts::{Counts, Decision, Nonce, Opening, Receipt, ResultStatement, Statement};

use super::keys;
use crate::db::evaluations::Evaluation;
use crate::db::log_entries::{self, NewEntry};
use crate::db::submission_parts::{self, PartCounts};
use crate::db::tasks::Task;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// How much later a receipt is than the one before of its submission, at least.
const STEP: Duration = Duration::from_micros(1);

/// What is put into a receipt, and what is kept beside it.
struct Happened {
    submission: Option<SubmissionId>,
    evaluation: Option<EvaluationId>,
    statement: Statement,
    opening: Option<Opening>,
}

/// What results of one task on one version of its test set have in common: read once for all of them.
struct Place {
    season: Slug,
    task: Slug,
    set: TestSet,
}

impl Place {
    fn load(conn: &mut Conn, task: TaskId, set: TestSetId) -> Result<Self> {
        let (task, set) = (db::tasks::get(conn, task)?, db::test_sets::get(conn, set)?);
        Ok(Self { season: db::seasons::get(conn, task.season)?.slug, task: task.slug, set })
    }
}

/// Writes down the result of an evaluation that counts from now on.
pub fn record_result(conn: &mut Conn, evaluation: &Evaluation, rescored: bool, now: Timestamp) -> Result<()> {
    let place = Place::load(conn, evaluation.task, evaluation.test_set)?;
    let (log, happened) = (keys::log_name(conn)?, result(conn, evaluation, &place, rescored)?);
    append(conn, log, happened, now)
}

fn result(conn: &mut Conn, evaluation: &Evaluation, place: &Place, rescored: bool) -> Result<Happened> {
    let counts = submission_parts::counts_of(conn, [evaluation.id])?.remove(&evaluation.id);
    let PartCounts { public, private } = counts.ok_or_else(|| Error::internal("a result without counts"))?;
    let submission = db::submissions::get(conn, evaluation.submission)?;
    let opening = if private.n == 0 {
        None
    } else {
        Some(Opening::new(Nonce(rand::random()), in_receipt(private)).map_err(Error::internal)?)
    };
    let statement = ResultStatement {
        submission: submission.id.to_string(),
        file_sha256: submission.blob.sha256.to_string(),
        season: place.season.to_string(),
        task: place.task.to_string(),
        test_set: place.set.version,
        commitment: place.set.commitment.to_string(),
        rescored,
        scorer_version: evaluation.scorer_version.clone(),
        device: evaluation.measures.as_ref().and_then(|measures| measures.device.clone()),
        public: in_receipt(public),
        private: opening.as_ref().map(Opening::commitment),
    };
    let (submission, evaluation) = (Some(submission.id), Some(evaluation.id));
    Ok(Happened { submission, evaluation, statement: Statement::Result(Box::new(statement)), opening })
}

const fn in_receipt(counts: db::results::Counts) -> Counts {
    Counts { n: counts.n, top1_wrong: counts.top1_wrong, top5_wrong: counts.top5_wrong }
}

/// Writes down what was decided about a submission.
pub fn record_decision(conn: &mut Conn, id: SubmissionId, decision: Decision, now: Timestamp) -> Result<()> {
    let statement = Statement::Decision { submission: id.to_string(), decision };
    let log = keys::log_name(conn)?;
    append(conn, log, Happened { submission: Some(id), evaluation: None, statement, opening: None }, now)
}

/// Writes down that a task takes up another version of its test set in place of `task.test_set`, and each result that counts
/// from now on because of that.
pub fn record_version(conn: &mut Conn, task: &Task, to: TestSetId, now: Timestamp) -> Result<()> {
    let Some(from) = task.test_set.filter(|from| *from != to) else { return Ok(()) };
    let (log, place) = (keys::log_name(conn)?, Place::load(conn, task.id, to)?);
    let statement = Statement::Correction {
        season: place.season.to_string(),
        task: place.task.to_string(),
        from_version: db::test_sets::get(conn, from)?.version,
        to_version: place.set.version,
        commitment: place.set.commitment.to_string(),
    };
    let correction = Happened { submission: None, evaluation: None, statement, opening: None };
    append(conn, log.clone(), correction, now)?;
    for evaluation in db::rescored::counting(conn, to)? {
        let happened = result(conn, &evaluation, &place, true)?;
        append(conn, log.clone(), happened, now)?;
    }
    Ok(())
}

fn append(conn: &mut Conn, log: String, happened: Happened, now: Timestamp) -> Result<()> {
    let Happened { submission, evaluation, statement, opening } = happened;
    let before = submission.map(|id| log_entries::last_of(conn, id)).transpose()?.flatten();
    let at = before.map_or(now, |(_, before)| now.max(before.plus(STEP)));
    let kind = match statement {
        Statement::Result(_) => LogEntryKind::Result,
        Statement::Decision { .. } => LogEntryKind::Decision,
        Statement::Correction { .. } => LogEntryKind::Correction,
    };
    let receipt = Receipt {
        log,
        nonce: Nonce(rand::random()),
        at: at.to_string(),
        previous: before.map(|(leaf, _)| leaf),
        statement,
    };
    log_entries::insert(conn, NewEntry { kind, at, body: receipt.to_string(), submission, evaluation, opening })
}
