//! A file that has arrived, and the request that uses it.

use holdout_protocol::{Sha256, SubmissionId, UploadId};

use super::slot::{Slot, UploadRecord};
use crate::client::{ClientError, fresh_key};

/// A file before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownFile {
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) sha256: Sha256,
    /// Whether an earlier run asked for what the file is for, and did not see the answer.
    pub(crate) was_asked: bool,
    /// What an earlier run made of it.
    pub(crate) submission: Option<SubmissionId>,
}

/// An upload that is complete, and the memory of it.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) upload: UploadId,
    pub(super) record: UploadRecord,
    pub(super) slot: Slot,
}

impl Finished {
    /// Returns whether an earlier run has asked for it already, and did not see the answer.
    #[must_use]
    pub(crate) const fn was_asked_before(&self) -> bool {
        self.record.request_key.is_some()
    }

    /// Returns the key under which what the upload is for may be asked for again and again; on disk
    /// when this returns.
    pub(crate) fn request_key(&mut self) -> Result<String, ClientError> {
        if let Some(key) = &self.record.request_key {
            return Ok(key.clone());
        }
        let key = fresh_key();
        self.record.request_key = Some(key.clone());
        self.slot.save(&self.record)?;
        Ok(key)
    }

    /// The request was refused: the next one is another, with the same upload.
    pub(crate) fn drop_request_key(&mut self) -> Result<(), ClientError> {
        self.record.request_key = None;
        self.slot.save(&self.record)
    }

    /// What the upload was for is done, and became this submission.
    pub(crate) fn done(mut self, submission: SubmissionId) -> Result<(), ClientError> {
        self.record.submission = Some(submission);
        self.slot.save(&self.record)
    }

    /// What the upload was for is done, or it is of no use any more.
    ///
    /// # Errors
    ///
    /// If the memory cannot be removed.
    pub(crate) fn forget(self) -> Result<(), ClientError> {
        self.slot.reset()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::facts::{FileFacts, digest_of};
    use super::super::slot::UploadRecords;
    use super::*;

    fn slot(folder: &Path) -> Slot {
        UploadRecords::new(folder.join("uploads"))
            .take(&"http://h".parse().unwrap(), Path::new("/x/file"), "a")
            .unwrap()
    }

    fn finished(folder: &Path) -> Finished {
        let path = folder.join("file");
        std::fs::write(&path, "abc").unwrap();
        let record = UploadRecord::begin(FileFacts::of(&path).unwrap(), digest_of(b"request"));
        Finished { upload: UploadId::new(), record, slot: slot(folder) }
    }

    #[test]
    fn the_key_of_a_request_is_made_once_and_is_on_disk_before_it_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let mut finished = finished(folder.path());
        assert!(!finished.was_asked_before());
        let key = finished.request_key().unwrap();
        assert_eq!(finished.slot.load().unwrap().request_key.as_ref(), Some(&key));
        assert_eq!(finished.request_key().unwrap(), key);
        assert!(finished.was_asked_before());
    }

    #[test]
    fn a_refused_request_is_followed_by_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut finished = finished(folder.path());
        let key = finished.request_key().unwrap();
        finished.drop_request_key().unwrap();
        assert_eq!(finished.slot.load().unwrap().request_key, None);
        assert_ne!(finished.request_key().unwrap(), key);
    }

    #[test]
    fn what_an_upload_became_is_remembered_and_what_is_of_no_use_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (mut finished, submission) = (finished(folder.path()), SubmissionId::new());
        finished.request_key().unwrap();
        finished.done(submission).unwrap();
        let record = slot(folder.path()).load().unwrap();
        assert_eq!((record.submission, record.request_key.is_some()), (Some(submission), true));
        let again = Finished { upload: UploadId::new(), record, slot: slot(folder.path()) };
        again.forget().unwrap();
        assert_eq!(slot(folder.path()).load(), None);
    }
}
