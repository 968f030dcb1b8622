//! Evaluations: the rows of the queue.

use diesel::prelude::*;
use holdout_protocol::{
    EvaluationId, Measures, Progress, ScorerId, Stage, SubmissionId, SubmissionKind, SubmissionState, TaskId, TeamId,
    TestSetId, Timestamp, Verdict,
};

use crate::db::conn::Conn;
use crate::db::schema::evaluations;
use crate::db::tables::submissions::Submission;
use crate::db::values::{from_json, from_word, int, kind_of, parsed, to_word};
use crate::error::{Error, Result};

/// The condition of the index `evaluations_open`, word for word: SQLite uses a partial index only
/// if it finds its condition in the query, and does not look into bound values.
pub const OPEN: &str = "evaluations.state IN ('queued', 'running')";

/// One evaluation of a submission.
#[derive(Debug, Clone)]
pub struct Evaluation {
    pub id: EvaluationId,
    pub submission: SubmissionId,
    pub task: TaskId,
    pub team: TeamId,
    /// The version of the test set it is about.
    pub test_set: TestSetId,
    /// What the file is.
    pub kind: SubmissionKind,
    pub state: SubmissionState,
    /// Attempts begun; the number of the present or last one.
    pub attempt: u32,
    /// Attempts that ended in a fault or an expired lease.
    pub failures: u32,
    /// Who is at it, or was last.
    pub scorer: Option<ScorerId>,
    /// When the lease ends.
    pub lease_expires_at: Option<Timestamp>,
    /// How far the scorer is.
    pub progress: Option<Progress>,
    /// When it came into the queue.
    pub queued_at: Timestamp,
    /// When the present or last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it reached a final state.
    pub finished_at: Option<Timestamp>,
    /// Why it was rejected.
    pub verdict: Option<Verdict>,
    /// The last fault, for operators; never shown to a team.
    pub fault: Option<String>,
    /// What it used.
    pub measures: Option<Measures>,
    /// Version of the scorer that ended it.
    pub scorer_version: Option<String>,
    /// No scorer gets it before this time, after a failed attempt.
    pub not_before: Option<Timestamp>,
    /// The scorer that failed last, and until when others go first.
    pub avoided: Option<(ScorerId, Timestamp)>,
    /// Made for a version of the test set that the board did not show: it is taken when nothing
    /// else waits.
    pub rescoring: bool,
}

impl Evaluation {
    /// An evaluation that waits, as yet without an attempt.
    #[must_use]
    pub fn new(id: EvaluationId, submission: &Submission, test_set: TestSetId, now: Timestamp) -> Self {
        Self {
            id,
            submission: submission.id,
            task: submission.task,
            team: submission.team,
            test_set,
            kind: submission.kind,
            state: SubmissionState::Queued,
            attempt: 0,
            failures: 0,
            scorer: None,
            lease_expires_at: None,
            progress: None,
            queued_at: now,
            started_at: None,
            finished_at: None,
            verdict: None,
            fault: None,
            measures: None,
            scorer_version: None,
            not_before: None,
            avoided: None,
            rescoring: false,
        }
    }
}

/// A row as the database has it.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = evaluations, treat_none_as_null = true)]
pub struct Row {
    id: String,
    submission_id: String,
    task_id: String,
    /// Only a merger of teams changes it, and what was read before must not take that back.
    #[diesel(skip_update)]
    team_id: String,
    test_set_id: String,
    kind: String,
    state: String,
    attempt: i32,
    failures: i32,
    scorer_id: Option<String>,
    lease_expires_at: Option<i64>,
    stage: Option<String>,
    done: i64,
    total: i64,
    queued_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    verdict: Option<String>,
    fault: Option<String>,
    measures: Option<String>,
    scorer_version: Option<String>,
    images_per_second: Option<f64>,
    not_before: Option<i64>,
    avoided_scorer: Option<String>,
    avoided_until: Option<i64>,
    rescoring: bool,
}

