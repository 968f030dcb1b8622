//! What boards are made of: the seasons and tasks there are, the scored entries of a task, and
//! their bits.

use std::collections::HashMap;

use diesel::dsl::{case_when, exists};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{
    EvaluationId, Metric, SeasonId, Slug, SubmissionId, SubmissionKind, SubmissionState, TaskId, TestSetId, Timestamp,
};

use super::board_entries::EntryRow;
pub use super::board_entries::{Entry, Showing, Stood};
use crate::db::conn::Conn;
use crate::db::schema::{evaluations, results, seasons, submission_members, submissions, tasks, teams};
use crate::db::tables::submission_versions::{self, Version};
use crate::db::tables::submissions::Submission;
use crate::db::tables::tasks::{Row as TaskRow, Task};
use crate::db::values::{parsed, texts};
use crate::error::Result;

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

/// Versions of a board: after the first, up to the second.
#[derive(Debug, Clone, Copy)]
pub struct Versions {
    /// What is known already; -1 for nothing.
    pub after: i64,
    /// What to read.
    pub to: i64,
}

/// The scored submissions of a task whose results came with these versions: their current
/// evaluations on this test set. On a version that is not the present one, and `counting` is false
/// for, every submission has at most one that is scored.
pub fn entries(
    conn: &mut Conn,
    task: TaskId,
    set: TestSetId,
    counting: bool,
    versions: Versions,
) -> Result<Vec<Entry>> {
    let rows: Vec<EntryRow> = results::table
        .inner_join(evaluations::table.on(evaluations::id.eq(results::evaluation_id)))
        .inner_join(submissions::table.on(submissions::id.eq(evaluations::submission_id)))
        .inner_join(teams::table.on(teams::id.eq(submissions::team_id)))
        .filter(results::task_id.eq(task.to_string()))
        .filter(results::board_version.gt(versions.after).and(results::board_version.le(versions.to)))
        .filter(submissions::evaluation_id.eq(evaluations::id).or(counting.into_sql::<Bool>().eq(false)))
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
            submissions::kept_back,
            (submissions::training_data, submissions::ensemble),
        ))
        .load(conn)?;
    with_versions(rows, submission_versions::of_task(conn, task)?)
}

fn with_versions(rows: Vec<EntryRow>, mut versions: HashMap<SubmissionId, Vec<Version>>) -> Result<Vec<Entry>> {
    let entry = |row| {
        let entry = Entry::try_from(row)?;
        Ok(Entry { versions: versions.remove(&entry.submission).unwrap_or_default(), ..entry })
    };
    rows.into_iter().map(entry).collect()
}

/// Returns which images these evaluations have right by the metric, as bytes.
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

/// Returns which images are right in the best result on this test set that a Ladder has shown the
/// team of a submission, by the public part and the metric, as bytes; `None` if there is none.
pub fn best_seen(conn: &mut Conn, submission: &Submission, set: TestSetId, metric: Metric) -> Result<Option<Vec<u8>>> {
    let seen = results::table
        .inner_join(evaluations::table.on(evaluations::id.eq(results::evaluation_id)))
        .inner_join(submissions::table.on(submissions::id.eq(evaluations::submission_id)))
        .filter(submissions::task_id.eq(submission.task.to_string()))
        .filter(submissions::team_id.eq(submission.team.to_string()))
        .filter(submissions::id.ne(submission.id.to_string()))
        .filter(submissions::kept_back.eq(false))
        .filter(evaluations::test_set_id.eq(set.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Scored.as_str()))
        .filter(exists(
            submission_members::table
                .filter(submission_members::submission_id.eq(submissions::id))
                .select(submission_members::account_id),
        ));
    let best = match metric {
        Metric::Top1Error => {
            seen.order((results::public_top1_wrong, submissions::id)).select(results::top1).first(conn).optional()?
        }
        Metric::Top5Error => {
            seen.order((results::public_top5_wrong, submissions::id)).select(results::top5).first(conn).optional()?
        }
    };
    Ok(best)
}

/// Which images these submissions have right by the metric, as bytes: by the evaluation of each
/// that counts on this test set; if it is not the present one and `counting` is false, by the one
/// that is scored on it.
pub fn bits_of_submissions(
    conn: &mut Conn,
    of: &[SubmissionId],
    set: TestSetId,
    counting: bool,
    metric: Metric,
) -> Result<HashMap<SubmissionId, Vec<u8>>> {
    let query = results::table
        .inner_join(evaluations::table.on(evaluations::id.eq(results::evaluation_id)))
        .inner_join(submissions::table.on(submissions::id.eq(evaluations::submission_id)))
        .filter(submissions::id.eq_any(texts(of)))
        .filter(submissions::evaluation_id.eq(evaluations::id).or(counting.into_sql::<Bool>().eq(false)))
        .filter(evaluations::test_set_id.eq(set.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Scored.as_str()));
    let rows: Vec<(String, Vec<u8>)> = match metric {
        Metric::Top1Error => query.select((submissions::id, results::top1)).load(conn)?,
        Metric::Top5Error => query.select((submissions::id, results::top5)).load(conn)?,
    };
    rows.into_iter().map(|(id, bytes)| Ok((parsed(id)?, bytes))).collect()
}
