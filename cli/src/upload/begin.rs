//! The way of an upload: found again or begun, sent, and its receipt compared.

use std::path::Path;

use holdout_client::{Call, Method};
use holdout_protocol::{Sha256, TUS_VERSION, Upload, UploadId, format_bytes};

use super::facts::FileFacts;
use super::finished::{Finished, KnownFile};
use super::slot::{Slot, UploadRecord, UploadRecords};
use super::transfer::{Position, Transfer};
use super::watcher::Watcher;
use crate::client::{Client, ClientError};

/// How often a file is sent that arrives damaged.
const SENDINGS: u32 = 3;

/// Uploads files and remembers how far it came.
pub(crate) struct Uploader<'a> {
    client: &'a Client,
    records: &'a UploadRecords,
    watcher: &'a dyn Watcher,
}

impl<'a> Uploader<'a> {
    /// Uploads with `client`, remembering in `records`.
    #[must_use]
    pub(crate) fn new(client: &'a Client, records: &'a UploadRecords, watcher: &'a dyn Watcher) -> Self {
        Self { client, records, watcher }
    }

    /// Returns the client that it sends with.
    #[must_use]
    pub(crate) const fn client(&self) -> &'a Client {
        self.client
    }

    #[must_use]
    pub(crate) fn watcher(&self) -> &'a dyn Watcher {
        self.watcher
    }

    /// Looks at the file, and at what an earlier run made of it for the same request.
    ///
    /// # Errors
    ///
    /// If the file or the memory cannot be read.
    pub(crate) fn look_up(&self, file: &Path, purpose: &str, request: Sha256) -> Result<KnownFile, ClientError> {
        let facts = self.facts(file)?;
        let slot = self.records.take(self.client.server(), &facts.path, purpose)?;
        let record = slot.load().filter(|record| record.file == facts && record.request == request);
        let submission = record.as_ref().and_then(|record| record.submission);
        let was_asked = submission.is_none() && record.is_some_and(|record| record.request_key.is_some());
        Ok(KnownFile { size: facts.size, sha256: facts.sha256, was_asked, submission })
    }

    /// Forgets what an earlier run made of the file: the next upload begins again.
    ///
    /// # Errors
    ///
    /// If the memory cannot be removed.
    pub(crate) fn forget(&self, file: &Path, purpose: &str) -> Result<(), ClientError> {
        let facts = self.facts(file)?;
        self.records.take(self.client.server(), &facts.path, purpose)?.reset()
    }

    fn facts(&self, file: &Path) -> Result<FileFacts, ClientError> {
        FileFacts::of(file).map_err(|error| ClientError::local(format!("`{}`", file.display()), error.to_string()))
    }

    /// Uploads the file, or what of it the server does not have yet. `purpose` says for what place
    /// it is, `request` identifies everything that will be done with it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or changes meanwhile, the server refuses it, or is out of reach
    /// for too long.
    pub(crate) fn upload(&self, file: &Path, purpose: &str, request: Sha256) -> Result<Finished, ClientError> {
        let facts = self.facts(file)?;
        if facts.size == 0 {
            return Err(ClientError::Upload {
                code: "empty_file",
                message: format!("`{}` is empty", file.display()),
                advice: "Look at how the file was written.",
            });
        }
        let slot = self.records.take(self.client.server(), &facts.path, purpose)?;
        let mut record = self.recall(&slot, facts, request);
        if let (Some(upload), Some(_)) = (record.upload, &record.request_key) {
            // The answer to the request was not seen: it is asked for again, and the upload may be
            // used up.
            return Ok(Finished { upload, record, slot });
        }
        let upload = self.send(&slot, &mut record)?;
        Ok(Finished { upload, record, slot })
    }

    /// Returns what is remembered, if it is of this file and this request; else a new beginning.
    fn recall(&self, slot: &Slot, facts: FileFacts, request: Sha256) -> UploadRecord {
        match slot.load() {
            Some(record) if record.file == facts && (record.request == request || record.request_key.is_none()) => {
                UploadRecord { request, ..record }
            }
            Some(record) if record.file != facts => {
                self.watcher.remark(&format!("`{}` has changed since; its upload starts again", facts.name()));
                UploadRecord::begin(facts, request)
            }
            _ => UploadRecord::begin(facts, request),
        }
    }

    fn send(&self, slot: &Slot, record: &mut UploadRecord) -> Result<UploadId, ClientError> {
        let mut damaged = 0;
        loop {
            let resumed = record.upload.is_some();
            match self.send_from_where_it_is(slot, record) {
                Err(error) if resumed && error.is_missing() => {
                    self.watcher.remark("the earlier upload has expired; it starts again");
                    *record = UploadRecord::begin(record.file.clone(), record.request);
                }
                Ok((id, receipt)) if receipt == record.file.sha256 => return Ok(id),
                Ok((id, receipt)) => {
                    damaged += 1;
                    slot.reset()?;
                    self.check_receipt(record, receipt, damaged)?;
                    self.discard(id);
                    *record = UploadRecord::begin(record.file.clone(), record.request);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Says why the receipt is another than the file's digest, and fails if sending it again is of
    /// no use.
    fn check_receipt(&self, record: &UploadRecord, receipt: Sha256, damaged: u32) -> Result<(), ClientError> {
        let name = record.file.name();
        let changed = self.facts(&record.file.path)?.sha256 != record.file.sha256;
        if !changed && damaged < SENDINGS {
            self.watcher.remark(&format!(
                "`{name}` was damaged on its way: its SHA-256 is {}, the server received {receipt}; sending it again",
                record.file.sha256
            ));
            return Ok(());
        }
        let message = format!(
            "the server received other bytes than `{name}` had: its receipt is {receipt}, the file's SHA-256 was {}",
            record.file.sha256
        );
        let advice = if changed {
            "The file changed while it was sent; run the command again."
        } else {
            "The connection damages what it carries; use another network or an `https` address."
        };
        Err(ClientError::Upload { code: "wrong_receipt", message, advice })
    }

    /// Deletes an upload that is of no use. One that stays expires.
    fn discard(&self, id: UploadId) {
        let call = Call::new(Method::DELETE, format!("/uploads/{id}")).header("Tus-Resumable", TUS_VERSION);
        self.client.send(&call).ok();
    }

    fn send_from_where_it_is(&self, slot: &Slot, record: &mut UploadRecord) -> Result<(UploadId, Sha256), ClientError> {
        let (id, position) = match record.upload {
            Some(id) => (id, self.persist(|| Position::of(self.client, id))?),
            None => {
                slot.save(record)?;
                let id = self.persist(|| self.create(record))?;
                record.upload = Some(id);
                slot.save(record)?;
                (id, Position::BEGINNING)
            }
        };
        if position.offset > 0 && position.receipt.is_none() {
            let (present, size) = (format_bytes(position.offset), format_bytes(record.file.size));
            self.watcher.remark(&format!("resuming the upload of `{}` at {present} of {size}", record.file.name()));
        }
        let transfer = Transfer { client: self.client, watcher: self.watcher, id, file: &record.file };
        Ok((id, transfer.run(position)?))
    }

    /// Makes a call that may be repeated until the server answers; see
    /// [`persist`](super::persist()).
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub(crate) fn persist<T>(&self, call: impl FnMut() -> Result<T, ClientError>) -> Result<T, ClientError> {
        super::persist(self.client.patience(), |text| self.watcher.remark(text), call)
    }

    fn create(&self, record: &UploadRecord) -> Result<UploadId, ClientError> {
        use base64::Engine;
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        // The digest fixes the file now: the upload counts although the season may close while it
        // runs.
        let (name, digest) = (encode(&record.file.name()), encode(&record.file.sha256.to_string()));
        let call = Call::new(Method::POST, "/uploads")
            .header("Tus-Resumable", TUS_VERSION)
            .header("Upload-Length", record.file.size.to_string())
            .header("Upload-Metadata", format!("filename {name},sha256 {digest}"))
            .body(b"")
            .key(&record.creation_key);
        let upload: Upload = self.client.send(&call)?.json()?;
        Ok(upload.id)
    }
}

#[cfg(test)]
mod tests;
