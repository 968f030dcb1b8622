//! The boards of a task as they were last built.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::board::Work;
use super::built::Built;
use super::directory::Head;
use super::past::Past;
use super::view::View;
use crate::db::Db;
use crate::error::{Error, Result};

/// Most boards that are kept of a task: each part and track, with all entries or the best, frozen
/// or not.
const MOST_KEPT: usize = 32;

/// Which board is good enough for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The one before, if the newest takes long to build.
    Recent,
    /// The newest, however long it takes to build.
    Newest,
}

/// The boards of a task.
#[derive(Debug, Default)]
pub struct TaskBoards {
    /// One builder at a time; the others wait for what it makes, or take the board before.
    work: Arc<Mutex<Work>>,
    built: RwLock<Kept>,
    past: Arc<Past>,
}

/// What was built and is still to be shown.
#[derive(Debug, Default)]
struct Kept {
    boards: HashMap<View, Arc<Built>>,
    /// How often all was forgotten: a board of which building began before must not come back.
    forgotten: u64,
}

impl TaskBoards {
    /// The board, at least of the version that `head` tells of; if a recent one is enough, the one
    /// before it while it takes long to build.
    ///
    /// # Errors
    /// `unavailable` if too many boards of the past are asked for.
    pub async fn get(self: &Arc<Self>, db: &Db, head: &Head, view: View, freshness: Freshness) -> Result<Arc<Built>> {
        // The time of a freeze is the present to everybody who may not see beyond it.
        // Another version of the test set is a board of the past, too.
        if view.version.is_some() || (view.as_of.is_some() && view.as_of != head.season.frozen_at) {
            return self.past.get(db, head, view).await;
        }
        let known = self.known(&view);
        match known {
            Some(known) if known.version >= head.task.board_version => Ok(known),
            Some(older) if freshness == Freshness::Recent && older.may_be_shown_late() => {
                // A builder that is at work already may be building this very board; if not, the
                // next request has it built.
                if let Ok(work) = Arc::clone(&self.work).try_lock_owned() {
                    let (boards, db, head) = (Arc::clone(self), db.clone(), head.clone());
                    tokio::spawn(async move {
                        if let Err(error) = boards.build(work, &db, &head, view).await {
                            tracing::error!(%error, "a board cannot be built");
                        }
                    });
                }
                Ok(older)
            }
            _ => self.latest(db, head, view).await,
        }
    }

    /// The board, at least of the version that `head` tells of, however long it takes to build.
    pub async fn latest(self: &Arc<Self>, db: &Db, head: &Head, view: View) -> Result<Arc<Built>> {
        let (boards, db, head) = (Arc::clone(self), db.clone(), head.clone());
        let current = move |boards: &Self, head: &Head| {
            boards.known(&view).filter(|known| known.version >= head.task.board_version)
        };
        if let Some(known) = current(&boards, &head) {
            return Ok(known);
        }
        // A task of its own, because what one client began should not be lost to the others when it
        // hangs up.
        let building = tokio::spawn(async move {
            let work = Arc::clone(&boards.work).lock_owned().await;
            match current(&boards, &head) {
                Some(known) => Ok(known),
                None => boards.build(work, &db, &head, view).await,
            }
        });
        building.await.map_err(Error::internal)?
    }

    /// Forgets what was built, so that the next request waits for the present board.
    pub fn forget(&self) {
        let mut kept = self.built.write().unwrap_or_else(PoisonError::into_inner);
        kept.boards.clear();
        kept.forgotten += 1;
    }

    fn known(&self, view: &View) -> Option<Arc<Built>> {
        self.built.read().unwrap_or_else(PoisonError::into_inner).boards.get(view).cloned()
    }

    fn forgotten(&self) -> u64 {
        self.built.read().unwrap_or_else(PoisonError::into_inner).forgotten
    }

    async fn build(&self, mut work: OwnedMutexGuard<Work>, db: &Db, head: &Head, view: View) -> Result<Arc<Built>> {
        let (began, forgotten) = (Instant::now(), self.forgotten());
        let reading = head.clone();
        let mut work = db
            .read(move |conn| {
                work.load(conn, &reading, &view)?;
                Ok(work)
            })
            .await?;
        let computing = head.clone();
        let built = tokio::task::spawn_blocking(move || {
            let board = work.compute(&computing, &view, true)?;
            Built::new(work.version(), board, began)
        });
        let built = Arc::new(built.await.map_err(Error::internal)??);
        self.keep(view, &built, forgotten);
        Ok(built)
    }

    /// Keeps a board, unless all was forgotten since `forgotten` was read, before the board was.
    fn keep(&self, view: View, built: &Arc<Built>, forgotten: u64) {
        let mut kept = self.built.write().unwrap_or_else(PoisonError::into_inner);
        if kept.forgotten != forgotten {
            return;
        }
        if kept.boards.len() >= MOST_KEPT {
            kept.boards.clear();
        }
        kept.boards.insert(view, Arc::clone(built));
    }
}

#[cfg(test)]
mod tests;
