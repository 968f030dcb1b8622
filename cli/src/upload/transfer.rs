//! The bytes of an upload: pieces with checksums, sent again from where the server is whenever
//! something breaks.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use holdout_client::{Answer, Call, Method, TransportError};
use holdout_protocol::{ErrorCode, RECEIPT_HEADER, Sha256, TUS_CONTENT_TYPE, TUS_VERSION, UploadId, format_duration};

use super::facts::{FileFacts, digest_of};
use super::piece::PieceSize;
use super::watcher::Watcher;
use crate::client::{Client, ClientError};

/// Failures in a row, without progress, that waiting does not explain: damaged pieces, and refusals
/// of a piece.
const MOST_REFUSALS: u32 = 12;
/// A piece is given up when nothing of it can be sent for so long, or no answer comes. The server
/// records within a fraction of a second what it has received, so giving up too early costs little.
const SILENCE: Duration = Duration::from_secs(20);

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Bytes that the server has.
    pub(crate) offset: u64,
    /// The digest of the whole, once it is complete.
    pub(crate) receipt: Option<Sha256>,
}

impl Position {
    /// Nothing is there yet.
    pub(crate) const BEGINNING: Self = Self { offset: 0, receipt: None };

    pub(crate) fn of(client: &Client, id: UploadId) -> Result<Self, ClientError> {
        let call = Call::new(Method::HEAD, format!("/uploads/{id}")).header("Tus-Resumable", TUS_VERSION);
        Self::read(client, &client.send_once(&call)?)
    }

    fn read(client: &Client, answer: &Answer) -> Result<Self, ClientError> {
        let strange =
            |cause: &str| TransportError::NotHoldout { server: client.server().to_string(), cause: cause.to_owned() };
        let offset = answer.header("Upload-Offset").and_then(|text| text.parse().ok());
        let offset = offset.ok_or_else(|| strange("an upload without `Upload-Offset`"))?;
        let receipt = answer.header(RECEIPT_HEADER).map(str::parse).transpose();
        Ok(Self { offset, receipt: receipt.map_err(|_| strange("a receipt that is no SHA-256"))? })
    }

    const fn is_beyond(&self, other: &Self) -> bool {
        self.offset > other.offset || (self.receipt.is_some() && other.receipt.is_none())
    }
}

/// One file on its way.
pub(crate) struct Transfer<'a> {
    pub(crate) client: &'a Client,
    pub(crate) watcher: &'a dyn Watcher,
    pub(crate) id: UploadId,
    pub(crate) file: &'a FileFacts,
}

