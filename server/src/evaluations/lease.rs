//! Leases: renewed by heartbeats; and how an attempt ends that failed by a fault of the platform.

use holdout_protocol::{
    AttemptEnd, ErrorCode, EvaluationId, FaultReason, Heartbeat, HeartbeatReply, ScorerTokenId, SubmissionState,
    Timestamp,
};

use super::fleet::SEEN_LATELY;
use super::transition::{self, Transition};
use super::{Event, fleet};
use crate::app::App;
use crate::changes::Topic;
use crate::charging;
use crate::config::QueueConfig;
use crate::db::evaluations::Evaluation;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// Returns what a scorer is told if its attempt is over.
pub fn stale(id: EvaluationId, attempt: u32) -> Error {
    Error::refused(
        ErrorCode::StaleAttempt,
        format!("attempt {attempt} of evaluation {id} is not this scorer's present one; drop the work"),
    )
}

/// The evaluation, locked, if `attempt` is the present one and its scorer has this token.
///
/// # Errors
/// `stale_attempt` if it is not.
pub fn present(conn: &mut Conn, token: ScorerTokenId, id: EvaluationId, attempt: u32) -> Result<Evaluation> {
    let evaluation = db::evaluations::get_locked(conn, id)?;
    let present = evaluation.state == SubmissionState::Running && evaluation.attempt == attempt;
    if present && fleet::holds(conn, evaluation.scorer, token)? { Ok(evaluation) } else { Err(stale(id, attempt)) }
}

/// Renews a lease and notes how far the scorer is.
///
/// # Errors
/// `stale_attempt` if the attempt is not the present one, also if the team cancelled; `not_found`.
pub async fn renew(app: &App, token: ScorerTokenId, id: EvaluationId, beat: Heartbeat) -> Result<HeartbeatReply> {
    let lease = app.config.queue.lease();
    let reply = app
        .db
        .write(move |conn| {
            let running = present(conn, token, id, beat.attempt)?;
            let now = Timestamp::now();
            let until = now.plus(lease);
            if !db::running::renew(conn, &running, until, &beat.progress)? {
                return Err(stale(id, beat.attempt));
            }
            if let Some(scorer) = running.scorer {
                db::scorers::touch(conn, scorer, now)?;
            }
            Ok(HeartbeatReply { lease_expires_at: until })
        })
        .await?;
    app.changes.announce(Topic::Submissions);
    Ok(reply)
}

/// Why an attempt failed by a fault of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The scorer was not heard of any more.
    LeaseEnded,
    /// The scorer told a fault, in these words.
    Fault(String, FaultReason),
}

impl Failure {
    /// The cause, in the scorer's words if it told one.
    pub fn cause(&self) -> &str {
        match self {
            Self::LeaseEnded => "the lease ended",
            Self::Fault(cause, _) => cause,
        }
    }

    /// Returns true if a device failed its test, which says nothing about other devices of the
    /// machine.
    pub const fn is_of_device(&self) -> bool {
        matches!(self, Self::Fault(_, FaultReason::Device))
    }

    /// The cause as it is stored and logged.
    pub fn one_line(&self) -> String {
        self.cause().chars().map(|c| if c.is_control() { ' ' } else { c }).take(2000).collect()
    }
}

/// Ends a running attempt by a fault of the platform. The evaluation goes back into the queue and
/// waits there for a while, or it is stalled and not charged if its attempts are used up. Returns
/// false if somebody else moved it first.
pub fn fail(
    conn: &mut Conn,
    before: &Evaluation,
    failure: &Failure,
    config: &QueueConfig,
    now: Timestamp,
) -> Result<bool> {
    let failures = before.failures.saturating_add(1);
    let event = if failures >= config.attempts { Event::Exhausted } else { Event::Failed };
    let again_at = now.plus(config.retry_pause(failures));
    // The one that failed would probably fail again, so another one should try. But it need not
    // wait for long: the other may be busy with a long evaluation.
    let beside = before.scorer.map(|id| fleet::workers_beside(conn, id)).transpose()?.unwrap_or_default();
    let has_other = db::queue_places::is_taken_by_another(conn, before.kind, &beside, now.minus(SEEN_LATELY))?;
    let avoided = before.scorer.filter(|_| has_other).map(|scorer| (scorer, again_at.plus(config.others_first())));
    let cause = failure.one_line();
    let moved = transition::apply(conn, before, event, now, |after| {
        after.failures = failures;
        after.fault = Some(cause.clone());
        after.not_before = Some(again_at);
        after.avoided = avoided;
    })?;
    let Transition::Moved(after) = moved else { return Ok(false) };
    tracing::warn!(evaluation = %after.id, failures, fault = cause, state = after.state.as_str(), "an attempt failed");
    let (ended, reported) = match failure {
        Failure::LeaseEnded => (AttemptEnd::LeaseExpired, None),
        Failure::Fault(..) => (AttemptEnd::Fault, Some(cause.as_str())),
    };
    db::attempts::end(conn, after.id, after.attempt, ended, reported, now)?;
    if event == Event::Exhausted {
        db::quota::settle(conn, after.submission, charging::refund(charging::Ending::Stalled), now)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_kept_on_one_line_and_not_longer_than_a_page() {
        let told = Failure::Fault(format!("a\nb\u{1b}{}", "ä".repeat(3000)), FaultReason::Other);
        let line = told.one_line();
        assert!(line.starts_with("a b ää") && !line.chars().any(char::is_control), "{line}");
        assert_eq!(line.chars().count(), 2000);
        assert_eq!(Failure::LeaseEnded.one_line(), "the lease ended");
    }

    #[test]
    fn an_old_attempt_is_told_its_number_and_what_to_do() {
        let id = EvaluationId::new();
        let refused = stale(id, 3).body().error;
        assert_eq!(refused.code, ErrorCode::StaleAttempt);
        assert_eq!(
            refused.message,
            format!("attempt 3 of evaluation {id} is not this scorer's present one; drop the work")
        );
    }
}
