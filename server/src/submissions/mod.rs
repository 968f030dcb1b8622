//! Submissions as teams and organizers see them: lists, one by one, and as a stream of changes.
//!
//! A team sees its own submissions, organizers see all. To everybody else a submission is not there.

mod cancel;
mod edit;
mod events;
mod feeds;
mod places;
mod scores;
mod view;

use holdout_protocol::{Page, Slug, SubmissionId, SubmissionQuery};

use crate::app::App;
use crate::auth::{Account, Participant};
use crate::db::seasons::Season;
use crate::db::tasks::Task;
use crate::db::{self, Conn, Search};
use crate::error::{Error, Result};

pub use cancel::cancel;
pub use edit::edit;
pub use events::follow;
pub use feeds::Feeds;
pub use view::{Looking, view, views};

/// A submission with what it belongs to.
pub struct Found {
    /// Season.
    pub season: Season,
    /// Task.
    pub task: Task,
    /// The submission.
    pub submission: db::submissions::Submission,
}

/// The submission with this id, if the account may see it.
///
/// # Errors
/// `not_found` if there is none, or it is another team's.
pub fn find(conn: &mut Conn, account: &Account, id: SubmissionId) -> Result<Found> {
    let submission = db::submissions::get(conn, id)?;
    if !account.organizer {
        let membership = db::teams::membership(conn, submission.season, account.id)?;
        if membership.is_none_or(|membership| membership.team != submission.team) {
            return Err(Error::not_found("submission", id));
        }
    }
    let season = db::seasons::get(conn, submission.season)?;
    let task = db::tasks::get(conn, submission.task)?;
    Ok(Found { season, task, submission })
}

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
pub async fn list(
    app: &App,
    Participant { account, team }: Participant,
    (season, task): (Slug, Slug),
    query: SubmissionQuery,
) -> Result<Page<holdout_protocol::Submission>> {
    let search = Search::parse(query.q.as_deref())?;
    let looking = Looking::at(app, account.organizer);
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, season.as_str())?;
            let task = db::tasks::find(conn, season.id, task.as_str())?;
            let team = team.filter(|_| !account.organizer);
            let filter = db::submissions::Filter { team, named: query.team.clone(), state: query.state, search };
            let page = db::submissions::page(conn, task.id, &filter, &query.page())?;
            let items = views(conn, (&season, &task), &page.items, looking)?;
            Ok(Page { items, next_cursor: page.next_cursor })
        })
        .await
}
