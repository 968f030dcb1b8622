//! What a long piece of work tells, and whether it may go on.

use holdout_protocol::Stage;

use crate::work::Unfinished;

/// Follows an attempt from another place, and may end it.
pub(crate) trait Oversight: Sync {
    /// Enters a stage of so many items.
    fn enter(&self, stage: Stage, total: u64);

    /// So many items of the stage are done.
    fn done(&self, done: u64);

    /// Whether to go on. Asked a hundred times a second.
    ///
    /// # Errors
    /// Why not.
    fn check(&self) -> Result<(), Unfinished>;
}
