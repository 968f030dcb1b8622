//! The queue: evaluations that wait or run, as claims and the reaper see them.

use diesel::dsl::min;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{EvaluationId, ScorerId, SubmissionKind, SubmissionState, TaskId, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, scorers};
use crate::db::tables::evaluations::{Evaluation, OPEN, Row};
use crate::db::tables::scorers::is_there;
use crate::db::tables::tasks;
use crate::db::values::{int, parsed};
use crate::error::Result;

/// What one team has waiting in one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub team: TeamId,
    pub task: TaskId,
    /// When the oldest of it came.
    pub since: Timestamp,
}

fn kind_names(kinds: &[SubmissionKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.as_str()).collect()
}

/// The evaluations of a task that wait or run, by id: whoever locks several of them does so in this
/// order.
pub fn open_of(conn: &mut Conn, task: TaskId) -> Result<Vec<EvaluationId>> {
    let mut ids: Vec<String> = evaluations::table
        .filter(diesel::dsl::sql::<Bool>(OPEN))
        .filter(evaluations::task_id.eq(task.to_string()))
        .select(evaluations::id)
        .load(conn)?;
    ids.sort_unstable();
    ids.into_iter().map(parsed).collect()
}

/// Who asks for work, and when.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The scorer, and the other workers of its process.
    pub scorers: Vec<ScorerId>,
    /// What it can evaluate.
    pub kinds: Vec<SubmissionKind>,
    /// The tasks whose models it leaves to scorers with more memory.
    pub left: Vec<TaskId>,
    /// When.
    pub now: Timestamp,
    /// Whether it asks for what waits until nothing else does.
    pub rescoring: bool,
}

/// The condition that an evaluation may be given to a scorer now: its pause after a failed attempt
/// is over, and it is not kept for other scorers or for those with more memory.
macro_rules! is_due {
    ($asking:expr) => {{
        let now = $asking.now.as_micros();
        let scorers: Vec<String> = $asking.scorers.iter().map(ScorerId::to_string).collect();
        let paused = evaluations::not_before.is_null().or(evaluations::not_before.assume_not_null().le(now));
        let kept = evaluations::avoided_scorer
            .is_null()
            .or(evaluations::avoided_scorer.assume_not_null().ne_all(scorers))
            .or(evaluations::avoided_until.is_null())
            .or(evaluations::avoided_until.assume_not_null().le(now));
        let left: Vec<String> = $asking.left.iter().map(TaskId::to_string).collect();
        let not_left = evaluations::kind.ne(SubmissionKind::Torchscript.as_str()).or(evaluations::task_id.ne_all(left));
        paused.and(kept).and(not_left).and(evaluations::rescoring.eq($asking.rescoring))
    }};
}

/// The tasks that allow a model more than these `bytes`, have a model waiting, and suit another
/// scorer: one for models that spoke after `since`, has not withdrawn and has the memory.
pub fn left_to_larger(conn: &mut Conn, scorer: ScorerId, bytes: u64, since: Timestamp) -> Result<Vec<TaskId>> {
    let models = SubmissionKind::Torchscript;
    let larger: Vec<(String, Option<i64>)> = scorers::table
        .filter(is_there(since.as_micros()))
        .filter(scorers::withdrawn_at.is_null())
        .filter(scorers::id.ne(scorer.to_string()))
        .filter(scorers::memory_bytes.gt(i64::try_from(bytes).unwrap_or(i64::MAX)))
        .select((scorers::kinds, scorers::memory_bytes))
        .load(conn)?;
    let takes =
        |kinds: &str| serde_json::from_str::<Vec<SubmissionKind>>(kinds).is_ok_and(|kinds| kinds.contains(&models));
    let most = larger.iter().filter(|(kinds, _)| takes(kinds)).filter_map(|(_, memory)| *memory).max();
    let Some(most) = most else { return Ok(Vec::new()) };
    let most: u64 = int(most)?;
    let waiting: Vec<String> = evaluations::table
        .filter(diesel::dsl::sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .filter(evaluations::kind.eq(models.as_str()))
        .group_by(evaluations::task_id)
        .select(evaluations::task_id)
        .load(conn)?;
    let mut left = Vec::new();
    for task in waiting {
        let task: TaskId = parsed(task)?;
        let allowed = tasks::get(conn, task)?.settings.limits.memory_bytes;
        if bytes < allowed && allowed <= most {
            left.push(task);
        }
    }
    Ok(left)
}

/// Returns what a scorer may take, by team and task.
pub fn waiting(conn: &mut Conn, asking: &Asking) -> Result<Vec<Waiting>> {
    let rows: Vec<(String, String, Option<i64>)> = evaluations::table
        .filter(diesel::dsl::sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .filter(evaluations::kind.eq_any(kind_names(&asking.kinds)))
        .filter(is_due!(asking))
        .group_by((evaluations::team_id, evaluations::task_id))
        .select((evaluations::team_id, evaluations::task_id, min(evaluations::queued_at)))
        .load(conn)?;
    let waiting = |(team, task, since): (String, String, Option<i64>)| {
        Ok(Waiting { team: parsed(team)?, task: parsed(task)?, since: since.unwrap_or(0).into() })
    };
    rows.into_iter().map(waiting).collect()
}

/// Every evaluation of these kinds that waits, the oldest first, with the team and task that it is
/// of: those of re-scorings, or the others.
pub fn all_waiting(conn: &mut Conn, kinds: &[SubmissionKind], rescoring: bool) -> Result<Vec<(EvaluationId, Waiting)>> {
    let rows: Vec<(String, String, String, i64)> = evaluations::table
        .filter(diesel::dsl::sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .filter(evaluations::kind.eq_any(kind_names(kinds)))
        .filter(evaluations::rescoring.eq(rescoring))
        .order((evaluations::queued_at, evaluations::id))
        .select((evaluations::id, evaluations::team_id, evaluations::task_id, evaluations::queued_at))
        .load(conn)?;
    let waiting = |(id, team, task, since): (String, String, String, i64)| {
        Ok((parsed(id)?, Waiting { team: parsed(team)?, task: parsed(task)?, since: since.into() }))
    };
    rows.into_iter().map(waiting).collect()
}

/// The oldest evaluation of a team in a task that a scorer may take. On PostgreSQL it is locked,
/// and one that somebody else has locked is passed over.
pub fn oldest(conn: &mut Conn, team: TeamId, task: TaskId, asking: &Asking) -> Result<Option<Evaluation>> {
    macro_rules! select {
        () => {
            evaluations::table
                .filter(evaluations::team_id.eq(team.to_string()))
                .filter(evaluations::task_id.eq(task.to_string()))
                .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
                .filter(evaluations::kind.eq_any(kind_names(&asking.kinds)))
                .filter(is_due!(asking))
                .order((evaluations::queued_at, evaluations::id))
                .limit(1)
                .select(Row::as_select())
        };
    }
    let row: Option<Row> = match conn {
        Conn::Postgresql(pg) => select!().for_update().skip_locked().first(pg).optional()?,
        Conn::Sqlite(sqlite) => select!().first(sqlite).optional()?,
    };
    row.map(Evaluation::try_from).transpose()
}
