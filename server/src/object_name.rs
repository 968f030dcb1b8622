//! Names of objects that are not blobs yet: parts of uploads.

use holdout_protocol::UploadId;
use object_store::path::Path;

use crate::error::{Error, Result};

/// Folder of the parts of unfinished uploads.
pub const UPLOADS: &str = "uploads";

/// Where a part of an upload lies in the store: `uploads/{upload}/{start}-{uuid}`, so that two writers of the same part
/// never write to the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName(String);

impl ObjectName {
    /// A new name for the part of an upload that begins at byte `start`.
    #[must_use]
    pub fn of_part(upload: UploadId, start: u64) -> Self {
        Self(format!("{}/{upload}/{start}-{}", UPLOADS, uuid::Uuid::now_v7()))
    }

    /// The name as the database keeps it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn path(&self) -> Path {
        Path::from(self.0.as_str())
    }
}

impl TryFrom<String> for ObjectName {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        if text.starts_with(UPLOADS) {
            Ok(Self(text))
        } else {
            Err(Error::internal(format!("`{text}` is no name of a part")))
        }
    }
}
