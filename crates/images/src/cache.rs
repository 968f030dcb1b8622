//! Prepared files kept for the next model.

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use holdout_protocol::Sha256;

use crate::unfinished::{PART_SUFFIX, RECORD_SUFFIX, with_suffix};
use crate::{Preparation, PrepareError, Prepared, prepare};

/// What a finished file's name ends in, after the key.
const SUFFIX: &str = ".pixels";

/// A folder of prepared files, which any number of processes may share.
///
/// Room is made by deleting the files that were opened longest ago, but never one that is in use by any process. A file that
/// is larger than all that is allowed is kept alone.
#[derive(Debug, Clone)]
pub struct PreparedCache {
    folder: PathBuf,
    max_bytes: u64,
}

impl PreparedCache {
    /// A cache in this folder, which is made if it is missing; of at most so many bytes, finished and unfinished.
    #[must_use]
    pub const fn new(folder: PathBuf, max_bytes: u64) -> Self {
        Self { folder, max_bytes }
    }

    /// Returns the prepared images of this key, if they are there and whole. Counts as use.
    #[must_use]
    pub fn open(&self, key: Sha256) -> Option<Prepared> {
        let path = self.path(key);
        let prepared = Prepared::open(&path, key).ok()?;
        // If this fails, the file only seems older than it is.
        let _ = File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(prepared)
    }

    /// Opens the prepared images; if they are not there, makes room and prepares them.
    ///
    /// # Errors
    /// As [`prepare`].
    pub fn open_or_prepare(
        &self,
        preparation: &Preparation<'_>,
        progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Prepared, PrepareError> {
        if let Some(prepared) = self.open(preparation.key) {
            return Ok(prepared);
        }
        let failed = |source| PrepareError::Write { path: self.folder.clone(), source };
        fs::create_dir_all(&self.folder).map_err(failed)?;
        self.make_room(preparation.key, preparation.file_bytes()).map_err(failed)?;
        prepare(preparation, &self.path(preparation.key), progress)
    }

    fn path(&self, key: Sha256) -> PathBuf {
        self.folder.join(format!("{key}{SUFFIX}"))
    }

    /// Deletes what was used longest ago until so many bytes fit for a key, as far as that is possible.
    fn make_room(&self, key: Sha256, bytes: u64) -> io::Result<()> {
        let own = self.path(key);
        let own = [with_suffix(&own, PART_SUFFIX), own];
        let mut kept: Vec<Kept> =
            fs::read_dir(&self.folder)?.filter_map(|entry| Kept::of(entry.ok()?.path())).collect();
        kept.retain(|kept| !own.contains(&kept.path));
        kept.sort_by_key(|kept| kept.used);
        let mut total = kept.iter().fold(bytes, |total, kept| total.saturating_add(kept.bytes));
        for oldest in kept {
            if total <= self.max_bytes {
                break;
            }
            if oldest.delete() {
                total -= oldest.bytes;
            }
        }
        Ok(())
    }
}

/// A file in the cache's folder, finished or not.
struct Kept {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Kept {
    /// None for anything that is not the cache's.
    fn of(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let finished = name.strip_suffix(PART_SUFFIX).unwrap_or(name);
        finished.strip_suffix(SUFFIX)?.parse::<Sha256>().ok()?;
        let metadata = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Some(Self { bytes: metadata.len(), used, path })
    }

    /// Deletes the file unless somebody uses it; says whether it is gone.
    fn delete(&self) -> bool {
        let Ok(file) = File::open(&self.path) else { return !self.path.exists() };
        if file.try_lock().is_err() {
            return false;
        }
        if self.path.extension().is_some_and(|extension| format!(".{}", extension.display()) == PART_SUFFIX) {
            let _ = fs::remove_file(record_of(&self.path));
        }
        fs::remove_file(&self.path).is_ok()
    }
}

/// Returns the record of an unfinished file.
fn record_of(part: &Path) -> PathBuf {
    with_suffix(&part.with_extension(""), RECORD_SUFFIX)
}
