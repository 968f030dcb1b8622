//! Fetched files, named by their SHA-256, in one folder of bounded size.
//!
//! A file is written beside its place, checked, and renamed: whatever has a digest as its name was
//! once whole. It is checked again when it is used again, because a disk's fault must not become a
//! team's. What was not used for the longest time goes first; an open file stays readable when it
//! goes.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use holdout_protocol::Sha256;
use sha2::Digest as _;
use tempfile::NamedTempFile;

/// What unfinished files begin with.
const UNFINISHED: &str = ".fetching-";
/// An unfinished file of this age was left behind by a scorer that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

pub(crate) struct Cache {
    folder: PathBuf,
    max_bytes: u64,
    known: Mutex<Known>,
}

/// The files, as far as this scorer knows them: another one may share the folder.
#[derive(Default)]
struct Known {
    files: HashMap<Sha256, Entry>,
    bytes: u64,
    uses: u64,
}

struct Entry {
    size: u64,
    used: u64,
}

impl Cache {
    /// The folder, which need not be there or usable yet: a disk may come back later.
    pub(crate) fn new(folder: PathBuf, max_bytes: u64) -> Self {
        let known = take_stock(&folder).unwrap_or_default();
        Self { folder, max_bytes, known: Mutex::new(known) }
    }

    /// Whether files can be kept: writes one and reads it again.
    pub(crate) fn check_usable(&self) -> Result<(), String> {
        let failed = |error: io::Error| {
            format!("cannot use the cache folder `{}`: {error}; make room or name another one", self.folder.display())
        };
        let bytes = [0x5a; 64 * 1024];
        let mut file = self.unfinished().map_err(failed)?;
        file.write_all(&bytes).and_then(|()| file.rewind()).map_err(failed)?;
        let mut found = Vec::new();
        file.read_to_end(&mut found).map_err(failed)?;
        if found == bytes { Ok(()) } else { Err(failed(io::Error::other("it gives back other bytes"))) }
    }

    /// Returns the file with this digest, if it is here and whole. One that cannot be read is
    /// fetched again.
    pub(crate) fn find(&self, sha256: Sha256) -> Option<File> {
        match self.open_checked(sha256) {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%sha256, %error, "a cached file cannot be read; fetching it again");
                self.forget(sha256);
                None
            }
        }
    }

    fn open_checked(&self, sha256: Sha256) -> io::Result<Option<File>> {
        let mut file = match File::open(self.path_of(sha256)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if digest(&mut file)? != sha256 {
            return Err(io::Error::other("it is damaged"));
        }
        file.rewind()?;
        // Other scorers' stock-taking goes by this time.
        file.set_modified(SystemTime::now()).ok();
        self.note(sha256, file.metadata()?.len());
        Ok(Some(file))
    }

    /// Deletes all files, because the disk is full.
    pub(crate) fn clear(&self) {
        let known = std::mem::take(&mut *self.known.lock().unwrap_or_else(PoisonError::into_inner));
        tracing::warn!(folder = %self.folder.display(), files = known.files.len(), "the disk is full; emptying the cache");
        known.files.keys().for_each(|sha256| drop(fs::remove_file(self.path_of(*sha256))));
    }

    /// Returns a place to write a file to.
    pub(crate) fn unfinished(&self) -> io::Result<NamedTempFile> {
        // It may have been deleted since the last file.
        fs::create_dir_all(&self.folder)?;
        // It holds labels and hidden images: for the owner only, also if the folder was made by an
        // older version.
        fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o700))?;
        tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)
    }

    /// Keeps a file whose digest was checked, and drops what is too much.
    pub(crate) fn keep(&self, file: NamedTempFile, sha256: Sha256) -> io::Result<File> {
        let size = file.as_file().metadata()?.len();
        let mut kept = file.persist(self.path_of(sha256)).map_err(|error| error.error)?;
        kept.rewind()?;
        self.note(sha256, size);
        self.shrink(sha256);
        Ok(kept)
    }

    fn path_of(&self, sha256: Sha256) -> PathBuf {
        self.folder.join(sha256.to_string())
    }

    fn note(&self, sha256: Sha256, size: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.add(sha256, size);
    }

    fn forget(&self, sha256: Sha256) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(sha256);
        fs::remove_file(self.path_of(sha256)).ok();
    }

    fn shrink(&self, newest: Sha256) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        while known.bytes > self.max_bytes {
            let Some(oldest) = known.least_used().filter(|oldest| *oldest != newest) else { break };
            known.remove(oldest);
            // Another scorer may have been faster.
            fs::remove_file(self.path_of(oldest)).ok();
        }
    }
}

