//! A team withdraws a submission.

use holdout_protocol::{AttemptEnd, ErrorCode, EvaluationId, Reason, SubmissionState, Timestamp};
use serde_json::json;

use super::transition::{self, Transition};
use super::{Event, state};
use crate::charging::{self, Ending};
use crate::db::evaluations::Evaluation;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// Cancels an evaluation that has not ended; part of the transaction that the caller runs, who
/// announces the topics `Submissions` and `Queue` after it. The slot is given back if no scorer had
/// taken it, or the scorer was still fetching the file.
///
/// # Errors
/// `wrong_state` if it has ended, `not_found` if there is none.
pub fn cancel(conn: &mut Conn, id: EvaluationId, now: Timestamp) -> Result<Evaluation> {
    let before = db::evaluations::get_locked(conn, id)?;
    if let Err(illegal) = state::after(before.state, Event::Cancelled) {
        return Err(wrong_state(illegal.from.as_str()));
    }
    match transition::apply(conn, &before, Event::Cancelled, now, |_| ())? {
        Transition::Moved(after) => {
            let begun = before.state.has_begun(before.progress.as_ref());
            let refund = charging::refund(Ending::Cancelled { begun });
            db::quota::settle(conn, after.submission, refund, now)?;
            if before.state == SubmissionState::Running {
                db::attempts::end(conn, after.id, after.attempt, AttemptEnd::Cancelled, None, now)?;
            }
            Ok(*after)
        }
        Transition::Stale => Err(wrong_state("being changed")),
    }
}

fn wrong_state(state: &str) -> Error {
    Error::refused(
        ErrorCode::WrongState,
        format!("the submission is {state}; only one that is queued or running can be cancelled"),
    )
    .because(Reason::NotCancellable, json!({}))
}
