//! What happens to results is written down here, in the transaction of the change.
//!
//! Each receipt of a submission names the one before, so two transactions must not write receipts
//! of one submission at once. Call these functions after the task's row was written, for example by
//! `tasks::bump_board`: that locks the row until the end of the transaction. A lock for each
//! submission would be too many for PostgreSQL when a whole task is counted again.

use holdout_protocol::{SubmissionId, TestSetId, Timestamp};
use holdout_receipts::{Decision, Statement};

use super::entries::{self, Happened};
use super::results::{self, Place};
use crate::db::evaluations::Evaluation;
use crate::db::tasks::Task;
use crate::db::{self, Conn};
use crate::error::Result;

/// Writes down the result of an evaluation that counts from now on.
pub fn record_result(conn: &mut Conn, evaluation: &Evaluation, rescored: bool, now: Timestamp) -> Result<()> {
    results::write_backlog_of(conn, evaluation.submission)?;
    results::write(conn, std::slice::from_ref(evaluation), now, rescored)
}

/// Writes down what was decided about a submission.
pub fn record_decision(conn: &mut Conn, id: SubmissionId, decision: Decision, now: Timestamp) -> Result<()> {
    results::write_backlog_of(conn, id)?;
    let statement = Statement::Decision { submission: id.to_string(), decision };
    entries::write(conn, vec![Happened { at: now, submission: Some(id), evaluation: None, statement, opening: None }])
}

/// Writes down that a task takes up another version of its test set in place of `task.test_set`.
/// Each result that counts from now on because of that goes to the backlog, which the sequencer
/// works off: a hundred thousand receipts take minutes.
pub fn record_version(conn: &mut Conn, task: &Task, to: TestSetId, now: Timestamp) -> Result<()> {
    let Some(from) = task.test_set.filter(|from| *from != to) else { return Ok(()) };
    let place = Place::load(conn, task, to)?;
    let statement = Statement::Correction {
        season: place.season.to_string(),
        task: place.task.to_string(),
        from_version: db::test_sets::get(conn, from)?.version,
        to_version: place.set.version,
        commitment: place.set.commitment.to_string(),
    };
    entries::write(conn, vec![Happened { at: now, submission: None, evaluation: None, statement, opening: None }])?;
    db::log_backlog::add_results_on(conn, task.id, to, now)
}
