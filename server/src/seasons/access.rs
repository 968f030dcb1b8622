//! Which season or task a request is about, and whether the caller may know of it.

use holdout_protocol::Slug;

use crate::app::App;
use crate::changes::Topic;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::paths::TaskPath;

/// The season with this name, if the caller may know of it: drafts are for organizers only, and to
/// everybody else there is no such season, on every route and whatever else the address names.
///
/// # Errors
/// `not_found` if the caller may see no such season.
pub fn visible(conn: &mut Conn, slug: &Slug, organizer: bool) -> Result<db::seasons::Season> {
    let season = db::seasons::find(conn, slug.as_str())?;
    if season.draft && !organizer { Err(Error::not_found("season", slug)) } else { Ok(season) }
}

/// The season with this name, kept from other changes until the transaction ends.
pub(super) fn locked(conn: &mut Conn, slug: &Slug) -> Result<db::seasons::Season> {
    let id = db::seasons::find(conn, slug.as_str())?.id;
    db::lock(conn, Lock::Season(&id.to_string()))?;
    db::seasons::get(conn, id)
}

/// A task, for organizers.
pub(super) async fn task_row(app: &App, path: TaskPath) -> Result<db::tasks::Task> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, path.season.as_str())?;
            db::tasks::find(conn, season.id, path.task.as_str())
        })
        .await
}

/// Wakes those who wait for what another version of a test set changes.
pub(super) fn announce_version(app: &App) {
    app.changes.announce(Topic::Boards);
    app.changes.announce(Topic::Queue);
    app.changes.announce(Topic::Submissions);
}
