//! Names of objects that are not blobs yet: parts of uploads.

use holdout_protocol::UploadId;
use object_store::path::Path;

use crate::error::{Error, Result};

/// Folder of the parts of unfinished uploads.
pub const UPLOADS: &str = "uploads";

/// Where a part of an upload lies in the store: `uploads/{upload}/{start}-{uuid}`, so that two
/// writers of the same part never write to the same place.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_lies_below_its_upload_and_two_writers_never_write_to_the_same_place() {
        let upload = UploadId::new();
        let names = [ObjectName::of_part(upload, 77), ObjectName::of_part(upload, 77)];
        assert_ne!(names[0], names[1]);
        for name in names {
            assert!(name.as_str().starts_with(&format!("uploads/{upload}/77-")), "{}", name.as_str());
            assert_eq!(name.path().as_ref(), name.as_str());
            assert_eq!(ObjectName::try_from(name.as_str().to_owned()).unwrap(), name);
        }
    }

    #[test]
    fn what_lies_elsewhere_in_the_store_is_no_part() {
        for other in ["blobs/00/00", "", "staging/x", "/uploads/x"] {
            assert!(ObjectName::try_from(other.to_owned()).is_err(), "{other}");
        }
    }
}
