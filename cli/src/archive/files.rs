//! Bytes that are hashed while they are copied.

use std::io::{self, Read};

use holdout_protocol::Sha256;
use sha2::{Digest as _, Sha256 as Hasher};

/// Reads another reader and hashes what comes.
pub(super) struct Hashed<R> {
    inner: R,
    hasher: Hasher,
    size: u64,
}

impl<R: Read> Hashed<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, hasher: Hasher::new(), size: 0 }
    }

    /// Returns how many bytes came, and their digest.
    pub(super) fn finish(self) -> (u64, Sha256) {
        (self.size, Sha256::from_bytes(self.hasher.finalize().into()))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.size = self.size.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}
