//! The submissions that somebody follows, each with one reader of the database for all of its
//! followers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::Bytes;
use holdout_protocol::SubmissionId;
use tokio::sync::watch;

/// A submission as its followers are told of it.
#[derive(Debug)]
pub struct Update {
    /// The event, ready to be sent.
    pub event: Bytes,
    /// Whether nothing will come after it.
    pub is_last: bool,
}

/// The latest update; `None` until the first look.
pub(super) type Latest = Option<Arc<Update>>;
/// Organizers see more of a submission than its team.
pub(super) type Key = (SubmissionId, bool);

/// The submissions that somebody follows.
#[derive(Debug, Default)]
pub struct Feeds(Mutex<HashMap<Key, Arc<watch::Sender<Latest>>>>);

impl Feeds {
    /// Joins those who follow a submission. The first one also gets the sender, and has to start a
    /// reader for it.
    pub(super) fn join(&self, key: Key) -> (watch::Receiver<Latest>, Option<Arc<watch::Sender<Latest>>>) {
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = feeds.get(&key) {
            let mut receiver = sender.subscribe();
            // What the others were told is news to this one.
            receiver.mark_changed();
            return (receiver, None);
        }
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        feeds.insert(key, Arc::clone(&sender));
        (receiver, Some(sender))
    }

    /// Removes a feed that nobody follows; false if somebody joined meanwhile.
    pub(super) fn close_if_idle(&self, key: Key, sender: &watch::Sender<Latest>) -> bool {
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = sender.receiver_count() == 0;
        if idle {
            feeds.remove(&key);
        }
        idle
    }

    /// Removes a feed that has ended.
    pub(super) fn close(&self, key: Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(text: &'static str) -> Latest {
        Some(Arc::new(Update { event: Bytes::from_static(text.as_bytes()), is_last: false }))
    }

    #[test]
    fn the_first_who_follows_a_submission_reads_for_all_who_see_as_much_of_it() {
        let (feeds, id) = (Feeds::default(), SubmissionId::new());
        assert!(feeds.join((id, false)).1.is_some());
        assert!(feeds.join((id, false)).1.is_none());
        assert!(feeds.join((id, true)).1.is_some(), "organizers see more");
        assert!(feeds.join((SubmissionId::new(), false)).1.is_some());
    }

    #[test]
    fn whoever_joins_later_is_told_what_the_others_know() {
        let (feeds, key) = (Feeds::default(), (SubmissionId::new(), false));
        let (mut first, sender) = feeds.join(key);
        sender.unwrap().send_replace(update("scored"));
        first.mark_unchanged();
        let (later, _) = feeds.join(key);
        assert!(later.has_changed().unwrap() && !first.has_changed().unwrap());
        assert_eq!(later.borrow().as_ref().unwrap().event, "scored");
    }

    #[test]
    fn a_feed_is_closed_only_when_nobody_follows_it() {
        let (feeds, key) = (Feeds::default(), (SubmissionId::new(), false));
        let (first, sender) = feeds.join(key);
        let sender = sender.unwrap();
        let (second, _) = feeds.join(key);
        drop(first);
        assert!(!feeds.close_if_idle(key, &sender));
        assert!(feeds.join(key).1.is_none(), "its reader still reads");
        drop(second);
        assert!(feeds.close_if_idle(key, &sender));
        assert!(feeds.join(key).1.is_some());
    }
}
