//! A submission's changes as server-sent events.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use holdout_protocol::SubmissionId;
use tokio::sync::watch;

use super::feeds::Latest;
use super::reader;
use crate::app::App;
use crate::auth::{Account, StreamLogin};
use crate::error::Result;
use crate::event_stream::{self, EventSource, News};
use crate::load::StreamPlace;

/// Answers with the submission as it is now, then at each change, until its state is final or the
/// server stops. The stream also ends soon after the caller logs out, deletes the API token, or
/// leaves the team.
///
/// # Errors
/// `not_found` if the account may see no such submission.
pub async fn follow(
    app: Data<App>,
    account: Account,
    login: StreamLogin,
    id: SubmissionId,
    place: StreamPlace,
) -> Result<HttpResponse> {
    let organizer = account.organizer;
    // Joined only after the right was checked, because the reader itself reads whatever it is asked
    // for.
    check_viewer(&app, account.clone(), login, id).await?;
    let updates = reader::join(&app, (id, organizer));
    let follower = Follower { app: Data::clone(&app), account, login, id, updates };
    Ok(event_stream::respond(app, follower, News::Nothing, place))
}

struct Follower {
    app: Data<App>,
    account: Account,
    login: StreamLogin,
    id: SubmissionId,
    updates: watch::Receiver<Latest>,
}

impl EventSource for Follower {
    /// False when the reader has ended and its last update was seen.
    async fn changed(&mut self) -> bool {
        self.updates.changed().await.is_ok()
    }

    async fn news(&mut self) -> Result<News> {
        let update = self.updates.borrow_and_update().as_ref().map(Arc::clone);
        Ok(match update {
            Some(update) if update.is_last => News::Last(update.event.clone()),
            Some(update) => News::Event(update.event.clone()),
            None => News::Nothing,
        })
    }

    fn needs_login(&self) -> bool {
        true
    }

    async fn check_viewer(&self) -> Result<()> {
        check_viewer(&self.app, self.account.clone(), self.login, self.id).await
    }
}

/// Checks that the account may see the submission, and is still logged in the way it was.
async fn check_viewer(app: &App, account: Account, login: StreamLogin, id: SubmissionId) -> Result<()> {
    app.db
        .read(move |conn| {
            login.check_valid(conn)?;
            super::find(conn, &account, id).map(drop)
        })
        .await
}
