//! What happened in seasons, in an order that never changes.

use diesel::prelude::*;
use holdout_protocol::{
    AnnouncementId, QuestionId, SeasonEventId, SeasonEventKind, SeasonId, SubmissionId, TaskId, Timestamp,
};

use crate::db::conn::Conn;
use crate::db::lock::{Lock, lock};
use crate::db::schema::season_events;
use crate::db::tables::webhook_deliveries::{self, Told};
use crate::db::tables::webhooks;
use crate::db::values::{from_word, int, parsed, to_word};
use crate::error::{Error, Result};

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum About {
    /// The season itself.
    Season,
    /// A board: the task, the submission that leads, and its error.
    Board(TaskId, SubmissionId, f64),
    /// A board: the task, and the submission that led and was taken off it.
    Retracted(TaskId, SubmissionId),
    Announcement(AnnouncementId),
    Question(QuestionId),
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: SeasonEventId,
    /// Its place in the season.
    pub number: u64,
    pub at: Timestamp,
    pub kind: SeasonEventKind,
    pub about: About,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = season_events)]
struct Row {
    season_id: String,
    number: i64,
    id: String,
    at: i64,
    kind: String,
    task_id: Option<String>,
    submission_id: Option<String>,
    error: Option<f64>,
    announcement_id: Option<String>,
    question_id: Option<String>,
}

impl TryFrom<Row> for Event {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let about = match (row.task_id, row.submission_id, row.error, row.announcement_id, row.question_id) {
            (Some(task), Some(submission), Some(error), ..) => About::Board(parsed(task)?, parsed(submission)?, error),
            (Some(task), Some(submission), None, ..) => About::Retracted(parsed(task)?, parsed(submission)?),
            (.., Some(announcement), _) => About::Announcement(parsed(announcement)?),
            (.., Some(question)) => About::Question(parsed(question)?),
            _ => About::Season,
        };
        Ok(Self {
            id: parsed(row.id)?,
            number: int(row.number)?,
            at: row.at.into(),
            kind: from_word(&row.kind)?,
            about,
        })
    }
}

/// Adds an event, the last one of the season, and queues it for the season's webhooks. Numbers are
/// given under the season's lock, so that a reader who has one of them misses none below it.
pub fn append(conn: &mut Conn, season: SeasonId, at: Timestamp, kind: SeasonEventKind, about: About) -> Result<()> {
    lock(conn, Lock::Season(&season.to_string()))?;
    let last: Option<i64> = season_events::table
        .filter(season_events::season_id.eq(season.to_string()))
        .select(diesel::dsl::max(season_events::number))
        .first(conn)?;
    let (board, announcement, question) = match about {
        About::Season => (None, None, None),
        About::Board(task, submission, error) => (Some((task, submission, Some(error))), None, None),
        About::Retracted(task, submission) => (Some((task, submission, None)), None, None),
        About::Announcement(id) => (None, Some(id), None),
        About::Question(id) => (None, None, Some(id)),
    };
    let number = last.unwrap_or(0).saturating_add(1);
    let row = Row {
        season_id: season.to_string(),
        number,
        id: SeasonEventId::new().to_string(),
        at: at.into(),
        kind: to_word(&kind)?,
        task_id: board.map(|(task, ..)| task.to_string()),
        submission_id: board.map(|(_, submission, _)| submission.to_string()),
        error: board.and_then(|(.., error)| error),
        announcement_id: announcement.map(String::from),
        question_id: question.map(String::from),
    };
    diesel::insert_into(season_events::table).values(row).execute(conn)?;
    let listening = webhooks::listening(conn, season, kind.into())?;
    webhook_deliveries::enqueue(conn, listening, kind.into(), at, &Told::Event(int(number)?))
}

/// Returns true if the season has an event of this kind at this time.
pub fn has(conn: &mut Conn, season: SeasonId, kind: SeasonEventKind, at: Timestamp) -> Result<bool> {
    let found: i64 = season_events::table
        .filter(season_events::season_id.eq(season.to_string()))
        .filter(season_events::kind.eq(to_word(&kind)?))
        .filter(season_events::at.eq(at.as_micros()))
        .count()
        .get_result(conn)?;
    Ok(found > 0)
}

/// Returns at most `limit` events of a season after this number, oldest first.
pub fn after(conn: &mut Conn, season: SeasonId, number: u64, limit: u32) -> Result<Vec<Event>> {
    let rows: Vec<Row> = season_events::table
        .filter(season_events::season_id.eq(season.to_string()))
        .filter(season_events::number.gt(i64::try_from(number).unwrap_or(i64::MAX)))
        .order(season_events::number)
        .limit(limit.into())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Event::try_from).collect()
}

/// The last events of a season, newest first.
pub fn latest(conn: &mut Conn, season: SeasonId, limit: u32) -> Result<Vec<Event>> {
    let rows: Vec<Row> = season_events::table
        .filter(season_events::season_id.eq(season.to_string()))
        .order(season_events::number.desc())
        .limit(limit.into())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Event::try_from).collect()
}
