//! Following a submission until it is done: by server-sent events, or by polling if there are no
//! events.

use std::io::IsTerminal as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use holdout_client::TransportError;
use holdout_protocol::{Stage, Submission, SubmissionId, SubmissionState};

use crate::client::{Client, ClientError};
use crate::console::Console;
use crate::failure::Failure;
use crate::show::submission::{describe_state, rejection};
use crate::upload::persist;

/// Pause before asking again.
const PAUSE: Duration = Duration::from_secs(2);

/// Follows the submission, telling each change, and returns it when it is done. A server that is
/// away is waited for as long as an upload would wait.
pub(crate) fn follow(
    client: &Client,
    console: Console,
    id: SubmissionId,
    mut told: impl FnMut(&Submission) -> Result<(), Failure>,
) -> Result<Submission, Failure> {
    let mut last: Option<Submission> = None;
    let mut tell = |submission: Submission| -> Result<Option<Submission>, Failure> {
        if last.as_ref() != Some(&submission) {
            told(&submission)?;
            last = Some(submission.clone());
        }
        Ok(is_done(&submission).then_some(submission))
    };
    let mut seen = false;
    loop {
        match client.submission_events(id) {
            Ok(events) => {
                for event in events {
                    // A break is no matter: what was missed is asked for below.
                    let Ok(event) = event else { break };
                    if event.name != "submission" {
                        continue;
                    }
                    let Ok(submission) = serde_json::from_str(&event.data) else { break };
                    seen = true;
                    if let Some(done) = tell(submission)? {
                        return Ok(done);
                    }
                }
            }
            Err(error) if is_final(&error) => return Err(lost(id, error, seen)),
            Err(_) => {}
        }
        let asked = persist(client.patience(), |text| console.remark(text), || client.submission(id));
        if let Some(done) = tell(asked.map_err(|error| lost(id, error, seen))?)? {
            return Ok(done);
        }
        seen = true;
        sleep(PAUSE);
    }
}

/// Says how a submission stands when its state, its stage or its place changes, and otherwise now
/// and then.
#[derive(Debug)]
pub(crate) struct Teller {
    console: Console,
    /// The pause between two remarks on the same stage.
    pause: Duration,
    last: Option<(Standing, Instant)>,
}

/// State, stage, and place in the queue: a change of any of them is told at once.
type Standing = (SubmissionState, Option<Stage>, Option<u64>);

impl Teller {
    /// Writes fewer lines to a log than to a terminal, because nobody reads a log as it is written.
    pub(crate) fn new(console: Console) -> Self {
        let seconds = if std::io::stderr().is_terminal() { 2 } else { 30 };
        Self { console, pause: Duration::from_secs(seconds), last: None }
    }

    pub(crate) fn tell(&mut self, submission: &Submission) {
        let stage = submission.progress.as_ref().map(|progress| progress.stage);
        let standing = (submission.state, stage, submission.queue.as_ref().map(|place| place.position));
        let is_new = self.last.is_none_or(|(last, at)| last != standing || at.elapsed() >= self.pause);
        if is_new {
            self.last = Some((standing, Instant::now()));
            self.console.remark(describe_state(submission));
        }
    }
}

/// Returns true for a stalled submission, too: an organizer may queue it again, but nobody should
/// wait for that on a terminal.
const fn is_done(submission: &Submission) -> bool {
    submission.state.is_final()
}

fn is_final(error: &ClientError) -> bool {
    match error {
        ClientError::Transport(TransportError::Api(api)) => matches!(api.status, 401 | 403 | 404 | 410),
        ClientError::Session { .. } | ClientError::Local { .. } => true,
        _ => false,
    }
}

/// Returns the failure of following a submission, with how to continue. A submission that is not
/// there cannot be followed again.
fn lost(id: SubmissionId, error: ClientError, seen: bool) -> Failure {
    if error.is_missing() && seen {
        let message =
            format!("submission {id} is not yours to see any more: you left its team, or were taken out of it");
        return Failure::refused("not_found", message).advise("It continues for the team; ask a member how it ends.");
    }
    if error.is_missing() {
        return error.into();
    }
    Failure::from(error).of_submission(id)
}

/// The failure that goes with how a submission ended; `None` if it was scored.
pub(crate) fn judged(submission: &Submission) -> Result<(), Failure> {
    match submission.state {
        SubmissionState::Rejected => Err(match &submission.verdict {
            Some(verdict) => rejection("rejected", verdict),
            None => Failure::refused("rejected", "the submission was rejected").advise("See `holdout status`."),
        }),
        SubmissionState::Stalled => {
            Err(Failure::refused("stalled", "the evaluation failed three times by faults of the platform")
                .advise("It is not charged; an organizer has to look at it."))
        }
        SubmissionState::Cancelled => {
            Err(Failure::refused("cancelled", "the submission was cancelled").advise("Submit the file again."))
        }
        _ => Ok(()),
    }
}
