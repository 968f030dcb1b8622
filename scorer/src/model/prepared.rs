//! Stage *prepare*: a test set's images as every model sees them, made once and kept in the cache folder.

use std::fs::File;
use std::ops::ControlFlow;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use holdout_evaluation::TestSet;
use holdout_images::{Archive, Names, Preparation, PrepareError, Prepared, PreparedCache, Transform, key};
use holdout_protocol::{Claim, Stage};

use super::task::ModelTask;
use crate::oversight::Oversight;
use crate::work::Unfinished;

/// The prepared images of a claim's test set. `fetch` gets the archive where they have to be made.
pub(crate) fn prepare(
    cache: &PreparedCache,
    claim: &Claim,
    (test_set, task): (&TestSet, &ModelTask),
    oversight: &dyn Oversight,
    fetch: impl FnOnce() -> Result<File, Unfinished>,
) -> Result<Prepared, Unfinished> {
    let archive = claim.images.as_ref();
    let archive = archive.ok_or_else(|| Unfinished::Fault("the task's test set has no images".to_owned()))?;
    let transform = Transform::from(&task.input);
    let key = key(claim.test_set.sha256, archive.sha256, transform);
    if let Some(prepared) = cache.open(key) {
        return complete(prepared, test_set);
    }
    let file = fetch()?;
    // Open by its descriptor: the cache may delete its name at any time.
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let archive = Archive::open(&path).map_err(|error| Unfinished::Fault(format!("the images: {error}")))?;
    let names = names(test_set);
    let preparation = Preparation { key, archive: &archive, names: &names, transform };
    let mut stopped = None;
    let made = cache.open_or_prepare(&preparation, |done, total| tell(oversight, (done, total), &mut stopped));
    drop(file);
    match (made, stopped) {
        (Ok(prepared), _) => complete(prepared, test_set),
        (Err(PrepareError::Interrupted), Some(unfinished)) => Err(unfinished),
        (Err(error), _) => Err(Unfinished::Fault(format!("the images cannot be prepared: {error}"))),
    }
}

/// The names of the test set's images; a test set that came without has those of the archive, in their order.
fn names(test_set: &TestSet) -> Names {
    let images = &test_set.shape().images;
    if images.is_numbered() {
        return Names::Numbered(images.len());
    }
    Names::Listed(images.iter().map(str::to_owned).collect())
}

fn tell(oversight: &dyn Oversight, (done, total): (u64, u64), stopped: &mut Option<Unfinished>) -> ControlFlow<()> {
    oversight.enter(Stage::Preparing, total);
    oversight.done(done);
    match oversight.check() {
        Ok(()) => ControlFlow::Continue(()),
        Err(unfinished) => {
            *stopped = Some(unfinished);
            ControlFlow::Break(())
        }
    }
}

fn complete(prepared: Prepared, test_set: &TestSet) -> Result<Prepared, Unfinished> {
    if prepared.len() == test_set.len() {
        return Ok(prepared);
    }
    let (found, wanted) = (prepared.len(), test_set.len());
    Err(Unfinished::Fault(format!("{found} prepared images for a test set of {wanted}")))
}
