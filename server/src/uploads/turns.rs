//! One at a time for each upload, within this server.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use holdout_protocol::UploadId;
use tokio::sync::{Mutex, MutexGuard};

/// Locks that the uploads share.
const TURNS: usize = 1024;

/// Locks of uploads. Two uploads may share one, because it is chosen by a hash of the id.
#[derive(Debug)]
pub struct UploadTurns(Vec<Mutex<()>>);

impl Default for UploadTurns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }
}

impl UploadTurns {
    /// Waits for the turn of an upload, which lasts until the guard is dropped.
    pub async fn take(&self, upload: UploadId) -> Option<MutexGuard<'_, ()>> {
        let hash = usize::try_from(BuildHasherDefault::<DefaultHasher>::default().hash_one(upload) >> 32).ok()?;
        Some(self.0.get(hash % TURNS)?.lock().await)
    }
}
