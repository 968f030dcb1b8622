//! Evaluations of a re-scoring: counted from kept answers, or queued again because there are none.

use holdout_evaluation::Correctness;
use holdout_protocol::{AttemptEnd, EvaluationId, SubmissionState, TestSetId, Timestamp};

use super::transition::{self, Transition};
use super::{Event, measured};
use crate::db::evaluations::Evaluation;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn};
use crate::error::Result;

/// Answers that a result was counted from.
#[derive(Debug, Clone)]
pub enum AnswersOf {
    /// Those that are kept with this evaluation.
    Evaluation(EvaluationId),
    /// Those that were read from the file just now, packed, in the order of this version's images.
    File(TestSetId, Vec<u8>),
    /// None are kept.
    Nobody,
}

/// Adds an evaluation of the submission of `before` that was counted for another version, scored
/// from the beginning. It keeps the times and measures of `before`: nothing was run, and boards of
/// earlier times show it, too.
///
/// # Errors
/// A unique violation if the submission has one on this version.
pub fn insert_counted(
    conn: &mut Conn,
    before: &Evaluation,
    correctness: &Correctness,
    answers: &AnswersOf,
    set: &TestSet,
) -> Result<()> {
    let evaluation = Evaluation {
        id: EvaluationId::new(),
        test_set: set.id,
        state: SubmissionState::Scored,
        failures: 0,
        scorer: None,
        started_at: None,
        fault: None,
        not_before: None,
        avoided: None,
        rescoring: true,
        ..before.clone()
    };
    db::evaluations::insert(conn, &evaluation)?;
    let mut result = measured::of_parts(correctness, set)?.result_of(&evaluation);
    result.answers_of = match answers {
        AnswersOf::Evaluation(of) => Some(*of),
        AnswersOf::File(order, packed) => {
            db::answers::insert(conn, evaluation.id, *order, packed)?;
            Some(evaluation.id)
        }
        AnswersOf::Nobody => None,
    };
    db::results::insert_unseen(conn, &result)
}

/// Queues an evaluation of the submission of `before` on another version, behind all that is no
/// re-scoring.
///
/// # Errors
/// A unique violation if the submission has one on this version.
pub fn queue_rescoring(conn: &mut Conn, before: &Evaluation, set: &TestSet, now: Timestamp) -> Result<()> {
    let submission = db::submissions::get(conn, before.submission)?;
    let evaluation = Evaluation { rescoring: true, ..Evaluation::new(EvaluationId::new(), &submission, set.id, now) };
    db::evaluations::insert(conn, &evaluation)
}

/// Cancels an evaluation of a re-scoring that was dropped. Nobody is charged or refunded, because
/// the submission was paid for.
pub fn cancel_rescoring(conn: &mut Conn, id: EvaluationId, now: Timestamp) -> Result<()> {
    let before = db::evaluations::get_locked(conn, id)?;
    if before.state.is_final() {
        return Ok(());
    }
    let moved = transition::apply(conn, &before, Event::Cancelled, now, |_| ())?;
    if let (Transition::Moved(after), SubmissionState::Running) = (moved, before.state) {
        db::attempts::end(conn, after.id, after.attempt, AttemptEnd::Superseded, None, now)?;
    }
    Ok(())
}
