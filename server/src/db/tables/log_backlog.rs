//! Results that count since their task took up another version of its test set, and are no entries
//! of the log yet.

use std::time::Duration;

use diesel::dsl::max;
use diesel::prelude::*;
use holdout_protocol::{EvaluationId, SubmissionId, SubmissionState, TaskId, TestSetId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::log_backlog;
use crate::db::values::{parsed, texts};
use crate::error::Result;

/// A result, and since when it counts.
#[derive(Debug, Clone, Copy)]
pub struct Counting {
    pub evaluation: EvaluationId,
    pub since: Timestamp,
}

fn counting(rows: Vec<(String, i64)>) -> Result<Vec<Counting>> {
    rows.into_iter().map(|(id, at)| Ok(Counting { evaluation: parsed(id)?, since: at.into() })).collect()
}

/// Adds the results on this version that count for their submissions.
pub fn add_results_on(conn: &mut Conn, task: TaskId, set: TestSetId, now: Timestamp) -> Result<()> {
    // A clock that was set back must not bring the versions out of their order.
    let latest: Option<i64> = log_backlog::table
        .filter(log_backlog::task_id.eq(task.to_string()))
        .select(max(log_backlog::at))
        .first(conn)?;
    let at = latest.map_or(now, |latest| now.max(Timestamp::from(latest).plus(Duration::from_micros(1))));
    let scored = SubmissionState::Scored.as_str();
    // Ids of ours, a number and a word: nothing in them needs quoting. Only one column of the two
    // of the join has an index.
    diesel::sql_query(format!(
        "INSERT INTO log_backlog (evaluation_id, submission_id, task_id, at) \
         SELECT evaluations.id, submissions.id, '{task}', {} FROM evaluations \
         JOIN submissions ON submissions.id = evaluations.submission_id AND submissions.evaluation_id = evaluations.id \
         WHERE evaluations.test_set_id = '{set}' AND evaluations.state = '{scored}'",
        i64::from(at)
    ))
    .execute(conn)?;
    Ok(())
}

/// A task that has some, if there is one.
pub fn first_task(conn: &mut Conn) -> Result<Option<TaskId>> {
    let id: Option<String> = log_backlog::table.select(log_backlog::task_id).first(conn).optional()?;
    id.map(parsed).transpose()
}

/// The first of a task in the order of time, at most `limit`.
pub fn of_task(conn: &mut Conn, task: TaskId, limit: i64) -> Result<Vec<Counting>> {
    let rows = log_backlog::table
        .filter(log_backlog::task_id.eq(task.to_string()))
        .order((log_backlog::at, log_backlog::evaluation_id))
        .limit(limit)
        .select((log_backlog::evaluation_id, log_backlog::at))
        .load(conn)?;
    counting(rows)
}

/// Those of a submission, in the order of time.
pub fn of_submission(conn: &mut Conn, submission: SubmissionId) -> Result<Vec<Counting>> {
    let rows = log_backlog::table
        .filter(log_backlog::submission_id.eq(submission.to_string()))
        .order(log_backlog::at)
        .select((log_backlog::evaluation_id, log_backlog::at))
        .load(conn)?;
    counting(rows)
}

/// Removes some that count since the same time.
pub fn remove(conn: &mut Conn, counting: &[Counting]) -> Result<()> {
    let Some(first) = counting.first() else { return Ok(()) };
    let ids = texts(counting.iter().map(|counting| counting.evaluation));
    let done = log_backlog::table
        .filter(log_backlog::at.eq(i64::from(first.since)))
        .filter(log_backlog::evaluation_id.eq_any(ids));
    diesel::delete(done).execute(conn)?;
    Ok(())
}
