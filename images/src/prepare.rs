//! Preparing images.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use holdout_protocol::Sha256;

use crate::{Archive, ArchiveError, Names, OpenError, Prepared, Problems, Transform};

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

/// Why images are not prepared, or are not fit to be.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// Some cannot be used.
    #[error(transparent)]
    Images(#[from] Problems),
    /// The archive as a whole cannot be read on.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The callback said so. What is done is kept for the next call.
    #[error("interrupted")]
    Interrupted,
    /// The prepared file cannot be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Decodes and transforms all images on all cores into `target`. Resumes where an earlier call, in whatever process, was
/// interrupted or killed. `progress` is told how many are done and how many there are, several times a second.
///
/// # Errors
/// Names up to [`Problems::TOLD`] images that cannot be used.
pub fn prepare(
    preparation: &Preparation<'_>,
    target: &Path,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Prepared, PrepareError> {
    if progress(0, 0).is_break() {
        return Err(PrepareError::Interrupted);
    }
    let failed = |source| PrepareError::Write { path: target.to_owned(), source };
    Prepared::open(target, preparation.key).map_err(|error| match error {
        OpenError::Read(source) => failed(source),
        OpenError::Unusable(_) => failed(io::ErrorKind::InvalidData.into()),
    })
}
