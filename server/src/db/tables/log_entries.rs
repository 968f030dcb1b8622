//! Entries of the transparency log. Nothing but the place and the signatures of one is ever written
//! after it came into being.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{EvaluationId, LogEntry, LogEntryKind, SeasonId, SubmissionId, Timestamp};
use holdout_receipts::{Hash, Opening};
use uuid::Uuid;

use crate::db::conn::Conn;
use crate::db::schema::{log_entries, submissions};
use crate::db::values::{from_json, from_word, int, parsed, texts, to_word};
use crate::error::{Error, Result};

/// Rows that one statement inserts. SQLite limits the number of values in a statement.
const AT_ONCE: usize = 500;

/// What is written down when something happens.
#[derive(Debug)]
pub struct NewEntry {
    pub kind: LogEntryKind,
    pub at: Timestamp,
    /// The text that is signed and hashed.
    pub body: String,
    /// The hash of that text.
    pub leaf: Hash,
    pub submission: Option<SubmissionId>,
    /// The evaluation of a result.
    pub evaluation: Option<EvaluationId>,
    pub opening: Option<Opening>,
}

/// An entry.
#[derive(Debug)]
pub struct Entry {
    pub id: String,
    /// Its place in the log, if it has one yet.
    pub index: Option<u64>,
    pub kind: LogEntryKind,
    pub at: Timestamp,
    pub body: String,
    /// The lines with its signatures, which are there if it has a place.
    pub signatures: Option<String>,
    pub leaf: Hash,
    pub evaluation: Option<EvaluationId>,
    pub opening: Option<Opening>,
}

#[derive(Queryable, Selectable, Insertable)]
// On SQLite diesel would otherwise insert many rows one by one, in a transaction that it begins
// within ours.
#[diesel(table_name = log_entries, treat_none_as_default_value = false)]
struct Row {
    id: String,
    position: Option<i64>,
    kind: String,
    at: i64,
    body: String,
    signatures: Option<String>,
    leaf: Vec<u8>,
    submission_id: Option<String>,
    evaluation_id: Option<String>,
    opening: Option<String>,
}

/// The bytes of a hash of the log.
pub(super) fn hash(bytes: Vec<u8>) -> Result<Hash> {
    let bytes = <[u8; 32]>::try_from(bytes);
    bytes.map(Hash::from_bytes).map_err(|bytes| Error::internal(format!("a hash of {} bytes", bytes.len())))
}

impl TryFrom<Row> for Entry {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            index: row.position.map(int).transpose()?,
            kind: from_word(&row.kind)?,
            at: row.at.into(),
            body: row.body,
            signatures: row.signatures,
            leaf: hash(row.leaf)?,
            evaluation: row.evaluation_id.map(parsed).transpose()?,
            opening: row.opening.as_deref().map(from_json).transpose()?,
        })
    }
}

impl TryFrom<NewEntry> for Row {
    type Error = Error;
    fn try_from(new: NewEntry) -> Result<Self> {
        let opening = new.opening.map(|opening| serde_json::to_string(&opening));
        Ok(Self {
            id: Uuid::now_v7().to_string(),
            position: None,
            kind: to_word(&new.kind)?,
            at: new.at.into(),
            leaf: new.leaf.as_bytes().to_vec(),
            body: new.body,
            signatures: None,
            submission_id: new.submission.map(String::from),
            evaluation_id: new.evaluation.map(String::from),
            opening: opening.transpose().map_err(Error::internal)?,
        })
    }
}

/// Adds entries, which have no place in the log yet.
pub fn insert(conn: &mut Conn, new: Vec<NewEntry>) -> Result<()> {
    let rows: Vec<Row> = new.into_iter().map(Row::try_from).collect::<Result<_>>()?;
    for rows in rows.chunks(AT_ONCE) {
        match conn {
            Conn::Postgresql(pg) => diesel::insert_into(log_entries::table).values(rows).execute(pg)?,
            Conn::Sqlite(sqlite) => diesel::insert_into(log_entries::table).values(rows).execute(sqlite)?,
        };
    }
    Ok(())
}

