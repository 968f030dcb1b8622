//! Preparing images: once for all models of a test set.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread;
use std::time::Duration;

use holdout_protocol::Sha256;

use crate::check::{Tally, prepare_image};
use crate::names::Located;
use crate::prepared::Shape;
use crate::problem::{ProblemList, Subject};
use crate::record::Record;
use crate::unfinished::{Claim, Resumed, Unfinished, claim};
use crate::{Archive, ImageError, Names, PrepareError, Prepared, Problem, Problems, Transform, crew};

/// How often to poll for another process to finish.
const WAIT: Duration = Duration::from_millis(50);

/// What to prepare.
#[derive(Debug, Clone, Copy)]
pub struct Preparation<'a> {
    /// Name of the result: [`crate::key`] of what follows.
    pub key: Sha256,
    /// Where the images are.
    pub archive: &'a Archive,
    /// Their order.
    pub names: &'a Names,
    /// What is made of each.
    pub transform: Transform,
}

/// Decodes and transforms all images on all cores into `target`, which is there as a whole or not
/// at all. If it is there already, it is opened. Goes on if an earlier call, in whatever process,
/// was interrupted or killed; while another process prepares the same file, waits for it.
///
/// Several times a second, `progress` gets the number of images that are done and of all. After its
/// break no more images are begun, and what is done is kept.
///
/// # Errors
/// [`PrepareError::Images`] names up to [`Problems::TOLD`] images that cannot be used; more are not
/// looked for.
pub fn prepare(
    preparation: &Preparation<'_>,
    target: &Path,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Prepared, PrepareError> {
    let failed = |source| PrepareError::Write { path: target.to_owned(), source };
    let shape = preparation.shape();
    let mut images = None;
    loop {
        if let Ok(prepared) = Prepared::open(target, shape.key) {
            return Ok(prepared);
        }
        if images.is_none() {
            images = Some(preparation.locate()?);
        }
        match claim(target).map_err(failed)? {
            Claim::Mine(file) => {
                let resumed = Unfinished::resume(file, target, shape, |done| progress(done, shape.len));
                let ControlFlow::Continue(resumed) = resumed.map_err(failed)? else {
                    return Err(PrepareError::Interrupted);
                };
                return complete(preparation, &images.unwrap_or_default(), resumed, target, progress);
            }
            Claim::Others if progress(0, shape.len).is_break() => return Err(PrepareError::Interrupted),
            Claim::Others => thread::sleep(WAIT),
            Claim::Gone => {}
        }
    }
}

impl Preparation<'_> {
    /// Returns the bytes of the prepared file.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.shape().file_bytes().unwrap_or(u64::MAX)
    }

    fn shape(&self) -> Shape {
        let len = u64::try_from(self.names.len()).unwrap_or(u64::MAX);
        Shape { key: self.key, len, side: self.transform.crop }
    }

    /// Returns where all images are; refuses what does not agree before anything is written.
    fn locate(&self) -> Result<Vec<Located>, Problems> {
        let mut problems = ProblemList::default();
        if !self.transform.is_valid() {
            let message = ImageError::Transform.to_string();
            problems.add(Subject::Whole, 0, Problem::of_all(message));
        }
        let images = self.names.locate(self.archive, &mut problems);
        problems.into_result(false).map(|()| images)
    }
}

/// What became of an image.
enum Outcome {
    /// It is written; the CRC-32 of its bytes.
    Written(u32),
    Unusable(String),
    NotWritten(io::Error),
}

/// Does what is left to do.
fn complete(
    preparation: &Preparation<'_>,
    images: &[Located],
    resumed: Resumed,
    target: &Path,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Prepared, PrepareError> {
    let failed = |source| PrepareError::Write { path: target.to_owned(), source };
    let Resumed { unfinished, mut record, done: mut sums } = resumed;
    let is_done = |image: &&Located| u32::try_from(image.image).is_ok_and(|index| sums.contains_key(&index));
    let left: Vec<Located> = images.iter().filter(|image| !is_done(image)).copied().collect();
    let mut tally = Tally::resume(images.len(), images.len() - left.len());
    let mut not_written = None;
    let worked = crew::run(
        preparation.archive,
        &left,
        |image, file| (image, write_image(&unfinished, image, file, preparation.transform)),
        |result| {
            if let Some((image, outcome)) = result {
                let noted = match outcome {
                    Outcome::Written(crc) => note(&mut record, &mut sums, image, crc).map(|()| None),
                    Outcome::Unusable(message) => Ok(Some(message)),
                    Outcome::NotWritten(error) => Err(error),
                };
                match noted {
                    Ok(problem) => tally.count(preparation.archive, image, problem),
                    Err(error) => not_written = Some(error),
                }
            }
            let enough = tally.has_enough_problems() || not_written.is_some();
            let interrupted = progress(tally.done, tally.total).is_break();
            tally.stop_if(interrupted, enough)
        },
    );
    let result = match not_written {
        Some(error) => Err(failed(error)),
        None => worked.and_then(|()| tally.into_result(preparation.archive)),
    };
    match result {
        Ok(()) => unfinished.finish(&sums).map_err(|error| failed(io::Error::other(error))),
        Err(error) => {
            // With these images it never gets finished.
            if matches!(error, PrepareError::Images(_)) {
                unfinished.discard();
            }
            Err(error)
        }
    }
}

fn write_image(unfinished: &Unfinished, image: Located, file: io::Result<&[u8]>, transform: Transform) -> Outcome {
    let pixels = match prepare_image(file, transform) {
        Ok(pixels) => pixels,
        Err(message) => return Outcome::Unusable(message),
    };
    let written = index(image).and_then(|index| unfinished.write(index, &pixels));
    written.map_or_else(Outcome::NotWritten, Outcome::Written)
}

fn note(record: &mut Record, sums: &mut BTreeMap<u32, u32>, image: Located, crc: u32) -> io::Result<()> {
    let index = index(image)?;
    sums.insert(index, crc);
    record.add(index, crc)
}

fn index(image: Located) -> io::Result<u32> {
    u32::try_from(image.image).map_err(io::Error::other)
}
