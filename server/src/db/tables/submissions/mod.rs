//! Submissions: never changed but for the evaluation that counts, and for what is said of them.

mod row;

use diesel::prelude::*;
use holdout_protocol::{
    AccountId, EvaluationId, Page, PageQuery, Ruling, SeasonId, Sha256, SubmissionId, SubmissionKind, SubmissionState,
    TaskId, TeamId, TestSetId, Timestamp, TrainingData,
};

use crate::db::conn::Conn;
use crate::db::pages::page_in_steps;
use crate::db::schema::{evaluations, seasons, submissions, teams};
use crate::db::search::{Search, contains};
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};
pub use row::{Row, Submission, disclosure, judgement};

/// The states of a submission without a result: there is nothing to approve.
pub const HAVE_NO_RESULT: [SubmissionState; 2] = [SubmissionState::Rejected, SubmissionState::Cancelled];

/// The submission with this id.
///
/// # Errors
/// `not_found` if there is none.
pub fn get(conn: &mut Conn, id: SubmissionId) -> Result<Submission> {
    let row: Option<Row> = submissions::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.ok_or_else(|| Error::not_found("submission", id))?.try_into()
}

/// The name of the season of a submission.
pub fn season_of(conn: &mut Conn, id: SubmissionId) -> Result<Option<String>> {
    Ok(submissions::table
        .inner_join(seasons::table)
        .filter(submissions::id.eq(id.to_string()))
        .select(seasons::slug)
        .first(conn)
        .optional()?)
}

/// What a file is known by.
#[derive(Debug, Clone, Copy)]
pub struct Digests {
    /// That of its bytes.
    pub file: Sha256,
    /// That of its answers, if it is a prediction file and was read.
    pub answers: Option<Sha256>,
}

/// A submission of the same file, or of one with the same answers.
#[derive(Debug, Clone)]
pub struct Repeated {
    pub id: SubmissionId,
    /// Whether it was the same file.
    pub is_same_file: bool,
    /// The state of the evaluation that counts.
    pub state: SubmissionState,
    /// When it was accepted.
    pub created_at: Timestamp,
}

/// A team's submissions of a file to a task, or of one with the same answers, latest first, whose
/// evaluation is against this test set.
pub fn repeated(
    conn: &mut Conn,
    task: TaskId,
    team: TeamId,
    test_set: TestSetId,
    kind: SubmissionKind,
    digests: Digests,
) -> Result<Vec<Repeated>> {
    let file = digests.file.to_string();
    let answers = digests.answers.map_or_else(String::new, |answers| answers.to_string());
    let is_same = submissions::sha256.eq(file.clone()).or(submissions::answers_sha256.assume_not_null().eq(answers));
    let rows: Vec<(String, String, String, i64)> = submissions::table
        .inner_join(evaluations::table.on(evaluations::id.eq(submissions::evaluation_id)))
        .filter(submissions::task_id.eq(task.to_string()))
        .filter(submissions::team_id.eq(team.to_string()))
        .filter(is_same)
        .filter(submissions::kind.eq(kind.as_str()))
        .filter(evaluations::test_set_id.eq(test_set.to_string()))
        .order((submissions::created_at.desc(), submissions::id.desc()))
        .select((submissions::id, submissions::sha256, evaluations::state, submissions::created_at))
        .load(conn)?;
    let repeated = |(id, sha256, state, created_at): (String, String, String, i64)| {
        let state = serde_json::from_value(serde_json::Value::String(state)).map_err(Error::internal)?;
        Ok(Repeated { id: parsed(id)?, is_same_file: sha256 == file, state, created_at: created_at.into() })
    };
    rows.into_iter().map(repeated).collect()
}

