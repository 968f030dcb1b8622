//! The parts of a body on their way into the store and the database.

use std::sync::Arc;

use bytes::Bytes;
use holdout_protocol::{ErrorCode, Timestamp};

use super::checksum::Verifier;
use super::finish::{Named, name};
use super::incoming::{IncomingBody, MAX_CHECKED, beyond, unchecked};
use super::owned::{life, load, offset_mismatch};
use crate::app::App;
use crate::db::upload_parts::Part;
use crate::db::uploads::{Advance, Upload};
use crate::db::{self};
use crate::error::{Error, Result};
use crate::object_name::ObjectName;

/// Least room made for a body, bytes.
const ROOM: usize = 64 << 10;
/// Tries to store a small file before giving up.
const TRIES: u32 = 16;
/// Small parts that are looked at to be merged. Merged parts double in size, so that there are
/// never many more.
const LAST_PARTS: i64 = 24;

/// Takes in a body and records it.
pub struct Receiver {
    app: Arc<App>,
    upload: Upload,
    /// Where the body begins.
    begin: u64,
    /// The number under which this connection records, and the one that the row has now.
    writer: i64,
    row_writer: i64,
    /// Bytes that rows record.
    recorded: u64,
    /// Parts in the store that no row records yet.
    held: Vec<Part>,
    /// Parts that rows record before the checksum was compared.
    unverified: Vec<Part>,
    /// Where `buffer` begins.
    start: u64,
    buffer: Vec<u8>,
    verifier: Option<Verifier>,
}

impl Receiver {
    /// A receiver that records under the number `writer`.
    pub fn new(app: Arc<App>, incoming: &IncomingBody, writer: i64) -> Self {
        Self {
            app,
            upload: incoming.upload.clone(),
            begin: incoming.offset,
            writer,
            row_writer: incoming.upload.writer,
            recorded: incoming.offset,
            held: Vec::new(),
            unverified: Vec::new(),
            start: incoming.offset,
            buffer: Vec::new(),
            verifier: incoming.checksum.clone().map(Verifier::new),
        }
    }

    /// Bytes that rows record, the upload's earlier ones among them.
    pub const fn recorded(&self) -> u64 {
        self.recorded
    }

    fn part_bytes(&self) -> usize {
        self.app.config.uploads.part_bytes
    }

    /// Bytes taken in all, the upload's earlier ones among them.
    fn taken(&self) -> Result<u64> {
        Ok(self.start.saturating_add(db::int(self.buffer.len())?))
    }

    /// Takes bytes of the body.
    pub async fn take(&mut self, mut chunk: Bytes) -> Result<()> {
        let taken = self.taken()?.saturating_add(db::int(chunk.len())?);
        if taken > self.upload.length {
            return Err(beyond(self.upload.length));
        }
        if let Some(verifier) = &mut self.verifier {
            if taken.saturating_sub(self.begin) > MAX_CHECKED {
                return Err(unchecked());
            }
            verifier.update(&chunk);
        }
        while !chunk.is_empty() {
            if self.buffer.len() >= self.part_bytes() {
                self.store(self.buffer.len()).await?;
                if self.verifier.is_none() {
                    self.record(self.writer, Vec::new()).await?;
                }
            }
            let room = self.part_bytes().saturating_sub(self.buffer.len());
            let piece = chunk.split_to(room.min(chunk.len()));
            self.make_room(piece.len());
            self.buffer.extend_from_slice(&piece);
        }
        Ok(())
    }

    /// Grows by doubling, but never beyond a part.
    fn make_room(&mut self, more: usize) {
        let wanted = self.buffer.len().saturating_add(more);
        if wanted > self.buffer.capacity() {
            let capacity = wanted.max(self.buffer.capacity().saturating_mul(2)).max(ROOM).min(self.part_bytes());
            self.buffer.reserve_exact(capacity.max(wanted).saturating_sub(self.buffer.len()));
        }
    }

    /// Stores the first `count` bytes of the buffer as a part that no row records yet.
    async fn store(&mut self, count: usize) -> Result<()> {
        let rest = self.buffer.split_off(count.min(self.buffer.len()));
        let bytes = Bytes::from(std::mem::replace(&mut self.buffer, rest));
        if bytes.is_empty() {
            return Ok(());
        }
        let length = db::int(bytes.len())?;
        let object = ObjectName::of_part(self.upload.id, self.start);
        self.app.blobs.put_part(&object, bytes).await?;
        self.held.push(Part { start: self.start, length, object });
        self.start = self.start.saturating_add(length);
        Ok(())
    }

    /// Records what has arrived so far: the connection pauses, or somebody asks how far the upload
    /// is.
    pub async fn record_arrived(&mut self) -> Result<()> {
        self.record_buffer(self.writer).await
    }

    /// Records the buffer and everything before it, and leaves the row to `writer`.
    async fn record_buffer(&mut self, writer: i64) -> Result<()> {
        // The last byte completes the upload, so it waits for a checksum that is still to be
        // compared.
        let waits = self.verifier.is_some() && self.taken()? == self.upload.length;
        let count = self.buffer.len().saturating_sub(usize::from(waits));
        let replaced = if self.verifier.is_none() { self.merge().await? } else { Vec::new() };
        // After a merge the buffer begins earlier.
        let earlier: u64 = replaced.iter().map(|part| part.length).sum();
        self.store(count.saturating_add(usize::try_from(earlier).map_err(Error::internal)?)).await?;
        self.record(writer, replaced).await
    }

