//! What the sweeper sees of the store.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use holdout_protocol::{Sha256, UploadId};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt as _};

use super::sightings::Round;
use super::{Blobs, is_missing_blob, path_of};
use crate::error::{Error, Result};
use crate::object_name::{ObjectName, UPLOADS};

/// Folder of the blobs.
pub(super) const BLOBS: &str = "blobs";
/// Folder of blobs that are being made.
pub(super) const STAGING: &str = "staging";

/// The object that says whose store it is.
pub(super) const MARK: &str = "database";

/// A blob as it lies in the store.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    pub sha256: Sha256,
    /// When it was written last, microseconds by the store's clock.
    pub modified: i64,
}

impl Blobs {
    /// Returns what marks the store as that of a database, if anything does.
    pub(crate) async fn mark(&self) -> Result<Option<String>> {
        match self.store.get(&Path::from(MARK)).await {
            Ok(found) => Ok(Some(String::from_utf8_lossy(&found.bytes().await?).trim().to_owned())),
            Err(error) if is_missing_blob(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Marks the store.
    pub(crate) async fn set_mark(&self, mark: String) -> Result<()> {
        self.put(&Path::from(MARK), Bytes::from(mark)).await
    }

    /// Returns true if the store has no blob.
    pub(crate) async fn is_empty(&self) -> Result<bool> {
        Ok(self.list(BLOBS).try_next().await?.is_none())
    }

    /// Lists all blobs of the store. Leaves out other files in their folder.
    pub fn all(&self) -> BoxStream<'_, Result<Stored>> {
        self.list(BLOBS)
            .filter_map(|found| async {
                let meta = match found {
                    Ok(meta) => meta,
                    Err(error) => return Some(Err(error)),
                };
                let sha256 = meta.location.filename()?.parse().ok()?;
                Some(Ok(Stored { sha256, modified: modified(&meta) }))
            })
            .boxed()
    }

    /// Deletes a blob. Only the sweeper may, inside a transaction that holds the blob's lock.
    pub async fn remove(&self, sha256: Sha256) -> Result<()> {
        self.delete(&path_of(sha256)).await
    }

    /// The uploads that have objects in the store.
    pub async fn uploads(&self) -> Result<Vec<UploadId>> {
        let found = self.store.list_with_delimiter(Some(&Path::from(UPLOADS))).await?;
        Ok(found.common_prefixes.iter().filter_map(|path| path.filename()?.parse().ok()).collect())
    }

    /// Deletes all objects of an upload, those too that no row names; says how many there were.
    pub async fn remove_upload(&self, upload: UploadId) -> Result<u64> {
        let removed = self.remove_if(&format!("{UPLOADS}/{upload}"), |_| true).await?;
        if let Some(folder) = &self.folder {
            let emptied = folder.path.join(UPLOADS).join(upload.to_string());
            // Fails if something has come into it; the sweeper looks again.
            tokio::task::spawn_blocking(move || std::fs::remove_dir(emptied).ok()).await.map_err(Error::internal)?;
        }
        Ok(removed)
    }

    /// The objects of an upload.
    pub async fn parts(&self, upload: UploadId) -> Result<Vec<ObjectMeta>> {
        self.list(&format!("{UPLOADS}/{upload}")).try_collect().await
    }

    /// Deletes those of an upload's objects that have been without a row for `grace`: `named` are
    /// those that have one. Says how many.
    pub async fn remove_parts_except(
        &self,
        parts: &[ObjectMeta],
        named: &[ObjectName],
        round: &Round<'_>,
        grace: Duration,
    ) -> Result<u64> {
        let mut removed = 0;
        for meta in parts {
            let is_named = named.iter().any(|name| name.as_str() == meta.location.as_ref());
            if !is_named && round.is_over(meta.location.as_ref(), modified(meta), grace) {
                self.delete(&meta.location).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Deletes what was left behind by servers that died while they made a blob: whatever is in
    /// staging, and half-written local files, that has not changed for `grace`. Says how many there
    /// were.
    pub async fn remove_staging(&self, round: &Round<'_>, grace: Duration) -> Result<u64> {
        let is_over = |meta: &ObjectMeta| round.is_over(meta.location.as_ref(), modified(meta), grace);
        let staged = self.remove_if(STAGING, is_over).await?;
        let Some(folder) = self.folder.clone() else { return Ok(staged) };
        let found = tokio::task::spawn_blocking(move || super::local::left_behind(&folder.path));
        let mut over = found.await.map_err(Error::internal)?;
        over.retain(|left| round.is_over(&left.path.to_string_lossy(), left.modified, grace));
        let partial = tokio::task::spawn_blocking(move || super::local::remove(&over));
        Ok(staged.saturating_add(partial.await.map_err(Error::internal)?))
    }

    async fn remove_if(&self, folder: &str, wanted: impl Fn(&ObjectMeta) -> bool) -> Result<u64> {
        let mut removed = 0;
        let mut objects = self.list(folder);
        while let Some(meta) = objects.next().await {
            let meta = meta?;
            if wanted(&meta) {
                self.delete(&meta.location).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn list(&self, folder: &str) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store.list(Some(&Path::from(folder))).map(|meta| meta.map_err(Error::from)).boxed()
    }
}

fn modified(meta: &ObjectMeta) -> i64 {
    meta.last_modified.timestamp_micros()
}
