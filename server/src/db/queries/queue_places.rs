//! Places in the queue and its pace, for those who wait in it.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{ScorerId, SubmissionKind, SubmissionState, TaskId, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, scorers};
use crate::db::tables::evaluations::OPEN;
use crate::db::tables::scorers::is_there;
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};

/// Rows that are enough to tell the pace.
const PACE_ROWS: i64 = 200;

/// Evaluations of a team in a task that wait.
pub fn waiting(conn: &mut Conn, task: TaskId, team: TeamId) -> Result<u32> {
    let count: i64 = evaluations::table
        .filter(evaluations::team_id.eq(team.to_string()))
        .filter(evaluations::task_id.eq(task.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .filter(evaluations::rescoring.eq(false))
        .count()
        .get_result(conn)?;
    int(count)
}

/// The evaluations of files of this kind that scorers are at: team, task, and when they began.
pub fn running(conn: &mut Conn, kind: SubmissionKind) -> Result<Vec<(TeamId, TaskId, Timestamp)>> {
    let rows: Vec<(String, String, Option<i64>)> = evaluations::table
        .filter(sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Running.as_str()))
        .filter(evaluations::kind.eq(kind.as_str()))
        .select((evaluations::team_id, evaluations::task_id, evaluations::started_at))
        .load(conn)?;
    let begun = rows.into_iter().filter_map(|(team, task, begun)| Some((team, task, begun?)));
    begun.map(|(team, task, begun)| Ok((parsed(team)?, parsed(task)?, begun.into()))).collect()
}

/// Returns what each of the scorers takes that are there, because they spoke after `since`, and
/// have not withdrawn.
pub fn live_scorers(conn: &mut Conn, since: Timestamp) -> Result<Vec<Vec<SubmissionKind>>> {
    let kinds: Vec<String> = scorers::table
        .filter(is_there(since.as_micros()))
        .filter(scorers::withdrawn_at.is_null())
        .select(scorers::kinds)
        .load(conn)?;
    kinds.iter().map(|kinds| serde_json::from_str(kinds).map_err(Error::internal)).collect()
}

/// Returns true if a scorer other than these takes this kind, is there, because it spoke after
/// `since`, and has not withdrawn.
pub fn is_taken_by_another(
    conn: &mut Conn,
    kind: SubmissionKind,
    except: &[ScorerId],
    since: Timestamp,
) -> Result<bool> {
    let except: Vec<String> = except.iter().map(ScorerId::to_string).collect();
    let kinds: Vec<String> = scorers::table
        .filter(is_there(since.as_micros()))
        .filter(scorers::withdrawn_at.is_null())
        .filter(scorers::id.ne_all(except))
        .select(scorers::kinds)
        .load(conn)?;
    let takes =
        |kinds: &String| serde_json::from_str::<Vec<SubmissionKind>>(kinds).is_ok_and(|all| all.contains(&kind));
    Ok(kinds.iter().any(takes))
}

/// Beginning and end of the evaluations of files of this kind that scorers ended after `since`,
/// latest first, two hundred at most.
pub fn finished_since(conn: &mut Conn, kind: SubmissionKind, since: Timestamp) -> Result<Vec<(Timestamp, Timestamp)>> {
    let rows: Vec<(Option<i64>, Option<i64>)> = evaluations::table
        .filter(evaluations::kind.eq(kind.as_str()))
        .filter(evaluations::finished_at.gt(since.as_micros()))
        .filter(evaluations::started_at.is_not_null())
        .order(evaluations::finished_at.desc())
        .limit(PACE_ROWS)
        .select((evaluations::started_at, evaluations::finished_at))
        .load(conn)?;
    let span = |(start, end): (Option<i64>, Option<i64>)| Some((start?.into(), end?.into()));
    Ok(rows.into_iter().filter_map(span).collect())
}
