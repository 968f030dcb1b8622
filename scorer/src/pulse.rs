//! Signs of life while an attempt is at work, and whether it still has a reason to go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use holdout_protocol::{Claim, Heartbeat, Stage};

use crate::StopSignal;
use crate::client::Client;
use crate::error::CallError;
use crate::oversight::{Ongoing, Oversight};
use crate::work::Unfinished;

/// How soon what has changed is told.
const NEWS: Duration = Duration::from_secs(1);

/// One attempt's pulse; heartbeats end when it is dropped.
pub(crate) struct Pulse {
    handle: PulseHandle,
}

/// The same for another thread, which may outlive the attempt.
#[derive(Clone)]
pub(crate) struct PulseHandle {
    shared: Arc<Shared>,
    stop: Arc<StopSignal>,
}

struct Shared {
    ongoing: Mutex<Ongoing>,
    /// The server says that the attempt is over.
    lost: AtomicBool,
    /// The model has begun to run on the images, in whichever of its runs.
    running: AtomicBool,
    /// The work has ended.
    over: StopSignal,
}

impl Shared {
    fn ongoing(&self) -> MutexGuard<'_, Ongoing> {
        self.ongoing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pulse {
    /// Begins the heartbeats of an attempt.
    pub(crate) fn begin(client: &Arc<Client>, claim: &Claim, stop: &Arc<StopSignal>) -> Self {
        let shared = Arc::new(Shared {
            ongoing: Mutex::new(Ongoing::begin(Stage::Fetching, claim.blob.size)),
            lost: AtomicBool::new(false),
            running: AtomicBool::new(false),
            over: StopSignal::new(),
        });
        let beating = (Arc::clone(&shared), Arc::clone(client), claim.clone());
        std::thread::spawn(move || beat(&beating.0, &beating.1, &beating.2));
        Self { handle: PulseHandle { shared, stop: Arc::clone(stop) } }
    }

    /// Whether the model has begun to run on the hidden images, in this run or an earlier one of the attempt.
    pub(crate) fn has_run_on_images(&self) -> bool {
        self.handle.shared.running.load(Ordering::Relaxed)
    }

    /// For a thread that may outlive the attempt.
    pub(crate) fn handle(&self) -> PulseHandle {
        self.handle.clone()
    }
}

impl PulseHandle {
    /// Waits, unless the scorer has to stop.
    ///
    /// # Errors
    /// As [`Oversight::check`].
    pub(crate) fn pause(&self, duration: Duration) -> Result<(), Unfinished> {
        self.stop.wait(duration);
        self.check()
    }
}

impl Oversight for Pulse {
    fn enter(&self, stage: Stage, total: u64) {
        self.handle.enter(stage, total);
    }

    fn done(&self, done: u64) {
        self.handle.done(done);
    }

    fn check(&self) -> Result<(), Unfinished> {
        self.handle.check()
    }
}

impl Oversight for PulseHandle {
    fn enter(&self, stage: Stage, total: u64) {
        if stage == Stage::Running {
            self.shared.running.store(true, Ordering::Relaxed);
        }
        self.shared.ongoing().enter(stage, total);
    }

    fn done(&self, done: u64) {
        self.shared.ongoing().done(done);
    }

    /// [`Unfinished::Dropped`] if the attempt is over, [`Unfinished::GaveBack`] if the scorer has to stop.
    fn check(&self) -> Result<(), Unfinished> {
        let is_over = self.shared.over.is_stopped() || self.shared.lost.load(Ordering::Relaxed);
        if is_over {
            return Err(Unfinished::Dropped);
        }
        if self.stop.is_stopped() { Err(Unfinished::GaveBack) } else { Ok(()) }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.handle.shared.over.stop();
    }
}

/// Sends heartbeats: as often as the claim says, and in between if the work has gone on, so that those who watch see it.
fn beat(shared: &Shared, client: &Client, claim: &Claim) {
    let interval = Duration::from_secs(claim.heartbeat_seconds.max(1).into());
    let pause = NEWS.min(interval);
    let (mut told, mut told_at) = (None, Instant::now());
    while !shared.over.wait(pause) {
        let progress = shared.ongoing().progress();
        let place = Some((progress.stage, progress.done));
        if told == place && told_at.elapsed() + pause <= interval {
            continue;
        }
        match client.beat(claim.evaluation, &Heartbeat { attempt: claim.attempt, progress }) {
            Ok(_) => (told, told_at) = (place, Instant::now()),
            Err(CallError::Unavailable(cause)) => {
                tracing::debug!(evaluation = %claim.evaluation, cause, "a heartbeat did not arrive");
                told = None;
            }
            Err(refused @ CallError::Refused { .. }) => {
                tracing::info!(evaluation = %claim.evaluation, attempt = claim.attempt, %refused, "the attempt is over");
                shared.lost.store(true, Ordering::Relaxed);
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
        let pulse = Pulse::begin(&client, &claim(blob(b"")), &Arc::new(StopSignal::new()));
        pulse.enter(Stage::Scoring, 7);
        for _ in 0..4 {
            assert!(pulse.check().is_ok());
            let beat = beats.recv_timeout(Duration::from_secs(10)).unwrap();
            assert!(beat.body.contains(r#""stage":"scoring""#) && beat.head.contains("/heartbeat"), "{}", beat.body);
        }
        let until = std::time::Instant::now() + Duration::from_secs(5);
        while pulse.check().is_ok() && std::time::Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(matches!(pulse.check(), Err(Unfinished::Dropped)));
    }

    #[test]
    fn what_has_changed_is_told_before_the_heartbeat_is_due() {
        let renewed = r#"{"lease_expires_at":"2026-01-01T00:00:00Z"}"#;
        let (client, beats) =
            serve(vec![answer("200 OK", renewed.len(), renewed), answer("200 OK", renewed.len(), renewed)]);
        let claim = Claim { heartbeat_seconds: 3600, ..claim(blob(b"")) };
        let pulse = Pulse::begin(&client, &claim, &Arc::new(StopSignal::new()));
        let told = |wait| beats.recv_timeout(Duration::from_secs(wait)).map(|beat| beat.body);
        assert!(told(10).unwrap().contains(r#""stage":"fetching""#));
        assert!(told(3).is_err(), "nothing has changed");
        pulse.enter(Stage::Running, 7);
        assert!(told(10).unwrap().contains(r#""stage":"running""#));
    }

    #[test]
    fn work_is_given_back_when_the_scorer_has_to_stop() {
        let (client, _beats) = serve(Vec::new());
        let stop = Arc::new(StopSignal::new());
        let pulse = Pulse::begin(&client, &claim(blob(b"")), &stop);
        assert!(pulse.handle().pause(Duration::from_millis(1)).is_ok());
        stop.stop();
        assert!(matches!(pulse.handle().pause(Duration::from_secs(60)), Err(Unfinished::GaveBack)));
    }
}
