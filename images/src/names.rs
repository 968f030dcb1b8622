//! The order of a test set's images.

/// Which image stands where in the test set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// The names of the images in the test set's order. A name is that of a file of the archive, or, where there is no such
    /// file, that of exactly one file without its extension.
    Listed(Vec<String>),
    /// So many images without names: the files of the archive in the order of their names' bytes.
    Numbered(usize),
}

impl Names {
    /// Number of images.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Listed(names) => names.len(),
            Self::Numbered(count) => *count,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
