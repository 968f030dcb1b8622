//! Boards: ranks, rank ranges and their cache.
//!
//! A request finds its board ready: the versions of all boards are read about once a second ([`directory`]), a board is
//! built when its version moved ([`cache`]), and only what is new is read for it ([`entries`]). What a board shows is in
//! [`rows`] and [`board`]; who may see which one, in [`view`]. One entry of a board is in [`mod@entry`].

mod board;
mod cache;
mod csv;
mod directory;
mod entries;
mod entry;
mod gaps;
mod past;
mod rows;
mod view;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use holdout_protocol::{LeaderboardQuery, TaskId, Timestamp};
use tokio::sync::watch;

use crate::app::App;
use crate::changes::{self, Topic};
use crate::error::Result;
pub use board::metric_name;
pub use cache::Built;
use cache::TaskBoards;
use directory::Directory;
pub use directory::{Head, Snapshot};
pub use entry::entry;
pub use view::View;

/// The boards of this server, as far as they were asked for.
#[derive(Debug)]
pub struct Boards {
    directory: Arc<Directory>,
    of_tasks: RwLock<HashMap<TaskId, Arc<TaskBoards>>>,
    /// Counts up when a board may have changed, for those who watch one.
    moved: watch::Sender<u64>,
}

impl Default for Boards {
    fn default() -> Self {
        Self { directory: Arc::default(), of_tasks: RwLock::default(), moved: watch::channel(0).0 }
    }
}

impl Boards {
    fn of(&self, task: TaskId) -> Arc<TaskBoards> {
        if let Some(known) = self.of_tasks.read().unwrap_or_else(PoisonError::into_inner).get(&task) {
            return Arc::clone(known);
        }
        Arc::clone(self.of_tasks.write().unwrap_or_else(PoisonError::into_inner).entry(task).or_default())
    }

    /// Wakes with every change of a board.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }
}

/// The seasons and tasks there are, a second old at most.
pub async fn snapshot(app: &App) -> Result<Arc<Snapshot>> {
    app.boards.directory.snapshot(&app.db, app.changes.announced(Topic::Boards)).await
}

/// A board as a caller gets it.
#[derive(Debug)]
pub struct Shown {
    /// The board.
    pub board: Arc<Built>,
    /// Its age, if it stands in for a database that does not answer.
    pub stale: Option<Duration>,
}

/// The board that a caller gets for a query.
///
/// # Errors
/// `not_found`, and those of [`View::allowed`].
pub async fn find(app: &App, (season, task): (&str, &str), query: &LeaderboardQuery, organizer: bool) -> Result<Shown> {
    let head = snapshot(app).await?.find(season, task, organizer)?;
    let view = View::allowed(query, &head, organizer, Timestamp::now())?;
    Ok(Shown { board: board(app, &head, view).await?, stale: head.stale() })
}

/// A board that its caller may see.
pub async fn board(app: &App, head: &Head, view: View) -> Result<Arc<Built>> {
    app.boards.of(head.task.id).get(&app.db, head, view).await
}

/// The standard board in its latest form, however long it takes to build: what viewers are told of must not be the board
/// before.
pub async fn latest(app: &App, head: &Head) -> Result<Arc<Built>> {
    app.boards.of(head.task.id).latest(&app.db, head, View::standard(head)).await
}

/// Looks for boards that moved, on behalf of all who watch one, until the server stops.
pub async fn watch(app: Arc<App>) {
    let mut announcements = app.changes.subscribe(Topic::Boards);
    let mut known = Vec::new();
    loop {
        tokio::select! {
            () = changes::next(&mut announcements) => {}
            () = app.changes.stopped() => return,
        }
        if app.boards.moved.receiver_count() == 0 {
            continue;
        }
        match snapshot(&app).await {
            Ok(snapshot) => {
                let found = versions(&snapshot);
                if found != known {
                    known = found;
                    app.boards.moved.send_modify(|count| *count = count.wrapping_add(1));
                }
            }
            Err(error) => tracing::warn!(%error, "the boards' versions cannot be read"),
        }
    }
}

/// What the standard boards depend on.
fn versions(snapshot: &Snapshot) -> Vec<(TaskId, i64, Option<Timestamp>)> {
    let tasks = |(season, tasks): &(Arc<crate::db::boards::SeasonHead>, Vec<Arc<crate::db::tasks::Task>>)| {
        let frozen = season.frozen_at;
        tasks.iter().map(move |task| (task.id, task.board_version, frozen)).collect::<Vec<_>>()
    };
    snapshot.seasons.iter().flat_map(tasks).collect()
}
