//! The board that a caller gets.

use std::sync::Arc;
use std::time::Duration;

use holdout_protocol::{LeaderboardQuery, TestSetId, Timestamp};

use super::built::Built;
use super::cache::Freshness;
use super::directory::{Head, Snapshot};
use super::view::View;
use crate::app::App;
use crate::changes::Topic;
use crate::db;
use crate::error::{Error, Result};

/// The seasons and tasks there are, a second old at most.
pub async fn snapshot(app: &App) -> Result<Arc<Snapshot>> {
    app.boards.directory.snapshot(&app.db, app.changes.announced(Topic::Boards)).await
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
    app.boards.of_task(head.task.id).latest(&app.db, head, View::standard(head, Timestamp::now())).await
}
