//! Tasks.

use diesel::prelude::*;
use holdout_protocol::{SeasonId, Slug, TaskId, TaskSettings, TestSetId, Timestamp};
use serde::Serialize;

use crate::db::conn::Conn;
use crate::db::schema::tasks;
use crate::db::values::parsed;
use crate::error::{Error, Result};

/// A task of a season.
#[derive(Debug, Clone, Serialize)]
pub struct Task {
    pub id: TaskId,
    pub season: SeasonId,
    pub slug: Slug,
    /// Place among the season's tasks, from 0.
    pub position: i32,
    pub settings: TaskSettings,
    /// The present version of its test set.
    pub test_set: Option<TestSetId>,
    /// Goes up with every change that a viewer of the board could see.
    pub board_version: i64,
}

/// A row as the database gives it.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tasks)]
pub struct Row {
    id: String,
    season_id: String,
    slug: String,
    position: i32,
    settings: String,
    test_set_id: Option<String>,
    board_version: i64,
    created_at: i64,
}

impl TryFrom<Row> for Task {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: parsed(row.id)?,
            season: parsed(row.season_id)?,
            slug: parsed(row.slug)?,
            position: row.position,
            settings: serde_json::from_str(&row.settings).map_err(Error::internal)?,
            test_set: row.test_set_id.map(parsed).transpose()?,
            board_version: row.board_version,
        })
    }
}

/// The task of a season with this name.
///
/// # Errors
/// `not_found` if there is none.
pub fn find(conn: &mut Conn, season: SeasonId, slug: &str) -> Result<Task> {
    let row: Option<Row> = tasks::table
        .filter(tasks::season_id.eq(season.to_string()))
        .filter(tasks::slug.eq(slug))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.ok_or_else(|| Error::not_found("task", slug))?.try_into()
}

/// The task with this id.
///
/// # Errors
/// `not_found` if there is none.
pub fn get(conn: &mut Conn, id: TaskId) -> Result<Task> {
    let row: Option<Row> = tasks::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.ok_or_else(|| Error::not_found("task", id))?.try_into()
}

/// The tasks of a season, in the organizers' order.
pub fn of_season(conn: &mut Conn, season: SeasonId) -> Result<Vec<Task>> {
    let rows: Vec<Row> = tasks::table
        .filter(tasks::season_id.eq(season.to_string()))
        .order((tasks::position, tasks::id))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Task::try_from).collect()
}

/// Adds a task.
///
/// # Errors
/// A unique violation if the season has one of this name.
pub fn insert(conn: &mut Conn, task: &Task, now: Timestamp) -> Result<()> {
    let row = Row {
        id: task.id.to_string(),
        season_id: task.season.to_string(),
        slug: task.slug.to_string(),
        position: task.position,
        settings: serde_json::to_string(&task.settings).map_err(Error::internal)?,
        test_set_id: task.test_set.map(String::from),
        board_version: task.board_version,
        created_at: now.into(),
    };
    diesel::insert_into(tasks::table).values(row).execute(conn)?;
    Ok(())
}

/// Tells that a viewer of the task's board could see a change; part of the transaction that makes
/// it.
pub fn bump_board(conn: &mut Conn, task: TaskId) -> Result<()> {
    diesel::update(tasks::table.find(task.to_string()))
        .set(tasks::board_version.eq(tasks::board_version + 1))
        .execute(conn)?;
    Ok(())
}

/// Locks the row of a task until the end of the transaction.
pub fn lock(conn: &mut Conn, task: TaskId) -> Result<()> {
    let unchanged = tasks::board_version.eq(tasks::board_version);
    diesel::update(tasks::table.find(task.to_string())).set(unchanged).execute(conn)?;
    Ok(())
}

/// The present version of the task's board.
///
/// # Errors
/// If there is no such task.
pub fn board_version(conn: &mut Conn, task: TaskId) -> Result<i64> {
    Ok(tasks::table.find(task.to_string()).select(tasks::board_version).first(conn)?)
}

/// Replaces the settings of a task.
pub fn set_settings(conn: &mut Conn, task: TaskId, settings: &TaskSettings) -> Result<()> {
    let text = serde_json::to_string(settings).map_err(Error::internal)?;
    diesel::update(tasks::table.find(task.to_string())).set(tasks::settings.eq(text)).execute(conn)?;
    Ok(())
}

/// Makes a version the task's present test set.
pub fn set_test_set(conn: &mut Conn, task: TaskId, set: TestSetId) -> Result<()> {
    diesel::update(tasks::table.find(task.to_string())).set(tasks::test_set_id.eq(set.to_string())).execute(conn)?;
    Ok(())
}
