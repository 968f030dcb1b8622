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
/// Room is made by deleting the files that were opened longest ago, but never one that is in use by
/// any process. A file that is larger than all that is allowed is kept alone.
#[derive(Debug, Clone)]
pub struct PreparedCache {
    folder: PathBuf,
    max_bytes: u64,
}

impl PreparedCache {
    /// Returns a cache in this folder, which is made if it is missing. It holds at most
    /// `max_bytes`, finished and unfinished together.
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

    /// Deletes what was used longest ago until this many bytes for a key fit, as far as that is
    /// possible.
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
    /// Returns `None` for a file that is not the cache's.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &Path, max_bytes: u64) -> PreparedCache {
        PreparedCache::new(folder.to_owned(), max_bytes)
    }

    fn key(number: u8) -> Sha256 {
        Sha256::from_bytes([number; 32])
    }

    /// Puts a file of 10 bytes into the cache that was used so many seconds after 1970.
    fn put(path: &Path, used: u64) -> File {
        let file = File::create(path).unwrap();
        file.set_len(10).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(used)).unwrap();
        file
    }

    #[test]
    fn room_is_made_by_what_was_used_longest_ago_and_only_as_much_as_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 35);
        let paths = [1, 2, 3].map(|number| cache.path(key(number)));
        for (path, used) in paths.iter().zip([20, 10, 30]) {
            put(path, used);
        }
        cache.make_room(key(9), 5).unwrap();
        assert!(paths.iter().all(|path| path.exists()), "it fits");
        cache.make_room(key(9), 6).unwrap();
        assert_eq!(paths.each_ref().map(|path| path.exists()), [true, false, true]);
        cache.make_room(key(9), u64::MAX).unwrap();
        assert_eq!(paths.map(|path| path.exists()), [false; 3], "there may be one that is larger than all");
    }

    #[test]
    fn the_files_of_the_own_key_are_neither_counted_nor_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 15);
        let own = [with_suffix(&cache.path(key(1)), PART_SUFFIX), cache.path(key(1))];
        own.iter().for_each(|path| drop(put(path, 1)));
        put(&cache.path(key(2)), 2);
        cache.make_room(key(1), 5).unwrap();
        assert!(cache.path(key(2)).exists() && own.iter().all(|path| path.exists()));
    }

    #[test]
    fn a_file_that_somebody_uses_stays() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 0);
        let used = put(&cache.path(key(1)), 1);
        used.lock_shared().unwrap();
        put(&cache.path(key(2)), 2);
        cache.make_room(key(3), 0).unwrap();
        assert!(cache.path(key(1)).exists() && !cache.path(key(2)).exists());
    }

    #[test]
    fn an_unfinished_file_goes_with_its_record_and_strange_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 0);
        let part = with_suffix(&cache.path(key(1)), PART_SUFFIX);
        let record = with_suffix(&cache.path(key(1)), RECORD_SUFFIX);
        let strange = ["notes.txt", "short.pixels"].map(|name| folder.path().join(name));
        for path in [&part, &record].into_iter().chain(&strange) {
            put(path, 1);
        }
        cache.make_room(key(3), 0).unwrap();
        assert!(!part.exists() && !record.exists());
        assert!(strange.iter().all(|path| path.exists()));
    }
}