impl TryFrom<&Evaluation> for Row {
    type Error = Error;
    fn try_from(evaluation: &Evaluation) -> Result<Self> {
        let progress = evaluation.progress.as_ref();
        Ok(Self {
            id: evaluation.id.to_string(),
            submission_id: evaluation.submission.to_string(),
            task_id: evaluation.task.to_string(),
            team_id: evaluation.team.to_string(),
            test_set_id: evaluation.test_set.to_string(),
            kind: evaluation.kind.as_str().to_owned(),
            queued_at: evaluation.queued_at.into(),
            state: evaluation.state.as_str().to_owned(),
            attempt: int(evaluation.attempt)?,
            failures: int(evaluation.failures)?,
            scorer_id: evaluation.scorer.map(String::from),
            lease_expires_at: evaluation.lease_expires_at.map(i64::from),
            stage: progress.map(|progress| to_word(&progress.stage)).transpose()?,
            done: progress.map_or(Ok(0), |progress| int(progress.done))?,
            total: progress.map_or(Ok(0), |progress| int(progress.total))?,
            started_at: evaluation.started_at.map(i64::from),
            finished_at: evaluation.finished_at.map(i64::from),
            verdict: evaluation.verdict.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?,
            fault: evaluation.fault.clone(),
            measures: evaluation.measures.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?,
            scorer_version: evaluation.scorer_version.clone(),
            images_per_second: progress.and_then(|progress| progress.images_per_second),
            not_before: evaluation.not_before.map(i64::from),
            avoided_scorer: evaluation.avoided.map(|(scorer, _)| String::from(scorer)),
            avoided_until: evaluation.avoided.map(|(_, until)| i64::from(until)),
            rescoring: evaluation.rescoring,
        })
    }
}

impl TryFrom<Row> for Evaluation {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let stage = row.stage.as_deref().map(from_word::<Stage>).transpose()?;
        let (done, total, images_per_second) = (int(row.done)?, int(row.total)?, row.images_per_second);
        Ok(Self {
            id: parsed(row.id)?,
            submission: parsed(row.submission_id)?,
            task: parsed(row.task_id)?,
            team: parsed(row.team_id)?,
            test_set: parsed(row.test_set_id)?,
            kind: kind_of(&row.kind)?,
            state: from_word(&row.state)?,
            attempt: int(row.attempt)?,
            failures: int(row.failures)?,
            scorer: row.scorer_id.map(parsed).transpose()?,
            lease_expires_at: row.lease_expires_at.map(Timestamp::from),
            progress: stage.map(|stage| Progress { stage, done, total, images_per_second }),
            queued_at: row.queued_at.into(),
            started_at: row.started_at.map(Timestamp::from),
            finished_at: row.finished_at.map(Timestamp::from),
            verdict: row.verdict.as_deref().map(from_json).transpose()?,
            fault: row.fault,
            measures: row.measures.as_deref().map(from_json).transpose()?,
            scorer_version: row.scorer_version,
            not_before: row.not_before.map(Timestamp::from),
            avoided: match (row.avoided_scorer, row.avoided_until) {
                (Some(scorer), Some(until)) => Some((parsed(scorer)?, until.into())),
                _ => None,
            },
            rescoring: row.rescoring,
        })
    }
}

/// The evaluation with this id.
///
/// # Errors
/// `not_found` if there is none.
pub fn get(conn: &mut Conn, id: EvaluationId) -> Result<Evaluation> {
    let row: Option<Row> = evaluations::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.ok_or_else(|| Error::not_found("evaluation", id))?.try_into()
}

pub fn insert(conn: &mut Conn, evaluation: &Evaluation) -> Result<()> {
    diesel::insert_into(evaluations::table).values(Row::try_from(evaluation)?).execute(conn)?;
    Ok(())
}

/// The evaluation with this id, which no other transaction changes until this one ends.
///
/// # Errors
/// `not_found` if there is none.
pub fn get_locked(conn: &mut Conn, id: EvaluationId) -> Result<Evaluation> {
    let found = evaluations::table.find(id.to_string());
    let row: Option<Row> = match conn {
        Conn::Postgresql(pg) => found.select(Row::as_select()).for_update().first(pg).optional()?,
        Conn::Sqlite(sqlite) => found.select(Row::as_select()).first(sqlite).optional()?,
    };
    row.ok_or_else(|| Error::not_found("evaluation", id))?.try_into()
}

/// What a guarded write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The row was as expected and is changed.
    Moved,
    /// The row has another state or attempt; it is left as it is.
    Stale,
    /// There is no such row.
    Missing,
}

/// Writes `after` if the row still has the state and attempt of `before`.
pub fn replace(conn: &mut Conn, before: &Evaluation, after: &Evaluation) -> Result<Written> {
    let changed = diesel::update(evaluations::table.find(before.id.to_string()))
        .filter(evaluations::state.eq(before.state.as_str()))
        .filter(evaluations::attempt.eq(int::<_, i32>(before.attempt)?))
        .set(Row::try_from(after)?)
        .execute(conn)?;
    if changed > 0 {
        return Ok(Written::Moved);
    }
    let there: i64 = evaluations::table.find(before.id.to_string()).count().get_result(conn)?;
    Ok(if there > 0 { Written::Stale } else { Written::Missing })
}
