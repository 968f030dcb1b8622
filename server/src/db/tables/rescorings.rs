//! Re-scorings: at most one of a task is open.

use diesel::prelude::*;
use holdout_protocol::{AccountId, RescoringEnd, RescoringId, TaskId, TestSetId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{rescorings, seasons, tasks};
use crate::db::values::{from_word, parsed, to_word};
use crate::error::{Error, Result};

/// Results of one version of a task's test set, counted for another one.
#[derive(Debug, Clone)]
pub struct Rescoring {
    pub id: RescoringId,
    pub task: TaskId,
    /// The version that the board shows.
    pub from: TestSetId,
    /// The version that the results are counted for.
    pub to: TestSetId,
    pub created_by: AccountId,
    pub created_at: Timestamp,
    /// How it ended.
    pub ended: Option<RescoringEnd>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rescorings)]
struct Row {
    id: String,
    task_id: String,
    from_id: String,
    to_id: String,
    created_by: String,
    created_at: i64,
    ended: Option<String>,
}

impl TryFrom<Row> for Rescoring {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: parsed(row.id)?,
            task: parsed(row.task_id)?,
            from: parsed(row.from_id)?,
            to: parsed(row.to_id)?,
            created_by: parsed(row.created_by)?,
            created_at: row.created_at.into(),
            ended: row.ended.as_deref().map(from_word).transpose()?,
        })
    }
}

/// The re-scoring with this id.
///
/// # Errors
/// `not_found` if there is none.
pub fn get(conn: &mut Conn, id: RescoringId) -> Result<Rescoring> {
    let row: Option<Row> = rescorings::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.ok_or_else(|| Error::not_found("re-scoring", id))?.try_into()
}

/// The open re-scoring of a task.
pub fn open_of(conn: &mut Conn, task: TaskId) -> Result<Option<Rescoring>> {
    let row: Option<Row> = rescorings::table
        .filter(rescorings::task_id.eq(task.to_string()))
        .filter(rescorings::ended.is_null())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Rescoring::try_from).transpose()
}

/// All open re-scorings.
pub fn open(conn: &mut Conn) -> Result<Vec<Rescoring>> {
    let rows: Vec<Row> = rescorings::table
        .filter(rescorings::ended.is_null())
        .order(rescorings::id)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Rescoring::try_from).collect()
}

/// Adds a re-scoring.
///
/// # Errors
/// A unique violation if the task has an open one.
pub fn insert(conn: &mut Conn, rescoring: &Rescoring) -> Result<()> {
    let row = Row {
        id: rescoring.id.to_string(),
        task_id: rescoring.task.to_string(),
        from_id: rescoring.from.to_string(),
        to_id: rescoring.to.to_string(),
        created_by: rescoring.created_by.to_string(),
        created_at: rescoring.created_at.into(),
        ended: None,
    };
    diesel::insert_into(rescorings::table).values(row).execute(conn)?;
    Ok(())
}

/// Ends a re-scoring; false, and nothing changed, if it has ended.
pub fn end(conn: &mut Conn, id: RescoringId, ended: RescoringEnd, now: Timestamp) -> Result<bool> {
    let changed = diesel::update(rescorings::table.find(id.to_string()))
        .filter(rescorings::ended.is_null())
        .set((rescorings::ended.eq(to_word(&ended)?), rescorings::ended_at.eq(now.as_micros())))
        .execute(conn)?;
    Ok(changed > 0)
}

/// The name of the season of a re-scoring.
pub fn season_of(conn: &mut Conn, id: RescoringId) -> Result<Option<String>> {
    Ok(rescorings::table
        .inner_join(tasks::table.inner_join(seasons::table))
        .filter(rescorings::id.eq(id.to_string()))
        .select(seasons::slug)
        .first(conn)
        .optional()?)
}
