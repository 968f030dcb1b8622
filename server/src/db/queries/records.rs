//! Evaluations with what stands around them, for organizers.

use diesel::dsl::{count_star, min, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{EvaluationId, EvaluationQuery, EvaluationRecord, Page, SubmissionState, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{evaluations, seasons, submissions, tasks, teams, test_sets};
use crate::db::search::Search;
use crate::db::tables::attempts;
use crate::db::tables::evaluations::{Evaluation, OPEN, Row};
use crate::db::values::{int, parsed};
use crate::error::Result;

/// The evaluation, season, task, team, method, and the evaluation that counts.
type RecordRow = (Row, String, String, String, Option<String>, String, i32);

macro_rules! records {
    () => {
        evaluations::table
            .inner_join(submissions::table.on(submissions::id.eq(evaluations::submission_id)))
            .inner_join(tasks::table.on(tasks::id.eq(evaluations::task_id)))
            .inner_join(seasons::table.on(seasons::id.eq(tasks::season_id)))
            .inner_join(teams::table.on(teams::id.eq(evaluations::team_id)))
            .inner_join(test_sets::table.on(test_sets::id.eq(evaluations::test_set_id)))
            .select((
                Row::as_select(),
                seasons::slug,
                tasks::slug,
                teams::name,
                submissions::method,
                submissions::evaluation_id,
                test_sets::version,
            ))
    };
}

/// A page of the evaluations that a query asks for, newest first.
///
/// # Errors
/// `invalid_value` if the text to search for is too long.
pub fn page(conn: &mut Conn, query: &EvaluationQuery) -> Result<Page<EvaluationRecord>> {
    let page = query.page();
    let mut select = records!().order(evaluations::id.desc()).limit(rows_to_fetch(&page)).into_boxed();
    if let Some(season) = &query.season {
        select = select.filter(seasons::slug.eq(season.to_string()));
    }
    if let Some(task) = &query.task {
        select = select.filter(tasks::slug.eq(task.to_string()));
    }
    if let Some(team) = &query.team {
        let id = team.parse::<TeamId>().map(String::from).unwrap_or_default();
        let part = Search::parse(Some(team))?.map_or_else(|| "%".to_owned(), |search| search.key);
        select = select.filter(teams::id.eq(id).or(teams::name_key.like(part).escape('\\')));
    }
    if let Some(state) = query.state {
        select = select.filter(evaluations::state.eq(state.as_str()));
    }
    if let Some(submission) = query.submission {
        select = select.filter(evaluations::submission_id.eq(submission.to_string()));
    }
    if let Some(cursor) = &query.cursor {
        select = select.filter(evaluations::id.lt(cursor.clone()));
    }
    let rows: Vec<RecordRow> = select.load(conn)?;
    let found = completed(conn, rows)?;
    Ok(page_of(found, &page, |record| record.id.to_string()))
}

/// These evaluations, in no particular order.
pub fn among(conn: &mut Conn, ids: &[EvaluationId]) -> Result<Vec<EvaluationRecord>> {
    let ids: Vec<String> = ids.iter().map(EvaluationId::to_string).collect();
    let rows: Vec<RecordRow> = records!().filter(evaluations::id.eq_any(ids)).load(conn)?;
    completed(conn, rows)
}

fn completed(conn: &mut Conn, rows: Vec<RecordRow>) -> Result<Vec<EvaluationRecord>> {
    let mut records = rows.into_iter().map(record).collect::<Result<Vec<_>>>()?;
    let ids: Vec<EvaluationId> = records.iter().map(|record| record.id).collect();
    let mut attempts = attempts::of_evaluations(conn, &ids)?;
    for record in &mut records {
        record.attempts = attempts.remove(&record.id).unwrap_or_default();
    }
    Ok(records)
}

fn record((row, season, task, team, method, counts, version): RecordRow) -> Result<EvaluationRecord> {
    let evaluation = Evaluation::try_from(row)?;
    Ok(EvaluationRecord {
        current: counts == evaluation.id.to_string(),
        id: evaluation.id,
        submission: evaluation.submission,
        season: parsed(season)?,
        task: parsed(task)?,
        team: parsed(team)?,
        method,
        kind: evaluation.kind,
        state: evaluation.state,
        version: int(version)?,
        rescoring: evaluation.rescoring,
        failures: evaluation.failures,
        verdict: evaluation.verdict,
        measures: evaluation.measures,
        scorer_version: evaluation.scorer_version,
        progress: evaluation.progress,
        queued_at: evaluation.queued_at,
        started_at: evaluation.started_at,
        finished_at: evaluation.finished_at,
        attempts: Vec::new(),
    })
}

/// Returns how many wait, and since when the oldest of them does.
pub fn queued(conn: &mut Conn) -> Result<(u64, Option<Timestamp>)> {
    let (count, oldest): (i64, Option<i64>) = evaluations::table
        .filter(sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .select((count_star(), min(evaluations::queued_at)))
        .first(conn)?;
    Ok((int(count)?, oldest.map(Timestamp::from)))
}

/// Those that run, the longest first.
pub fn running(conn: &mut Conn) -> Result<Vec<EvaluationId>> {
    let ids: Vec<String> = evaluations::table
        .filter(sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Running.as_str()))
        .order((evaluations::started_at, evaluations::id))
        .select(evaluations::id)
        .load(conn)?;
    ids.into_iter().map(parsed).collect()
}

/// Submissions that are stalled: one that was queued again is not, though its former evaluation is.
pub fn stalled(conn: &mut Conn) -> Result<u64> {
    let count: i64 = evaluations::table
        // By its id, which has an index.
        .inner_join(submissions::table.on(submissions::id.eq(evaluations::submission_id)))
        .filter(submissions::evaluation_id.eq(evaluations::id))
        .filter(evaluations::state.eq(SubmissionState::Stalled.as_str()))
        .count()
        .get_result(conn)?;
    int(count)
}
