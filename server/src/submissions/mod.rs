//! Submissions as teams and organizers see them: lists, one by one, and as a stream of changes.
//!
//! A team sees its own submissions, organizers see all. To everybody else a submission is not
//! there.

mod cancel;
mod download;
mod edit;
mod events;
pub mod feeds;
mod found;
mod places;
mod reader;
mod scores;
mod view;
mod withdraw;

use holdout_protocol::{Page, SubmissionId, SubmissionQuery};

use crate::app::App;
use crate::auth::{Account, Participant};
use crate::db::{self, Search};
use crate::error::Result;
use crate::paths::TaskPath;

pub use cancel::cancel;
pub use download::download;
pub use edit::edit;
pub use events::follow;
pub use found::{Found, find, find_to_change};
pub use view::{Looking, view, views};
pub use withdraw::withdraw;

/// A submission as the account may see it.
///
/// # Errors
/// As [`find`].
pub async fn get(app: &App, account: Account, id: SubmissionId) -> Result<holdout_protocol::Submission> {
    let looking = Looking::at(app, account.organizer);
    app.db
        .read(move |conn| {
            let found = find(conn, &account, id)?;
            view(conn, &found, looking)
        })
        .await
}

/// A page of the submissions to a task, newest first: the own team's, or all to organizers.
///
/// # Errors
/// `not_found`, `invalid_value`.
pub async fn list_submissions(
    app: &App,
    Participant { account, team }: Participant,
    path: TaskPath,
    query: SubmissionQuery,
) -> Result<Page<holdout_protocol::Submission>> {
    let search = Search::parse(query.q.as_deref())?;
    let looking = Looking::at(app, account.organizer);
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, path.season.as_str())?;
            let task = db::tasks::find(conn, season.id, path.task.as_str())?;
            let team = team.filter(|_| !account.organizer);
            let named = match &query.team {
                None => None,
                Some(reference) => match db::teams::by_reference(conn, season.id, reference)? {
                    Some(named) => Some(named.id),
                    None => return Ok(Page { items: Vec::new(), next_cursor: None }),
                },
            };
            let (state, ruling) = (query.state, query.ruling);
            let filter = db::submissions::Filter { team, named, state, ruling, search };
            let page = db::submissions::page(conn, task.id, &filter, &query.page())?;
            let shown = views(conn, &season, &task, &page.items, looking)?;
            let ids: Vec<SubmissionId> = page.items.iter().map(|submission| submission.id).collect();
            Ok(db::page_of_views(shown, &ids, page.next_cursor))
        })
        .await
}
