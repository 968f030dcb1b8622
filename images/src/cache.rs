//! Prepared files kept for the next model.

use std::ops::ControlFlow;
use std::path::PathBuf;

use holdout_protocol::Sha256;

use crate::{Preparation, PrepareError, Prepared, prepare};

/// A folder of prepared files, which any number of processes may share.
#[derive(Debug, Clone)]
pub struct PreparedCache {
    /// Where the files are.
    pub folder: PathBuf,
    /// Least recently used files are deleted beyond so many bytes, but none that is in use.
    pub max_bytes: u64,
}

impl PreparedCache {
    /// The prepared images of this key, where they are there and whole.
    #[must_use]
    pub fn open(&self, key: Sha256) -> Option<Prepared> {
        Prepared::open(&self.folder.join(key.to_string()), key).ok()
    }

    /// Opens the prepared images, or prepares them after making room.
    ///
    /// # Errors
    /// As [`prepare`].
    pub fn open_or_prepare(
        &self,
        preparation: &Preparation<'_>,
        progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Prepared, PrepareError> {
        match self.open(preparation.key) {
            Some(prepared) => Ok(prepared),
            None => prepare(preparation, &self.folder.join(preparation.key.to_string()), progress),
        }
    }
}
