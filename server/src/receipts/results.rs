//! Receipts of results: one at a time as they come in, or many after each other if a task takes up
//! another version of its test set.

use holdout_protocol::{Slug, SubmissionId, TestSetId, Timestamp};
use holdout_receipts::{Counts, Nonce, Opening, ResultStatement, Statement};

use super::entries::{self, Happened};
use crate::db::evaluations::Evaluation;
use crate::db::log_backlog::{self, Counting};
use crate::db::submission_parts::{self, PartCounts};
use crate::db::submissions::Submission;
use crate::db::tasks::Task;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// Receipts that are written in one transaction.
const AT_ONCE: i64 = 200;

/// What results of one task on one version of its test set have in common: read once for all of
/// them.
pub(super) struct Place {
    pub(super) season: Slug,
    pub(super) task: Slug,
    pub(super) set: TestSet,
}

impl Place {
    pub(super) fn load(conn: &mut Conn, task: &Task, set: TestSetId) -> Result<Self> {
        let (season, set) = (db::seasons::get(conn, task.season)?, db::test_sets::get(conn, set)?);
        Ok(Self { season: season.slug, task: task.slug.clone(), set })
    }
}

/// Writes receipts of results of one task on one version of its test set, which count from this
/// time on.
pub(super) fn write(conn: &mut Conn, results: &[Evaluation], at: Timestamp, rescored: bool) -> Result<()> {
    let Some(first) = results.first() else { return Ok(()) };
    let task = db::tasks::get(conn, first.task)?;
    let place = Place::load(conn, &task, first.test_set)?;
    let mut counts = submission_parts::counts_of(conn, results.iter().map(|result| result.id))?;
    let submissions = submission_parts::submissions_of(conn, results.iter().map(|result| result.submission))?;
    let happened = results.iter().map(|evaluation| {
        let parts = (submissions.get(&evaluation.submission), counts.remove(&evaluation.id));
        let (Some(submission), Some(counts)) = parts else { return Err(Error::internal("a result without counts")) };
        let (statement, opening) = result(evaluation, submission, &place, counts, rescored)?;
        let (submission, evaluation) = (Some(submission.id), Some(evaluation.id));
        Ok(Happened { at, submission, evaluation, statement, opening })
    });
    let happened = happened.collect::<Result<_>>()?;
    entries::write(conn, happened)
}

fn result(
    evaluation: &Evaluation,
    submission: &Submission,
    place: &Place,
    counts: PartCounts,
    rescored: bool,
) -> Result<(Statement, Option<Opening>)> {
    let PartCounts { public, private } = counts;
    let opening = if private.n == 0 {
        None
    } else {
        Some(Opening::new(Nonce(rand::random()), in_receipt(private)).map_err(Error::internal)?)
    };
    let statement = ResultStatement {
        submission: submission.id.to_string(),
        file_sha256: submission.blob.sha256.to_string(),
        season: place.season.to_string(),
        task: place.task.to_string(),
        test_set: place.set.version,
        commitment: place.set.commitment.to_string(),
        rescored,
        scorer_version: evaluation.scorer_version.clone(),
        device: evaluation.measures.as_ref().and_then(|measures| measures.device.clone()),
        public: in_receipt(public),
        private: opening.as_ref().map(Opening::commitment),
    };
    Ok((Statement::Result(Box::new(statement)), opening))
}

const fn in_receipt(counts: db::results::Counts) -> Counts {
    Counts { n: counts.n, top1_wrong: counts.top1_wrong, top5_wrong: counts.top5_wrong }
}

/// Writes the receipts of a submission that are in the backlog. Its task has to be locked.
pub(super) fn write_backlog_of(conn: &mut Conn, submission: SubmissionId) -> Result<()> {
    let counting = log_backlog::of_submission(conn, submission)?;
    write_counting(conn, &counting)
}

/// Writes some receipts of the backlog, if there are any.
pub(super) fn write_some_of_backlog(conn: &mut Conn) -> Result<()> {
    db::lock(conn, Lock::Log)?;
    let Some(task) = log_backlog::first_task(conn)? else { return Ok(()) };
    // Nobody else writes a receipt of one of its submissions meanwhile.
    db::tasks::lock(conn, task)?;
    let counting = log_backlog::of_task(conn, task, AT_ONCE)?;
    write_counting(conn, &counting)
}

/// These have to be of one task, in the order of time.
fn write_counting(conn: &mut Conn, counting: &[Counting]) -> Result<()> {
    let evaluations = submission_parts::evaluations_of(conn, counting.iter().map(|counting| counting.evaluation))?;
    // What counts since one time is on one version. A version that was left and taken up again is
    // there twice.
    for counting in counting.chunk_by(|one, next| one.since == next.since) {
        let Some(first) = counting.first() else { continue };
        let results = counting.iter().map(|counting| evaluations.get(&counting.evaluation).cloned());
        let results: Option<Vec<_>> = results.collect();
        let results = results.ok_or_else(|| Error::internal("a result without its evaluation"))?;
        write(conn, &results, first.since, true)?;
        log_backlog::remove(conn, counting)?;
    }
    Ok(())
}
