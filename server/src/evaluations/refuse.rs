//! A file that the format check refused: its evaluation has ended before any scorer saw it.

use holdout_protocol::{EvaluationId, SubmissionState, TestSetId, Timestamp, Verdict};

use crate::db::evaluations::Evaluation;
use crate::db::submissions::Submission;
use crate::db::{self, Conn};
use crate::error::Result;

/// Adds the evaluation of a refused file. It never waits, so that there is no transition.
pub fn refuse(
    conn: &mut Conn,
    id: EvaluationId,
    submission: &Submission,
    (test_set, verdict): (TestSetId, &Verdict),
    now: Timestamp,
) -> Result<()> {
    let evaluation = Evaluation {
        id,
        submission: submission.id,
        task: submission.task,
        team: submission.team,
        test_set,
        kind: submission.kind,
        state: SubmissionState::Rejected,
        attempt: 0,
        failures: 0,
        scorer: None,
        lease_expires_at: None,
        progress: None,
        queued_at: now,
        started_at: None,
        finished_at: Some(now),
        verdict: Some(verdict.clone()),
        fault: None,
        measures: None,
        scorer_version: None,
        not_before: None,
        avoided: None,
    };
    db::evaluations::insert(conn, &evaluation)
}
