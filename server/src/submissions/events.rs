//! A submission's changes as server-sent events.

use std::time::{Duration, Instant};

use actix_web::web::{Bytes, Data};
use futures_util::Stream;
use futures_util::stream::unfold;
use holdout_protocol::{Submission, SubmissionId};
use tokio::sync::watch;

use crate::app::App;
use crate::auth::Account;
use crate::changes::{self, Topic};
use crate::error::{Error, Result};

/// So long without an event, a comment is sent: proxies keep the connection, and one that is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The submission as it is now, then at each change, until its state is final or the server stops.
///
/// # Errors
/// `not_found` where there is none that the account may see; afterwards the stream ends where that changes.
pub async fn follow(
    app: Data<App>,
    account: Account,
    id: SubmissionId,
) -> Result<impl Stream<Item = Result<Bytes>> + 'static> {
    let changes = app.changes.subscribe(Topic::Submissions);
    let first = super::get(&app, account.clone(), id).await?;
    let follower = Follower { app, account, id, changes, known: None, next: Some(first), sent: Instant::now() };
    Ok(unfold(follower, |mut follower| async move {
        let bytes = follower.next().await?;
        Some((Ok::<_, Error>(bytes), follower))
    }))
}

struct Follower {
    app: Data<App>,
    account: Account,
    id: SubmissionId,
    changes: watch::Receiver<u64>,
    /// What the client knows; none before the first event.
    known: Option<Submission>,
    /// What was read and not yet compared.
    next: Option<Submission>,
    sent: Instant,
}

impl Follower {
    /// The next bytes to send; none where the stream is over.
    async fn next(&mut self) -> Option<Bytes> {
        if self.known.as_ref().is_some_and(|known| known.state.is_final()) {
            return None;
        }
        loop {
            let current = match self.next.take() {
                Some(current) => current,
                // Left out of the team, or a fault, which is logged: the client comes again and learns which.
                None => super::get(&self.app, self.account.clone(), self.id).await.ok()?,
            };
            if self.known.as_ref().is_none_or(|known| differs(known, &current)) {
                self.sent = Instant::now();
                let data = serde_json::to_string(&current).ok()?;
                self.known = Some(current);
                return Some(Bytes::from(format!("event: submission\ndata: {data}\n\n")));
            }
            if self.sent.elapsed() >= KEEP_ALIVE {
                self.sent = Instant::now();
                return Some(Bytes::from_static(b": keep-alive\n\n"));
            }
            tokio::select! {
                () = changes::next(&mut self.changes) => (),
                () = self.app.changes.stopped() => return None,
            }
        }
    }
}

/// Whether there is something to tell. The expected start moves with the clock; alone it is no news.
fn differs(known: &Submission, current: &Submission) -> bool {
    let timeless = |submission: &Submission| {
        let mut submission = submission.clone();
        if let Some(queue) = &mut submission.queue {
            queue.expected_start = None;
        }
        submission
    };
    timeless(known) != timeless(current)
}
