//! What is not settled in a season.

use holdout_protocol::{OpenMatters, Slug, Timestamp};

use crate::app::App;
use crate::db;
use crate::error::Result;

/// Counts what waits for the organizers of a season, and what still runs.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn count(app: &App, slug: Slug) -> Result<OpenMatters> {
    let grace = app.config.uploads.deadline_grace();
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            db::open_matters::of_season(conn, &season, grace, Timestamp::now())
        })
        .await
}
