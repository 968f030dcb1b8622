//! Stage *report*: the outcome is sent until the server has answered. Sending it twice does no
//! harm.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use holdout_protocol::{Claim, ErrorCode, FaultReason, Outcome, OutcomeReport};

use crate::bounded::run_bounded;
use crate::claim::VERSION;
use crate::client::{BACKOFF, Client};
use crate::error::CallError;
use crate::outcome::Cancelled;
use crate::progress::Cancellation;
use crate::worker::AttemptResult;
use crate::{ScorerError, StopSignal};

/// After this many leases an outcome is given up, because the server has long given the work to
/// another scorer.
const LEASES: u32 = 10;
/// A scorer that has to stop does not try for longer.
const LAST_TRIES: Duration = Duration::from_secs(5);

/// What a worker does after it has reported.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AfterReport {
    /// It asks for more.
    Next {
        /// Whether the attempt went well.
        good: bool,
    },
    /// It withdraws for this cause, and tests itself.
    Withdraw(String),
}

/// Reports how an attempt result. A scorer that has to stop does not wait for the server for long.
///
/// # Errors
/// If the server does not want this scorer any more.
pub(crate) fn report_outcome(
    client: &Arc<Client>,
    claim: &Claim,
    result: AttemptResult,
    stop: &Arc<StopSignal>,
) -> Result<AfterReport, ScorerError> {
    let (client, claim, stopping) = (Arc::clone(client), claim.clone(), Arc::clone(stop));
    let grace = StopGrace { stop, since: Mutex::new(None) };
    let sent =
        run_bounded("report", LONGEST, &grace, move || report_until_answered(&client, &claim, result, &stopping));
    sent.unwrap_or_else(|_| {
        tracing::warn!("stopping without the outcome having arrived");
        Ok(AfterReport::Next { good: false })
    })
}

/// Longer than any lease lasts.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// Ends a report a while after the scorer has to stop.
struct StopGrace<'a> {
    stop: &'a StopSignal,
    since: Mutex<Option<Instant>>,
}

impl Cancellation for StopGrace<'_> {
    fn check_cancelled(&self) -> Result<(), Cancelled> {
        if !self.stop.is_stopped() {
            return Ok(());
        }
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.get_or_insert_with(Instant::now).elapsed() > LAST_TRIES {
            return Err(Cancelled::Stopping);
        }
        Ok(())
    }
}

fn report_until_answered(
    client: &Client,
    claim: &Claim,
    result: AttemptResult,
    stop: &StopSignal,
) -> Result<AfterReport, ScorerError> {
    log_outcome(claim, &result);
    let cause = match &result.outcome {
        Outcome::Fault { cause, .. } => Some(cause.clone()),
        _ => None,
    };
    let mut report = OutcomeReport {
        attempt: claim.attempt,
        scorer_version: VERSION.to_owned(),
        outcome: result.outcome,
        measures: result.measures,
        ran_on_images: Some(result.ran_on_images),
    };
    match send_outcome(client, claim, &report, stop) {
        Err(DeliveryError::Invalid(cause)) => {
            // The server cannot use the outcome: that is a fault of ours, not of the team.
            tracing::error!(evaluation = %claim.evaluation, cause, "the server refuses the outcome");
            let told = format!("the server refused the outcome: {cause}");
            report.outcome = Outcome::Fault { cause: told, reason: FaultReason::Other };
            after_report(send_outcome(client, claim, &report, stop), Some(cause))
        }
        other => after_report(other, cause),
    }
}

/// Why an outcome was not recorded.
enum DeliveryError {
    /// The attempt is over, or the server was not reached for too long: nothing is left to do.
    Over,
    /// The server does not take the outcome.
    Invalid(String),
    /// The server does not take the token.
    Unwelcome(String),
}

fn after_report(sent: Result<bool, DeliveryError>, fault: Option<String>) -> Result<AfterReport, ScorerError> {
    match sent {
        Ok(true) => Ok(AfterReport::Withdraw(fault.unwrap_or_default())),
        Ok(false) | Err(DeliveryError::Over | DeliveryError::Invalid(_)) => {
            Ok(AfterReport::Next { good: fault.is_none() })
        }
        Err(DeliveryError::Unwelcome(message)) => Err(ScorerError::Refused(message)),
    }
}

