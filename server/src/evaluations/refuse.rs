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
    test_set: TestSetId,
    verdict: &Verdict,
    now: Timestamp,
) -> Result<()> {
    let evaluation = Evaluation {
        state: SubmissionState::Rejected,
        finished_at: Some(now),
        verdict: Some(verdict.clone()),
        ..Evaluation::new(id, submission, test_set, now)
    };
    db::evaluations::insert(conn, &evaluation)
}
