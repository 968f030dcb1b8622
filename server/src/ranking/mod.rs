//! Boards: ranks, rank ranges and their cache.
//!
//! A request finds its board ready: the versions of all boards are read about once a second
//! ([`directory`]), a board is built when its version moved ([`cache`]), and only what is new is
//! read for it ([`entries`]). What a board shows is in [`rows`], [`board_rows`] and [`board`], its
//! tracks in [`tracks`]; who may see which one, in [`view`] and [`shown`]; what a decision changes
//! on them, in [`mod@preview`] and [`differences`]. One entry of a board is in [`mod@entry`]; a few
//! of them against each other are in [`mod@comparison`].

mod board;
mod board_rows;
pub mod boards;
mod built;
mod cache;
mod comparison;
mod csv;
mod differences;
mod directory;
mod entries;
mod entry;
mod events;
mod gaps;
mod past;
mod preview;
mod rows;
mod shown;
mod standings;
mod tracks;
mod view;

use std::sync::Arc;

use holdout_protocol::{TaskId, Timestamp};

use crate::app::App;
use crate::changes::{self, Topic};
pub use board_rows::metric_name;
pub use comparison::comparison;
pub use differences::{MOST_CHANGES, changes, places};
pub use directory::{Head, Snapshot};
pub use entries::{bits_of_bytes, public_mask};
pub use entry::entry;
pub use events::{Viewer, follow};
pub use preview::changed_boards;
pub use shown::{Shown, find, snapshot};
pub use view::View;

/// Returns true if the database does not answer, so that memory has to stand in for it.
pub async fn stands_still(app: &App) -> bool {
    snapshot(app).await.map_or(true, |snapshot| snapshot.stale().is_some())
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
