//! Outcomes: how an attempt ended, checked, counted and written in one transaction.

use holdout_protocol::{
    AttemptEnd, EvaluationId, HintCode, Measures, Outcome, OutcomeReply, OutcomeReport, RefundReason, ScorerTokenId,
    SubmissionKind, SubmissionState, Timestamp, Verdict,
};

use super::fleet::{self, AttemptResult};
use super::measured::{self, Counted};
use super::transition::{self, Transition};
use super::{Event, ladder, lease};
use crate::app::App;
use crate::changes::Topic;
use crate::charging;
use crate::config::QueueConfig;
use crate::db::evaluations::Evaluation;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::rates;
use crate::receipts;

/// An outcome that was checked.
struct Ending {
    attempt: u32,
    scorer_version: String,
    measures: Measures,
    ran_on_images: Option<bool>,
    how: How,
}

enum How {
    Scored(Box<Counted>),
    Rejected(Box<Verdict>),
    Fault(lease::Failure),
    GaveBack,
}

/// What a write did: the reply, and whether anything changed.
struct Recorded {
    reply: OutcomeReply,
    changed: bool,
}

/// Writes how an attempt ended. The same outcome sent again by the same attempt gets the same
/// answer and changes nothing.
///
/// # Errors
/// `stale_attempt` if the attempt is not the present one, `invalid_value` if the outcome does not
/// fit the test set or the kind of file, `not_found`.
pub async fn record(app: &App, token: ScorerTokenId, id: EvaluationId, report: OutcomeReport) -> Result<OutcomeReply> {
    let ending = check_report(app, id, report).await?;
    let scored = matches!(ending.how, How::Scored(_));
    let failed = match &ending.how {
        How::Fault(lease::Failure::Fault(_, reason)) => Some(reason.as_str()),
        _ => None,
    };
    let config = app.config.queue.clone();
    let recorded = app.db.write(move |conn| write(conn, token, id, &ending, &config)).await?;
    if recorded.changed {
        if let Some(reason) = failed {
            app.metrics.evaluation_failed(reason);
        }
        // The queue too, because the team has a free place again.
        app.changes.announce(Topic::Queue);
        app.changes.announce(Topic::Submissions);
        if scored {
            app.changes.announce(Topic::Boards);
        }
    }
    Ok(recorded.reply)
}

async fn check_report(app: &App, id: EvaluationId, report: OutcomeReport) -> Result<Ending> {
    fleet::check_text("scorer_version", &report.scorer_version)?;
    if let Some(device) = &report.measures.device {
        fleet::check_text("device", device)?;
    }
    if let Some(weights) = &report.measures.weights {
        fleet::check_text("weights", weights)?;
    }
    report.measures.missing_layers.iter().try_for_each(|layer| fleet::check_text("missing_layers", layer))?;
    let evaluation = app.db.read(move |conn| db::evaluations::get(conn, id)).await?;
    let how = match report.outcome {
        Outcome::Scored(correctness) => {
            let test_set = app.db.read(move |conn| db::test_sets::get(conn, evaluation.test_set)).await?;
            How::Scored(Box::new(measured::count(&correctness, &test_set)?))
        }
        Outcome::Rejected(verdict) => How::Rejected(Box::new(fitting(verdict, evaluation.kind)?)),
        Outcome::Fault { cause, reason } => How::Fault(lease::Failure::Fault(cause, reason)),
        Outcome::GaveBack => How::GaveBack,
    };
    let OutcomeReport { attempt, scorer_version, measures, ran_on_images, .. } = report;
    Ok(Ending { attempt, scorer_version, measures, ran_on_images, how })
}

/// A verdict that can be one on a file of this kind.
fn fitting(verdict: Verdict, kind: SubmissionKind) -> Result<Verdict> {
    if measured::is_about(verdict.code, kind) {
        return Ok(verdict);
    }
    let message = format!("`{}` is no verdict on a file of the kind `{}`", verdict.code.as_str(), kind.as_str());
    Err(Error::invalid("outcome", message))
}

fn write(
    conn: &mut Conn,
    token: ScorerTokenId,
    id: EvaluationId,
    ending: &Ending,
    config: &QueueConfig,
) -> Result<Recorded> {
    let before = db::evaluations::get_locked(conn, id)?;
    let own = before.attempt == ending.attempt && fleet::holds(conn, before.scorer, token)?;
    if !own {
        return Err(lease::stale(id, ending.attempt));
    }
    if before.state != SubmissionState::Running {
        if !is_recorded(conn, &before, ending)? {
            return Err(lease::stale(id, ending.attempt));
        }
        let reply = OutcomeReply { withdraw: fleet::has_withdrawn(conn, before.scorer)? };
        return Ok(Recorded { reply, changed: false });
    }
    let now = Timestamp::now();
    if !settle(conn, &before, ending, config, now)? {
        return Err(lease::stale(id, ending.attempt));
    }
    let result = match &ending.how {
        How::Scored(_) | How::Rejected(_) => AttemptResult::Good,
        How::Fault(failure) => {
            let (submission, of_device) = (before.submission, failure.is_of_device());
            AttemptResult::Fault { submission, cause: failure.cause(), limit: config.scorer_faults, of_device }
        }
        How::GaveBack => AttemptResult::GaveBack,
    };
    let withdraw = fleet::record_result(conn, before.scorer, result, now)?;
    Ok(Recorded { reply: OutcomeReply { withdraw }, changed: true })
}

