//! Stage *claim*: ask for work until there is some or the scorer has to stop.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SendError, sync_channel};
use std::time::{Duration, Instant};

use holdout_protocol::{
    Claim, ClaimRequest, ErrorCode, Measures, Outcome, OutcomeReport, SCORER_PROTOCOL, ScorerId, SubmissionKind,
};

use crate::client::{BACKOFF, Client};
use crate::config::ScorerConfig;
use crate::error::CallError;
use crate::{ScorerError, StopSignal};

/// Version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How often a waiting scorer checks whether it has to stop.
const STOP_CHECK: Duration = Duration::from_millis(50);
/// How long a scorer that has to stop waits for the answer to its last request, so that work in it
/// is given back.
const LAST_ANSWER: Duration = Duration::from_secs(5);
/// Longest text of a trouble that the server takes, characters.
const MAX_TROUBLE: usize = 500;

/// Returns what a worker asks for, again and again.
pub(crate) fn claim_request(
    config: &ScorerConfig,
    name: String,
    kind: SubmissionKind,
    device: Option<(String, Option<u64>)>,
) -> ClaimRequest {
    let (device, memory_bytes) = device.map_or((None, None), |(device, memory)| (Some(device), memory));
    ClaimRequest {
        scorer: ScorerId::new(),
        name,
        version: VERSION.to_owned(),
        protocol: SCORER_PROTOCOL,
        devices: device.into_iter().collect(),
        kinds: vec![kind],
        wait_seconds: config.wait_seconds,
        memory_bytes,
        trouble: None,
        returned: false,
        process: Some(config.process),
        stopping: false,
    }
}

/// What became of asking for work.
pub(crate) enum ClaimAnswer {
    Work(Box<Claim>),
    /// The scorer has to stop.
    Stopped,
    /// The server gives this worker none before it has tested itself.
    Withdrawn(String),
}

/// Asks for work until there is some or the scorer has to stop. A server that cannot be reached is
/// tried for ever, in longer and longer pauses, and logged once.
///
/// # Errors
/// If Holdout itself says that it does not take this scorer.
pub(crate) fn claim_work(
    client: &Arc<Client>,
    request: &mut ClaimRequest,
    stop: &StopSignal,
) -> Result<ClaimAnswer, ScorerError> {
    let mut failures = 0_u32;
    while !stop.is_stopped() {
        let Some(answer) = ask(client, &Arc::new(request.clone()), stop) else { return Ok(ClaimAnswer::Stopped) };
        match answer {
            Ok(claim) => {
                if failures > 0 {
                    tracing::info!("the server answers again");
                }
                failures = 0;
                request.returned = false;
                if let Some(claim) = claim {
                    return Ok(ClaimAnswer::Work(Box::new(claim)));
                }
            }
            Err(CallError::Unavailable(cause)) => {
                failures = failures.saturating_add(1);
                // The first failure may be a connection that went stale; only the second is news.
                if failures == 2 {
                    tracing::warn!(cause, "server unreachable; retrying");
                }
                stop.wait(BACKOFF.pause(failures));
            }
            Err(CallError::Refused { code: ErrorCode::WrongState, message, .. }) => {
                return Ok(ClaimAnswer::Withdrawn(message));
            }
            Err(refused @ CallError::Refused { .. }) => return Err(ScorerError::Refused(refused.to_string())),
        }
    }
    Ok(ClaimAnswer::Stopped)
}