/// The leaf and the time of the last entry about each of these submissions that has one.
pub fn latest_of(
    conn: &mut Conn,
    submissions: impl IntoIterator<Item = SubmissionId>,
) -> Result<HashMap<SubmissionId, (Hash, Timestamp)>> {
    let rows: Vec<(Option<String>, Vec<u8>, i64)> = log_entries::table
        .filter(log_entries::submission_id.eq_any(texts(submissions)))
        .order(log_entries::at)
        .select((log_entries::submission_id, log_entries::leaf, log_entries::at))
        .load(conn)?;
    let found = rows.into_iter().filter_map(|(id, leaf, at)| Some((id?, leaf, at)));
    // A later one takes the place of an earlier one.
    found.map(|(id, leaf, at)| Ok((parsed(id)?, (hash(leaf)?, at.into())))).collect()
}

/// Returns at most `limit` entries that have no place yet, in the order in which they get one.
pub fn waiting(conn: &mut Conn, limit: i64) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = log_entries::table
        .filter(log_entries::position.is_null())
        .order((log_entries::at, log_entries::id))
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Adds an entry that has its place and signatures from the beginning.
pub fn insert_placed(conn: &mut Conn, new: NewEntry, index: u64, signatures: &str) -> Result<()> {
    let row = Row { position: Some(int(index)?), signatures: Some(signatures.to_owned()), ..Row::try_from(new)? };
    diesel::insert_into(log_entries::table).values(row).execute(conn)?;
    Ok(())
}

/// The entry at a place of the log.
///
/// # Errors
/// [`Error::Internal`] if it is missing.
pub fn at(conn: &mut Conn, index: u64) -> Result<Entry> {
    let row: Option<Row> = log_entries::table
        .filter(log_entries::position.eq(int::<_, i64>(index)?))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.ok_or_else(|| Error::internal(format!("the log lacks its entry {index}")))?.try_into()
}

/// Gives an entry its place and signatures.
pub fn set_place(conn: &mut Conn, id: &str, index: u64, signatures: &str) -> Result<()> {
    let changed = diesel::update(log_entries::table.find(id))
        .filter(log_entries::position.is_null())
        .set((log_entries::position.eq(int::<_, i64>(index)?), log_entries::signatures.eq(signatures)))
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(Error::internal(format!("entry {id} of the log has a place already"))) }
}

/// The entries of a submission that are in the log of this size, oldest first.
pub fn of_submission(conn: &mut Conn, submission: SubmissionId, size: u64) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = log_entries::table
        .filter(log_entries::submission_id.eq(submission.to_string()))
        .filter(log_entries::position.lt(int::<_, i64>(size)?))
        .order(log_entries::position)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Returns what everybody sees of the entries from `start` up to the one before `end`, in the log's
/// order.
pub fn range(conn: &mut Conn, start: u64, end: u64) -> Result<Vec<LogEntry>> {
    let rows: Vec<(Option<i64>, String, i64, Vec<u8>)> = log_entries::table
        .filter(log_entries::position.ge(int::<_, i64>(start)?).and(log_entries::position.lt(int::<_, i64>(end)?)))
        .order(log_entries::position)
        .select((log_entries::position, log_entries::kind, log_entries::at, log_entries::leaf))
        .load(conn)?;
    let entry = |(position, kind, at, leaf): (Option<i64>, String, i64, Vec<u8>)| {
        let index = position.ok_or_else(|| Error::internal("an entry of the log without a place"))?;
        Ok(LogEntry { index: int(index)?, kind: from_word(&kind)?, at: at.into(), leaf: hash(leaf)?.to_string() })
    };
    rows.into_iter().map(entry).collect()
}

/// Place and hash of each entry about a submission of a season that is in the log of this size, in
/// the log's order.
pub fn of_season(conn: &mut Conn, season: SeasonId, size: u64) -> Result<Vec<(u64, Hash)>> {
    let of_season = submissions::table.filter(submissions::season_id.eq(season.to_string()));
    let rows: Vec<(Option<i64>, Vec<u8>)> = log_entries::table
        .filter(log_entries::submission_id.eq_any(of_season.select(submissions::id.nullable())))
        .filter(log_entries::position.lt(int::<_, i64>(size)?))
        .order(log_entries::position)
        .select((log_entries::position, log_entries::leaf))
        .load(conn)?;
    let placed = rows.into_iter().filter_map(|(position, leaf)| Some((position?, leaf)));
    placed.map(|(position, leaf)| Ok((int(position)?, hash(leaf)?))).collect()
}

/// The corrections of all seasons that are in the log of this size, in its order. There are few.
pub fn corrections(conn: &mut Conn, size: u64) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = log_entries::table
        .filter(log_entries::kind.eq(to_word(&LogEntryKind::Correction)?))
        .filter(log_entries::position.lt(int::<_, i64>(size)?))
        .order(log_entries::position)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Entry::try_from).collect()
}
