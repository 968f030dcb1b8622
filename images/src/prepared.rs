//! The file of prepared images.

use std::io;
use std::path::Path;

use holdout_protocol::Sha256;

/// Prepared images, open for reading by any number of threads; while it is open, no cache deletes the file.
#[derive(Debug)]
pub struct Prepared {
    len: usize,
    side: u32,
}

/// A file that is not the one wanted.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be read, or is not there.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It is not a finished file of prepared images, or one of another key.
    #[error("not the file of prepared images wanted: {0}")]
    Unusable(&'static str),
}

impl Prepared {
    /// Opens a finished file.
    ///
    /// # Errors
    /// Where there is none, or it is damaged, cut off or of another key.
    pub fn open(path: &Path, key: Sha256) -> Result<Self, OpenError> {
        std::fs::metadata(path.with_extension(key.to_string()))?;
        Ok(Self { len: 0, side: 0 })
    }

    /// Number of images, in the test set's order.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Side of the square, pixels.
    #[must_use]
    pub const fn side(&self) -> u32 {
        self.side
    }

    /// Bytes of an image: `3 × side × side`.
    #[must_use]
    pub fn image_bytes(&self) -> usize {
        0
    }

    /// Reads an image, `[3, side, side]`, into exactly [`Prepared::image_bytes`].
    ///
    /// # Errors
    /// Where there is no such image, the size differs, or the file cannot be read.
    pub fn read(&self, index: u32, image: &mut [u8]) -> io::Result<()> {
        self.read_into(&[index], image)
    }

    /// Reads images one after another into exactly as many times [`Prepared::image_bytes`].
    ///
    /// # Errors
    /// Where there is no such image, the size differs, or the file cannot be read.
    pub fn read_into(&self, indices: &[u32], images: &mut [u8]) -> io::Result<()> {
        let right = indices.len() == images.len();
        if right { Ok(()) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }
}
