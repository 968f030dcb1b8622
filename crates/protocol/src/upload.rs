//! Resumable uploads (tus 1.0).

use serde::{Deserialize, Serialize};

use crate::{Sha256, Timestamp, UploadId};

/// The version of the tus protocol.
pub const TUS_VERSION: &str = "1.0.0";
/// The tus extensions offered.
pub const TUS_EXTENSIONS: &str = "creation,creation-with-upload,checksum,expiration,termination";
/// The checksum algorithms of `Upload-Checksum`.
pub const TUS_CHECKSUMS: &str = "sha256,sha1";
/// Content type of an upload's part.
pub const TUS_CONTENT_TYPE: &str = "application/offset+octet-stream";
/// Response header with the SHA-256 of a finished upload: its receipt.
pub const RECEIPT_HEADER: &str = "Upload-Sha256";

/// An upload as `GET /uploads/{id}` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Upload {
    /// The id of the upload, as addresses name it.
    pub id: UploadId,
    /// Size of the whole file, bytes.
    pub length: u64,
    /// Bytes received.
    pub offset: u64,
    /// Name of the file, as the client told it.
    pub filename: Option<String>,
    /// SHA-256 of the whole file: the receipt; `null` until it is complete.
    pub sha256: Option<Sha256>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it is thrown away unless it is complete and used.
    pub expires_at: Timestamp,
}
