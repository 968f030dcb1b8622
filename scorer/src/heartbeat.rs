//! Heartbeats: they renew an attempt's lease, carry its progress, and show whether the attempt is
//! still wanted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use holdout_protocol::{Claim, Heartbeat, Stage};

use crate::StopSignal;
use crate::client::Client;
use crate::error::CallError;
use crate::outcome::Cancelled;
use crate::progress::{Cancellation, ProgressSink, StageProgress};

/// Shortest time between two heartbeats when the progress has changed.
const NEWS: Duration = Duration::from_secs(1);

/// Sends the heartbeats of one attempt until it is dropped.
pub(crate) struct Heartbeats {
    handle: AttemptHandle,
}

/// What a thread of an attempt reports to. The thread may outlive the attempt.
#[derive(Clone)]
pub(crate) struct AttemptHandle {
    shared: Arc<Shared>,
    stop: Arc<StopSignal>,
}

struct Shared {
    progress: Mutex<StageProgress>,
    /// The server says that the attempt is over.
    is_lost: AtomicBool,
    /// The model has begun to run on the images, in any of its runs.
    has_run: AtomicBool,
    /// The work has ended.
    over: StopSignal,
}

impl Shared {
    fn progress(&self) -> MutexGuard<'_, StageProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heartbeats {
    /// Begins the heartbeats of an attempt.
    pub(crate) fn begin(client: &Arc<Client>, claim: &Claim, stop: &Arc<StopSignal>) -> Self {
        let shared = Arc::new(Shared {
            progress: Mutex::new(StageProgress::begin(Stage::Fetching, claim.blob.size)),
            is_lost: AtomicBool::new(false),
            has_run: AtomicBool::new(false),
            over: StopSignal::new(),
        });
        let beating = (Arc::clone(&shared), Arc::clone(client), claim.clone());
        std::thread::spawn(move || send_heartbeats(&beating.0, &beating.1, &beating.2));
        Self { handle: AttemptHandle { shared, stop: Arc::clone(stop) } }
    }

    /// Returns whether the model has begun to run on the hidden images, in this run or an earlier
    /// one of the attempt.
    pub(crate) fn has_run_on_images(&self) -> bool {
        self.handle.shared.has_run.load(Ordering::Relaxed)
    }

    /// Returns a handle for a thread that may outlive the attempt.
    pub(crate) fn handle(&self) -> AttemptHandle {
        self.handle.clone()
    }
}

impl AttemptHandle {
    /// Waits, unless the scorer has to stop.
    ///
    /// # Errors
    /// As [`Cancellation::check_cancelled`].
    pub(crate) fn pause(&self, duration: Duration) -> Result<(), Cancelled> {
        self.stop.wait(duration);
        self.check_cancelled()
    }
}

impl Cancellation for Heartbeats {
    fn check_cancelled(&self) -> Result<(), Cancelled> {
        self.handle.check_cancelled()
    }
}

impl ProgressSink for Heartbeats {
    fn enter_stage(&self, stage: Stage, total: u64) {
        self.handle.enter_stage(stage, total);
    }

    fn set_done(&self, done: u64) {
        self.handle.set_done(done);
    }
}

impl Cancellation for AttemptHandle {
    fn check_cancelled(&self) -> Result<(), Cancelled> {
        let is_over = self.shared.over.is_stopped() || self.shared.is_lost.load(Ordering::Relaxed);
        if is_over {
            return Err(Cancelled::AttemptOver);
        }
        if self.stop.is_stopped() { Err(Cancelled::Stopping) } else { Ok(()) }
    }
}

impl ProgressSink for AttemptHandle {
    fn enter_stage(&self, stage: Stage, total: u64) {
        if stage == Stage::Running {
            self.shared.has_run.store(true, Ordering::Relaxed);
        }
        self.shared.progress().enter_stage(stage, total);
    }

    fn set_done(&self, done: u64) {
        self.shared.progress().set_done(done);
    }
}

