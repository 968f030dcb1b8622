//! One reader of the database for all who follow a submission.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use holdout_protocol::{Submission, SubmissionId};
use tokio::sync::watch;

use super::{Found, Looking, view};
use crate::app::App;
use crate::changes::{self, Topic};
use crate::db;
use crate::error::Result;

/// Least time between two looks at one submission: announcements are of all submissions, and may come in bursts.
const PAUSE: Duration = Duration::from_millis(50);

/// A submission as its followers are told of it.
#[derive(Debug)]
pub struct Update {
    /// The event, ready to be sent.
    pub event: Bytes,
    /// Whether nothing will come after it.
    pub is_last: bool,
}

/// The latest update; `None` until the first look.
type Latest = Option<Arc<Update>>;
/// Organizers see more of a submission than its team.
type Key = (SubmissionId, bool);

/// The submissions that somebody follows.
#[derive(Debug, Default)]
pub struct Feeds(Mutex<HashMap<Key, Arc<watch::Sender<Latest>>>>);

impl Feeds {
    /// Joins those who follow a submission; the first one starts the reader. The receiver's channel closes when the
    /// submission has ended, cannot be read, or the server stops.
    pub fn join(app: &Data<App>, key: Key) -> watch::Receiver<Latest> {
        let mut feeds = app.feeds.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = feeds.get(&key) {
            let mut receiver = sender.subscribe();
            // What the others were told is news to this one.
            receiver.mark_changed();
            return receiver;
        }
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        feeds.insert(key, Arc::clone(&sender));
        tokio::spawn(read(Data::clone(app), key, sender));
        receiver
    }

    /// Removes a feed that nobody follows; false if somebody joined meanwhile.
    fn close_if_idle(&self, key: Key, sender: &watch::Sender<Latest>) -> bool {
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = sender.receiver_count() == 0;
        if idle {
            feeds.remove(&key);
        }
        idle
    }

    fn close(&self, key: Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

/// Reads a submission at each change and once a second, as long as somebody follows it.
async fn read(app: Data<App>, (id, organizer): Key, sender: Arc<watch::Sender<Latest>>) {
    let looking = Looking::at(&app, organizer);
    let mut announcements = app.changes.subscribe(Topic::Submissions);
    let mut known: Option<Submission> = None;
    loop {
        if sender.receiver_count() == 0 && app.feeds.close_if_idle((id, organizer), &sender) {
            return;
        }
        // A failure is logged where it happens; the client comes again and learns what it is.
        let Ok(current) = app.db.read(move |conn| look(conn, id, looking)).await else { break };
        if known.as_ref().is_none_or(|known| differs(known, &current)) {
            let Ok(data) = serde_json::to_string(&current) else { break };
            let event = Bytes::from(format!("event: submission\ndata: {data}\n\n"));
            let is_last = current.state.is_final();
            known = Some(current);
            sender.send_replace(Some(Arc::new(Update { event, is_last })));
            if is_last {
                break;
            }
        }
        tokio::time::sleep(PAUSE).await;
        tokio::select! {
            () = changes::next(&mut announcements) => (),
            () = app.changes.stopped() => break,
        }
    }
    app.feeds.close((id, organizer));
}

/// A submission, whoever asks: each follower's right was looked at.
fn look(conn: &mut db::Conn, id: SubmissionId, looking: Looking) -> Result<Submission> {
    let submission = db::submissions::get(conn, id)?;
    let season = db::seasons::get(conn, submission.season)?;
    let task = db::tasks::get(conn, submission.task)?;
    view(conn, &Found { season, task, submission }, looking)
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
