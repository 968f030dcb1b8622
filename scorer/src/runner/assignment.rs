//! What a run has to do.

use super::cause::Causes;
use super::images::Images;
use super::order::Order;
use super::task::ModelTask;

/// What a run has to do.
pub(crate) struct Assignment<'a> {
    /// The part of the task that a run needs.
    pub(crate) task: &'a ModelTask,
    /// Bytes of the packed model.
    pub(crate) model_bytes: u64,
    /// Whether to optimise it, if that succeeds.
    pub(crate) optimise: bool,
    /// Whether every batch gets a module without memory of the batches before.
    pub(crate) fresh: bool,
    /// Part of the spread of an image's scores by which two of them may differ and still be nearly
    /// equal.
    pub(crate) tolerance: f32,
    /// Bytes of memory of the device, if it has its own and tells.
    pub(crate) device_memory_bytes: Option<u64>,
    /// The images that `order` numbers.
    pub(crate) images: &'a dyn Images,
    /// Which of them, and in what order.
    pub(crate) order: &'a Order,
    /// Where to keep what libtorch says, if the images belong to the reader of the verdict. Then
    /// the verdict may say in full how a model fails on them.
    pub(crate) causes: Option<&'a Causes>,
    /// Threads that fill a slot.
    pub(crate) fillers: usize,
    /// Where the run's progress begins.
    pub(crate) offset: ProgressOffset,
}

/// Where the progress of a run begins. Progress counts images of the test set, and no image that an
/// earlier run has counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProgressOffset {
    /// Images that earlier runs have done. Progress stands still until this run has done more.
    pub(crate) before: u64,
    /// Images of the test set.
    pub(crate) total: u64,
}

impl ProgressOffset {
    /// Continues after runs that have done `before` of `total` images.
    pub(crate) fn new(before: u32, total: u32) -> Self {
        Self { before: before.into(), total: total.into() }
    }

    /// Returns the progress to report when this run has done `done` images.
    pub(crate) fn total_done(self, done: u64) -> u64 {
        done.max(self.before).min(self.total)
    }
}
