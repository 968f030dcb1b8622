//! The memory of an upload: a small file in the user's state folder, held by one process at a time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use holdout_client::ServerUrl;
use holdout_protocol::{Sha256, SubmissionId, UploadId};
use serde::{Deserialize, Serialize};

use super::facts::{FileFacts, digest_of};
use crate::client::{ClientError, fresh_key};
use crate::credentials::{private_folder, replace_file};
use crate::lock_file::LockFile;

/// What is remembered of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UploadRecord {
    /// The file, as it was.
    pub(crate) file: FileFacts,
    /// What the upload is for, in full: another request with the same file is another upload.
    pub(crate) request: Sha256,
    /// The key under which the upload was begun.
    pub(crate) creation_key: String,
    /// The upload, once the server has begun it.
    pub(crate) upload: Option<UploadId>,
    /// The key under which what it was for is asked for, once it is complete; kept so that it is
    /// done once.
    pub(crate) request_key: Option<String>,
    /// What came of it; kept, so that a command that was killed after the answer does not ask for
    /// the same thing twice.
    #[serde(default)]
    pub(crate) submission: Option<SubmissionId>,
}

impl UploadRecord {
    /// The beginning of an upload.
    #[must_use]
    pub(crate) fn begin(file: FileFacts, request: Sha256) -> Self {
        Self { file, request, creation_key: fresh_key(), upload: None, request_key: None, submission: None }
    }
}

/// The folder of these memories.
#[derive(Debug, Clone)]
pub(crate) struct UploadRecords {
    folder: PathBuf,
}

impl UploadRecords {
    /// The memories in `folder`, which need not exist.
    #[must_use]
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Takes the place of one upload; it is this process's until it is dropped.
    ///
    /// # Errors
    ///
    /// If another process has it, or the folder cannot be used.
    pub(crate) fn take(&self, server: &ServerUrl, file: &Path, purpose: &str) -> Result<Slot, ClientError> {
        let fail = |error: &dyn ToString| {
            ClientError::local(format!("uploads, `{}`", self.folder.display()), error.to_string())
        };
        private_folder(&self.folder).map_err(|error| fail(&error))?;
        let key = format!("{server}\n{}\n{purpose}", file.display());
        let name = digest_of(key.as_bytes()).to_string();
        let lock = LockFile::exclusive(self.folder.join(format!("{name}.lock"))).map_err(|error| fail(&error))?;
        let held = lock.ok_or_else(|| busy(file))?;
        Ok(Slot { folder: self.folder.clone(), name: format!("{name}.json"), _held: held })
    }
}

fn busy(file: &Path) -> ClientError {
    ClientError::Upload {
        code: "busy",
        message: format!("another holdout program is uploading `{}`", file.display()),
        advice: "Wait for it, or end it.",
    }
}

/// The place of one upload's memory.
#[derive(Debug)]
pub(crate) struct Slot {
    folder: PathBuf,
    name: String,
    _held: LockFile,
}

impl Slot {
    /// Returns what is remembered; a damaged record counts as none.
    #[must_use]
    pub(crate) fn load(&self) -> Option<UploadRecord> {
        serde_json::from_slice(&fs::read(self.path()).ok()?).ok()
    }

    /// Remembers, safely on disk when this returns.
    pub(crate) fn save(&self, record: &UploadRecord) -> Result<(), ClientError> {
        let text = serde_json::to_vec_pretty(record).map_err(|error| self.failure(&error))?;
        replace_file(&self.folder, &self.name, &text).map_err(|error| self.failure(&error))
    }

    /// Forgets.
    ///
    /// # Errors
    ///
    /// If the file cannot be removed.
    pub(crate) fn reset(&self) -> Result<(), ClientError> {
        match fs::remove_file(self.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failure(&error)),
            _ => Ok(()),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    fn failure(&self, error: &dyn ToString) -> ClientError {
        ClientError::local(format!("uploads, `{}`", self.path().display()), error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(folder: &Path) -> UploadRecord {
        let path = folder.join("file");
        fs::write(&path, "abc").unwrap();
        UploadRecord::begin(FileFacts::of(&path).unwrap(), digest_of(b"request"))
    }

    fn take(folder: &Path, purpose: &str) -> Result<Slot, ClientError> {
        let server = "http://h".parse().unwrap();
        UploadRecords::new(folder.join("uploads")).take(&server, Path::new("/x/file"), purpose)
    }

    #[test]
    fn what_is_saved_is_found_again_by_the_same_purpose_only() {
        let folder = tempfile::tempdir().unwrap();
        let record = record(folder.path());
        let slot = take(folder.path(), "a").unwrap();
        assert_eq!(slot.load(), None);
        slot.save(&record).unwrap();
        drop(slot);
        assert_eq!(take(folder.path(), "a").unwrap().load(), Some(record));
        assert_eq!(take(folder.path(), "b").unwrap().load(), None);
        let slot = take(folder.path(), "a").unwrap();
        slot.reset().unwrap();
        assert_eq!(slot.load(), None);
    }

    #[test]
    fn one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let slot = take(folder.path(), "a").unwrap();
        assert!(matches!(take(folder.path(), "a"), Err(ClientError::Upload { code: "busy", .. })));
        assert!(take(folder.path(), "b").is_ok());
        drop(slot);
        assert!(take(folder.path(), "a").is_ok());
        assert_eq!(fs::read_dir(folder.path().join("uploads")).unwrap().count(), 0, "no lock stays");
    }

    #[test]
    fn a_place_without_a_memory_leaves_no_file_and_still_keeps_others_out() {
        let folder = tempfile::tempdir().unwrap();
        let record = record(folder.path());
        let counted = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let Ok(slot) = take(folder.path(), "a") else { continue };
                        assert_eq!(counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0, "two have it");
                        slot.save(&record).unwrap();
                        counted.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        slot.reset().unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path().join("uploads")).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_memory_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let slot = take(folder.path(), "a").unwrap();
        fs::write(slot.path(), "{\"file\":").unwrap();
        assert_eq!(slot.load(), None);
    }
}
