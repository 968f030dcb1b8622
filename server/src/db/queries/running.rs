//! What scorers are at work on, and whose time is up.

use std::collections::HashMap;

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{
    EvaluationId, Progress, ScorerId, Sha256, SubmissionKind, SubmissionState, TaskId, TeamId, Timestamp,
};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, submissions, test_sets};
use crate::db::tables::evaluations::{Evaluation, OPEN};
use crate::db::values::{int, kind_of, parsed, to_word};
use crate::error::Result;

/// Running evaluations whose lease has ended, by id: whoever locks several of them does so in this
/// order.
pub fn expired(conn: &mut Conn, now: Timestamp) -> Result<Vec<EvaluationId>> {
    // Sorted here: asked to sort, SQLite would walk through all ids there ever were.
    let mut ids: Vec<String> = evaluations::table
        .filter(evaluations::lease_expires_at.lt(now.as_micros()))
        .filter(evaluations::state.eq(SubmissionState::Running.as_str()))
        .select(evaluations::id)
        .load(conn)?;
    ids.sort_unstable();
    ids.into_iter().map(parsed).collect()
}

/// Returns how many evaluations run, by team and task.
pub fn count_by_team(conn: &mut Conn) -> Result<HashMap<(TeamId, TaskId), u64>> {
    let rows: Vec<(String, String, i64)> = evaluations::table
        .filter(diesel::dsl::sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Running.as_str()))
        .group_by((evaluations::team_id, evaluations::task_id))
        .select((evaluations::team_id, evaluations::task_id, count_star()))
        .load(conn)?;
    rows.into_iter().map(|(team, task, count)| Ok(((parsed(team)?, parsed(task)?), int(count)?))).collect()
}

/// Returns how many evaluations of a team run in a task.
pub fn count_of(conn: &mut Conn, team: TeamId, task: TaskId) -> Result<u64> {
    let count: i64 = evaluations::table
        .filter(evaluations::team_id.eq(team.to_string()))
        .filter(evaluations::task_id.eq(task.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Running.as_str()))
        .count()
        .get_result(conn)?;
    int(count)
}

/// Returns how many evaluations of each of these teams were begun after `since`.
pub fn begun_since(conn: &mut Conn, teams: &[TeamId], since: Timestamp) -> Result<HashMap<TeamId, u64>> {
    let teams: Vec<String> = teams.iter().map(TeamId::to_string).collect();
    let rows: Vec<(String, i64)> = evaluations::table
        .filter(evaluations::team_id.eq_any(teams))
        .filter(evaluations::started_at.gt(since.as_micros()))
        .group_by(evaluations::team_id)
        .select((evaluations::team_id, count_star()))
        .load(conn)?;
    rows.into_iter().map(|(team, count)| Ok((parsed(team)?, int(count)?))).collect()
}

