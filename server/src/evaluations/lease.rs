//! Leases: renewed by heartbeats, and what becomes of an evaluation whose lease has ended.

use std::sync::Arc;
use std::time::Duration;

use holdout_protocol::{
    AttemptEnd, ErrorCode, EvaluationId, Heartbeat, HeartbeatReply, ScorerTokenId, SubmissionState, Timestamp,
};

use super::transition::{self, Transition};
use super::{Event, fleet};
use crate::app::App;
use crate::changes::Topic;
use crate::charging;
use crate::db::evaluations::Evaluation;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// What a scorer is told whose attempt is over.
pub fn stale(id: EvaluationId, attempt: u32) -> Error {
    Error::refused(
        ErrorCode::StaleAttempt,
        format!("attempt {attempt} of evaluation {id} is not this scorer's present one; drop the work"),
    )
}

/// The evaluation, locked, where `attempt` is the present one and its scorer has this token.
///
/// # Errors
/// `stale_attempt` where it is not.
pub fn present(conn: &mut Conn, token: ScorerTokenId, id: EvaluationId, attempt: u32) -> Result<Evaluation> {
    let evaluation = db::evaluations::get_locked(conn, id)?;
    let present = evaluation.state == SubmissionState::Running && evaluation.attempt == attempt;
    if present && fleet::holds(conn, evaluation.scorer, token)? { Ok(evaluation) } else { Err(stale(id, attempt)) }
}

/// Renews a lease and notes how far the scorer is.
///
/// # Errors
/// `stale_attempt` where the attempt is not the present one, also where the team cancelled; `not_found`.
pub async fn renew(app: &App, token: ScorerTokenId, id: EvaluationId, beat: Heartbeat) -> Result<HeartbeatReply> {
    let lease = app.config.queue.lease();
    let reply = app
        .db
        .write(move |conn| {
            let running = present(conn, token, id, beat.attempt)?;
            let now = Timestamp::now();
            let until = now.plus(lease);
            if !db::queue::renew(conn, &running, until, &beat.progress)? {
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

/// Ends the attempts whose lease has ended: each is a failure of the platform.
///
/// # Errors
/// Where the database fails.
pub async fn expire(app: &App) -> Result<()> {
    let found = app.db.read(|conn| db::queue::expired(conn, Timestamp::now())).await?;
    if found.is_empty() {
        return Ok(());
    }
    let attempts = app.config.queue.attempts;
    let ended = app
        .db
        .write(move |conn| {
            let mut ended = 0_usize;
            for id in found {
                ended += usize::from(expire_one(conn, id, attempts)?);
            }
            Ok(ended)
        })
        .await?;
    if ended > 0 {
        app.changes.announce(Topic::Queue);
        app.changes.announce(Topic::Submissions);
    }
    Ok(())
}

fn expire_one(conn: &mut Conn, id: EvaluationId, attempts: u32) -> Result<bool> {
    let now = Timestamp::now();
    let before = db::evaluations::get_locked(conn, id)?;
    // A heartbeat or an outcome may have come since the look.
    let over = before.state == SubmissionState::Running && before.lease_expires_at.is_some_and(|end| end < now);
    Ok(over && fail(conn, &before, &Failure::LeaseEnded, attempts, now)?)
}

/// Why an attempt failed by a fault of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The scorer was not heard of any more.
    LeaseEnded,
    /// The scorer told a fault, in these words.
    Fault(String),
}

impl Failure {
    /// As it is kept and logged.
    pub fn words(&self) -> &str {
        match self {
            Self::LeaseEnded => "the lease ended",
            Self::Fault(cause) => cause,
        }
    }
}

/// Ends a running attempt by a fault of the platform: it goes back into the queue, or is stalled and not charged where the
/// attempts are spent. False where somebody else moved it first.
///
/// # Errors
/// Where the database fails.
pub fn fail(conn: &mut Conn, before: &Evaluation, failure: &Failure, attempts: u32, now: Timestamp) -> Result<bool> {
    let failures = before.failures.saturating_add(1);
    let event = if failures >= attempts { Event::Exhausted } else { Event::Failed };
    let cause = fault_text(before.attempt, failure.words());
    let moved = transition::apply(conn, before, event, now, |after| {
        after.failures = failures;
        after.fault = Some(cause.clone());
    })?;
    let Transition::Moved(after) = moved else { return Ok(false) };
    tracing::warn!(evaluation = %after.id, failures, fault = cause, state = after.state.as_str(), "an attempt failed");
    let (ended, told) = match failure {
        Failure::LeaseEnded => (AttemptEnd::LeaseExpired, None),
        Failure::Fault(cause) => (AttemptEnd::Fault, Some(one_line(cause))),
    };
    db::attempts::end(conn, (after.id, after.attempt), ended, told.as_deref(), now)?;
    if event == Event::Exhausted {
        db::quota::settle(conn, after.submission, charging::refund(charging::Ending::Stalled), now)?;
    }
    Ok(true)
}

/// A fault as it is kept: by attempt, so that a repeated report of it is known again.
pub fn fault_text(attempt: u32, cause: &str) -> String {
    format!("attempt {attempt}: {}", one_line(cause))
}

fn one_line(cause: &str) -> String {
    cause.chars().map(|c| if c.is_control() { ' ' } else { c }).take(2000).collect()
}

/// Ends leases for as long as the server runs.
pub async fn reap(app: Arc<App>) {
    let pause = Duration::from_secs(app.config.queue.reap_seconds.max(1));
    loop {
        tokio::time::sleep(pause).await;
        if let Err(error) = expire(&app).await {
            tracing::error!(%error, "cannot look for ended leases");
        }
    }
}
