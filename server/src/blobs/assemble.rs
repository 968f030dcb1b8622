//! Making one blob of an upload's parts: into `staging/`, hashing on the way, then under its name
//! in one step.

use bytes::Bytes;
use futures_util::StreamExt as _;
use holdout_protocol::{BlobRef, Sha256};
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, WriteMultipart};
use sha2::Digest as _;

use super::{Blobs, path_of};
use crate::error::{Error, Result};
use crate::object_name::ObjectName;

/// Size of the pieces in which a blob is written, bytes; S3 wants 5 MiB at least.
const PIECE: usize = 8 << 20;
/// Pieces on their way to the store at once.
const PIECES: usize = 2;
/// Parts that are opened before they are read.
const OPENED: usize = 8;
/// S3 copies objects up to this size, bytes.
const COPY_LIMIT: u64 = 5 << 30;

impl Blobs {
    /// Stores the parts, one after the other, as one blob; name it in a row afterwards, as
    /// [`Blobs::hold`] says.
    ///
    /// # Errors
    /// If the store fails, and if a part is not there.
    pub async fn assemble(&self, parts: &[ObjectName]) -> Result<BlobRef> {
        self.check_present().await?;
        let staging = Path::from_iter([super::sweep::STAGING, &uuid::Uuid::now_v7().to_string()]);
        let sources: Vec<Path> = parts.iter().map(ObjectName::path).collect();
        let blob = self.write(&sources, &staging).await?;
        let place = path_of(blob.sha256);
        if self.folder.is_some() || blob.size <= COPY_LIMIT {
            self.store.rename(&staging, &place).await?;
        } else {
            self.write(std::slice::from_ref(&staging), &place).await?;
            self.delete(&staging).await?;
        }
        Ok(blob)
    }

    /// Writes the concatenation of `sources` to `target`, which appears when it is complete and
    /// synced.
    async fn write(&self, sources: &[Path], target: &Path) -> Result<BlobRef> {
        let upload = self.store.put_multipart(target).await?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PIECE);
        match self.copy(sources, &mut writer).await {
            Ok(blob) => {
                writer.finish().await?;
                Ok(blob)
            }
            Err(error) => {
                writer.abort().await.ok();
                Err(error)
            }
        }
    }

    async fn copy(&self, sources: &[Path], writer: &mut WriteMultipart) -> Result<BlobRef> {
        let mut hasher = sha2::Sha256::new();
        let mut size = 0_u64;
        // Opened ahead, because a bucket takes its time for each of many small parts.
        let mut opened = futures_util::stream::iter(sources).map(|source| self.store.get(source)).buffered(OPENED);
        while let Some(source) = opened.next().await {
            let mut chunks = source?.into_stream();
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk?;
                size = size.saturating_add(u64::try_from(chunk.len()).map_err(Error::internal)?);
                hasher = hashed(hasher, chunk.clone()).await?;
                writer.wait_for_capacity(PIECES).await?;
                writer.put(chunk);
            }
        }
        Ok(BlobRef { sha256: Sha256::from_bytes(hasher.finalize().into()), size })
    }
}

/// Hashes on the blocking pool if it would hold up the threads that answer requests.
async fn hashed(mut hasher: sha2::Sha256, chunk: Bytes) -> Result<sha2::Sha256> {
    const INLINE: usize = 64 << 10;
    if chunk.len() <= INLINE {
        hasher.update(&chunk);
        return Ok(hasher);
    }
    tokio::task::spawn_blocking(move || hasher.chain_update(&chunk)).await.map_err(Error::internal)
}
