//! Looking at images: before anything is sent, and while they are prepared.

use std::io;
use std::ops::ControlFlow;

use crate::crew;
use crate::names::Located;
use crate::problem::{Problem, ProblemList, Subject};
use crate::{Archive, ArchiveError, Names, PrepareError, Transform, apply, decode_rgb};

/// Decodes and transforms every image on all cores, and tells all that is wrong: whatever
/// [`crate::prepare`] would refuse. Several times a second, `progress` gets the number of
/// images that are done and of all; its break ends the check.
///
/// # Errors
/// [`PrepareError::Images`] with the first problems and their number; never
/// [`PrepareError::Write`].
pub fn check(
    archive: &Archive,
    names: &Names,
    transform: Transform,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), PrepareError> {
    let mut problems = ProblemList::default();
    let located = names.locate(archive, &mut problems);
    let mut tally = Tally::new(located.len(), problems);
    crew::run(
        archive,
        &located,
        |image, file| (image, prepare_image(file, transform).map(|_| ())),
        |result| {
            if let Some((image, outcome)) = result {
                tally.count(archive, image, outcome.err());
            }
            tally.stop_if(progress(tally.done, tally.total).is_break(), false)
        },
    )?;
    tally.into_result(archive)
}

/// Returns an image's `[3, crop, crop]` bytes, or what is wrong with it.
pub(crate) fn prepare_image(file: io::Result<&[u8]>, transform: Transform) -> Result<Vec<u8>, String> {
    let bytes = file.map_err(|error| format!("the archive does not give it: {error}"))?;
    decode_rgb(bytes).and_then(|image| apply(&image, transform)).map_err(|error| error.to_string())
}

/// How many images are done, and what is wrong with them.
pub(crate) struct Tally {
    /// Images that are done, with or without a problem.
    pub(crate) done: u64,
    pub(crate) total: u64,
    problems: ProblemList,
    interrupted: bool,
}

impl Tally {
    fn new(total: usize, problems: ProblemList) -> Self {
        Self { done: 0, total: u64::try_from(total).unwrap_or(u64::MAX), problems, interrupted: false }
    }

    /// Begins with some images done.
    #[cfg(target_os = "linux")]
    pub(crate) fn resume(total: usize, done: usize) -> Self {
        Self { done: u64::try_from(done).unwrap_or(u64::MAX), ..Self::new(total, ProblemList::default()) }
    }

    /// Counts an image as done.
    pub(crate) fn count(&mut self, archive: &Archive, image: Located, problem: Option<String>) {
        self.done += 1;
        if let Some(message) = problem {
            let name = archive.name(image.entry).unwrap_or_default();
            let place = u64::try_from(image.image).unwrap_or(u64::MAX);
            self.problems.add(Subject::Image, place, Problem::of(name, message));
        }
    }

    /// Returns true once the reporting limit is reached.
    #[cfg(target_os = "linux")]
    pub(crate) fn has_enough_problems(&self) -> bool {
        self.problems.is_full()
    }

    /// Ends the work if the callback interrupts it, or if there is enough.
    pub(crate) const fn stop_if(&mut self, interrupted: bool, enough: bool) -> ControlFlow<()> {
        self.interrupted |= interrupted;
        if interrupted || enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Whether all went well.
    pub(crate) fn into_result(self, archive: &Archive) -> Result<(), PrepareError> {
        if self.interrupted {
            return Err(PrepareError::Interrupted);
        }
        let complete = self.done == self.total;
        self.problems.into_result(!complete)?;
        if complete { Ok(()) } else { Err(ArchiveError::changed(archive.path()).into()) }
    }
}
