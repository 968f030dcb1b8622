//! The text of the code.

/// A file of the archive's code.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Name of its record: `code/__torch__.py`.
    pub(crate) name: String,
    /// What its definitions have in front: `__torch__`.
    pub(crate) qualifier: String,
    pub(crate) text: Vec<u8>,
}
