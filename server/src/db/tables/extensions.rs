//! More time and more attempts for single teams.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{AccountId, Extension, ExtensionId, Page, PageQuery, SeasonId, TaskId, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{extensions, tasks, teams};
use crate::db::values::{int, parsed, texts};
use crate::error::{Error, Result};

/// A new extension.
#[derive(Debug)]
pub struct NewRow<'a> {
    pub id: ExtensionId,
    pub season: SeasonId,
    pub team: TeamId,
    /// `None` for each task of the season.
    pub task: Option<TaskId>,
    /// 0 for a deadline.
    pub attempts: u32,
    pub until: Timestamp,
    pub reason: &'a str,
    /// The organizer.
    pub by: AccountId,
}

pub fn insert(conn: &mut Conn, new: &NewRow<'_>, now: Timestamp) -> Result<()> {
    diesel::insert_into(extensions::table)
        .values((
            extensions::id.eq(new.id.to_string()),
            extensions::season_id.eq(new.season.to_string()),
            extensions::team_id.eq(new.team.to_string()),
            extensions::task_id.eq(new.task.map(String::from)),
            extensions::attempts.eq(int::<_, i32>(new.attempts)?),
            extensions::until.eq(new.until.as_micros()),
            extensions::reason.eq(new.reason),
            extensions::created_by.eq(new.by.to_string()),
            extensions::created_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether the team has the same extension, with the same end and, for attempts, the same reason,
/// and it was not ended by hand.
pub fn has_same(conn: &mut Conn, new: &NewRow<'_>) -> Result<bool> {
    let mut select = extensions::table
        .filter(extensions::team_id.eq(new.team.to_string()))
        .filter(extensions::attempts.eq(int::<_, i32>(new.attempts)?))
        .filter(extensions::until.eq(new.until.as_micros()))
        .filter(extensions::revoked_at.is_null())
        .into_boxed();
    // A team may get attempts for two reasons, but has one deadline.
    if new.attempts > 0 {
        select = select.filter(extensions::reason.eq(new.reason));
    }
    select = match new.task {
        Some(task) => select.filter(extensions::task_id.eq(task.to_string())),
        None => select.filter(extensions::task_id.is_null()),
    };
    let count: i64 = select.count().get_result(conn)?;
    Ok(count > 0)
}

/// The own deadlines of those of these teams that have one; of several, the last.
pub fn deadlines_of(conn: &mut Conn, of: &[TeamId]) -> Result<HashMap<TeamId, Timestamp>> {
    let rows: Vec<(String, i64)> = extensions::table
        .filter(extensions::team_id.eq_any(texts(of)))
        .filter(extensions::attempts.eq(0))
        .order(extensions::until)
        .select((extensions::team_id, extensions::until))
        .load(conn)?;
    rows.into_iter().map(|(team, until)| Ok((parsed(team)?, Timestamp::from(until)))).collect()
}

/// The extensions with extra attempts that a team can use in a task at `now`, those that end first
/// before the others: how many attempts each gave, and until when.
pub fn attempts_of(
    conn: &mut Conn,
    team: TeamId,
    task: TaskId,
    now: Timestamp,
) -> Result<Vec<(ExtensionId, u32, Timestamp)>> {
    let rows: Vec<(String, i32, i64)> = extensions::table
        .filter(extensions::team_id.eq(team.to_string()))
        .filter(extensions::attempts.gt(0))
        .filter(extensions::until.gt(now.as_micros()))
        .filter(extensions::task_id.is_null().or(extensions::task_id.eq(task.to_string())))
        .order((extensions::until, extensions::id))
        .select((extensions::id, extensions::attempts, extensions::until))
        .load(conn)?;
    rows.into_iter().map(|(id, attempts, until)| Ok((parsed(id)?, int(attempts)?, until.into()))).collect()
}

/// Returns how many teams of a season have a deadline of their own that is still to come, and the
/// last of these.
pub fn running(conn: &mut Conn, season: SeasonId, now: Timestamp) -> Result<Option<(u64, Timestamp)>> {
    let rows: Vec<(String, i64)> = extensions::table
        .filter(extensions::season_id.eq(season.to_string()))
        .filter(extensions::attempts.eq(0))
        .filter(extensions::until.gt(now.as_micros()))
        .select((extensions::team_id, extensions::until))
        .load(conn)?;
    let teams: std::collections::HashSet<&String> = rows.iter().map(|(team, _)| team).collect();
    let last = rows.iter().map(|(_, until)| *until).max();
    last.map(|last| Ok((int(teams.len())?, Timestamp::from(last)))).transpose()
}

/// Deletes all extensions of a team.
pub fn delete_all(conn: &mut Conn, team: TeamId) -> Result<()> {
    diesel::delete(extensions::table.filter(extensions::team_id.eq(team.to_string()))).execute(conn)?;
    Ok(())
}

/// Ends an extension now. What was done while it ran stays. `None` if the season has no such
/// extension; false if it had ended.
pub fn revoke(conn: &mut Conn, season: SeasonId, id: ExtensionId, now: Timestamp) -> Result<Option<bool>> {
    let of_season = || extensions::table.find(id.to_string()).filter(extensions::season_id.eq(season.to_string()));
    let until: Option<i64> = of_season().select(extensions::until).first(conn).optional()?;
    let Some(until) = until else { return Ok(None) };
    if until <= now.as_micros() {
        return Ok(Some(false));
    }
    let end = (extensions::until.eq(now.as_micros()), extensions::revoked_at.eq(now.as_micros()));
    diesel::update(of_season()).set(end).execute(conn)?;
    Ok(Some(true))
}

type Row = (String, String, Option<String>, i32, i64, String, i64, Option<i64>);

/// A page of a season's extensions, newest first.
pub fn page(conn: &mut Conn, season: SeasonId, query: &PageQuery) -> Result<Page<Extension>> {
    let mut select = extensions::table
        .inner_join(teams::table)
        .left_join(tasks::table)
        .filter(extensions::season_id.eq(season.to_string()))
        .order(extensions::id.desc())
        .limit(rows_to_fetch(query))
        .select((
            extensions::id,
            teams::name,
            tasks::slug.nullable(),
            extensions::attempts,
            extensions::until,
            extensions::reason,
            extensions::created_at,
            extensions::revoked_at,
        ))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(extensions::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let extension = |(id, team, task, attempts, until, reason, created_at, revoked_at): Row| {
        Ok::<_, Error>(Extension {
            id: parsed(id)?,
            team: parsed(team)?,
            task: task.map(parsed).transpose()?,
            attempts: int(attempts)?,
            until: until.into(),
            reason,
            created_at: created_at.into(),
            revoked_at: revoked_at.map(Timestamp::from),
        })
    };
    let found = rows.into_iter().map(extension).collect::<Result<Vec<_>>>()?;
    Ok(page_of(found, query, |extension| extension.id.to_string()))
}
