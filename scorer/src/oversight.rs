//! What a long piece of work tells, and whether it may go on.

use std::time::Instant;

use holdout_protocol::{Progress, Stage};

use crate::model::rounded;
use crate::work::Unfinished;

/// Follows an attempt from another place, and may end it.
pub(crate) trait Oversight: Sync {
    /// Enters a stage of so many items.
    fn enter(&self, stage: Stage, total: u64);

    /// So many items of the stage are done.
    fn done(&self, done: u64);

    /// Whether to go on. Asked a hundred times a second.
    ///
    /// # Errors
    /// Why not.
    fn check(&self) -> Result<(), Unfinished>;
}

/// How far a piece of work is, and how fast.
#[derive(Debug)]
pub(crate) struct Ongoing {
    stage: Stage,
    done: u64,
    total: u64,
    /// When the stage began, and what was done then: an earlier attempt may have prepared some of the images.
    since: (Instant, u64),
}

impl Ongoing {
    /// At the beginning of a stage of so many items.
    pub(crate) fn begin(stage: Stage, total: u64) -> Self {
        Self { stage, done: 0, total, since: (Instant::now(), 0) }
    }

    /// Enters a stage; entering the same one again changes nothing.
    pub(crate) fn enter(&mut self, stage: Stage, total: u64) {
        if (self.stage, self.total) != (stage, total) {
            *self = Self::begin(stage, total);
        }
    }

    /// So many items of the stage are done.
    pub(crate) fn done(&mut self, done: u64) {
        if self.stage == Stage::Preparing && self.done == 0 {
            self.since = (Instant::now(), done);
        }
        self.done = done;
    }

    /// As it is told.
    pub(crate) fn progress(&self) -> Progress {
        let Self { stage, done, total, .. } = *self;
        Progress { stage, done, total, images_per_second: self.pace() }
    }

    /// Images a second, if the items are images and some were done.
    fn pace(&self) -> Option<f64> {
        // Without a total, the items are no images.
        let of_images = matches!(self.stage, Stage::Preparing | Stage::Running) && self.total > 0;
        let (since, before) = self.since;
        let images = u32::try_from(self.done.saturating_sub(before)).ok().filter(|images| *images > 0 && of_images)?;
        let seconds = since.elapsed().as_secs_f64();
        (seconds > 0.0).then(|| rounded(f64::from(images) / seconds))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn images_have_a_pace_within_their_stage() {
        let mut ongoing = Ongoing::begin(Stage::Fetching, 1000);
        ongoing.done(10);
        assert_eq!(ongoing.progress().images_per_second, None, "bytes are no images");
        ongoing.enter(Stage::Running, 100);
        assert_eq!(ongoing.progress().images_per_second, None);
        ongoing.since.0 -= Duration::from_secs(10);
        ongoing.done(50);
        ongoing.enter(Stage::Running, 100);
        let Progress { done, images_per_second, .. } = ongoing.progress();
        assert_eq!(done, 50);
        assert!((4.9..=5.0).contains(&images_per_second.unwrap()), "{images_per_second:?}");
        ongoing.enter(Stage::Running, 0);
        ongoing.since.0 -= Duration::from_secs(10);
        ongoing.done(10);
        assert_eq!(ongoing.progress().images_per_second, None, "seconds are no images");
        ongoing.enter(Stage::Scoring, 100);
        assert_eq!((ongoing.progress().done, ongoing.progress().images_per_second), (0, None));
    }

    #[test]
    fn what_was_prepared_before_does_not_count() {
        let mut ongoing = Ongoing::begin(Stage::Preparing, 1000);
        ongoing.done(900);
        assert_eq!(ongoing.progress().images_per_second, None);
        ongoing.since.0 -= Duration::from_secs(10);
        ongoing.done(950);
        assert!((4.9..=5.0).contains(&ongoing.progress().images_per_second.unwrap()));
    }
}