/// Tells the server that this worker is there but takes no work, and why. If the message is
/// lost, the next one follows soon.
///
/// # Errors
/// As [`claim_work`].
pub(crate) fn announce(
    client: &Arc<Client>,
    request: &ClaimRequest,
    trouble: &str,
    stop: &StopSignal,
) -> Result<(), ScorerError> {
    let trouble: String = trouble.chars().filter(|c| !c.is_control()).take(MAX_TROUBLE).collect();
    let request = ClaimRequest { trouble: Some(trouble), wait_seconds: 0, ..request.clone() };
    match ask(client, &Arc::new(request), stop) {
        Some(Err(refused @ CallError::Refused { .. })) if refused.is_unwelcome() => {
            Err(ScorerError::Refused(refused.to_string()))
        }
        Some(Err(error)) => {
            tracing::debug!(%error, "the server could not be told of the trouble");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Tells the server that this worker stops, so that nothing waits for it. If it does not arrive,
/// the server notices by itself after a minute.
pub(crate) fn sign_off(client: &Arc<Client>, request: &ClaimRequest, stop: &StopSignal) {
    let request = ClaimRequest { stopping: true, trouble: None, wait_seconds: 0, ..request.clone() };
    ask(client, &Arc::new(request), stop);
}

/// Sends one request on a thread of its own, because a scorer that has to stop waits for the answer
/// only for a while. Work that comes anyway is given back, because a server cannot tell a scorer
/// that hung up from one that waits.
fn ask(
    client: &Arc<Client>,
    request: &Arc<ClaimRequest>,
    stop: &StopSignal,
) -> Option<Result<Option<Claim>, CallError>> {
    // Without a buffer, so that sending fails if nobody receives.
    let (sender, receiver) = sync_channel(0);
    let (client, request) = (Arc::clone(client), Arc::clone(request));
    let asking = Arc::clone(&client);
    std::thread::spawn(move || {
        let answer = asking.claim(&request);
        if let Err(SendError(Ok(Some(claim)))) = sender.send(answer) {
            give_back(&asking, &claim);
        }
    });
    let mut stopping: Option<Instant> = None;
    loop {
        match receiver.recv_timeout(STOP_CHECK) {
            Ok(Ok(Some(claim))) if stopping.is_some() => {
                give_back(&client, &claim);
                return None;
            }
            Ok(answer) => return stopping.is_none().then_some(answer),
            Err(RecvTimeoutError::Timeout) if stopping.is_some_and(|since| since.elapsed() > LAST_ANSWER) => {
                return None;
            }
            Err(RecvTimeoutError::Timeout) if stop.is_stopped() => {
                stopping = stopping.or_else(|| Some(Instant::now()));
            }
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => {
                return Some(Err(CallError::Unavailable("the request ended without an answer".to_owned())));
            }
        }
    }
}

fn give_back(client: &Client, claim: &Claim) {
    let report = OutcomeReport {
        attempt: claim.attempt,
        scorer_version: VERSION.to_owned(),
        outcome: Outcome::GaveBack,
        measures: Measures::default(),
        ran_on_images: None,
    };
    if let Err(error) = client.report(claim.evaluation, &report) {
        tracing::warn!(evaluation = %claim.evaluation, %error, "work could not be given back; its lease will end");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{answer, refusal, serve};

    fn asked(mut answers: Vec<Vec<u8>>) -> Result<ClaimAnswer, ScorerError> {
        // The last word ends the asking.
        answers.push(refusal(409, "wrong_state"));
        let (client, _requests) = serve(answers);
        let config = ScorerConfig::new("http://127.0.0.1:1", "hs_t", "unused");
        let mut request = claim_request(&config, "x".to_owned(), SubmissionKind::Predictions, None);
        claim_work(&client, &mut request, &StopSignal::new())
    }

    #[test]
    fn what_a_proxy_says_does_not_end_a_scorer() {
        let page = "<html>not here</html>";
        let foreign = r#"{"error":{"code":404,"message":"no Route matched with those values"}}"#;
        for status in ["302 Found", "400 Bad", "401 Unauthorized", "403 Forbidden", "404 Not Found", "413 Too Large"] {
            for body in [page, foreign, ""] {
                let asked = asked(vec![answer(status, body.len(), body)]);
                assert!(matches!(asked, Ok(ClaimAnswer::Withdrawn(_))), "{status} {body}: {:?}", asked.err());
            }
        }
    }

    #[test]
    fn what_holdout_says_ends_it() {
        for (status, code) in [(401, "unauthenticated"), (403, "forbidden"), (412, "precondition_failed")] {
            assert!(matches!(asked(vec![refusal(status, code)]), Err(ScorerError::Refused(_))), "{code}");
        }
    }
}
