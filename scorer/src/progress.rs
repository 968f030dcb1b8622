//! What a long step reports, and how it learns that it is no longer wanted.

use std::time::Instant;

use holdout_protocol::{Progress, Stage};

use crate::outcome::Cancelled;

/// Tells a step whether it is still wanted.
pub(crate) trait Cancellation: Sync {
    /// Returns an error if the step should end. Steps ask up to a hundred times a second.
    fn check_cancelled(&self) -> Result<(), Cancelled>;
}

/// Receives the progress of an evaluation.
pub(crate) trait ProgressSink: Cancellation {
    /// Enters a stage of `total` items.
    fn enter_stage(&self, stage: Stage, total: u64);

    /// Reports how many items of the stage are done.
    fn set_done(&self, done: u64);
}

/// How far a piece of work is, and how fast.
#[derive(Debug)]
pub(crate) struct StageProgress {
    stage: Stage,
    done: u64,
    total: u64,
    /// When the stage began, and what was done then: an earlier attempt may have prepared some of
    /// the images.
    since: (Instant, u64),
}

impl StageProgress {
    /// Starts at the beginning of a stage of `total` items.
    pub(crate) fn begin(stage: Stage, total: u64) -> Self {
        Self { stage, done: 0, total, since: (Instant::now(), 0) }
    }

    /// Enters a stage. Entering the same one again changes nothing.
    pub(crate) fn enter_stage(&mut self, stage: Stage, total: u64) {
        if (self.stage, self.total) != (stage, total) {
            *self = Self::begin(stage, total);
        }
    }

    /// Notes how many items of the stage are done.
    pub(crate) fn set_done(&mut self, done: u64) {
        if self.stage == Stage::Preparing && self.done == 0 {
            self.since = (Instant::now(), done);
        }
        self.done = done;
    }

    /// Returns the progress as the server is told of it.
    pub(crate) fn to_report(&self) -> Progress {
        let Self { stage, done, total, .. } = *self;
        Progress { stage, done, total, images_per_second: self.pace() }
    }

    /// Returns images per second if the items are images and some of them are done.
    fn pace(&self) -> Option<f64> {
        // Without a total, the items are no images.
        let of_images = matches!(self.stage, Stage::Preparing | Stage::Running) && self.total > 0;
        let (since, before) = self.since;
        let images = u32::try_from(self.done.saturating_sub(before)).ok().filter(|images| *images > 0 && of_images)?;
        let seconds = since.elapsed().as_secs_f64();
        (seconds > 0.0).then(|| to_three_digits(f64::from(images) / seconds))
    }
}

/// More digits would be noise.
fn to_three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn images_have_a_pace_within_their_stage() {
        let mut progress = StageProgress::begin(Stage::Fetching, 1000);
        progress.set_done(10);
        assert_eq!(progress.to_report().images_per_second, None, "bytes are no images");
        progress.enter_stage(Stage::Running, 100);
        assert_eq!(progress.to_report().images_per_second, None);
        progress.since.0 -= Duration::from_secs(10);
        progress.set_done(50);
        progress.enter_stage(Stage::Running, 100);
        let Progress { done, images_per_second, .. } = progress.to_report();
        assert_eq!(done, 50);
        assert!((4.9..=5.0).contains(&images_per_second.unwrap()), "{images_per_second:?}");
        progress.enter_stage(Stage::Running, 0);
        progress.since.0 -= Duration::from_secs(10);
        progress.set_done(10);
        assert_eq!(progress.to_report().images_per_second, None, "seconds are no images");
        progress.enter_stage(Stage::Scoring, 100);
        assert_eq!((progress.to_report().done, progress.to_report().images_per_second), (0, None));
    }

    #[test]
    fn what_was_prepared_before_does_not_count() {
        let mut progress = StageProgress::begin(Stage::Preparing, 1000);
        progress.set_done(900);
        assert_eq!(progress.to_report().images_per_second, None);
        progress.since.0 -= Duration::from_secs(10);
        progress.set_done(950);
        assert!((4.9..=5.0).contains(&progress.to_report().images_per_second.unwrap()));
    }

    #[test]
    fn a_pace_has_three_digits() {
        assert_eq!([82.1234, 25_049.0, 0.001_234_9, 0.0].map(to_three_digits), [82.1, 25_000.0, 0.001_23, 0.0]);
    }
}
