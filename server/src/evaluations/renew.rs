//! A task takes up another version of its test set: what waits or runs is scored on that one.

use holdout_protocol::{AttemptEnd, SubmissionKind, SubmissionState, TaskId, Timestamp};

use super::Event;
use super::transition::{self, Transition};
use crate::db::evaluations::Evaluation;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn, Lock};
use crate::error::Result;

/// Moves all open evaluations of a task to this version of its test set; part of the transaction
/// that makes the version the present one, called before the task's row is written. A scorer that
/// is at work on one of them finds its attempt over. Nobody is charged, because nothing has ended.
pub fn renew(conn: &mut Conn, task: TaskId, set: &TestSet, now: Timestamp) -> Result<()> {
    // No claim comes in between; one that waits for the lock sees the new version.
    db::lock(conn, Lock::Claims)?;
    for id in db::queue::open_of(conn, task)? {
        let before = db::evaluations::get_locked(conn, id)?;
        let open = matches!(before.state, SubmissionState::Queued | SubmissionState::Running);
        if !open || before.rescoring || !is_for(&before, set) {
            continue;
        }
        let moved = transition::apply(conn, &before, Event::Renewed, now, |after| after.test_set = set.id)?;
        if let (Transition::Moved(after), SubmissionState::Running) = (moved, before.state) {
            db::attempts::end(conn, after.id, after.attempt, AttemptEnd::Superseded, None, now)?;
        }
    }
    Ok(())
}

/// Returns true if an evaluation has to move to this version of its task's test set. A model cannot
/// if the version has no images.
pub fn is_for(evaluation: &Evaluation, set: &TestSet) -> bool {
    evaluation.test_set != set.id && (evaluation.kind != SubmissionKind::Torchscript || set.images_blob.is_some())
}