pub fn insert(conn: &mut Conn, submission: &Submission) -> Result<()> {
    let row = Row {
        id: submission.id.to_string(),
        season_id: submission.season.to_string(),
        task_id: submission.task.to_string(),
        team_id: submission.team.to_string(),
        account_id: submission.account.to_string(),
        kind: submission.kind.as_str().to_owned(),
        sha256: submission.blob.sha256.to_string(),
        size: int(submission.blob.size)?,
        method: submission.method.clone(),
        description: submission.description.clone(),
        links: serde_json::to_string(&submission.links).map_err(Error::internal)?,
        note: submission.note.clone(),
        baseline: submission.baseline,
        evaluation_id: submission.evaluation.to_string(),
        created_at: submission.created_at.into(),
        final_at: submission.final_at.map(i64::from),
        dated_at: submission.dated_at.map(i64::from),
        ruling: submission.judgement.as_ref().map(|judgement| judgement.ruling.as_str().to_owned()),
        ruling_reason: submission.judgement.as_ref().and_then(|judgement| judgement.reason.clone()),
        public_reason: submission.judgement.as_ref().and_then(|judgement| judgement.public_reason.clone()),
        ruled_at: submission.judgement.as_ref().map(|judgement| judgement.at.into()),
        flag: submission.flag.clone(),
        withdrawn_at: submission.withdrawn_at.map(i64::from),
        late: submission.late,
        kept_back: submission.kept_back,
        answers_sha256: submission.answers.map(|answers| answers.to_string()),
        training_data: submission.disclosure.training_data.map(|kind| kind.as_str().to_owned()),
        ensemble: submission.disclosure.ensemble,
    };
    diesel::insert_into(submissions::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes what is said of a submission, and whether its team chose it.
pub fn update(conn: &mut Conn, submission: &Submission) -> Result<()> {
    diesel::update(submissions::table.find(submission.id.to_string()))
        .set((
            submissions::method.eq(&submission.method),
            submissions::description.eq(&submission.description),
            submissions::links.eq(serde_json::to_string(&submission.links).map_err(Error::internal)?),
            submissions::training_data.eq(submission.disclosure.training_data.map(TrainingData::as_str)),
            submissions::ensemble.eq(submission.disclosure.ensemble),
            submissions::note.eq(&submission.note),
            submissions::baseline.eq(submission.baseline),
            submissions::final_at.eq(submission.final_at.map(i64::from)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes what organizers decided about a submission, their flag, and whether its team took it off
/// the board. A function of its own, so that it and an edit by the team do not overwrite each
/// other.
pub fn set_judgement(conn: &mut Conn, submission: &Submission) -> Result<()> {
    let judgement = submission.judgement.as_ref();
    diesel::update(submissions::table.find(submission.id.to_string()))
        .set((
            submissions::ruling.eq(judgement.map(|judgement| judgement.ruling.as_str())),
            submissions::ruling_reason.eq(judgement.and_then(|judgement| judgement.reason.as_ref())),
            submissions::public_reason.eq(judgement.and_then(|judgement| judgement.public_reason.as_ref())),
            submissions::ruled_at.eq(judgement.map(|judgement| judgement.at.as_micros())),
            submissions::flag.eq(&submission.flag),
            submissions::withdrawn_at.eq(submission.withdrawn_at.map(i64::from)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Keeps the score of a submission back.
pub fn keep_back(conn: &mut Conn, id: SubmissionId) -> Result<()> {
    let kept_back = submissions::kept_back.eq(true);
    diesel::update(submissions::table.find(id.to_string())).set(kept_back).execute(conn)?;
    Ok(())
}

/// Takes the mark of being late from the submissions of a season that were made before it closes
/// now; returns how many there were.
pub fn clear_late(conn: &mut Conn, season: SeasonId, closes: Option<Timestamp>) -> Result<usize> {
    let before = closes.map_or(i64::MAX, Timestamp::as_micros);
    let late = submissions::table
        .filter(submissions::season_id.eq(season.to_string()))
        .filter(submissions::late.eq(true))
        .filter(submissions::created_at.lt(before));
    Ok(diesel::update(late).set(submissions::late.eq(false)).execute(conn)?)
}

/// The submissions that a decision is about.
#[derive(Debug, Clone, Copy)]
pub enum Meant {
    /// Those of a season whose result waits for approval, or will.
    Held(SeasonId),
    /// All of a team.
    OfTeam(TeamId),
}

/// The submissions that are meant, or those of them to one task, oldest first.
pub fn meant(conn: &mut Conn, meant: Meant, task: Option<TaskId>) -> Result<Vec<Submission>> {
    let mut select = submissions::table
        .inner_join(evaluations::table.on(evaluations::id.eq(submissions::evaluation_id)))
        .order(submissions::id)
        .select(Row::as_select())
        .into_boxed();
    select = match meant {
        Meant::Held(season) => select
            .filter(submissions::season_id.eq(season.to_string()))
            .filter(submissions::ruling.eq(Ruling::Held.as_str()))
            .filter(evaluations::state.ne_all(HAVE_NO_RESULT.map(SubmissionState::as_str))),
        Meant::OfTeam(team) => select.filter(submissions::team_id.eq(team.to_string())),
    };
    if let Some(task) = task {
        select = select.filter(submissions::task_id.eq(task.to_string()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    rows.into_iter().map(Submission::try_from).collect()
}

/// The submissions that a team chose in a task, oldest first.
pub fn chosen(conn: &mut Conn, task: TaskId, team: TeamId) -> Result<Vec<SubmissionId>> {
    let ids: Vec<String> = submissions::table
        .filter(submissions::task_id.eq(task.to_string()))
        .filter(submissions::team_id.eq(team.to_string()))
        .filter(submissions::final_at.is_not_null())
        .order(submissions::id)
        .select(submissions::id)
        .load(conn)?;
    ids.into_iter().map(parsed).collect()
}

/// Lets another evaluation count; false, and nothing changed, if `before` does not count any more.
pub fn replace_evaluation(conn: &mut Conn, id: SubmissionId, before: EvaluationId, next: EvaluationId) -> Result<bool> {
    let changed = diesel::update(submissions::table.find(id.to_string()))
        .filter(submissions::evaluation_id.eq(before.to_string()))
        .set(submissions::evaluation_id.eq(next.to_string()))
        .execute(conn)?;
    Ok(changed > 0)
}

/// Which submissions to a task are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of this team only.
    pub team: Option<TeamId>,
    /// And of this team only, which the caller named.
    pub named: Option<TeamId>,
    /// Those in this state only.
    pub state: Option<SubmissionState>,
    /// Those with this ruling only.
    pub ruling: Option<Ruling>,
    /// Those whose method or team contains this.
    pub search: Option<Search>,
}

/// What an account submitted, for whichever team, newest first; not in drafts, which only
/// organizers see.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<Submission>> {
    let rows: Vec<Row> = submissions::table
        .inner_join(seasons::table)
        .filter(submissions::account_id.eq(account.to_string()))
        .filter(seasons::draft.eq(false))
        .order(submissions::id.desc())
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Submission::try_from).collect()
}

/// A page of the submissions to a task, newest first.
pub fn page(conn: &mut Conn, task: TaskId, filter: &Filter, query: &PageQuery) -> Result<Page<Submission>> {
    let read = |after, limit| rows(conn, task, filter, after, limit);
    page_in_steps(query, |submission| submission.id.to_string(), read)
}

/// At most `limit` submissions to a task, newest first, beginning after the one with the id
/// `after`.
fn rows(conn: &mut Conn, task: TaskId, filter: &Filter, after: Option<String>, limit: i64) -> Result<Vec<Submission>> {
    let mut select = submissions::table
        .inner_join(teams::table.on(teams::id.eq(submissions::team_id)))
        .inner_join(evaluations::table.on(evaluations::id.eq(submissions::evaluation_id)))
        .filter(submissions::task_id.eq(task.to_string()))
        .select(Row::as_select())
        .order(submissions::id.desc())
        .limit(limit)
        .into_boxed();
    for team in [filter.team, filter.named].into_iter().flatten() {
        select = select.filter(submissions::team_id.eq(team.to_string()));
    }
    if let Some(state) = filter.state {
        select = select.filter(evaluations::state.eq(state.as_str()));
    }
    if let Some(ruling) = filter.ruling {
        select = select.filter(submissions::ruling.eq(ruling.as_str()));
        if ruling == Ruling::Held {
            select = select.filter(evaluations::state.ne_all(HAVE_NO_RESULT.map(SubmissionState::as_str)));
        }
    }
    if let Some(search) = &filter.search {
        let named = teams::name_key.like(search.key.clone()).escape('\\').nullable();
        select = select.filter(named.or(contains!(submissions::method, search)));
    }
    if let Some(after) = after {
        select = select.filter(submissions::id.lt(after));
    }
    let rows: Vec<Row> = select.load(conn)?;
    rows.into_iter().map(Submission::try_from).collect()
}
