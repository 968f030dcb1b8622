//! Boards: ranks, rank ranges and their cache.
//!
//! A request finds its board ready: the versions of all boards are read about once a second
//! ([`directory`]), a board is built when its version moved ([`cache`]), and only what is new is
//! read for it ([`entries`]). What a board shows is in [`rows`], [`board_rows`] and [`board`]; who
//! may see which one, in [`view`]; what a decision changes on one, in [`differences`]. One entry of
//! a board is in [`mod@entry`].

mod board;
mod board_rows;
pub mod boards;
mod built;
mod cache;
mod csv;
mod differences;
mod directory;
mod entries;
mod entry;
mod events;
mod gaps;
mod past;
mod rows;
mod standings;
mod view;

use std::sync::Arc;
use std::time::Duration;

use holdout_protocol::{LeaderboardQuery, TaskId, TestSetId, Timestamp};

use crate::app::App;
use crate::changes::{self, Topic};
use crate::db;
use crate::error::{Error, Result};
pub use board_rows::metric_name;
pub use built::Built;
use cache::Freshness;
pub use differences::{MOST_CHANGES, changes, places};
pub use directory::{Head, Snapshot};
pub use entry::entry;
pub use events::{Viewer, follow};
pub use view::View;

/// The seasons and tasks there are, a second old at most.
pub async fn snapshot(app: &App) -> Result<Arc<Snapshot>> {
    app.boards.directory.snapshot(&app.db, app.changes.announced(Topic::Boards)).await
}

/// Returns true if the database does not answer, so that memory has to stand in for it.
pub async fn stands_still(app: &App) -> bool {
    snapshot(app).await.map_or(true, |snapshot| snapshot.stale().is_some())
}

/// A board as a caller gets it.
#[derive(Debug)]
pub struct Shown {
    pub board: Arc<Built>,
    /// Its age, if it stands in for a database that does not answer.
    pub stale: Option<Duration>,
}

/// The board that a caller gets for a query.
///
/// # Errors
/// `not_found`, and those of [`View::allowed`].
pub async fn find(app: &App, season: &str, task: &str, query: &LeaderboardQuery, organizer: bool) -> Result<Shown> {
    let head = snapshot(app).await?.find(season, task, organizer)?;
    let mut view = View::allowed(query, &head, organizer, Timestamp::now())?;
    if let Some(number) = query.version {
        view.version = other_version(app, &head, number, organizer).await?;
    }
    // Organizers look at the board to see what their own decision did.
    let freshness = if organizer { Freshness::Newest } else { Freshness::Recent };
    let board = app.boards.of_task(head.task.id).get(&app.db, &head, view, freshness).await?;
    Ok(Shown { board, stale: head.stale() })
}

/// The version of a task's test set with this number; `None` if it is the present one. One that is
/// staged is not there for others than organizers.
async fn other_version(app: &App, head: &Head, number: u32, organizer: bool) -> Result<Option<TestSetId>> {
    let (task, present) = (head.task.id, head.task.test_set);
    let versions = app.db.read(move |conn| db::test_sets::of_task(conn, task)).await?;
    let found = versions.into_iter().find(|set| set.version == number && (organizer || !set.staged));
    let found = found.ok_or_else(|| Error::not_found("version of the test set", number))?;
    Ok(Some(found.id).filter(|id| Some(*id) != present))
}

/// The standard board in its latest form, however long it takes to build: what viewers are told of
/// must not be the board before.
pub async fn latest(app: &App, head: &Head) -> Result<Arc<Built>> {
    app.boards.of_task(head.task.id).latest(&app.db, head, View::standard(head)).await
}

/// Looks for boards that moved, on behalf of all who watch one, until the server stops.
pub async fn watch(app: Arc<App>) {
    let mut announcements = app.changes.subscribe(Topic::Boards);
    let (mut known, mut stood_still) = (Vec::new(), false);
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
                let stands_still = snapshot.stale().is_some();
                if found != known || stands_still != stood_still {
                    (known, stood_still) = (found, stands_still);
                    app.boards.moved.send_modify(|count| *count = count.wrapping_add(1));
                }
            }
            Err(error) => tracing::warn!(%error, "the boards' versions cannot be read"),
        }
    }
}

/// Returns what the standard boards depend on.
fn versions(snapshot: &Snapshot) -> Vec<(TaskId, i64, Option<Timestamp>)> {
    let tasks = |(season, tasks): &(Arc<crate::db::boards::SeasonHead>, Vec<Arc<crate::db::tasks::Task>>)| {
        let frozen = season.frozen_at;
        tasks.iter().map(move |task| (task.id, task.board_version, frozen)).collect::<Vec<_>>()
    };
    snapshot.seasons.iter().flat_map(tasks).collect()
}
