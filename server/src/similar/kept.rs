//! What was found last among the answers of a task's teams.

use holdout_protocol::{SimilarSubmissions, TaskId};
use tokio::sync::Mutex;

/// What was found last, and the turn of whoever compares: one at a time, because it takes a core
/// for seconds.
#[derive(Debug, Default)]
pub struct Similar(pub(super) Mutex<Option<Kept>>);

#[derive(Debug)]
pub(super) struct Kept {
    pub(super) task: TaskId,
    pub(super) board_version: i64,
    pub(super) found: SimilarSubmissions,
}
