//! How much room a local folder has left.

use rustix::fs::statvfs;

use super::Blobs;
use crate::error::{Error, Result};

impl Blobs {
    /// Returns the free bytes of the disk above `reserve`, or above a tenth of the disk if that is
    /// less; `None` for a bucket.
    ///
    /// # Errors
    /// If the folder cannot be asked.
    pub fn room(&self, reserve: u64) -> Result<Option<u64>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let disk = statvfs(folder.path.as_path()).map_err(Error::internal)?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        let reserve = reserve.min(bytes(disk.f_blocks) / 10);
        Ok(Some(bytes(disk.f_bavail).saturating_sub(reserve)))
    }
}
