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

#[cfg(test)]
mod tests {
    use holdout_protocol::{AccountId, UploadId};

    use super::*;
    use crate::samples::at;

    /// A body for an upload of 200 MiB of which 100 bytes are there.
    fn body(offset: u64, length: Option<u64>, checksum: Option<Checksum>) -> IncomingBody {
        let upload = Upload {
            id: UploadId::new(),
            account: AccountId::new(),
            length: 200 << 20,
            received: 100,
            filename: None,
            sha256: None,
            created_at: at(1),
            expires_at: at(2),
            writer: 0,
            announced: None,
        };
        IncomingBody { upload, offset, length, checksum }
    }

    fn code(body: &IncomingBody) -> Option<ErrorCode> {
        body.check_fits().err().map(|error| error.code())
    }

    #[test]
    fn a_body_begins_where_the_upload_is() {
        assert_eq!(code(&body(100, Some(1), None)), None);
        for offset in [99, 101] {
            let told = body(offset, Some(1), None).check_fits().unwrap_err().body().error;
            assert_eq!(told.code, ErrorCode::OffsetMismatch);
            assert_eq!(told.detail["offset"], 100, "where to continue");
        }
    }

    #[test]
    fn a_body_ends_where_its_file_does() {
        let rest = (200 << 20) - 100;
        assert_eq!(code(&body(100, Some(rest), None)), None);
        let told = body(100, Some(rest + 1), None).check_fits().unwrap_err().body().error;
        assert_eq!(told.code, ErrorCode::TooLarge);
        assert!(told.message.contains("`Upload-Length` of 209715200 bytes"), "{}", told.message);
        assert_eq!(code(&body(100, None, None)), None, "one that does not tell its length is looked at as it comes");
    }

    #[test]
    fn a_body_with_a_checksum_is_smaller_than_one_without() {
        let checked = |length| body(100, Some(length), Some(Checksum::Sha1([0; 20])));
        assert_eq!(code(&checked(64 << 20)), None);
        let told = checked((64 << 20) + 1).check_fits().unwrap_err().body().error;
        assert_eq!(told.code, ErrorCode::TooLarge);
        assert!(told.message.contains("at most 67108864 bytes"), "{}", told.message);
        assert_eq!(code(&body(100, Some((64 << 20) + 1), None)), None);
    }
}
