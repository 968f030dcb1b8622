//! Boards of the past (`as_of`), apart from the present ones: whoever asks for many of them waits for himself alone.
//!
//! A board changes only when a result comes in or a final is chosen, so all times between two such events have the same
//! board. One is built at a time, from its own copy of the entries; after it the builder rests as long as it worked, so
//! that no stream of requests takes more than half a core.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use holdout_protocol::{Leaderboard, Timestamp};
use tokio::sync::{OwnedMutexGuard, Semaphore};

use super::board::Work;
use super::cache::Built;
use super::directory::Head;
use super::view::View;
use crate::db::Db;
use crate::error::{Error, Result};

/// Boards that are kept.
const KEPT: usize = 8;
/// Requests that wait for their board; further ones are told to come back.
const WAITING: usize = 8;
/// The builder rests so long at most.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// The boards of a task's past.
#[derive(Debug)]
pub struct Past {
    work: Arc<tokio::sync::Mutex<Work>>,
    kept: Mutex<VecDeque<(View, Arc<Built>)>>,
    places: Semaphore,
}

impl Default for Past {
    fn default() -> Self {
        Self { work: Arc::default(), kept: Mutex::default(), places: Semaphore::new(WAITING) }
    }
}

impl Past {
    /// Returns the board at the view's time, at least of the version that `head` tells of.
    ///
    /// # Errors
    /// `unavailable` if too many others wait for such a board.
    pub async fn get(self: &Arc<Self>, db: &Db, head: &Head, view: View) -> Result<Arc<Built>> {
        if let Some(known) = self.known(&view, head) {
            return Ok(known);
        }
        let busy = || Error::busy("too many boards of the past are asked for; try again in a moment", 2);
        let _place = self.places.try_acquire().map_err(|_| busy())?;
        let work = Arc::clone(&self.work).lock_owned().await;
        if let Some(known) = self.known(&view, head) {
            return Ok(known);
        }
        let (past, db, head) = (Arc::clone(self), db.clone(), head.clone());
        // A task of its own, because what one client began should not be lost to the others when it hangs up.
        let building = tokio::spawn(async move {
            let began = Instant::now();
            let (work, built) = past.make(work, &db, &head, view).await?;
            let rest = began.elapsed().min(LONGEST_REST);
            tokio::spawn(async move {
                tokio::time::sleep(rest).await;
                drop(work);
            });
            Ok(built)
        });
        building.await.map_err(Error::internal)?
    }

    async fn make(
        &self,
        mut work: OwnedMutexGuard<Work>,
        db: &Db,
        head: &Head,
        view: View,
    ) -> Result<(OwnedMutexGuard<Work>, Arc<Built>)> {
        let reading = head.clone();
        let mut work = db
            .read(move |conn| {
                work.refresh(conn, &reading, &view)?;
                Ok(work)
            })
            .await?;
        // Without a time, which only another version of the test set comes without, the view stands for itself.
        let event = |as_of| work.last_event(as_of).unwrap_or(Timestamp::from_micros(0));
        let same = View { as_of: view.as_of.map(event), ..view };
        if let Some(known) = self.built(&same, head) {
            let shown = known.board.clone();
            let built = tokio::task::spawn_blocking(move || with_time(known.version, shown, view));
            let built = Arc::new(built.await.map_err(Error::internal)??);
            self.keep(view, &built);
            return Ok((work, built));
        }
        let reading = head.clone();
        let work = db
            .read(move |conn| {
                work.load(conn, &reading, &view)?;
                Ok(work)
            })
            .await?;
        let computing = head.clone();
        let built = tokio::task::spawn_blocking(move || {
            let mut work = work;
            let board = work.compute(&computing, &view, false)?;
            let built = Built::new(work.version(), board, Instant::now())?;
            Ok::<_, Error>((work, Arc::new(built)))
        });
        let (work, built) = built.await.map_err(Error::internal)??;
        // Two entries: what is kept for the event is found for any time up to the next one.
        self.keep(same, &built);
        self.keep(view, &built);
        Ok((work, built))
    }

    /// The board of this view under the very time that it asks for.
    fn known(&self, view: &View, head: &Head) -> Option<Arc<Built>> {
        self.built(view, head).filter(|built| built.board.as_of == view.as_of)
    }

    /// The board of this view, perhaps under a later time of which it is the same.
    fn built(&self, view: &View, head: &Head) -> Option<Arc<Built>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(known, _)| known == view).map(|(_, built)| Arc::clone(built));
        found.filter(|built| built.version >= head.task.board_version)
    }

    fn keep(&self, view: View, built: &Arc<Built>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != view);
        kept.push_front((view, Arc::clone(built)));
        kept.truncate(KEPT);
    }
}

/// The board under the time that was asked for.
fn with_time(version: i64, board: Leaderboard, view: View) -> Result<Built> {
    Built::new(version, Leaderboard { as_of: view.as_of, ..board }, Instant::now())
}
