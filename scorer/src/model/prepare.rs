//! Stage *prepare*: a test set's images as every model sees them, made once and kept in the cache
//! folder.

use std::fs::File;
use std::ops::ControlFlow;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use holdout_evaluation::TestSet;
use holdout_images::{Archive, Names, Preparation, PrepareError, Prepared, PreparedCache, Transform, key};
use holdout_protocol::{Claim, FaultReason, Stage};

use crate::outcome::{Fault, Interruption};
use crate::progress::ProgressSink;
use crate::runner::ModelTask;

/// Returns the prepared images of a claim's test set. `fetch` gets the archive if they have to be
/// made.
pub(crate) fn prepare_images(
    cache: &PreparedCache,
    claim: &Claim,
    test_set: &TestSet,
    task: &ModelTask,
    progress: &dyn ProgressSink,
    fetch: impl FnOnce() -> Result<File, Interruption>,
) -> Result<Prepared, Interruption> {
    let archive = claim.images.as_ref();
    let archive = archive.ok_or_else(|| Fault::new("the task's test set has no images"))?;
    let transform = Transform::from(&task.input);
    let key = key(claim.test_set.sha256, archive.sha256, transform);
    if let Some(prepared) = cache.open(key) {
        return Ok(check_count(prepared, test_set)?);
    }
    let file = fetch()?;
    // Open by its descriptor: the cache may delete its name at any time.
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let archive = Archive::open(&path).map_err(|error| Fault::new(format!("the images: {error}")))?;
    let names = image_names(test_set);
    let preparation = Preparation { key, archive: &archive, names: &names, transform };
    let mut followed = Followed { progress, begun: Instant::now(), allowed: allowed(test_set.len()), stopped: None };
    let made = cache.open_or_prepare(&preparation, |done, total| followed.tell(done, total));
    drop(file);
    match (made, followed.stopped) {
        (Ok(prepared), _) => Ok(check_count(prepared, test_set)?),
        (Err(PrepareError::Interrupted), Some(unfinished)) => Err(unfinished),
        (Err(error), _) => Err(Fault::new(format!("the images cannot be prepared: {error}")).into()),
    }
}

/// Returns the names of the test set's images; a test set that came without has those of the
/// archive, in their order.
fn image_names(test_set: &TestSet) -> Names {
    let images = &test_set.shape().images;
    if images.is_numbered() {
        return Names::Numbered(images.len());
    }
    Names::Listed(images.iter().map(str::to_owned).collect())
}

/// A preparation, and why it was stopped. What it has made is kept, and the next one continues from
/// there.
struct Followed<'a> {
    progress: &'a dyn ProgressSink,
    begun: Instant,
    allowed: Duration,
    stopped: Option<Interruption>,
}

impl Followed<'_> {
    fn tell(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        self.progress.enter_stage(Stage::Preparing, total);
        self.progress.set_done(done);
        let overdue = || {
            let cause = format!("{done} of {total} images were prepared in {} s", self.allowed.as_secs());
            Err(Fault::with_reason(FaultReason::Deadline, cause).into())
        };
        let is_in_time = self.begun.elapsed() < self.allowed;
        let wanted = if is_in_time { self.progress.check_cancelled().map_err(Interruption::from) } else { overdue() };
        self.stopped = wanted.err();
        if self.stopped.is_none() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// Returns how long it may take to prepare `images` images. A common image takes a few
/// milliseconds.
fn allowed(images: usize) -> Duration {
    let images = u32::try_from(images).unwrap_or(u32::MAX);
    Duration::from_secs(600).saturating_add(Duration::from_millis(500).saturating_mul(images))
}

fn check_count(prepared: Prepared, test_set: &TestSet) -> Result<Prepared, Fault> {
    if prepared.len() == test_set.len() {
        return Ok(prepared);
    }
    let (found, wanted) = (prepared.len(), test_set.len());
    Err(Fault::new(format!("{found} prepared images for a test set of {wanted}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StopSignal;
    use crate::outcome::Cancelled;

    fn followed(progress: &StopSignal, allowed: Duration) -> Followed<'_> {
        Followed { progress, begun: Instant::now(), allowed, stopped: None }
    }

    #[test]
    fn a_preparation_goes_on_while_it_is_wanted() {
        let stop = StopSignal::new();
        let mut followed = followed(&stop, Duration::from_secs(600));
        assert!(followed.tell(1, 10).is_continue());
        stop.stop();
        assert!(followed.tell(2, 10).is_break());
        assert!(matches!(followed.stopped, Some(Interruption::Cancelled(Cancelled::Stopping))));
    }

    #[test]
    fn a_preparation_that_takes_too_long_is_a_fault_with_its_place() {
        let stop = StopSignal::new();
        let mut followed = followed(&stop, Duration::ZERO);
        assert!(followed.tell(3, 10).is_break());
        assert!(
            matches!(followed.stopped, Some(Interruption::Fault(fault)) if fault.reason == FaultReason::Deadline && fault.cause.contains("3 of 10 images"))
        );
    }
}
