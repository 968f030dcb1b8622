//! Stage *report*: the outcome is sent until the server has answered. Sending it twice does no harm.

use std::time::{Duration, Instant};

use holdout_protocol::{Claim, ErrorCode, Outcome, OutcomeReport};

use crate::claim::{Pauses, VERSION};
use crate::client::Client;
use crate::error::CallError;
use crate::work::Ended;
use crate::{ScorerError, StopSignal};

/// An outcome is given up after so many leases: the server has long given the work to somebody else.
const LEASES: u32 = 10;
/// A scorer that has to stop does not try for longer.
const LAST_TRIES: Duration = Duration::from_secs(5);

/// Reports how an attempt ended.
///
/// # Errors
/// Where the server does not want this scorer any more.
pub(crate) fn report(client: &Client, claim: &Claim, ended: Ended, stop: &StopSignal) -> Result<(), ScorerError> {
    log(claim, &ended);
    let cause = match &ended.outcome {
        Outcome::Fault { cause } => cause.clone(),
        _ => String::new(),
    };
    let mut report = OutcomeReport {
        attempt: claim.attempt,
        scorer_version: VERSION.to_owned(),
        outcome: ended.outcome,
        measures: ended.measures,
    };
    match send(client, claim, &report, stop) {
        Err(Unsent::Invalid(cause)) => {
            // The server cannot use the outcome: that is a fault of ours, not of the team.
            tracing::error!(evaluation = %claim.evaluation, cause, "the server refuses the outcome");
            report.outcome = Outcome::Fault { cause: format!("the server refused the outcome: {cause}") };
            settle(send(client, claim, &report, stop), cause)
        }
        other => settle(other, cause),
    }
}

/// Why an outcome was not recorded.
enum Unsent {
    /// The attempt is over, or the server was not reached for too long: nothing is left to do.
    Over,
    /// The server does not take the outcome.
    Invalid(String),
    /// The server does not take the token.
    Unwelcome(String),
}

fn settle(sent: Result<bool, Unsent>, cause: String) -> Result<(), ScorerError> {
    match sent {
        Ok(true) => Err(ScorerError::Withdrawn(cause)),
        Ok(false) | Err(Unsent::Over | Unsent::Invalid(_)) => Ok(()),
        Err(Unsent::Unwelcome(message)) => Err(ScorerError::Refused(message)),
    }
}

/// Whether the server wants the scorer to withdraw.
fn send(client: &Client, claim: &Claim, report: &OutcomeReport, stop: &StopSignal) -> Result<bool, Unsent> {
    let begun = Instant::now();
    let long_over = Duration::from_secs(claim.lease_seconds.saturating_mul(LEASES).into());
    let (mut pauses, mut stopping) = (Pauses::default(), None);
    loop {
        let error = match client.report(claim.evaluation, report) {
            Ok(reply) => return Ok(reply.withdraw),
            Err(error) => error,
        };
        match error {
            CallError::Unavailable(cause) => {
                tracing::debug!(evaluation = %claim.evaluation, cause, "the outcome did not arrive");
            }
            stale if stale.is_stale() => {
                tracing::info!(evaluation = %claim.evaluation, attempt = claim.attempt, "the attempt was over already");
                return Err(Unsent::Over);
            }
            unwelcome if unwelcome.is_unwelcome() => return Err(Unsent::Unwelcome(unwelcome.to_string())),
            CallError::Refused { code: Some(ErrorCode::NotFound), .. } => return Err(Unsent::Over),
            refused @ CallError::Refused { .. } => return Err(Unsent::Invalid(refused.to_string())),
        }
        let pause = pauses.next();
        if stop.is_stopped() {
            let since: Instant = *stopping.get_or_insert_with(Instant::now);
            if since.elapsed() > LAST_TRIES {
                tracing::warn!(evaluation = %claim.evaluation, "stopping without the outcome having arrived");
                return Err(Unsent::Over);
            }
            std::thread::sleep(pause.min(Duration::from_secs(1)));
        } else if begun.elapsed() > long_over {
            tracing::warn!(evaluation = %claim.evaluation, "the outcome could not be delivered; the lease is long over");
            return Err(Unsent::Over);
        } else {
            stop.wait(pause);
        }
    }
}

fn log(claim: &Claim, ended: &Ended) {
    let (evaluation, attempt) = (claim.evaluation, claim.attempt);
    let seconds = ended.measures.wall_seconds.unwrap_or(0.0);
    match &ended.outcome {
        Outcome::Scored(correctness) => {
            tracing::info!(%evaluation, attempt, images = correctness.n, seconds, "scored");
        }
        Outcome::Rejected(verdict) => {
            tracing::info!(%evaluation, attempt, verdict = verdict.code.as_str(), seconds, "rejected");
        }
        Outcome::Fault { cause } => tracing::error!(%evaluation, attempt, cause, "failed"),
        Outcome::GaveBack => tracing::info!(%evaluation, attempt, "gave the work back"),
    }
}
