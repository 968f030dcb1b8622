//! What boards are made of: the seasons and tasks there are, the scored entries of a task, and their bits.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{
    EvaluationId, Judgement, Measures, Metric, Ruling, SeasonId, Slug, SubmissionId, SubmissionKind, SubmissionState,
    TaskId, TeamId, TeamName, TestSetId, Timestamp,
};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, results, seasons, submissions, tasks, teams};
use crate::db::tables::results::Counts;
use crate::db::tables::submission_versions::{self, Version};
use crate::db::tables::submissions::judgement;
use crate::db::tables::tasks::{Row as TaskRow, Task};
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};

/// Evaluations whose bits are fetched by one statement.
const BITS_AT_ONCE: usize = 500;

/// A season as boards need it.
#[derive(Debug, Clone)]
pub struct SeasonHead {
    pub id: SeasonId,
    pub slug: Slug,
    /// Hidden from all but organizers.
    pub draft: bool,
    /// The board shows results up to this time.
    pub frozen_at: Option<Timestamp>,
    /// When the private scores were published.
    pub published_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = seasons)]
struct SeasonRow {
    id: String,
    slug: String,
    draft: bool,
    frozen_at: Option<i64>,
    published_at: Option<i64>,
}

/// All seasons, the last one to open first, and all tasks in the organizers' order.
pub fn directory(conn: &mut Conn) -> Result<(Vec<SeasonHead>, Vec<Task>)> {
    let heads: Vec<SeasonRow> =
        seasons::table.order((seasons::opens_at.desc(), seasons::slug)).select(SeasonRow::as_select()).load(conn)?;
    let rows: Vec<TaskRow> =
        tasks::table.order((tasks::position, tasks::id)).select(TaskRow::as_select()).load(conn)?;
    let heads = heads.into_iter().map(|row| {
        Ok(SeasonHead {
            id: parsed(row.id)?,
            slug: parsed(row.slug)?,
            draft: row.draft,
            frozen_at: row.frozen_at.map(Timestamp::from),
            published_at: row.published_at.map(Timestamp::from),
        })
    });
    let rows = rows.into_iter().map(Task::try_from);
    Ok((heads.collect::<Result<_>>()?, rows.collect::<Result<_>>()?))
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub submission: SubmissionId,
    /// The evaluation that counts.
    pub evaluation: EvaluationId,
    pub team: TeamId,
    pub team_name: TeamName,
    /// Name of the method.
    pub method: Option<String>,
    /// A note by the organizers.
    pub note: Option<String>,
    /// Entered for comparison.
    pub baseline: bool,
    /// When its team chose it to stand for it.
    pub final_at: Option<Timestamp>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it was made, by the word of the organizer who entered it; for show only.
    pub dated_at: Option<Timestamp>,
    /// When the result came.
    pub finished_at: Timestamp,
    /// Over all images.
    pub all: Counts,
    /// Over the public part.
    pub public: Counts,
    /// What was measured while the model ran; none for predictions.
    pub measures: Option<Box<Measures>>,
    /// How it stood before its edits, by time.
    pub versions: Vec<Version>,
    /// What organizers decided about it; `None` if it counts. It acts on boards of every time.
    pub judgement: Option<Judgement>,
    /// When its team took it off the board.
    pub withdrawn_at: Option<Timestamp>,
    /// Submitted after the season had closed for the others.
    pub late: bool,
}

/// What becomes of a scored submission on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// It counts.
    Counts,
    /// It is listed apart, without a rank.
    Disqualified,
    /// Its team took it off: it is one of the team's entries, and has no row.
    Withdrawn,
    /// Nothing of it is seen.
    Hidden,
}

impl Entry {
    /// What becomes of it on a board of the time `at`; on the present one if there is no such time. This alone decides which
    /// results count.
    #[must_use]
    pub fn showing(&self, at: Option<Timestamp>) -> Showing {
        if at.is_some_and(|at| self.finished_at > at) {
            return Showing::Hidden;
        }
        match self.judgement.as_ref().map(|judgement| judgement.ruling) {
            Some(Ruling::Held | Ruling::Hidden) => Showing::Hidden,
            Some(Ruling::Disqualified) => Showing::Disqualified,
            None if self.withdrawn_at.is_some_and(|gone| at.is_none_or(|at| gone <= at)) => Showing::Withdrawn,
            None => Showing::Counts,
        }
    }

    /// Name of the method, and when its team chose it, as both stood at `at`; as they are now if there is no such time.
    #[must_use]
    pub fn stood(&self, at: Option<Timestamp>) -> (Option<&str>, Option<Timestamp>) {
        let version = at.and_then(|at| self.versions.iter().find(|version| version.until > at));
        let (method, final_at) = version.map_or((&self.method, self.final_at), |then| (&then.method, then.final_at));
        // A choice from before the history was kept is known by its time alone.
        (method.as_deref(), final_at.filter(|chosen| at.is_none_or(|at| *chosen <= at)))
    }
}

