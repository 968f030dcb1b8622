//! What is reported of a model while it runs: that it does, and for how long. A model decides how
//! fast it gets through the images, and could do so by what it sees in them. So its team learns
//! nothing of its pace before the end, and the end comes at one of few times.

use std::time::{Duration, Instant};

use holdout_protocol::Stage;

use super::steps;
use crate::outcome::Cancelled;
use crate::progress::{Cancellation, ProgressSink};

/// The earliest time at which the end of a model's runs is reported.
pub(crate) const EARLIEST: Duration = Duration::from_millis(100);

/// Reports the time instead of what is done.
pub(crate) struct ByTime<'a> {
    inner: &'a dyn ProgressSink,
    begun: Instant,
}

impl<'a> ByTime<'a> {
    pub(crate) fn begin(inner: &'a dyn ProgressSink) -> Self {
        Self { inner, begun: Instant::now() }
    }

    /// Waits until the end may be reported, and returns how many seconds all took by then.
    ///
    /// # Errors
    /// As [`Cancellation::check_cancelled`].
    pub(crate) fn wait_for_step(&self) -> Result<f64, Cancelled> {
        let seconds = reported_seconds(self.begun.elapsed());
        let due = self.begun + Duration::try_from_secs_f64(seconds).unwrap_or_default();
        loop {
            self.inner.check_cancelled()?;
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(seconds);
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

/// Returns the time at which an end after `elapsed` is reported.
pub(crate) fn reported_seconds(elapsed: Duration) -> f64 {
    steps::at_least(elapsed.max(EARLIEST).as_secs_f64())
}

impl Cancellation for ByTime<'_> {
    /// The watchdog asks at a pace of its own, whatever the model does, so the time is reported
    /// here.
    fn check_cancelled(&self) -> Result<(), Cancelled> {
        self.inner.set_done(self.begun.elapsed().as_secs());
        self.inner.check_cancelled()
    }
}

impl ProgressSink for ByTime<'_> {
    fn enter_stage(&self, stage: Stage, _: u64) {
        self.inner.enter_stage(stage, 0);
    }

    fn set_done(&self, _: u64) {}
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Recorder(Mutex<Vec<(Option<Stage>, u64)>>);

    impl Cancellation for Recorder {
        fn check_cancelled(&self) -> Result<(), Cancelled> {
            Ok(())
        }
    }

    impl ProgressSink for Recorder {
        fn enter_stage(&self, stage: Stage, total: u64) {
            self.0.lock().unwrap().push((Some(stage), total));
        }

        fn set_done(&self, done: u64) {
            self.0.lock().unwrap().push((None, done));
        }
    }

    #[test]
    fn only_stages_and_time_are_told() {
        let recorder = Recorder::default();
        let by_time = ByTime { inner: &recorder, begun: Instant::now() - Duration::from_secs(7) };
        by_time.enter_stage(Stage::Running, 50_000);
        by_time.set_done(128);
        by_time.check_cancelled().unwrap();
        assert_eq!(*recorder.0.lock().unwrap(), [(Some(Stage::Running), 0), (None, 7)]);
    }

    #[test]
    fn an_end_is_told_at_a_step() {
        let recorder = Recorder::default();
        let by_time = ByTime { inner: &recorder, begun: Instant::now() - Duration::from_millis(195) };
        assert_eq!(by_time.wait_for_step().unwrap(), 0.2);
        assert!(by_time.begun.elapsed() >= Duration::from_millis(200));
        assert_eq!(
            [0, 100, 101, 2_690, 2_710].map(|ms| reported_seconds(Duration::from_millis(ms))),
            [0.1, 0.1, 0.11, 2.7, 3.0]
        );
    }
}
