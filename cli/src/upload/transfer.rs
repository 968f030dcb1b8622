//! The bytes of an upload: pieces with checksums, sent again from where the server is whenever something breaks.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use holdout_protocol::{ErrorCode, RECEIPT_HEADER, Sha256, TUS_CONTENT_TYPE, TUS_VERSION, UploadId};
use ureq::http::Method;

use super::facts::{FileFacts, digest_of};
use super::watcher::Watcher;
use crate::client::{Answer, Call, Client, ClientError};

/// Bytes of a piece: what a break costs at most.
const PIECE: u64 = 8 << 20;
/// Pieces in a row that may arrive damaged.
const DAMAGED_PIECES: u32 = 5;

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Bytes that the server has.
    pub offset: u64,
    /// The digest of the whole, once it is complete.
    pub receipt: Option<Sha256>,
}

impl Position {
    /// Nothing is there yet.
    pub const BEGINNING: Self = Self { offset: 0, receipt: None };

    /// Asks the server.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn of(client: &Client, id: UploadId) -> Result<Self, ClientError> {
        let call = Call::new(Method::HEAD, format!("/uploads/{id}")).header("Tus-Resumable", TUS_VERSION);
        Self::read(client, &client.send(&call)?)
    }

    fn read(client: &Client, answer: &Answer) -> Result<Self, ClientError> {
        let strange =
            |cause: &str| ClientError::NotHoldout { server: client.server().to_string(), cause: cause.to_owned() };
        let offset = answer.header("Upload-Offset").and_then(|text| text.parse().ok());
        let offset = offset.ok_or_else(|| strange("an upload without `Upload-Offset`"))?;
        let receipt = answer.header(RECEIPT_HEADER).map(str::parse).transpose();
        Ok(Self { offset, receipt: receipt.map_err(|_| strange("a receipt that is no SHA-256"))? })
    }
}

/// One file on its way.
pub struct Transfer<'a> {
    /// Sends.
    pub client: &'a Client,
    /// Is told.
    pub watcher: &'a dyn Watcher,
    /// The upload.
    pub id: UploadId,
    /// The file.
    pub file: &'a FileFacts,
}

impl Transfer<'_> {
    /// Sends what is missing; returns the server's receipt.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, the server refuses it, or nothing got through for as long as the client's patience
    /// lasts.
    pub fn run(&self, from: Position) -> Result<Sha256, ClientError> {
        self.watcher.begin(&self.file.name(), self.file.size, from.offset);
        let result = self.pieces(from);
        self.watcher.end();
        result
    }

    fn pieces(&self, from: Position) -> Result<Sha256, ClientError> {
        let mut source = File::open(&self.file.path).map_err(|error| self.unreadable(&error))?;
        let mut position = from;
        let mut troubles = Troubles::default();
        loop {
            if let Some(receipt) = position.receipt {
                return Ok(receipt);
            }
            let sent = self.piece(&mut source, position.offset);
            let reached = match sent {
                Ok(reached) => reached,
                Err(error) => self.recover(error, &mut troubles)?,
            };
            if reached.offset > position.offset || reached.receipt.is_some() {
                troubles = Troubles::default();
            }
            position = reached;
            self.watcher.advance(position.offset);
        }
    }

    fn piece(&self, source: &mut File, offset: u64) -> Result<Position, ClientError> {
        if offset >= self.file.size {
            // Every byte is there; the server is still to say so.
            return self.complete_or_wait();
        }
        let mut piece = Vec::new();
        let read = source.seek(SeekFrom::Start(offset)).and_then(|_| source.take(PIECE).read_to_end(&mut piece));
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
        let answer = self.client.send_once(&call)?;
        Position::read(self.client, &answer)
    }

    fn complete_or_wait(&self) -> Result<Position, ClientError> {
        let position = Position::of(self.client, self.id)?;
        if position.receipt.is_some() || position.offset < self.file.size {
            return Ok(position);
        }
        Err(ClientError::Unreachable {
            server: self.client.server().to_string(),
            cause: "it has all bytes and gives no receipt yet".to_owned(),
            never_sent: false,
        })
    }

    /// Waits and asks where the server is, as long as there is hope.
    fn recover(&self, error: ClientError, troubles: &mut Troubles) -> Result<Position, ClientError> {
        let damaged = error.is(ErrorCode::ChecksumMismatch);
        // 423: another connection of ours, broken but not yet noticed, still holds the upload.
        let elsewhere =
            error.is(ErrorCode::OffsetMismatch) || error.api().is_some_and(|api| matches!(api.status, 400 | 423));
        if !(damaged || elsewhere || error.is_passing() || error.is(ErrorCode::Internal)) {
            return Err(error);
        }
        troubles.count += 1;
        if (damaged || elsewhere) && troubles.count > DAMAGED_PIECES {
            return Err(error);
        }
        let asked = error.api().and_then(|api| api.retry_after);
        let patience = self.client.patience();
        let pause = asked.unwrap_or_else(|| patience.pause(troubles.count)).min(patience.longest_pause);
        self.wait(&error, troubles, pause)?;
        match Position::of(self.client, self.id) {
            Ok(position) => Ok(position),
            Err(error) if error.is_passing() => self.recover_again(error, troubles),
            Err(error) => Err(error),
        }
    }

    fn recover_again(&self, mut error: ClientError, troubles: &mut Troubles) -> Result<Position, ClientError> {
        loop {
            troubles.count += 1;
            self.wait(&error, troubles, self.client.patience().pause(troubles.count))?;
            match Position::of(self.client, self.id) {
                Err(again) if again.is_passing() => error = again,
                result => return result,
            }
        }
    }

    fn wait(&self, error: &ClientError, troubles: &Troubles, pause: Duration) -> Result<(), ClientError> {
        if troubles.since.elapsed() + pause > self.client.patience().upload_stall {
            return Err(ClientError::Unreachable {
                server: self.client.server().to_string(),
                cause: format!("the upload could not go on ({error}); the same command resumes it"),
                never_sent: false,
            });
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