#[derive(Queryable)]
struct EntryRow {
    submission: String,
    evaluation: String,
    team: String,
    team_name: String,
    method: Option<String>,
    note: Option<String>,
    baseline: bool,
    final_at: Option<i64>,
    submitted_at: i64,
    dated_at: Option<i64>,
    finished_at: Option<i64>,
    measures: Option<String>,
    counts: (i32, i32, i32, i32, i32, i32),
    judged: JudgedRow,
    late: bool,
}

/// Ruling, reason, public reason and time of a judgement, and when its team took the result off the board.
type JudgedRow = (Option<String>, Option<String>, Option<String>, Option<i64>, Option<i64>);

impl TryFrom<EntryRow> for Entry {
    type Error = Error;
    fn try_from(row: EntryRow) -> Result<Self> {
        let (n, top1, top5, public_n, public_top1, public_top5) = row.counts;
        let (ruling, reason, public_reason, ruled_at, withdrawn_at) = row.judged;
        let counts = |n: i32, top1: i32, top5: i32| -> Result<Counts> {
            Ok(Counts { n: int(n)?, top1_wrong: int(top1)?, top5_wrong: int(top5)? })
        };
        Ok(Self {
            submission: parsed(row.submission)?,
            evaluation: parsed(row.evaluation)?,
            team: parsed(row.team)?,
            team_name: parsed(row.team_name)?,
            method: row.method,
            note: row.note,
            baseline: row.baseline,
            final_at: row.final_at.map(Timestamp::from),
            submitted_at: row.submitted_at.into(),
            dated_at: row.dated_at.map(Timestamp::from),
            finished_at: row.finished_at.unwrap_or(row.submitted_at).into(),
            all: counts(n, top1, top5)?,
            public: counts(public_n, public_top1, public_top5)?,
            measures: row.measures.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?,
            versions: Vec::new(),
            judgement: judgement(ruling.as_deref(), reason, public_reason, ruled_at)?,
            withdrawn_at: withdrawn_at.map(Timestamp::from),
            late: row.late,
        })
    }
}

/// Versions of a board: after the first, up to the second.
#[derive(Debug, Clone, Copy)]
pub struct Versions {
    /// What is known already; -1 for nothing.
    pub after: i64,
    /// What is to be known.
    pub to: i64,
}

/// The scored submissions of a task whose results came with these versions: their current evaluations on this test set. On a
/// version that is not the present one, and `counting` is false for, every submission has at most one that is scored.
pub fn entries(
    conn: &mut Conn,
    task: TaskId,
    set: TestSetId,
    counting: bool,
    versions: Versions,
) -> Result<Vec<Entry>> {
    let current = submissions::evaluation_id.eq(evaluations::id);
    let rows: Vec<EntryRow> = results::table
        .inner_join(evaluations::table.on(evaluations::id.eq(results::evaluation_id)))
        .inner_join(submissions::table.on(submissions::id.eq(evaluations::submission_id)))
        .inner_join(teams::table.on(teams::id.eq(submissions::team_id)))
        .filter(results::task_id.eq(task.to_string()))
        .filter(results::board_version.gt(versions.after))
        .filter(results::board_version.le(versions.to))
        .filter(current.or(counting.into_sql::<Bool>().eq(false)))
        .filter(evaluations::test_set_id.eq(set.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Scored.as_str()))
        .select((
            submissions::id,
            evaluations::id,
            teams::id,
            teams::name,
            submissions::method,
            submissions::note,
            submissions::baseline,
            submissions::final_at,
            submissions::created_at,
            submissions::dated_at,
            evaluations::finished_at,
            // Nobody asks how fast a file was read.
            case_when(evaluations::kind.eq(SubmissionKind::Torchscript.as_str()), evaluations::measures),
            (
                results::n,
                results::top1_wrong,
                results::top5_wrong,
                results::public_n,
                results::public_top1_wrong,
                results::public_top5_wrong,
            ),
            (
                submissions::ruling,
                submissions::ruling_reason,
                submissions::public_reason,
                submissions::ruled_at,
                submissions::withdrawn_at,
            ),
            submissions::late,
        ))
        .load(conn)?;
    let mut versions = submission_versions::of_task(conn, task)?;
    let entry = |row| {
        let entry = Entry::try_from(row)?;
        Ok(Entry { versions: versions.remove(&entry.submission).unwrap_or_default(), ..entry })
    };
    rows.into_iter().map(entry).collect()
}

/// Which images these evaluations have right by the metric, as bytes.
pub fn bits(conn: &mut Conn, of: &[EvaluationId], metric: Metric) -> Result<Vec<(EvaluationId, Vec<u8>)>> {
    let mut found = Vec::with_capacity(of.len());
    for ids in of.chunks(BITS_AT_ONCE) {
        let ids = ids.iter().map(ToString::to_string);
        let query = results::table.filter(results::evaluation_id.eq_any(ids.collect::<Vec<String>>()));
        let rows: Vec<(String, Vec<u8>)> = match metric {
            Metric::Top1Error => query.select((results::evaluation_id, results::top1)).load(conn)?,
            Metric::Top5Error => query.select((results::evaluation_id, results::top5)).load(conn)?,
        };
        for (id, bytes) in rows {
            found.push((parsed(id)?, bytes));
        }
    }
    Ok(found)
}