impl Drop for Heartbeats {
    fn drop(&mut self) {
        self.handle.shared.over.stop();
    }
}

/// Sends heartbeats as often as the claim says, and in between if the progress has changed, because
/// people watch it.
fn send_heartbeats(shared: &Shared, client: &Client, claim: &Claim) {
    let interval = Duration::from_secs(claim.heartbeat_seconds.max(1).into());
    let pause = NEWS.min(interval);
    let (mut reported, mut reported_at) = (None, Instant::now());
    while !shared.over.wait(pause) {
        let progress = shared.progress().to_report();
        let place = Some((progress.stage, progress.done));
        if reported == place && reported_at.elapsed() + pause <= interval {
            continue;
        }
        match client.beat(claim.evaluation, &Heartbeat { attempt: claim.attempt, progress }) {
            Ok(_) => (reported, reported_at) = (place, Instant::now()),
            Err(CallError::Unavailable(cause)) => {
                tracing::debug!(evaluation = %claim.evaluation, cause, "a heartbeat did not arrive");
                reported = None;
            }
            Err(refused @ CallError::Refused { .. }) => {
                tracing::info!(evaluation = %claim.evaluation, attempt = claim.attempt, %refused, "the attempt is over");
                shared.is_lost.store(true, Ordering::Relaxed);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{answer, blob, claim, refusal, serve};

    #[test]
    fn an_attempt_that_is_over_is_dropped() {
        let renewed = r#"{"lease_expires_at":"2026-01-01T00:00:00Z"}"#;
        let (client, beats) = serve(vec![
            answer("200 OK", renewed.len(), renewed),
            refusal(503, "unavailable"),
            // A proxy's word is not the server's.
            answer("404 Not Found", 4, "what"),
            refusal(409, "stale_attempt"),
        ]);
        let heartbeats = Heartbeats::begin(&client, &claim(blob(b"")), &Arc::new(StopSignal::new()));
        heartbeats.enter_stage(Stage::Scoring, 7);
        for _ in 0..4 {
            assert!(heartbeats.check_cancelled().is_ok());
            let beat = beats.recv_timeout(Duration::from_secs(10)).unwrap();
            assert!(beat.body.contains(r#""stage":"scoring""#) && beat.head.contains("/heartbeat"), "{}", beat.body);
        }
        let until = std::time::Instant::now() + Duration::from_secs(5);
        while heartbeats.check_cancelled().is_ok() && std::time::Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(matches!(heartbeats.check_cancelled(), Err(Cancelled::AttemptOver)));
    }

    #[test]
    fn what_has_changed_is_told_before_the_heartbeat_is_due() {
        let renewed = r#"{"lease_expires_at":"2026-01-01T00:00:00Z"}"#;
        let (client, beats) =
            serve(vec![answer("200 OK", renewed.len(), renewed), answer("200 OK", renewed.len(), renewed)]);
        let claim = Claim { heartbeat_seconds: 3600, ..claim(blob(b"")) };
        let heartbeats = Heartbeats::begin(&client, &claim, &Arc::new(StopSignal::new()));
        let told = |wait| beats.recv_timeout(Duration::from_secs(wait)).map(|beat| beat.body);
        assert!(told(10).unwrap().contains(r#""stage":"fetching""#));
        assert!(told(3).is_err(), "nothing has changed");
        heartbeats.enter_stage(Stage::Running, 7);
        assert!(told(10).unwrap().contains(r#""stage":"running""#));
    }

    #[test]
    fn work_is_given_back_when_the_scorer_has_to_stop() {
        let (client, _beats) = serve(Vec::new());
        let stop = Arc::new(StopSignal::new());
        let heartbeats = Heartbeats::begin(&client, &claim(blob(b"")), &stop);
        assert!(heartbeats.handle().pause(Duration::from_millis(1)).is_ok());
        stop.stop();
        assert!(matches!(heartbeats.handle().pause(Duration::from_secs(60)), Err(Cancelled::Stopping)));
    }
}
