//! Files that tell other processes that something is in use. The last one who has such a file
//! removes it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A lock that this process holds.
#[derive(Debug)]
pub(crate) struct LockFile {
    file: File,
    path: PathBuf,
}

impl LockFile {
    /// Takes the lock for this process alone; `None` if another one has it.
    pub(crate) fn exclusive(path: PathBuf) -> io::Result<Option<Self>> {
        Self::take(path, File::try_lock)
    }

    /// Takes the lock together with others who share it; `None` if another one has it alone.
    pub(crate) fn shared(path: PathBuf) -> io::Result<Option<Self>> {
        Self::take(path, File::try_lock_shared)
    }

    fn take(path: PathBuf, lock: impl Fn(&File) -> Result<(), TryLockError>) -> io::Result<Option<Self>> {
        loop {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            match lock(&file) {
                // Whoever held it before may have removed it meanwhile: then it keeps nobody out.
                Ok(()) if is_at(&file, &path) => return Ok(Some(Self { file, path })),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Returns whether nobody else has it, and keeps others out from now on if so.
    pub(crate) fn is_last(&self) -> bool {
        self.file.try_lock().is_ok()
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        if self.is_last() {
            // One that stays is empty, and is taken again the next time.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Returns whether the open file is the one at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_removes_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = LockFile::shared(path.clone()).unwrap().unwrap();
        let second = LockFile::shared(path.clone()).unwrap().unwrap();
        assert!(LockFile::exclusive(path.clone()).unwrap().is_none());
        drop(first);
        assert!(path.exists());
        drop(second);
        assert!(!path.exists());
        let alone = LockFile::exclusive(path.clone()).unwrap().unwrap();
        assert!(LockFile::shared(path.clone()).unwrap().is_none());
        drop(alone);
        assert!(!path.exists());
    }
}
