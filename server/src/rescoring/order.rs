//! Where the images of one version of a test set stand in another.

use holdout_evaluation::TestSet;

use crate::blobs::Blobs;
use crate::db::test_sets::TestSet as TestSetRow;
use crate::error::{Error, Result};

/// The places of the images of a version among those of another.
pub struct Order {
    /// Images of the other version.
    pub images: usize,
    /// The place of each image there.
    pub places: Vec<usize>,
}

/// Reads a test set from the blob store.
///
/// # Errors
/// If it is not there or cannot be read, which is a fault of ours.
pub fn read(blobs: &Blobs, set: &TestSetRow) -> Result<TestSet> {
    TestSet::from_canonical(&blobs.read_whole_sync(&set.blob)?).map_err(Error::internal)
}

/// Returns where the images of `to` stand among those of `from`; `None` if one is not there.
#[must_use]
pub fn order(from: &TestSet, to: &TestSet) -> Option<Order> {
    let known = &from.shape().images;
    let places = to.shape().images.iter().map(|name| known.position(name.as_bytes())).collect::<Option<Vec<_>>>()?;
    Some(Order { images: from.len(), places })
}
