//! A body before its first byte, and the rules that it has to keep.

use holdout_protocol::ErrorCode;

use super::checksum::Checksum;
use super::owned::offset_mismatch;
use crate::db::uploads::Upload;
use crate::error::{Error, Result};

/// Largest body that can come with a checksum, bytes.
pub const MAX_CHECKED: u64 = 64 << 20;

/// A body that is about to be received.
pub struct IncomingBody {
    /// The upload it belongs to.
    pub upload: Upload,
    /// Where it begins.
    pub offset: u64,
    /// Its length, if the client told it.
    pub length: Option<u64>,
    /// Its digest, if the client told it: a complete body with another digest is dropped.
    pub checksum: Option<Checksum>,
}

impl IncomingBody {
    /// Checks that the body fits the upload as it is now.
    pub(super) fn check_fits(&self) -> Result<()> {
        let Self { upload, offset, length, checksum } = self;
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
}

pub(super) fn beyond(length: u64) -> Error {
    Error::refused(ErrorCode::TooLarge, format!("the body goes beyond the upload's `Upload-Length` of {length} bytes"))
}

pub(super) fn unchecked() -> Error {
    let message = format!("a body with `Upload-Checksum` may have at most {MAX_CHECKED} bytes; send smaller pieces");
    Error::refused(ErrorCode::TooLarge, message)
}
