//! The Ladder of a task (Blum and Hardt, 2015): a team sees the public score of a result only if it
//! beats the best that the team has seen by more than noise. So the scores of many small changes
//! tell little about the labels.

use holdout_evaluation::{Part, beats_own_best, compare};
use holdout_protocol::Metric;

use crate::db::evaluations::Evaluation;
use crate::db::results::EvaluationResult;
use crate::db::submissions::Submission;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::ranking;

/// Decides whether the score of a new result is kept back, and writes it down. What organizers
/// enter is not, because it tells no team anything about its own; nor is what was decided before,
/// on an earlier version of the test set.
///
/// # Errors
/// If the result does not fit the test set, which is a fault of ours.
pub(super) fn decide(
    conn: &mut Conn,
    submission: &Submission,
    evaluation: &Evaluation,
    result: &EvaluationResult,
) -> Result<()> {
    let task = db::tasks::get(conn, result.task)?;
    if !task.settings.ladder || evaluation.rescoring {
        return Ok(());
    }
    let metric = task.settings.metric;
    if !db::submission_members::has_some(conn, submission.id)? {
        return Ok(());
    }
    let set = db::test_sets::get(conn, evaluation.test_set)?;
    let Some(best) = db::boards::best_seen(conn, submission, set.id, metric)? else { return Ok(()) };
    let new = if metric == Metric::Top1Error { &result.top1 } else { &result.top5 };
    if !is_step(&set, new, &best)? {
        db::submissions::keep_back(conn, submission.id)?;
    }
    Ok(())
}

/// Returns true if the new result beats the best one on the public images of the set.
fn is_step(set: &TestSet, new: &[u8], best: &[u8]) -> Result<bool> {
    let bits = |bytes: &[u8]| ranking::bits_of_bytes(set.images, bytes);
    let public = ranking::public_mask(set)?;
    let part = public.as_ref().map_or(Part::all(set.images), Part::of);
    let apart = compare(&bits(new)?, &bits(best)?, part.mask()).map_err(Error::internal)?;
    Ok(beats_own_best(apart, part.n()))
}
