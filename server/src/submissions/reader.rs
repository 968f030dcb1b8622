//! Reads the submissions that somebody follows.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use holdout_protocol::{Submission, SubmissionId};
use tokio::sync::watch;

use super::feeds::{Key, Latest, Update};
use super::found::Found;
use super::view::{Looking, view};
use crate::app::App;
use crate::changes::{self, Topic};
use crate::db;
use crate::error::Result;
use crate::event_stream;

/// Least time between two looks at one submission: announcements are of all submissions, and may
/// come in bursts.
const PAUSE: Duration = Duration::from_millis(50);

/// Joins those who follow a submission; the first one starts the reader. The receiver's channel
/// closes when the submission has ended, cannot be read, or the server stops.
pub fn join(app: &Data<App>, key: Key) -> watch::Receiver<Latest> {
    let (receiver, first) = app.feeds.join(key);
    if let Some(sender) = first {
        tokio::spawn(read_changes(Data::clone(app), key, sender));
    }
    receiver
}

/// Reads a submission at each change and once a second, as long as somebody follows it.
async fn read_changes(app: Data<App>, (id, organizer): Key, sender: Arc<watch::Sender<Latest>>) {
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
            let Ok(event) = event_stream::event("submission", &current) else { break };
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

/// Returns true if there is something to tell. The expected start moves with the clock; alone it is
/// no news.
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

#[cfg(test)]
mod tests {
    use holdout_protocol::{QueuePlace, StartUnknown};

    use super::*;
    use crate::samples::{at, shown_submission};

    fn waiting(position: u64, expected_start: Option<i64>, start_unknown: Option<StartUnknown>) -> Submission {
        let queue = Some(QueuePlace { position, expected_start: expected_start.map(at), start_unknown });
        Submission { queue, ..shown_submission() }
    }

    #[test]
    fn an_expected_start_that_moves_with_the_clock_is_no_news_and_another_place_is() {
        let known = waiting(2, Some(100), None);
        let same = |queue: Submission| Submission { queue: queue.queue, ..known.clone() };
        assert!(!differs(&known, &same(waiting(2, Some(101), None))));
        assert!(!differs(&known, &same(waiting(2, None, None))));
        assert!(differs(&known, &same(waiting(1, Some(100), None))));
        assert!(differs(&known, &same(waiting(2, Some(100), Some(StartUnknown::NoScorer)))));
        assert!(differs(&known, &Submission { queue: None, ..known.clone() }));
        assert!(differs(&known, &Submission { attempts: 1, ..known.clone() }));
    }
}