impl Transfer<'_> {
    /// Sends what is missing; returns the server's receipt.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, the server refuses it, or nothing got through for as long as the
    /// client's patience lasts.
    pub(crate) fn run(&self, from: Position) -> Result<Sha256, ClientError> {
        self.watcher.begin(&self.file.name(), self.file.size, from.offset);
        let result = self.pieces(from);
        self.watcher.end();
        result
    }

    fn pieces(&self, from: Position) -> Result<Sha256, ClientError> {
        let mut source = File::open(&self.file.path).map_err(|error| self.unreadable(&error))?;
        let mut position = from;
        let mut size = PieceSize::default();
        let mut troubles = Troubles::default();
        loop {
            if let Some(receipt) = position.receipt {
                return Ok(receipt);
            }
            let begun = Instant::now();
            let reached = match self.piece(&mut source, position.offset, size) {
                Ok(reached) => {
                    size = size.after_success(begun.elapsed());
                    reached
                }
                Err(error) => {
                    let reached = self.recover(error, position, &mut troubles)?;
                    size = size.after_break(reached.offset.saturating_sub(position.offset));
                    reached
                }
            };
            if reached.is_beyond(&position) {
                troubles = Troubles::default();
            }
            position = reached;
            self.watcher.advance(position.offset);
        }
    }

    fn piece(&self, source: &mut File, offset: u64, size: PieceSize) -> Result<Position, ClientError> {
        if offset >= self.file.size {
            // Every byte is there; the server is still to say so.
            return self.complete_or_wait();
        }
        let mut piece = Vec::new();
        let read = source.seek(SeekFrom::Start(offset)).and_then(|_| source.take(size.bytes()).read_to_end(&mut piece));
        read.map_err(|error| self.unreadable(&error))?;
        if piece.is_empty() {
            return Err(self.unreadable(&"it became shorter while it was sent"));
        }
        let call = Call::new(Method::PATCH, format!("/uploads/{}", self.id))
            .header("Tus-Resumable", TUS_VERSION)
            .header("Content-Type", TUS_CONTENT_TYPE)
            .header("Upload-Offset", offset.to_string())
            .header("Upload-Checksum", format!("sha256 {}", STANDARD.encode(digest_of(&piece).as_bytes())))
            .body(&piece);
        // The last piece is answered only when the server has put the whole file together.
        let is_last = offset.saturating_add(size.bytes()) >= self.file.size;
        let call = if is_last { call } else { call.silence(SILENCE) };
        let answer = self.client.send_once(&call)?;
        Position::read(self.client, &answer)
    }

    fn complete_or_wait(&self) -> Result<Position, ClientError> {
        let position = Position::of(self.client, self.id)?;
        if position.receipt.is_some() || position.offset < self.file.size {
            return Ok(position);
        }
        Err(TransportError::Unreachable {
            server: self.client.server().to_string(),
            cause: "it has all bytes and gives no receipt yet".to_owned(),
            never_sent: false,
        }
        .into())
    }

    /// Asks where the server is, at once, and again as long as there is hope. Pauses only if
    /// nothing got through.
    fn recover(
        &self,
        mut error: ClientError,
        from: Position,
        troubles: &mut Troubles,
    ) -> Result<Position, ClientError> {
        if !Self::has_hope(&error, troubles) {
            return Err(self.hopeless(error, troubles));
        }
        loop {
            match Position::of(self.client, self.id) {
                Ok(position) if position.is_beyond(&from) => return Ok(position),
                Ok(position) => {
                    self.wait(&error, troubles)?;
                    return Ok(position);
                }
                Err(again) if again.is_passing() || again.is(ErrorCode::Internal) => {
                    error = again;
                    self.wait(&error, troubles)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns whether sending again can help.
    fn has_hope(error: &ClientError, troubles: &Troubles) -> bool {
        // The statuses of a piece that broke off, and of an upload that another connection
        // continues with.
        let broke = error.api().is_some_and(|api| matches!(api.status, 400 | 409 | 423));
        let refused = broke || error.is(ErrorCode::ChecksumMismatch);
        (refused && troubles.count < MOST_REFUSALS) || error.is_passing() || error.is(ErrorCode::Internal)
    }

    fn hopeless(&self, error: ClientError, troubles: &Troubles) -> ClientError {
        if !error.is(ErrorCode::ChecksumMismatch) {
            return error;
        }
        let times = troubles.count.saturating_add(1);
        ClientError::Upload {
            code: "damaged",
            message: format!(
                "`{}` arrives damaged: the server found wrong bytes {times} times in a row",
                self.file.name()
            ),
            advice: "Use another network or an `https` address; the same command resumes the upload.",
        }
    }

    fn wait(&self, error: &ClientError, troubles: &mut Troubles) -> Result<(), ClientError> {
        troubles.count += 1;
        let asked = error.api().and_then(|api| api.retry_after);
        let patience = self.client.patience();
        let pause = asked.unwrap_or_else(|| patience.backoff.pause(troubles.count)).min(patience.backoff.longest);
        if troubles.since.elapsed() + pause > patience.upload_stall {
            return Err(TransportError::Unreachable {
                server: self.client.server().to_string(),
                cause: format!(
                    "the upload made no progress for {} ({error}); the same command resumes it",
                    format_duration(patience.upload_stall)
                ),
                never_sent: false,
            }
            .into());
        }
        if troubles.count == 2 {
            self.watcher.remark(&format!("the upload waits: {error}"));
        }
        sleep(pause);
        Ok(())
    }

    fn unreadable(&self, error: &dyn ToString) -> ClientError {
        ClientError::local(format!("`{}`", self.file.path.display()), error.to_string())
    }
}

/// Failures since the last progress.
#[derive(Debug)]
struct Troubles {
    count: u32,
    since: Instant,
}

impl Default for Troubles {
    fn default() -> Self {
        Self { count: 0, since: Instant::now() }
    }
}

#[cfg(test)]
mod tests;
