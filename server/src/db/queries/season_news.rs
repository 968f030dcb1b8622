//! What the events of a season are about, read for a whole page of them at once.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{
    SeasonEventId, SeasonEventKind, Slug, SubmissionId, TaskId, TaskSettings, TeamId, TeamName, Timestamp,
};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, season_events, submissions, tasks, teams};
use crate::db::values::{from_json, from_word, parsed, texts, to_word};
use crate::error::Result;

/// A submission that led a board, as it is now.
#[derive(Debug, Clone)]
pub struct Lead {
    pub task: Slug,
    pub settings: TaskSettings,
    pub team: TeamId,
    pub team_name: TeamName,
    /// When it was scored.
    pub finished_at: Option<Timestamp>,
    /// When its team or organizers took its result off the board; `None` if it is on it.
    pub gone_at: Option<Timestamp>,
}

/// These submissions. A board that is frozen at a time still has what teams withdrew later.
pub fn leads(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = SubmissionId>,
    frozen_at: Option<Timestamp>,
) -> Result<HashMap<SubmissionId, Lead>> {
    type Row = (String, String, String, String, String, Option<i64>, Option<String>, Option<i64>, Option<i64>);
    let rows: Vec<Row> = submissions::table
        .inner_join(tasks::table.on(submissions::task_id.eq(tasks::id)))
        .inner_join(teams::table.on(submissions::team_id.eq(teams::id)))
        .left_join(evaluations::table.on(submissions::evaluation_id.eq(evaluations::id)))
        .filter(submissions::id.eq_any(texts(ids)))
        .select((
            submissions::id,
            tasks::slug,
            tasks::settings,
            teams::id,
            teams::name,
            evaluations::finished_at.nullable(),
            submissions::ruling,
            submissions::ruled_at,
            submissions::withdrawn_at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, task, settings, team, name, finished_at, ruling, ruled_at, withdrawn_at)| {
            let withdrawn_at =
                withdrawn_at.map(Timestamp::from).filter(|at| frozen_at.is_none_or(|frozen| *at <= frozen));
            let ruled_at = ruling.map(|_| Timestamp::from(ruled_at.unwrap_or_default()));
            let lead = Lead {
                task: parsed(task)?,
                settings: from_json(&settings)?,
                team: parsed(team)?,
                team_name: parsed(name)?,
                finished_at: finished_at.map(Timestamp::from),
                gone_at: ruled_at.or(withdrawn_at),
            };
            Ok((parsed(id)?, lead))
        })
        .collect()
}

/// Returns what was recorded of a board, in its order: who led, and what was taken back.
pub fn of_board(conn: &mut Conn, task: TaskId) -> Result<Vec<(SeasonEventKind, SubmissionId)>> {
    let rows: Vec<(String, String)> = season_events::table
        .filter(season_events::task_id.eq(task.to_string()))
        .order(season_events::number)
        .select((season_events::kind, season_events::submission_id.assume_not_null()))
        .load(conn)?;
    rows.into_iter().map(|(kind, submission)| Ok((from_word(&kind)?, parsed(submission)?))).collect()
}

/// The last event about the lead of each of these submissions.
pub fn led_in(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = SubmissionId>,
) -> Result<HashMap<SubmissionId, SeasonEventId>> {
    let rows: Vec<(String, String)> = season_events::table
        .filter(season_events::submission_id.eq_any(texts(ids)))
        .filter(season_events::kind.eq(to_word(&SeasonEventKind::Leader)?))
        .order(season_events::number)
        .select((season_events::submission_id.assume_not_null(), season_events::id))
        .load(conn)?;
    rows.into_iter().map(|(submission, event)| Ok((parsed(submission)?, parsed(event)?))).collect()
}