impl Known {
    fn add(&mut self, sha256: Sha256, size: u64) {
        self.remove(sha256);
        self.uses += 1;
        self.bytes += size;
        self.files.insert(sha256, Entry { size, used: self.uses });
    }

    fn remove(&mut self, sha256: Sha256) {
        if let Some(entry) = self.files.remove(&sha256) {
            self.bytes = self.bytes.saturating_sub(entry.size);
        }
    }

    fn least_used(&self) -> Option<Sha256> {
        self.files.iter().min_by_key(|(_, entry)| entry.used).map(|(sha256, _)| *sha256)
    }
}

/// Returns the files of earlier runs, the longest unused first; deletes what a killed one left
/// unfinished.
fn take_stock(folder: &std::path::Path) -> io::Result<Known> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(meta) = entry.metadata() else { continue };
        let Ok(name) = entry.file_name().into_string() else { continue };
        let used = meta.modified()?;
        let is_old = used.elapsed().is_ok_and(|age| age > ABANDONED);
        if name.starts_with(UNFINISHED) && is_old {
            fs::remove_file(entry.path()).ok();
        }
        if let Ok(sha256) = name.parse::<Sha256>() {
            found.push((used, sha256, meta.len()));
        }
    }
    found.sort_unstable();
    let mut known = Known::default();
    found.into_iter().for_each(|(_, sha256, size)| known.add(sha256, size));
    Ok(known)
}

fn digest(file: &mut File) -> io::Result<Sha256> {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count) {
            None | Some([]) => return Ok(Sha256::from_bytes(hasher.finalize().into())),
            Some(bytes) => hasher.update(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(cache: &Cache, bytes: &[u8]) -> Sha256 {
        let sha256 = Sha256::from_bytes(sha2::Sha256::digest(bytes).into());
        let mut file = cache.unfinished().unwrap();
        file.write_all(bytes).unwrap();
        let mut text = Vec::new();
        cache.keep(file, sha256).unwrap().read_to_end(&mut text).unwrap();
        assert_eq!(text, bytes);
        sha256
    }

    fn has(cache: &Cache, sha256: Sha256) -> bool {
        cache.find(sha256).is_some()
    }

    #[test]
    fn the_folder_is_for_its_owner_only() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("cache");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let cache = Cache::new(folder.clone(), 10);
        let file = keep(&cache, b"aaaa");
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&cache.path_of(file))), (0o700, 0o600));
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("new"), 10);
        let (a, b) = (keep(&cache, b"aaaa"), keep(&cache, b"bbbb"));
        assert!(has(&cache, a));
        let c = keep(&cache, b"cccc");
        assert_eq!([a, b, c].map(|file| has(&cache, file)), [true, false, true]);
        // One that is too large is there while nothing else is.
        let large = keep(&cache, b"larger than ten bytes");
        assert_eq!([a, c, large].map(|file| has(&cache, file)), [false, false, true]);
        let small = keep(&cache, b"s");
        assert_eq!([large, small].map(|file| has(&cache, file)), [false, true]);
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned(), 100);
        let file = keep(&cache, b"right");
        fs::write(folder.path().join(file.to_string()), b"wrong").unwrap();
        assert!(!has(&cache, file));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn files_of_earlier_runs_count() {
        let folder = tempfile::tempdir().unwrap();
        let old = keep(&Cache::new(folder.path().to_owned(), 10), b"123456");
        let cache = Cache::new(folder.path().to_owned(), 10);
        assert!(has(&cache, old));
        keep(&cache, b"654321");
        assert!(!has(&cache, old));
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_told_and_may_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let cache = Cache::new(file.join("x"), 100);
        assert!(cache.check_usable().unwrap_err().contains("file/x"));
        fs::remove_file(&file).unwrap();
        cache.check_usable().unwrap();
        let kept = keep(&cache, b"kept");
        assert!(has(&cache, kept));
        // Deleted under its feet.
        fs::remove_dir_all(&file).unwrap();
        assert!(!has(&cache, kept));
        let kept = keep(&cache, b"again");
        cache.clear();
        assert!(!has(&cache, kept));
    }
}
