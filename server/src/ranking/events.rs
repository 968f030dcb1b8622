//! A board's changes as server-sent events.

use actix_web::HttpResponse;
use actix_web::web::Data;
use holdout_protocol::{LeaderboardEvent, LeaderboardQuery, Timestamp};
use tokio::sync::watch;

use super::shown;
use super::view::View;
use crate::app::App;
use crate::auth::StreamLogin;
use crate::error::{Error, Result};
use crate::event_stream::{self, EventSource, News};
use crate::load::StreamPlace;

/// Who follows a board.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    /// Organizers see drafts too.
    pub organizer: bool,
    /// The login that lets them see more; `None` for those who are not logged in.
    pub login: Option<StreamLogin>,
}

/// Answers with the entity tag of the public board at once, then at each change.
///
/// # Errors
/// `not_found`.
pub async fn follow(
    app: Data<App>,
    season: String,
    task: String,
    viewer: Viewer,
    place: StreamPlace,
) -> Result<HttpResponse> {
    let moved = app.boards.subscribe();
    let mut follower = Follower { app: Data::clone(&app), season, task, moved, viewer, sent: None };
    // Looked for before the stream begins, because a board that is not there should be a 404 and
    // not a stream that ends.
    let first = follower.news().await?;
    Ok(event_stream::respond(app, follower, first, place))
}

struct Follower {
    app: Data<App>,
    season: String,
    task: String,
    moved: watch::Receiver<u64>,
    viewer: Viewer,
    /// The tag that was sent last.
    sent: Option<String>,
}

impl EventSource for Follower {
    async fn changed(&mut self) -> bool {
        self.moved.changed().await.is_ok()
    }

    async fn news(&mut self) -> Result<News> {
        let organizer = self.viewer.organizer;
        let head = shown::snapshot(&self.app).await?.find(&self.season, &self.task, organizer)?;
        // The stream ends, so that no page says "live" of a board that stands still.
        if head.stale().is_some() {
            return Err(Error::busy("the database does not answer; the board cannot be followed", 5));
        }
        View::allowed(&LeaderboardQuery::default(), &head, organizer, Timestamp::now())?;
        let built = shown::latest(&self.app, &head).await?;
        if self.sent.as_ref() == Some(&built.etag) {
            return Ok(News::Nothing);
        }
        self.sent = Some(built.etag.clone());
        let event = LeaderboardEvent { etag: built.etag.clone(), updated_at: built.board.updated_at };
        event_stream::event("leaderboard", &event).map(News::Event)
    }

    fn needs_login(&self) -> bool {
        self.viewer.login.is_some()
    }

    async fn check_viewer(&self) -> Result<()> {
        let Some(login) = self.viewer.login else { return Ok(()) };
        self.app.db.read(move |conn| login.check_valid(conn)).await
    }
}
