//! How submissions stood before their edits, for boards of an earlier time.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{Disclosure, SubmissionId, TaskId, TeamId, TeamName, Timestamp, TrainingData};
use uuid::Uuid;

use crate::db::conn::Conn;
use crate::db::schema::{submission_versions, teams};
use crate::db::tables::submissions::{Submission, disclosure};
use crate::db::values::parsed;
use crate::error::{Error, Result};

/// Whose a submission was, what was said of it, and whether it was chosen, until a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The moment of the edit that ended this.
    pub until: Timestamp,
    /// The team, which has become part of another one since if it is not that of the submission.
    pub team: TeamId,
    /// The present name of that team.
    pub team_name: TeamName,
    /// Name of the method.
    pub method: Option<String>,
    pub description: Option<String>,
    pub links: Vec<String>,
    pub disclosure: Disclosure,
    /// When its team chose it to stand for it.
    pub final_at: Option<Timestamp>,
}

/// A row as the database gives it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = submission_versions)]
struct Row {
    submission_id: String,
    until: i64,
    method: Option<String>,
    description: Option<String>,
    links: String,
    final_at: Option<i64>,
    training_data: Option<String>,
    ensemble: Option<bool>,
    team_id: String,
}

fn version((row, team_name): (Row, String)) -> Result<Version> {
    Ok(Version {
        until: row.until.into(),
        team: parsed(row.team_id)?,
        team_name: parsed(team_name)?,
        method: row.method,
        description: row.description,
        links: serde_json::from_str(&row.links).map_err(Error::internal)?,
        disclosure: disclosure(row.training_data.as_deref(), row.ensemble)?,
        final_at: row.final_at.map(Timestamp::from),
    })
}

/// Keeps how a submission stood until `now`.
pub fn insert(conn: &mut Conn, before: &Submission, now: Timestamp) -> Result<()> {
    diesel::insert_into(submission_versions::table)
        .values((
            submission_versions::id.eq(Uuid::now_v7().to_string()),
            submission_versions::submission_id.eq(before.id.to_string()),
            submission_versions::task_id.eq(before.task.to_string()),
            submission_versions::until.eq(now.as_micros()),
            submission_versions::method.eq(&before.method),
            submission_versions::description.eq(&before.description),
            submission_versions::links.eq(serde_json::to_string(&before.links).map_err(Error::internal)?),
            submission_versions::final_at.eq(before.final_at.map(i64::from)),
            submission_versions::training_data.eq(before.disclosure.training_data.map(TrainingData::as_str)),
            submission_versions::ensemble.eq(before.disclosure.ensemble),
            submission_versions::team_id.eq(before.team.to_string()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Puts the present texts of a submission into all that was kept of it, so that no board shows the
/// old ones any more.
pub fn replace_texts(conn: &mut Conn, now: &Submission) -> Result<()> {
    diesel::update(submission_versions::table.filter(submission_versions::submission_id.eq(now.id.to_string())))
        .set((
            submission_versions::method.eq(&now.method),
            submission_versions::description.eq(&now.description),
            submission_versions::links.eq(serde_json::to_string(&now.links).map_err(Error::internal)?),
            submission_versions::training_data.eq(now.disclosure.training_data.map(TrainingData::as_str)),
            submission_versions::ensemble.eq(now.disclosure.ensemble),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns how the submission stood at `at`; `None` if it stood then as it does now.
pub fn at(conn: &mut Conn, submission: SubmissionId, at: Timestamp) -> Result<Option<Version>> {
    let row: Option<(Row, String)> = submission_versions::table
        .inner_join(teams::table.on(teams::id.eq(submission_versions::team_id)))
        .filter(submission_versions::submission_id.eq(submission.to_string()))
        .filter(submission_versions::until.gt(at.as_micros()))
        .order((submission_versions::until, submission_versions::id))
        .select((Row::as_select(), teams::name))
        .first(conn)
        .optional()?;
    row.map(version).transpose()
}

/// Returns how the submissions to a task stood before their edits, each by time.
pub fn of_task(conn: &mut Conn, task: TaskId) -> Result<HashMap<SubmissionId, Vec<Version>>> {
    let rows: Vec<(Row, String)> = submission_versions::table
        .inner_join(teams::table.on(teams::id.eq(submission_versions::team_id)))
        .filter(submission_versions::task_id.eq(task.to_string()))
        .order((submission_versions::until, submission_versions::id))
        .select((Row::as_select(), teams::name))
        .load(conn)?;
    let mut versions: HashMap<SubmissionId, Vec<Version>> = HashMap::new();
    for row in rows {
        versions.entry(parsed(row.0.submission_id.clone())?).or_default().push(version(row)?);
    }
    Ok(versions)
}
