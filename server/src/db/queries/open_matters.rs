//! What is not settled in a season, counted.

use std::time::Duration;

use diesel::dsl::{count_star, exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{OpenMatters, Ruling, SeasonState, SubmissionState, TeamStatus, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, memberships, questions, rescorings, submissions, tasks, teams, uploads};
use crate::db::tables::evaluations::OPEN;
use crate::db::tables::seasons::Season;
use crate::db::tables::submissions::HAVE_NO_RESULT;
use crate::db::tables::webhooks::disabled_by_server;
use crate::db::values::{int, parsed};
use crate::error::Result;

/// Counts what is not settled in a season at `now`; `grace` as in [`Season::choices_end`].
pub fn of_season(conn: &mut Conn, season: &Season, grace: Duration, now: Timestamp) -> Result<OpenMatters> {
    let is_over = season.state(now) == SeasonState::Closed;
    let choices_until = season.choices_end(grace).filter(|end| is_over && now < *end);
    let disabled_webhooks = disabled_by_server(conn, season.id)?;
    let season = season.id.to_string();
    let pending_teams: i64 = teams::table
        .filter(teams::season_id.eq(&season))
        .filter(teams::status.eq(TeamStatus::Pending.as_str()))
        .filter(teams::merged_into.is_null())
        .select(count_star())
        .first(conn)?;
    let open_questions: i64 = questions::table
        .filter(questions::season_id.eq(&season))
        .filter(questions::answer.is_null())
        .select(count_star())
        .first(conn)?;
    let (queued, running) =
        (in_queue(conn, &season, SubmissionState::Queued)?, in_queue(conn, &season, SubmissionState::Running)?);
    Ok(OpenMatters {
        pending_teams: int(pending_teams)?,
        held_results: held(conn, &season)?,
        open_questions: int(open_questions)?,
        rescorings: staged(conn, &season)?,
        stalled: stalled(conn, &season)?,
        disabled_webhooks,
        queued,
        running,
        uploads: unfinished_uploads(conn, &season, now)?,
        choices_until,
    })
}

fn held(conn: &mut Conn, season: &str) -> Result<u64> {
    let count: i64 = submissions::table
        .inner_join(evaluations::table.on(evaluations::id.eq(submissions::evaluation_id)))
        .filter(submissions::season_id.eq(season))
        .filter(submissions::ruling.eq(Ruling::Held.as_str()))
        .filter(submissions::withdrawn_at.is_null())
        .filter(evaluations::state.ne_all(HAVE_NO_RESULT.map(SubmissionState::as_str)))
        .select(count_star())
        .first(conn)?;
    int(count)
}

fn staged(conn: &mut Conn, season: &str) -> Result<Vec<holdout_protocol::Slug>> {
    let names: Vec<String> = rescorings::table
        .inner_join(tasks::table)
        .filter(tasks::season_id.eq(season))
        .filter(rescorings::ended.is_null())
        .order(tasks::position)
        .select(tasks::slug)
        .load(conn)?;
    names.into_iter().map(parsed).collect()
}

fn stalled(conn: &mut Conn, season: &str) -> Result<u64> {
    let count: i64 = submissions::table
        .inner_join(evaluations::table.on(evaluations::id.eq(submissions::evaluation_id)))
        .filter(submissions::season_id.eq(season))
        .filter(evaluations::state.eq(SubmissionState::Stalled.as_str()))
        .select(count_star())
        .first(conn)?;
    int(count)
}

fn in_queue(conn: &mut Conn, season: &str, state: SubmissionState) -> Result<u64> {
    let count: i64 = evaluations::table
        .inner_join(tasks::table.on(tasks::id.eq(evaluations::task_id)))
        .filter(sql::<Bool>(OPEN))
        .filter(tasks::season_id.eq(season))
        .filter(evaluations::state.eq(state.as_str()))
        .select(count_star())
        .first(conn)?;
    int(count)
}

fn unfinished_uploads(conn: &mut Conn, season: &str, now: Timestamp) -> Result<u64> {
    let of_member = memberships::table
        .filter(memberships::season_id.eq(season))
        .filter(memberships::account_id.eq(uploads::account_id));
    let count: i64 = uploads::table
        .filter(uploads::sha256.is_null())
        .filter(uploads::expires_at.gt(now.as_micros()))
        .filter(exists(of_member))
        .select(count_star())
        .first(conn)?;
    int(count)
}