/// Returns true if the attempt has ended with just this outcome.
fn is_recorded(conn: &mut Conn, evaluation: &Evaluation, ending: &Ending) -> Result<bool> {
    let Some((ended, cause)) = db::attempts::ending(conn, evaluation.id, ending.attempt)? else { return Ok(false) };
    Ok(match (&ending.how, ended) {
        (How::Scored(counted), AttemptEnd::Scored) => {
            let known = db::results::get(conn, evaluation.id)?;
            known.is_some_and(|known| known.top1 == counted.top1 && known.top5 == counted.top5)
        }
        (How::Rejected(verdict), AttemptEnd::Rejected) => evaluation.verdict.as_ref() == Some(&**verdict),
        (How::Fault(failure), AttemptEnd::Fault) => cause.is_some_and(|cause| cause == failure.one_line()),
        // A scorer that gives back what a new version of the test set took from it has nothing more
        // to do either.
        (How::GaveBack, AttemptEnd::GaveBack | AttemptEnd::Superseded) => true,
        _ => false,
    })
}

/// Moves the evaluation and writes all that goes with it; false if somebody else moved it first.
fn settle(conn: &mut Conn, before: &Evaluation, ending: &Ending, config: &QueueConfig, now: Timestamp) -> Result<bool> {
    let (event, ended) = match &ending.how {
        How::Scored(_) => (Event::Scored, AttemptEnd::Scored),
        How::Rejected(_) => (Event::Rejected, AttemptEnd::Rejected),
        How::GaveBack => (Event::GaveBack, AttemptEnd::GaveBack),
        How::Fault(cause) => return lease::fail(conn, before, cause, config, now),
    };
    // Boards of earlier times show a re-scored submission from when it was scored first.
    let first = if before.rescoring { db::rescored::first_scored(conn, before.submission)? } else { None };
    let moved = transition::apply(conn, before, event, now, |after| {
        if let (Event::Scored, Some(first)) = (event, first) {
            after.finished_at = Some(first);
        }
        if let How::Rejected(verdict) = &ending.how {
            after.verdict = Some((**verdict).clone());
        }
        if event != Event::GaveBack {
            after.measures = Some(ending.measures.clone());
            after.scorer_version = Some(ending.scorer_version.clone());
        }
    })?;
    let Transition::Moved(after) = moved else { return Ok(false) };
    db::attempts::end(conn, after.id, after.attempt, ended, None, now)?;
    match &ending.how {
        How::Scored(counted) => keep_result(conn, &after, counted, now)?,
        How::Rejected(verdict) => charge_rejected(conn, &after, verdict, ending.ran_on_images, now)?,
        How::Fault(_) | How::GaveBack => (),
    }
    Ok(true)
}

/// Writes the result of an evaluation that was scored, charges it, and writes its receipt.
fn keep_result(conn: &mut Conn, after: &Evaluation, counted: &Counted, now: Timestamp) -> Result<()> {
    let result = counted.result_of(after);
    db::results::insert(conn, &result)?;
    let submission = db::submissions::get(conn, after.submission)?;
    ladder::decide(conn, &submission, after, &result)?;
    if let Some(packed) = &counted.answers {
        db::answers::insert(conn, after.id, after.test_set, packed)?;
    }
    db::quota::settle(conn, after.submission, charging::refund(charging::Ending::Scored), now)?;
    // A result of a version that is staged counts once that is taken up.
    if submission.evaluation == after.id {
        receipts::record_result(conn, after, after.rescoring, now)?;
    }
    Ok(())
}

/// Charges an evaluation that was rejected, or counts it as a refusal.
fn charge_rejected(
    conn: &mut Conn,
    after: &Evaluation,
    verdict: &Verdict,
    ran_on_images: Option<bool>,
    now: Timestamp,
) -> Result<()> {
    let (kind, code) = (after.kind, verdict.code);
    let below_limit = verdict.detail.known_hints.iter().any(|hint| hint.code == HintCode::LessMemory);
    let refund = charging::refund(charging::Ending::Rejected { kind, code, ran_on_images, below_limit });
    db::quota::settle(conn, after.submission, refund, now)?;
    // What is re-scored was paid for once, and is nobody's new attempt.
    if refund == Some(RefundReason::Format) && !after.rescoring {
        let began = after.started_at.unwrap_or(now);
        let account = db::submissions::get(conn, after.submission)?.account;
        rates::count_refusal(conn, account, now.since(began), now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{VerdictCode, VerdictDetail};

    use super::*;
    use crate::samples::field;

    #[test]
    fn a_verdict_that_no_file_of_the_kind_can_get_is_refused() {
        let verdict = |code| Verdict::new(code, "x", VerdictDetail::default());
        let taken = fitting(verdict(VerdictCode::BadLabel), SubmissionKind::Predictions).unwrap();
        assert_eq!(taken.code, VerdictCode::BadLabel);
        let refused = fitting(verdict(VerdictCode::BadLabel), SubmissionKind::Torchscript).unwrap_err();
        assert_eq!(field(&refused), "outcome");
        assert!(
            refused.to_string().contains("`bad_label` is no verdict on a file of the kind `torchscript`"),
            "{refused}"
        );
    }
}
