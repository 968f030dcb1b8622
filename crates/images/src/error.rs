//! Why an image, or a set of them, cannot be used.

use std::io;
use std::path::PathBuf;

use crate::{ArchiveError, Problems, Transform};

/// Why an image cannot be used; says what was found and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// Another format.
    #[error("the file is {found}; JPEG and PNG are read")]
    Format {
        /// What it seems to be.
        found: &'static str,
    },
    /// A form of JPEG or PNG that is not read.
    #[error("{format} with {found} is not read")]
    Unsupported {
        /// `JPEG` or `PNG`.
        format: &'static str,
        found: String,
    },
    /// The file ends before its image does.
    #[error("the {format} file is cut off")]
    Truncated {
        /// `JPEG` or `PNG`.
        format: &'static str,
    },
    /// The decoder refuses it.
    #[error("the {format} file is damaged: {detail}")]
    Damaged {
        /// `JPEG` or `PNG`.
        format: &'static str,
        /// What the decoder says.
        detail: String,
    },
    /// More pixels than are decoded.
    #[error("{width} × {height} pixels; at most {} are read", Self::MAX_PIXELS)]
    TooLarge {
        /// Pixels of a row.
        width: u32,
        height: u32,
    },
    /// There is not enough memory for its pixels.
    #[error("there is not enough memory to decode it")]
    Memory,
    /// The centre square does not fit.
    #[error("{width} × {height} pixels after resizing; the centre square has {crop} × {crop}")]
    SmallerThanCrop {
        /// Pixels of a row, after resizing.
        width: u64,
        height: u64,
        /// Side of the centre square, pixels.
        crop: u32,
    },
    /// A transform that cannot be applied.
    #[error("`resize` and `crop` are 1 to {} pixels", Transform::MAX_SIDE)]
    Transform,
}

impl ImageError {
    /// Most pixels of an image: if Pillow refuses to read one (twice its `MAX_IMAGE_PIXELS`).
    pub const MAX_PIXELS: u64 = 178_956_970;
}

/// Why images are not prepared, or are not fit to be.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// Some cannot be used.
    #[error(transparent)]
    Images(#[from] Problems),
    /// The archive as a whole cannot be read on.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The callback said so. What is done is kept for the next call.
    #[error("interrupted")]
    Interrupted,
    /// The system gives no thread.
    #[error("no thread can be started: {0}")]
    Threads(io::Error),
    /// The prepared file cannot be written.
    #[error("{}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
}
