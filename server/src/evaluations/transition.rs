//! The one place where an evaluation's state is written.

use std::fmt;

use holdout_protocol::{EvaluationId, ScorerId, SubmissionState, TestSetId, Timestamp};

use super::{Event, state};
use crate::db::evaluations::{self, Evaluation, Written};
use crate::db::submissions::Submission;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::messages::notices;
use crate::webhooks;

/// Puts a first or further evaluation of a submission into the queue. That it counts is for the
/// caller to write.
pub fn queue(
    conn: &mut Conn,
    id: EvaluationId,
    submission: &Submission,
    test_set: TestSetId,
    now: Timestamp,
) -> Result<Evaluation> {
    let evaluation = Evaluation::new(id, submission, test_set, now);
    db::evaluations::insert(conn, &evaluation)?;
    Ok(evaluation)
}

/// What became of a transition.
#[derive(Debug)]
pub enum Transition {
    /// The evaluation is in its new state.
    Moved(Box<Evaluation>),
    /// Somebody else moved it first; nothing was changed.
    Stale,
}

/// Moves an evaluation by an event. `change` sets what else the event changes.
///
/// # Errors
/// [`Error::Internal`] for an illegal transition, which callers have ruled out; `not_found` if
/// there is none.
pub fn apply(
    conn: &mut Conn,
    before: &Evaluation,
    event: Event,
    now: Timestamp,
    change: impl FnOnce(&mut Evaluation),
) -> Result<Transition> {
    let state = state::after(before.state, event).map_err(Error::internal)?;
    let mut after = before.clone();
    after.state = state;
    after.lease_expires_at = None;
    after.progress = None;
    after.finished_at = state.is_final().then_some(now);
    change(&mut after);
    match evaluations::replace(conn, before, &after)? {
        Written::Moved => {
            let line = Line { before, event, state };
            notices::evaluated(conn, &after)?;
            webhooks::record::evaluated(conn, &after, now)?;
            tracing::info!(evaluation = %after.id, attempt = after.attempt, scorer = scorer_of(&after), "{line}");
            Ok(Transition::Moved(Box::new(after)))
        }
        Written::Stale => Ok(Transition::Stale),
        Written::Missing => Err(Error::not_found("evaluation", before.id)),
    }
}

fn scorer_of(evaluation: &Evaluation) -> Option<String> {
    evaluation.scorer.as_ref().map(ScorerId::to_string)
}

struct Line<'a> {
    before: &'a Evaluation,
    event: Event,
    state: SubmissionState,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} ({:?})", self.before.state.as_str(), self.state.as_str(), self.event)
    }
}