/// Returns true if a pause of a waiting evaluation ended after `since`, so that scorers that wait
/// should look again.
pub fn has_become_due(conn: &mut Conn, since: Timestamp, now: Timestamp) -> Result<bool> {
    let (since, now) = (since.as_micros(), now.as_micros());
    let paused = evaluations::not_before.assume_not_null().between(since, now);
    let kept = evaluations::avoided_until.assume_not_null().between(since, now);
    let count: i64 = evaluations::table
        .filter(diesel::dsl::sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .filter(paused.or(kept))
        .count()
        .get_result(conn)?;
    Ok(count > 0)
}

/// The latest that a lease, a pause and the time for other scorers can end. What is later was
/// written before the clock was set back.
#[derive(Debug, Clone, Copy)]
pub struct Latest {
    pub lease: Timestamp,
    pub pause: Timestamp,
    pub others: Timestamp,
}

/// Returns true if a lease or a pause is later than it can be.
pub fn is_ahead(conn: &mut Conn, latest: Latest) -> Result<bool> {
    let ahead = (evaluations::state.eq(SubmissionState::Running.as_str()))
        .and(evaluations::lease_expires_at.assume_not_null().gt(latest.lease.as_micros()))
        .or((evaluations::state.eq(SubmissionState::Queued.as_str())).and(
            (evaluations::not_before.assume_not_null().gt(latest.pause.as_micros()))
                .or(evaluations::avoided_until.assume_not_null().gt(latest.others.as_micros())),
        ));
    let open = evaluations::table.filter(diesel::dsl::sql::<Bool>(OPEN)).filter(ahead);
    Ok(open.count().get_result::<i64>(conn)? > 0)
}

/// Lets leases and pauses end when they can at the latest; returns how many there were.
pub fn bring_back(conn: &mut Conn, latest: Latest) -> Result<usize> {
    let Latest { lease, pause, others } = latest;
    let leases = evaluations::table
        .filter(evaluations::state.eq(SubmissionState::Running.as_str()))
        .filter(evaluations::lease_expires_at.gt(lease.as_micros()));
    let mut changed = diesel::update(leases).set(evaluations::lease_expires_at.eq(lease.as_micros())).execute(conn)?;
    let pauses = evaluations::table
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .filter(evaluations::not_before.gt(pause.as_micros()));
    changed += diesel::update(pauses).set(evaluations::not_before.eq(pause.as_micros())).execute(conn)?;
    let kept = evaluations::table
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .filter(evaluations::avoided_until.gt(others.as_micros()));
    changed += diesel::update(kept).set(evaluations::avoided_until.eq(others.as_micros())).execute(conn)?;
    Ok(changed)
}

/// Waiting evaluations with failed attempts whose pause ended before `due_before`, and their kinds.
pub fn left_behind(conn: &mut Conn, due_before: Timestamp) -> Result<Vec<(EvaluationId, SubmissionKind)>> {
    let rows: Vec<(String, String)> = evaluations::table
        .filter(diesel::dsl::sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .filter(evaluations::failures.gt(0))
        .filter(evaluations::not_before.assume_not_null().lt(due_before.as_micros()))
        .select((evaluations::id, evaluations::kind))
        .load(conn)?;
    rows.into_iter().map(|(id, kind)| Ok((parsed(id)?, kind_of(&kind)?))).collect()
}

/// Renews the lease of a running attempt and notes how far it is; false if the attempt is not the
/// present one.
pub fn renew(conn: &mut Conn, running: &Evaluation, until: Timestamp, progress: &Progress) -> Result<bool> {
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let changed = diesel::update(evaluations::table.find(running.id.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Running.as_str()))
        .filter(evaluations::attempt.eq(int::<_, i32>(running.attempt)?))
        .set((
            evaluations::lease_expires_at.eq(until.as_micros()),
            evaluations::stage.eq(to_word(&progress.stage)?),
            evaluations::done.eq(count(progress.done)),
            evaluations::total.eq(count(progress.total)),
            evaluations::images_per_second.eq(progress.images_per_second.filter(|pace| *pace >= 0.0)),
        ))
        .execute(conn)?;
    Ok(changed > 0)
}

/// Returns what each of these scorers is at.
pub fn at_work(conn: &mut Conn, scorers: &[ScorerId]) -> Result<HashMap<ScorerId, EvaluationId>> {
    let scorers: Vec<String> = scorers.iter().map(ScorerId::to_string).collect();
    let rows: Vec<(Option<String>, Option<String>)> = evaluations::table
        .filter(diesel::dsl::sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Running.as_str()))
        .filter(evaluations::scorer_id.eq_any(scorers))
        .group_by(evaluations::scorer_id)
        .select((evaluations::scorer_id, max(evaluations::id)))
        .load(conn)?;
    let pairs = rows.into_iter().filter_map(|(scorer, id)| Some((scorer?, id?)));
    pairs.map(|(scorer, id)| Ok((parsed(scorer)?, parsed(id)?))).collect()
}

/// Returns true if a blob is what a team sent, or a test set or its images.
pub fn is_for_scorers(conn: &mut Conn, blob: Sha256) -> Result<bool> {
    let name = blob.to_string();
    let sent: Option<String> =
        submissions::table.filter(submissions::sha256.eq(&name)).select(submissions::id).first(conn).optional()?;
    if sent.is_some() {
        return Ok(true);
    }
    let either = test_sets::sha256.eq(&name).or(test_sets::images_sha256.assume_not_null().eq(&name));
    let sets: i64 = test_sets::table.filter(either).count().get_result(conn)?;
    Ok(sets > 0)
}
