//! What a source of images tells of them as a whole.

use std::path::PathBuf;

use super::classes::ClassName;

/// What a source gave, beside the images that it gave to the collector.
pub(super) struct Given {
    /// The classes in the order of a model's outputs, if the source knows them.
    pub(super) classes: Option<Vec<ClassName>>,
    /// The label of the first class, if the source knows it.
    pub(super) first_label: Option<u8>,
    /// Why the classes are in this order.
    pub(super) order: String,
    /// The archive that holds the images, if they are not packed into the folder.
    pub(super) archive: Option<PathBuf>,
    pub(super) remarks: Vec<String>,
}
