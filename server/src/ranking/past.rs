//! Boards of the past (`as_of`), apart from the present ones: whoever asks for many of them waits
//! for himself alone.
//!
//! A board changes only when a result comes in or a final is chosen, so all times between two such
//! events have the same board. One is built at a time, from its own copy of the entries; after it
//! the builder rests as long as it worked, so that no stream of requests takes more than half a
//! core.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use holdout_protocol::{Leaderboard, Timestamp};
use tokio::sync::{OwnedMutexGuard, Semaphore};

use super::board::Work;
use super::built::Built;
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
        // A task of its own, because what one client began should not be lost to the others when it
        // hangs up.
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
        // Without a time, which only another version of the test set comes without, the view stands
        // for itself.
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

#[cfg(test)]
mod tests {
    use holdout_protocol::BoardSplit;
    use serde_json::json;

    use super::*;
    use crate::db::boards::SeasonHead;
    use crate::samples::{at, season, task};

    fn view(second: i64) -> View {
        View { as_of: Some(at(second)), ..View::of(BoardSplit::Public) }
    }

    /// A board of the version, under this time.
    fn built(version: i64, second: i64) -> Arc<Built> {
        let board = json!({ "season": "s", "task": "t", "metric": "top5_error", "split": "public", "n": 1, "resolution": 1.0,
            "updated_at": null, "as_of": at(second), "gaps": [], "rows": [] });
        Arc::new(Built::new(version, serde_json::from_value(board).unwrap(), Instant::now()).unwrap())
    }

    /// A task whose board has this version.
    fn head(version: i64) -> Head {
        let (season, mut task) = (season(), task(season().id));
        task.board_version = version;
        let (id, slug) = (season.id, season.slug);
        let season = SeasonHead { id, slug, draft: false, frozen_at: None, published_at: None };
        Head { season: Arc::new(season), task: Arc::new(task), read_at: Instant::now() }
    }

    #[test]
    fn the_boards_of_the_past_that_were_kept_last_are_found_again() {
        let past = Past::default();
        for second in 0..9 {
            past.keep(view(second), &built(1, second));
        }
        assert!(past.known(&view(0), &head(1)).is_none() && past.known(&view(1), &head(1)).is_some());
        // One that is kept again drives out no other.
        past.keep(view(5), &built(1, 5));
        assert!(past.known(&view(1), &head(1)).is_some());
    }

    #[test]
    fn a_board_of_an_older_version_is_not_shown() {
        let past = Past::default();
        past.keep(view(5), &built(3, 5));
        assert!(past.known(&view(5), &head(3)).is_some() && past.known(&view(5), &head(2)).is_some());
        assert!(past.known(&view(5), &head(4)).is_none());
    }

    #[test]
    fn a_board_that_was_built_for_another_time_is_shown_only_under_the_time_that_was_asked_for() {
        let past = Past::default();
        // The board of the event at second 2, built for somebody who asked for second 5.
        past.keep(view(2), &built(1, 5));
        assert!(past.known(&view(2), &head(1)).is_none());
        let same = past.built(&view(2), &head(1)).unwrap();
        let shown = with_time(same.version, same.board.clone(), view(2)).unwrap();
        assert_eq!((shown.board.as_of, shown.version), (Some(at(2)), 1));
        assert_ne!(shown.etag, same.etag);
    }
}
