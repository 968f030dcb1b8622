//! What organizers decide about results: disqualify, hide, flag, approve, refuse, restore; and what
//! they look at before. What such a decision does to a board is decided by
//! [`crate::db::boards::Entry::showing`].

mod apply;

use holdout_protocol::{IdenticalSubmissions, Slug};

pub use apply::judge;

use crate::app::App;
use crate::db;
use crate::error::Result;

/// The submissions of a season that are the same as those of other teams.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn identical(app: &App, season: Slug) -> Result<IdenticalSubmissions> {
    let look = move |conn: &mut db::Conn| {
        let season = db::seasons::find(conn, season.as_str())?;
        db::identical::of_season(conn, season.id)
    };
    app.db.read(look).await
}
