//! What is told of a model while it runs: that it does, and for how long. A model decides how fast it gets through the images, and
//! could do so by what it sees in them. So its team learns nothing of its pace before the end, and the end comes at one of few
//! times.

use std::time::{Duration, Instant};

use holdout_protocol::Stage;

use super::steps;
use crate::oversight::Oversight;
use crate::work::Unfinished;

/// The earliest time at which the end of a model's runs is told.
pub(crate) const EARLIEST: Duration = Duration::from_millis(100);

/// Tells the time in place of what is done.
pub(crate) struct ByTime<'a> {
    inner: &'a dyn Oversight,
    begun: Instant,
}

impl<'a> ByTime<'a> {
    /// Begins to count.
    pub(crate) fn begin(inner: &'a dyn Oversight) -> Self {
        Self { inner, begun: Instant::now() }
    }

    /// Waits until the end may be told, and says how long all took by then, in seconds.
    ///
    /// # Errors
    /// As [`Oversight::check`].
    pub(crate) fn hold(&self) -> Result<f64, Unfinished> {
        let seconds = told_seconds(self.begun.elapsed());
        let due = self.begun + Duration::try_from_secs_f64(seconds).unwrap_or_default();
        loop {
            self.inner.check()?;
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(seconds);
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

/// The time at which an end is told that comes after so long.
pub(crate) fn told_seconds(elapsed: Duration) -> f64 {
    steps::at_least(elapsed.max(EARLIEST).as_secs_f64())
}

impl Oversight for ByTime<'_> {
    fn enter(&self, stage: Stage, _: u64) {
        self.inner.enter(stage, 0);
    }

    fn done(&self, _: u64) {}

    /// Asked at a pace of the watchdog's own, whatever the model does.
    fn check(&self) -> Result<(), Unfinished> {
        self.inner.done(self.begun.elapsed().as_secs());
        self.inner.check()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<(Option<Stage>, u64)>>);

    impl Oversight for Heard {
        fn enter(&self, stage: Stage, total: u64) {
            self.0.lock().unwrap().push((Some(stage), total));
        }

        fn done(&self, done: u64) {
            self.0.lock().unwrap().push((None, done));
        }

        fn check(&self) -> Result<(), Unfinished> {
            Ok(())
        }
    }

    #[test]
    fn only_stages_and_time_are_told() {
        let heard = Heard::default();
        let told = ByTime { inner: &heard, begun: Instant::now() - Duration::from_secs(7) };
        told.enter(Stage::Running, 50_000);
        told.done(128);
        told.check().unwrap();
        assert_eq!(*heard.0.lock().unwrap(), [(Some(Stage::Running), 0), (None, 7)]);
    }

    #[test]
    fn an_end_is_told_at_a_step() {
        let heard = Heard::default();
        let told = ByTime { inner: &heard, begun: Instant::now() - Duration::from_millis(195) };
        assert_eq!(told.hold().unwrap(), 0.2);
        assert!(told.begun.elapsed() >= Duration::from_millis(200));
        assert_eq!(
            [0, 100, 101, 2_690, 2_710].map(|ms| told_seconds(Duration::from_millis(ms))),
            [0.1, 0.1, 0.11, 2.7, 3.0]
        );
    }
}