/// Returns whether the server wants the scorer to withdraw.
fn send_outcome(
    client: &Client,
    claim: &Claim,
    report: &OutcomeReport,
    stop: &StopSignal,
) -> Result<bool, DeliveryError> {
    let begun = Instant::now();
    let long_over = Duration::from_secs(claim.lease_seconds.saturating_mul(LEASES).into());
    let (mut failures, mut stopping) = (0_u32, None);
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
                return Err(DeliveryError::Over);
            }
            unwelcome if unwelcome.is_unwelcome() => return Err(DeliveryError::Unwelcome(unwelcome.to_string())),
            CallError::Refused { code: ErrorCode::NotFound, .. } => return Err(DeliveryError::Over),
            refused @ CallError::Refused { .. } => return Err(DeliveryError::Invalid(refused.to_string())),
        }
        failures = failures.saturating_add(1);
        let pause = BACKOFF.pause(failures);
        if stop.is_stopped() {
            let since: Instant = *stopping.get_or_insert_with(Instant::now);
            if since.elapsed() > LAST_TRIES {
                tracing::warn!(evaluation = %claim.evaluation, "stopping without the outcome having arrived");
                return Err(DeliveryError::Over);
            }
            std::thread::sleep(pause.min(Duration::from_secs(1)));
        } else if begun.elapsed() > long_over {
            tracing::warn!(evaluation = %claim.evaluation, "the outcome could not be delivered; the lease is long over");
            return Err(DeliveryError::Over);
        } else {
            stop.wait(pause);
        }
    }
}

fn log_outcome(claim: &Claim, result: &AttemptResult) {
    let (evaluation, attempt) = (claim.evaluation, claim.attempt);
    let seconds = result.measures.wall_seconds;
    match &result.outcome {
        Outcome::Scored(correctness) => {
            tracing::info!(%evaluation, attempt, images = correctness.n, seconds, "scored");
        }
        Outcome::Rejected(verdict) => {
            tracing::info!(%evaluation, attempt, verdict = verdict.code.as_str(), seconds, "rejected");
        }
        Outcome::Fault { cause, .. } => tracing::error!(%evaluation, attempt, cause, "failed"),
        Outcome::GaveBack => tracing::info!(%evaluation, attempt, "gave the work back"),
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{Correctness, Measures};

    use super::*;
    use crate::scripted::{answer, blob, claim, refusal, serve};

    fn reported(outcome: Outcome, answers: Vec<Vec<u8>>) -> (Result<AfterReport, ScorerError>, Vec<String>) {
        let (client, requests) = serve(answers);
        let result = AttemptResult { outcome, measures: Measures::default(), ran_on_images: false };
        let reported = report_outcome(&client, &claim(blob(b"")), result, &Arc::new(StopSignal::new()));
        (reported, requests.try_iter().map(|request| request.body).collect())
    }

    fn scored() -> Outcome {
        Outcome::Scored(Correctness { n: 1, top1: "AA==".to_owned(), top5: "AQ==".to_owned(), answers: None })
    }

    fn recorded(withdraw: bool) -> Vec<u8> {
        let body = format!(r#"{{"withdraw":{withdraw}}}"#);
        answer("200 OK", body.len(), &body)
    }

    #[test]
    fn an_outcome_is_sent_until_it_is_answered() {
        let of_a_proxy = answer("413 Too Large", 5, "large");
        let answers =
            vec![Vec::new(), refusal(503, "unavailable"), answer("200 OK", 9, ""), of_a_proxy, recorded(false)];
        let (result, sent) = reported(scored(), answers);
        result.unwrap();
        assert_eq!(sent.len(), 5);
        assert!(sent.iter().all(|body| *body == sent[0] && body.contains(r#""kind":"scored""#)), "{sent:?}");
    }

    #[test]
    fn an_outcome_that_the_server_cannot_use_is_a_fault_of_ours() {
        let (result, sent) = reported(scored(), vec![refusal(422, "invalid_value"), recorded(false)]);
        result.unwrap();
        assert!(sent[1].contains(r#""kind":"fault""#), "{sent:?}");
    }

    #[test]
    fn a_report_that_hangs_does_not_keep_a_scorer_from_stopping() {
        // A server that takes the connection and says nothing.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let config = crate::ScorerConfig::new(format!("http://{address}"), "hs_t", "unused");
        let client = Arc::new(Client::new(&config).unwrap());
        let stop = Arc::new(StopSignal::new());
        stop.stop();
        let begun = Instant::now();
        let result = AttemptResult { outcome: scored(), measures: Measures::default(), ran_on_images: false };
        report_outcome(&client, &claim(blob(b"")), result, &stop).unwrap();
        assert!(begun.elapsed() < LAST_TRIES + Duration::from_secs(10));
    }

    #[test]
    fn a_stale_attempt_is_let_go() {
        assert!(reported(scored(), vec![refusal(409, "stale_attempt")]).0.is_ok());
    }

    #[test]
    fn a_scorer_that_should_withdraw_does_so_and_says_why() {
        let fault = Outcome::Fault { cause: "disk full".to_owned(), reason: FaultReason::Files };
        assert_eq!(reported(fault, vec![recorded(true)]).0.unwrap(), AfterReport::Withdraw("disk full".to_owned()));
        let (result, _) = reported(scored(), vec![refusal(401, "unauthenticated")]);
        assert!(matches!(result, Err(ScorerError::Refused(_))));
    }
}
