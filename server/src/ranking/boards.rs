//! The boards of this server, as far as they were asked for.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use holdout_protocol::TaskId;
use tokio::sync::watch;

use super::cache::TaskBoards;
use super::directory::Directory;

/// The boards of this server, as far as they were asked for.
#[derive(Debug)]
pub struct Boards {
    pub(super) directory: Arc<Directory>,
    of_tasks: RwLock<HashMap<TaskId, Arc<TaskBoards>>>,
    /// Counts up when a board may have changed, for those who watch one.
    pub(super) moved: watch::Sender<u64>,
}

impl Default for Boards {
    fn default() -> Self {
        Self { directory: Arc::default(), of_tasks: RwLock::default(), moved: watch::channel(0).0 }
    }
}

impl Boards {
    /// The boards of a task.
    pub(super) fn of_task(&self, task: TaskId) -> Arc<TaskBoards> {
        if let Some(known) = self.of_tasks.read().unwrap_or_else(PoisonError::into_inner).get(&task) {
            return Arc::clone(known);
        }
        Arc::clone(self.of_tasks.write().unwrap_or_else(PoisonError::into_inner).entry(task).or_default())
    }

    /// Lets nobody see a board from before a result was taken off it. Other servers show an older
    /// board for a few seconds at most.
    pub fn forget(&self) {
        for boards in self.of_tasks.read().unwrap_or_else(PoisonError::into_inner).values() {
            boards.forget();
        }
    }

    /// Wakes with every change of a board.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }
}
