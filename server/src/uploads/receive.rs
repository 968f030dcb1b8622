//! Taking in a body: cut into parts, each kept as soon as it is full, so that neither a broken connection nor a dead
//! server loses more than one part. At most one part is held in memory.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use holdout_protocol::{ErrorCode, Timestamp};

use super::checksum::Verifier;
use super::finish::{Named, finish, name};
use super::{Checksum, MAX_CHECKED, life, offset_mismatch};
use crate::app::App;
use crate::blobs::ObjectName;
use crate::db::uploads::{Part, Upload};
use crate::db::{self};
use crate::error::{Error, Result};

/// A connection on which nothing comes for so long is taken for broken.
const SILENCE: Duration = Duration::from_secs(60);
/// Least room made for a body, bytes.
const ROOM: usize = 64 << 10;
/// Tries to store a small file before giving up.
const TRIES: u32 = 16;

/// A body that is about to come.
pub struct Arrival {
    /// The upload it belongs to.
    pub upload: Upload,
    /// Where it begins.
    pub offset: u64,
    /// Its length, where the client told it.
    pub length: Option<u64>,
    /// Its digest, where the client told it: then all of it is kept or nothing.
    pub checksum: Option<Checksum>,
}

/// Takes in a body, and completes the upload where it was the last one.
///
/// # Errors
/// `offset_mismatch` where the upload is or gets elsewhere; `too_large` where the body goes beyond its end;
/// `checksum_mismatch`; `invalid_body` where the connection breaks off.
pub async fn receive<S, E>(app: Arc<App>, arrival: Arrival, body: S) -> Result<Upload>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    check(&arrival)?;
    let mut receiver = Receiver::new(Arc::clone(&app), &arrival);
    let mut body = pin!(body);
    let outcome = loop {
        match tokio::time::timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(chunk))) => {
                if let Err(error) = receiver.take(chunk).await {
                    break Err(error);
                }
            }
            Ok(None) => break receiver.end().await,
            Ok(Some(Err(_))) | Err(_) => break Err(receiver.break_off().await),
        }
    };
    if let Err(error) = outcome {
        receiver.discard().await;
        return Err(error);
    }
    let upload = super::load(&app, arrival.upload.account, arrival.upload.id).await?;
    finish(&app, upload).await
}

fn check(arrival: &Arrival) -> Result<()> {
    let Arrival { upload, offset, length, checksum } = arrival;
    if *offset != upload.received {
        return Err(offset_mismatch(upload.received));
    }
    let length = length.unwrap_or(0);
    if length > upload.length.saturating_sub(*offset) {
        return Err(beyond(upload.length));
    }
    if checksum.is_some() && length > MAX_CHECKED {
        return Err(unchecked());
    }
    Ok(())
}

fn beyond(length: u64) -> Error {
    Error::refused(ErrorCode::TooLarge, format!("the body goes beyond the upload's `Upload-Length` of {length} bytes"))
}

fn unchecked() -> Error {
    let message = format!("a body with `Upload-Checksum` may have at most {MAX_CHECKED} bytes; send smaller pieces");
    Error::refused(ErrorCode::TooLarge, message)
}

struct Receiver {
    app: Arc<App>,
    upload: Upload,
    /// Bytes that rows record.
    recorded: u64,
    /// Parts in the store that no row records yet.
    held: Vec<Part>,
    /// Where `buffer` begins.
    start: u64,
    buffer: Vec<u8>,
    verifier: Option<Verifier>,
}

impl Receiver {
    fn new(app: Arc<App>, arrival: &Arrival) -> Self {
        Self {
            app,
            upload: arrival.upload.clone(),
            recorded: arrival.offset,
            held: Vec::new(),
            start: arrival.offset,
            buffer: Vec::new(),
            verifier: arrival.checksum.clone().map(Verifier::new),
        }
    }

    fn part_bytes(&self) -> usize {
        self.app.config.uploads.part_bytes.max(1)
    }

    /// Bytes taken in all, the upload's earlier ones among them.
    fn taken(&self) -> Result<u64> {
        Ok(self.start.saturating_add(db::int(self.buffer.len())?))
    }

    async fn take(&mut self, mut chunk: Bytes) -> Result<()> {
        let taken = self.taken()?.saturating_add(db::int(chunk.len())?);
        if taken > self.upload.length {
            return Err(beyond(self.upload.length));
        }
        if let Some(verifier) = &mut self.verifier {
            if taken.saturating_sub(self.recorded) > MAX_CHECKED {
                return Err(unchecked());
            }
            verifier.update(&chunk);
        }
        while !chunk.is_empty() {
            if self.buffer.len() >= self.part_bytes() {
                self.flush().await?;
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

    /// Stores what is in the buffer; without a checksum to wait for, records it too.
    async fn flush(&mut self) -> Result<()> {
        if !self.buffer.is_empty() {
            let bytes = Bytes::from(std::mem::take(&mut self.buffer));
            let length = db::int(bytes.len())?;
            let object = ObjectName::of_part(self.upload.id, self.start);
            self.app.blobs.put_part(&object, bytes).await?;
            self.held.push(Part { start: self.start, length, object });
            self.start = self.start.saturating_add(length);
        }
        if self.verifier.is_none() { self.record().await } else { Ok(()) }
    }

    async fn record(&mut self) -> Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let (id, from, parts) = (self.upload.id, self.recorded, self.held.clone());
        let expires = Timestamp::now().plus(life(&self.app));
        if !self.app.db.write(move |conn| db::uploads::advance(conn, id, from, &parts, expires)).await? {
            return Err(self.moved().await);
        }
        self.held.clear();
        self.recorded = self.start;
        Ok(())
    }

    /// The body is complete.
    async fn end(&mut self) -> Result<()> {
        if self.verifier.take().is_some_and(|verifier| !verifier.holds()) {
            let message =
                "the body does not have the digest that `Upload-Checksum` gives; it was not kept, send it again";
            return Err(Error::refused(ErrorCode::ChecksumMismatch, message));
        }
        if self.start == 0 && self.taken()? == self.upload.length {
            return self.store_whole().await;
        }
        self.flush().await
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

    /// The connection is gone: what came is kept, unless a checksum would have had to vouch for it.
    async fn break_off(&mut self) -> Error {
        if self.verifier.is_none()
            && let Err(error) = self.flush().await
        {
            return error;
        }
        Error::refused(ErrorCode::InvalidBody, "the body broke off; ask for the upload's offset and go on from there")
    }

    /// Deletes what was stored and will not be recorded. What stays because of a failure goes with the upload.
    async fn discard(&mut self) {
        let objects: Vec<ObjectName> = self.held.drain(..).map(|part| part.object).collect();
        if let Err(error) = self.app.blobs.delete_parts(&objects).await {
            tracing::warn!(upload = %self.upload.id, %error, "parts were not deleted");
        }
    }

    async fn moved(&self) -> Error {
        match super::load(&self.app, self.upload.account, self.upload.id).await {
            Ok(upload) => offset_mismatch(upload.received),
            Err(error) => error,
        }
    }
}