    /// Puts small parts at the end of the upload before the buffer, as long as they are no larger
    /// than it; returns them. Otherwise a line that breaks often would leave a part for each
    /// connection.
    async fn merge(&mut self) -> Result<Vec<Part>> {
        if self.buffer.is_empty() || !self.held.is_empty() || self.recorded == 0 || self.start != self.recorded {
            return Ok(Vec::new());
        }
        let most = db::int::<_, u64>(self.part_bytes())?;
        let mut size = db::int::<_, u64>(self.buffer.len())?;
        if size.saturating_mul(2) > most {
            return Ok(Vec::new());
        }
        let id = self.upload.id;
        let mut small = self.app.db.read(move |conn| db::upload_parts::last_parts(conn, id, LAST_PARTS)).await?;
        let mut end = self.start;
        small.retain(|part| {
            let fits = part.start.saturating_add(part.length) == end
                && part.length <= size
                && size.saturating_add(part.length) <= most;
            if fits {
                (end, size) = (part.start, size.saturating_add(part.length));
            } else {
                // Only parts without a gap between them.
                end = 0;
            }
            fits
        });
        small.reverse();
        self.put_before(&small).await?;
        Ok(small)
    }

    async fn put_before(&mut self, parts: &[Part]) -> Result<()> {
        let Some(first) = parts.first() else { return Ok(()) };
        let mut whole = Vec::new();
        for part in parts {
            match self.app.blobs.read_part(&part.object).await {
                Ok(bytes) => whole.extend_from_slice(&bytes),
                // Another connection has merged or dropped it.
                Err(Error::Store(object_store::Error::NotFound { .. })) => return Err(self.moved().await),
                Err(error) => return Err(error),
            }
        }
        whole.append(&mut self.buffer);
        self.buffer = whole;
        self.start = first.start;
        Ok(())
    }

    /// Records the parts that are held. Fails, and records nothing, if another connection has taken
    /// the upload over.
    async fn record(&mut self, writer: i64, replaced: Vec<Part>) -> Result<()> {
        let id = self.upload.id;
        if self.held.is_empty() {
            let own = self.writer;
            if writer == 0 && self.row_writer == own {
                self.app.db.write(move |conn| db::uploads::release(conn, id, own)).await?;
            }
            return Ok(());
        }
        let step = Advance {
            from: self.recorded,
            expected: self.row_writer,
            writer,
            parts: self.held.clone(),
            replaced: replaced.clone(),
            expires: Timestamp::now().plus(life(&self.app)),
        };
        if !self.app.db.write(move |conn| db::uploads::advance(conn, id, &step)).await? {
            return Err(self.moved().await);
        }
        let parts = std::mem::take(&mut self.held);
        if self.verifier.is_some() {
            self.unverified.extend(parts);
        }
        self.row_writer = writer;
        self.recorded = self.start;
        self.delete(&replaced).await;
        Ok(())
    }

    /// The body is complete.
    pub async fn end(&mut self) -> Result<()> {
        if self.verifier.take().is_some_and(|verifier| !verifier.holds()) {
            self.take_back().await?;
            let message =
                "the body does not have the digest that `Upload-Checksum` gives; it was not kept, send it again";
            return Err(Error::refused(ErrorCode::ChecksumMismatch, message));
        }
        self.unverified.clear();
        if self.start == 0 && self.taken()? == self.upload.length {
            return self.store_whole().await;
        }
        self.record_buffer(0).await
    }

    /// Takes back what was recorded of a body that turns out to be damaged.
    async fn take_back(&mut self) -> Result<()> {
        if self.unverified.is_empty() {
            return Ok(());
        }
        let (id, writer, from, to) = (self.upload.id, self.writer, self.recorded, self.begin);
        if self.app.db.write(move |conn| db::uploads::take_back(conn, id, from, to, writer)).await? {
            self.held.append(&mut self.unverified);
            Ok(())
        } else {
            Err(self.moved().await)
        }
    }

    /// A file that came in one piece becomes a blob without a detour over parts.
    async fn store_whole(&mut self) -> Result<()> {
        let bytes = Bytes::from(std::mem::take(&mut self.buffer));
        for _ in 0..TRIES {
            let blob = self.app.blobs.put_bytes(bytes.clone()).await?;
            match name(&self.app, self.upload.id, 0, blob.sha256).await? {
                Named::Yes => return Ok(()),
                Named::Swept => {}
                Named::Moved => return Err(self.moved().await),
            }
        }
        Err(Error::internal("the blob was swept as often as it was stored"))
    }

    /// The connection is gone: what arrived is kept.
    pub async fn break_off(&mut self) -> Error {
        match self.record_buffer(0).await {
            Ok(()) => Error::refused(
                ErrorCode::InvalidBody,
                "upload interrupted; query the current offset and resume from there",
            ),
            Err(error) => error,
        }
    }

    /// Deletes what was stored and will not be recorded, and leaves the row to the next connection.
    /// What stays because of a failure goes with the upload.
    pub async fn discard(&mut self) {
        let parts = std::mem::take(&mut self.held);
        self.delete(&parts).await;
        if let Err(error) = self.record(0, Vec::new()).await {
            tracing::warn!(upload = %self.upload.id, %error, "the upload was not released");
        }
    }

    async fn delete(&self, parts: &[Part]) {
        let objects: Vec<ObjectName> = parts.iter().map(|part| part.object.clone()).collect();
        if let Err(error) = self.app.blobs.delete_parts(&objects).await {
            tracing::warn!(upload = %self.upload.id, %error, "parts were not deleted");
        }
    }

    async fn moved(&self) -> Error {
        match load(&self.app, self.upload.account, self.upload.id).await {
            Ok(upload) => offset_mismatch(upload.received),
            Err(error) => error,
        }
    }
}
