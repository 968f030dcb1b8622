//! Scorers: the processes that claim work.

use diesel::prelude::*;
use holdout_protocol::{PageQuery, ScorerId, ScorerTokenId, SubmissionId, SubmissionKind, SubmissionState, Timestamp};

use crate::db::conn::Conn;
use crate::db::pages::rows_to_fetch;
use crate::db::schema::{evaluations, scorer_tokens, scorers};
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};

/// A scorer process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scorer {
    pub id: ScorerId,
    /// The token it came with.
    pub token: ScorerTokenId,
    /// Name for people.
    pub name: String,
    /// Version of the program.
    pub version: String,
    pub devices: Vec<String>,
    /// What it takes.
    pub kinds: Vec<SubmissionKind>,
    /// When it last spoke.
    pub last_seen_at: Timestamp,
    /// The different submissions that it failed on in a row.
    pub faulted: Vec<SubmissionId>,
    /// Since when it takes no work.
    pub withdrawn_at: Option<Timestamp>,
    /// Why it takes no work.
    pub trouble: Option<String>,
    /// Bytes of memory that it has for a model.
    pub memory_bytes: Option<u64>,
    /// When it signed off.
    pub stopped_at: Option<Timestamp>,
    /// The process that it is a worker of.
    pub process: Option<ScorerId>,
}

/// A row as the database gives it.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = scorers, treat_none_as_null = true)]
struct Row {
    id: String,
    token_id: String,
    name: String,
    version: String,
    devices: String,
    last_seen_at: i64,
    faults: i32,
    withdrawn_at: Option<i64>,
    kinds: String,
    faulted: String,
    trouble: Option<String>,
    memory_bytes: Option<i64>,
    stopped_at: Option<i64>,
    process_id: Option<String>,
}

impl TryFrom<Row> for Scorer {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: parsed(row.id)?,
            token: parsed(row.token_id)?,
            name: row.name,
            version: row.version,
            devices: serde_json::from_str(&row.devices).map_err(Error::internal)?,
            kinds: serde_json::from_str(&row.kinds).map_err(Error::internal)?,
            last_seen_at: row.last_seen_at.into(),
            faulted: serde_json::from_str(&row.faulted).map_err(Error::internal)?,
            withdrawn_at: row.withdrawn_at.map(Timestamp::from),
            trouble: row.trouble,
            memory_bytes: row.memory_bytes.map(int).transpose()?,
            stopped_at: row.stopped_at.map(Timestamp::from),
            process: row.process_id.map(parsed).transpose()?,
        })
    }
}

impl TryFrom<&Scorer> for Row {
    type Error = Error;
    fn try_from(scorer: &Scorer) -> Result<Self> {
        Ok(Self {
            id: scorer.id.to_string(),
            token_id: scorer.token.to_string(),
            name: scorer.name.clone(),
            version: scorer.version.clone(),
            devices: serde_json::to_string(&scorer.devices).map_err(Error::internal)?,
            last_seen_at: scorer.last_seen_at.into(),
            faults: int(scorer.faulted.len())?,
            faulted: serde_json::to_string(&scorer.faulted).map_err(Error::internal)?,
            trouble: scorer.trouble.clone(),
            memory_bytes: scorer.memory_bytes.map(int).transpose()?,
            stopped_at: scorer.stopped_at.map(i64::from),
            process_id: scorer.process.map(String::from),
            withdrawn_at: scorer.withdrawn_at.map(i64::from),
            kinds: serde_json::to_string(&scorer.kinds).map_err(Error::internal)?,
        })
    }
}

/// The condition that a scorer spoke after `since` and has not signed off.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn is_there(since: i64) -> _ {
    scorers::last_seen_at.gt(since).and(scorers::stopped_at.is_null())
}

/// Notes that all scorers whose token has this name have stopped.
pub fn sign_off(conn: &mut Conn, token: &str, now: Timestamp) -> Result<()> {
    let tokens = scorer_tokens::table.filter(scorer_tokens::name.eq(token)).select(scorer_tokens::id);
    diesel::update(scorers::table.filter(scorers::token_id.eq_any(tokens)).filter(scorers::stopped_at.is_null()))
        .set(scorers::stopped_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(())
}

/// Deletes the scorers that `scorer` takes the place of, because they had its token and name and
/// have signed off or were not heard of since `silent_since`; and every scorer that was not heard
/// of since `forgotten_since`. Attempts keep the names of those who made them, and a scorer that
/// has an attempt is kept.
pub fn delete_replaced(
    conn: &mut Conn,
    scorer: &Scorer,
    silent_since: Timestamp,
    forgotten_since: Timestamp,
) -> Result<()> {
    let at_work = evaluations::table
        .filter(evaluations::state.eq(SubmissionState::Running.as_str()))
        .filter(evaluations::scorer_id.is_not_null())
        .select(evaluations::scorer_id.assume_not_null());
    let is_gone = scorers::stopped_at.is_not_null().or(scorers::last_seen_at.lt(silent_since.as_micros()));
    let is_same = scorers::token_id.eq(scorer.token.to_string()).and(scorers::name.eq(scorer.name.clone()));
    let is_replaced = scorers::last_seen_at.lt(forgotten_since.as_micros()).or(is_same.and(is_gone));
    diesel::delete(
        scorers::table
            .filter(scorers::id.ne(scorer.id.to_string()))
            .filter(scorers::id.ne_all(at_work))
            .filter(is_replaced),
    )
    .execute(conn)?;
    Ok(())
}

/// The scorer with this id, if it was seen before.
pub fn find(conn: &mut Conn, id: ScorerId) -> Result<Option<Scorer>> {
    let row: Option<Row> = scorers::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Scorer::try_from).transpose()
}

/// Adds a scorer.
///
/// # Errors
/// A unique violation if it is there.
pub fn insert(conn: &mut Conn, scorer: &Scorer) -> Result<()> {
    diesel::insert_into(scorers::table).values(Row::try_from(scorer)?).execute(conn)?;
    Ok(())
}

/// The scorers of the process of one of them, which may be that one alone.
pub fn of_process(conn: &mut Conn, scorer: Scorer) -> Result<Vec<Scorer>> {
    let Some(process) = scorer.process else { return Ok(vec![scorer]) };
    let rows: Vec<Row> = scorers::table
        .filter(scorers::process_id.eq(process.to_string()))
        // Another token's could not be known, and says nothing about this one.
        .filter(scorers::token_id.eq(scorer.token.to_string()))
        .order(scorers::id)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Scorer::try_from).collect()
}

/// Writes what is known of a scorer.
pub fn update(conn: &mut Conn, scorer: &Scorer) -> Result<()> {
    diesel::update(scorers::table.find(scorer.id.to_string())).set(Row::try_from(scorer)?).execute(conn)?;
    Ok(())
}

/// Notes that a scorer spoke.
pub fn touch(conn: &mut Conn, id: ScorerId, now: Timestamp) -> Result<()> {
    diesel::update(scorers::table.find(id.to_string())).set(scorers::last_seen_at.eq(now.as_micros())).execute(conn)?;
    Ok(())
}

/// Scorers, newest first: one more than the page shows.
pub fn page(conn: &mut Conn, query: &PageQuery) -> Result<Vec<Scorer>> {
    let mut select = scorers::table.order(scorers::id.desc()).limit(rows_to_fetch(query)).into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(scorers::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Scorer::try_from).collect()
}
