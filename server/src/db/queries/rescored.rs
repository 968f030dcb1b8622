//! What a re-scoring reads and writes: the results of one version of a test set, and whether they
//! are there for another.

use diesel::dsl::{count_star, exists, min, not};
use diesel::prelude::*;
use holdout_protocol::{
    BlobRef, EvaluationId, RescoringCounts, SubmissionId, SubmissionState, TaskId, TestSetId, Timestamp,
};

use crate::db::conn::Conn;
use crate::db::schema::{answers, evaluations, results, submissions};
use crate::db::tables::evaluations::{Evaluation, Row};
use crate::db::tables::rescorings::Rescoring;
use crate::db::tables::results::{EvaluationResult, Row as ResultRow};
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};

/// Answers as they are kept.
#[derive(Debug)]
pub struct KeptAnswers {
    /// The evaluation that gave them.
    pub of: EvaluationId,
    /// The version whose images they are about, in its order.
    pub test_set: TestSetId,
    pub packed: Vec<u8>,
}

/// A result that is not there for the other version.
#[derive(Debug)]
pub struct Candidate {
    pub evaluation: Evaluation,
    pub result: EvaluationResult,
    /// Its answers, if they are kept.
    pub answers: Option<KeptAnswers>,
    /// What was submitted.
    pub file: BlobRef,
}

macro_rules! missing {
    ($rescoring:expr) => {{
        let other = diesel::alias!(evaluations as other);
        let there = other
            .filter(other.field(evaluations::submission_id).eq(evaluations::submission_id))
            .filter(other.field(evaluations::test_set_id).eq($rescoring.to.to_string()))
            .filter(other.field(evaluations::state).ne(SubmissionState::Cancelled.as_str()));
        evaluations::table
            .filter(evaluations::test_set_id.eq($rescoring.from.to_string()))
            .filter(evaluations::state.eq(SubmissionState::Scored.as_str()))
            .filter(not(exists(there.select(other.field(evaluations::id)))))
    }};
}

type CandidateRow = (Row, ResultRow, Option<String>, String, i64);

/// The results after this one that the other version lacks, by id.
pub fn candidates(
    conn: &mut Conn,
    rescoring: &Rescoring,
    after: Option<EvaluationId>,
    most: i64,
) -> Result<Vec<Candidate>> {
    let after = after.map(String::from).unwrap_or_default();
    let rows: Vec<CandidateRow> = missing!(rescoring)
        .inner_join(results::table.on(results::evaluation_id.eq(evaluations::id)))
        .inner_join(submissions::table.on(submissions::id.eq(evaluations::submission_id)))
        .filter(evaluations::id.gt(after))
        .order(evaluations::id)
        .limit(most)
        .select((Row::as_select(), ResultRow::as_select(), results::answers_of, submissions::sha256, submissions::size))
        .load(conn)?;
    let ids: Vec<&String> = rows.iter().filter_map(|row| row.2.as_ref()).collect();
    let kept: Vec<(String, String, Vec<u8>)> = answers::table
        .filter(answers::evaluation_id.eq_any(ids))
        .select((answers::evaluation_id, answers::test_set_id, answers::packed))
        .load(conn)?;
    let mut kept: std::collections::HashMap<String, (String, Vec<u8>)> =
        kept.into_iter().map(|(id, set, packed)| (id, (set, packed))).collect();
    let candidate = |(evaluation, result, of, sha256, size): CandidateRow| {
        let found = of.and_then(|of| kept.remove_entry(&of));
        let answers = found
            .map(|(of, (set, packed))| Ok::<_, Error>(KeptAnswers { of: parsed(of)?, test_set: parsed(set)?, packed }));
        Ok(Candidate {
            evaluation: evaluation.try_into()?,
            result: result.try_into()?,
            answers: answers.transpose()?,
            file: BlobRef { sha256: parsed(sha256)?, size: int(size)? },
        })
    };
    rows.into_iter().map(candidate).collect()
}

/// Returns how many results the other version lacks.
pub fn missing(conn: &mut Conn, rescoring: &Rescoring) -> Result<u64> {
    let count: i64 = missing!(rescoring).count().get_result(conn)?;
    int(count)
}

/// Returns how far a re-scoring is.
pub fn counts(conn: &mut Conn, rescoring: &Rescoring) -> Result<RescoringCounts> {
    let total: i64 = evaluations::table
        .filter(evaluations::test_set_id.eq(rescoring.from.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Scored.as_str()))
        .count()
        .get_result(conn)?;
    let by_state: Vec<(String, i64)> = evaluations::table
        .filter(evaluations::test_set_id.eq(rescoring.to.to_string()))
        .filter(evaluations::rescoring.eq(true))
        .group_by(evaluations::state)
        .select((evaluations::state, count_star()))
        .load(conn)?;
    let left = missing(conn, rescoring)?;
    let of = |state: SubmissionState| -> Result<u64> {
        int(by_state.iter().filter(|(name, _)| name == state.as_str()).map(|(_, count)| *count).sum::<i64>())
    };
    let (total, waiting) = (int(total)?, of(SubmissionState::Queued)? + of(SubmissionState::Running)?);
    let (rejected, stalled) = (of(SubmissionState::Rejected)?, of(SubmissionState::Stalled)?);
    let scored = u64::saturating_sub(total, left + waiting + rejected + stalled);
    Ok(RescoringCounts { total, scored, waiting, rejected, stalled, left })
}

/// The evaluations that wait or run for the other version of a re-scoring, by id: whoever locks
/// several of them does so in this order.
pub fn open_for(conn: &mut Conn, to: TestSetId) -> Result<Vec<EvaluationId>> {
    let open = [SubmissionState::Queued.as_str(), SubmissionState::Running.as_str()];
    let ids: Vec<String> = evaluations::table
        .filter(evaluations::test_set_id.eq(to.to_string()))
        .filter(evaluations::state.eq_any(open))
        .filter(evaluations::rescoring.eq(true))
        .order(evaluations::id)
        .select(evaluations::id)
        .load(conn)?;
    ids.into_iter().map(parsed).collect()
}

/// Lets the evaluations on this version count for the submissions of a task that have one. Those
/// that wait for a scorer have their turn like all others from now on.
pub fn let_count(conn: &mut Conn, task: TaskId, set: TestSetId) -> Result<()> {
    // Both are ids of ours: nothing in them needs quoting.
    let found = format!(
        "FROM evaluations WHERE evaluations.submission_id = submissions.id AND evaluations.test_set_id = '{set}' \
         AND evaluations.state <> 'cancelled'"
    );
    diesel::sql_query(format!(
        "UPDATE submissions SET evaluation_id = (SELECT evaluations.id {found} ORDER BY evaluations.id DESC LIMIT 1) \
         WHERE task_id = '{task}' AND EXISTS (SELECT 1 {found})"
    ))
    .execute(conn)?;
    let waiting = evaluations::table
        .filter(evaluations::test_set_id.eq(set.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .filter(evaluations::rescoring.eq(true));
    diesel::update(waiting).set(evaluations::rescoring.eq(false)).execute(conn)?;
    Ok(())
}

/// Returns when a submission was scored first, on whichever version.
pub fn first_scored(conn: &mut Conn, submission: SubmissionId) -> Result<Option<Timestamp>> {
    let time: Option<i64> = evaluations::table
        .filter(evaluations::submission_id.eq(submission.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Scored.as_str()))
        .select(min(evaluations::finished_at))
        .first(conn)?;
    Ok(time.map(Timestamp::from))
}
