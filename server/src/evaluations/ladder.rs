//! The Ladder of a task (Blum and Hardt, 2015): a team sees the public score of a result only if it
//! beats the best that the team has seen by more than noise. So the scores of many small changes
//! tell little about the labels.

use holdout_evaluation::{Bits, Discordant, beats_own_best, compare};
use holdout_protocol::Metric;

use crate::db::evaluations::Evaluation;
use crate::db::results::EvaluationResult;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// Decides whether the score of a new result is kept back, and writes it down. What organizers
/// enter is not, because it tells no team anything about its own; nor is what was decided before,
/// on an earlier version of the test set.
///
/// # Errors
/// If the result does not fit the test set, which is a fault of ours.
pub(super) fn decide(conn: &mut Conn, evaluation: &Evaluation, result: &EvaluationResult) -> Result<()> {
    let task = db::tasks::get(conn, result.task)?;
    if !task.settings.ladder || evaluation.rescoring {
        return Ok(());
    }
    let (submission, metric) = (db::submissions::get(conn, evaluation.submission)?, task.settings.metric);
    if !db::submission_members::has_some(conn, submission.id)? {
        return Ok(());
    }
    let set = db::test_sets::get(conn, evaluation.test_set)?;
    let Some(best) = db::boards::best_seen(conn, &submission, set.id, metric)? else { return Ok(()) };
    let new = if metric == Metric::Top1Error { &result.top1 } else { &result.top5 };
    if !is_step(&set, new, &best)? {
        db::submissions::keep_back(conn, submission.id)?;
    }
    Ok(())
}

/// Returns true if the new result beats the best one on the public images of the set.
fn is_step(set: &TestSet, new: &[u8], best: &[u8]) -> Result<bool> {
    let images = usize::try_from(set.images).map_err(Error::internal)?;
    let bits = |bytes: &[u8]| Bits::from_bytes(images, bytes).map_err(Error::internal);
    let public = set.public_mask.as_deref().map(bits).transpose()?;
    let n = public.as_ref().map_or(set.images, |public| u32::try_from(public.count()).unwrap_or(u32::MAX));
    let apart: Discordant = compare(&bits(new)?, &bits(best)?, public.as_ref()).map_err(Error::internal)?;
    Ok(beats_own_best(apart, n))
}
