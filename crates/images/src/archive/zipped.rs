//! Zip files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use zip::{CompressionMethod, ZipArchive};

use super::error::ArchiveError;
use super::listing::{Listing, Place};
use super::positioned::Positioned;

/// A zip file that any number of threads read.
#[derive(Debug)]
pub(super) struct Zip {
    archive: ZipArchive<Positioned>,
}

impl Zip {
    pub(super) fn open(file: &Arc<File>, path: &Path) -> Result<Self, ArchiveError> {
        let damaged = |error: zip::result::ZipError| ArchiveError::damaged(path, error);
        let mut archive = ZipArchive::new(Positioned::new(file)).map_err(damaged)?;
        if archive.has_duplicate_names() {
            return Err(ArchiveError::damaged(path, "a path is there twice"));
        }
        if archive.has_overlapping_files().map_err(damaged)? {
            return Err(ArchiveError::damaged(path, "entries share their bytes"));
        }
        Ok(Self { archive })
    }

    pub(super) fn list(&self, listing: &mut Listing) -> Result<(), ArchiveError> {
        for index in 0..self.archive.len() {
            let archive = listing.archive.clone();
            let entry = self.archive.by_index_data(index).map_err(|error| ArchiveError::damaged(&archive, error))?;
            let path = entry.name_raw();
            if entry.is_dir() {
                continue;
            }
            if entry.is_symlink() || !entry.is_file() || is_special(entry.unix_mode()) {
                return Err(listing.refuse(path, "a link or a special file; ordinary files are allowed"));
            }
            if entry.encrypted() {
                return Err(listing.refuse(path, "it is encrypted"));
            }
            let method = entry.compression();
            if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
                return Err(listing.refuse(path, format!("compressed by {method}; Stored and Deflated are read")));
            }
            let len = entry.size();
            listing.add(path, len, |_| Place::Member { index, len })?;
        }
        Ok(())
    }

    /// Appends the bytes of an entry; its check sum is compared.
    pub(super) fn read(&self, index: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
        // Two counters: what a clone shares is the list of entries.
        let mut archive = self.archive.clone();
        let entry = archive.by_index(index).map_err(io::Error::other)?;
        let declared = entry.size();
        entry.take(declared.saturating_add(1)).read_to_end(bytes)?;
        if u64::try_from(bytes.len()) == Ok(declared) {
            return Ok(());
        }
        Err(io::Error::other(format!("the archive says that it has {declared} bytes, but it has others")))
    }
}

/// Returns whether a Unix mode, if there is one, is that of anything but an ordinary file.
fn is_special(mode: Option<u32>) -> bool {
    const TYPE: u32 = 0o170_000;
    const REGULAR: u32 = 0o100_000;
    mode.is_some_and(|mode| mode & TYPE != 0 && mode & TYPE != REGULAR)
}
