//! A submission's changes as server-sent events.

use std::time::Duration;

use actix_web::web::{Bytes, Data};
use futures_util::Stream;
use futures_util::stream::unfold;
use holdout_protocol::SubmissionId;
use tokio::sync::watch;
use tokio::time::Instant;

use super::feeds::{Feeds, Update};
use crate::app::App;
use crate::auth::Account;
use crate::error::{Error, Result};
use crate::load::StreamPlace;
use crate::standing::{LOOK_AGAIN, Standing};

/// After this time without an event a comment is sent: proxies keep the connection, and one that is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Returns the submission as it is now, then at each change, until its state is final or the server stops. The stream also
/// ends soon after the caller logs out, deletes the API token, or leaves the team.
///
/// # Errors
/// `not_found` if there is none that the account may see.
pub async fn follow(
    app: Data<App>,
    (account, standing): (Account, Standing),
    id: SubmissionId,
    place: StreamPlace,
) -> Result<impl Stream<Item = Result<Bytes>> + 'static> {
    let organizer = account.organizer;
    allowed(&app, account.clone(), standing, id).await?;
    let updates = Feeds::join(&app, (id, organizer));
    let now = Instant::now();
    let follower = Follower {
        app,
        account,
        standing,
        id,
        updates,
        told_last: false,
        look_again: now + LOOK_AGAIN,
        keep_alive: now + KEEP_ALIVE,
        _place: place,
    };
    Ok(unfold(follower, |mut follower| async move {
        let bytes = follower.next().await?;
        Some((Ok::<_, Error>(bytes), follower))
    }))
}

struct Follower {
    app: Data<App>,
    account: Account,
    standing: Standing,
    id: SubmissionId,
    updates: watch::Receiver<Option<std::sync::Arc<Update>>>,
    told_last: bool,
    look_again: Instant,
    keep_alive: Instant,
    _place: StreamPlace,
}

impl Follower {
    /// The next bytes to send; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.told_last {
            tokio::select! {
                biased;
                () = self.app.changes.stopped() => return None,
                // Fails when the reader has ended and its last word was told.
                changed = self.updates.changed() => {
                    changed.ok()?;
                    if let Some(event) = self.news() {
                        return Some(event);
                    }
                }
                () = tokio::time::sleep_until(self.look_again) => {
                    self.look_again = Instant::now() + LOOK_AGAIN;
                    let (account, standing) = (self.account.clone(), self.standing);
                    allowed(&self.app, account, standing, self.id).await.ok()?;
                }
                () = tokio::time::sleep_until(self.keep_alive) => {
                    self.keep_alive = Instant::now() + KEEP_ALIVE;
                    return Some(Bytes::from_static(b": keep-alive\n\n"));
                }
            }
        }
        None
    }

    fn news(&mut self) -> Option<Bytes> {
        let update = self.updates.borrow_and_update().clone()?;
        self.told_last = update.is_last;
        self.keep_alive = Instant::now() + KEEP_ALIVE;
        Some(update.event.clone())
    }
}

/// Whether the account may see the submission, and is still logged in the way it was.
async fn allowed(app: &App, account: Account, standing: Standing, id: SubmissionId) -> Result<()> {
    app.db
        .read(move |conn| {
            standing.check(conn)?;
            super::find(conn, &account, id).map(drop)
        })
        .await
}
