//! Wakes those who wait for something to happen on this server: claims, event streams, boards.
//!
//! It only saves time: every waiter also looks into the database once a second, so that what
//! another server did is seen too.

use std::time::Duration;

use tokio::sync::watch;

/// How long a waiter waits at most before it looks again.
pub const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What may have changed.
#[derive(Debug, Clone, Copy)]
pub enum Topic {
    /// There may be work to claim.
    Queue,
    /// A submission's state or progress.
    Submissions,
    Boards,
}

/// The wake-up calls of this server.
#[derive(Debug)]
pub struct Changes {
    queue: watch::Sender<u64>,
    submissions: watch::Sender<u64>,
    boards: watch::Sender<u64>,
    stopping: watch::Sender<bool>,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            queue: watch::channel(0).0,
            submissions: watch::channel(0).0,
            boards: watch::channel(0).0,
            stopping: watch::channel(false).0,
        }
    }
}

impl Changes {
    fn sender(&self, topic: Topic) -> &watch::Sender<u64> {
        match topic {
            Topic::Queue => &self.queue,
            Topic::Submissions => &self.submissions,
            Topic::Boards => &self.boards,
        }
    }

    /// Wakes those who wait for `topic`; call it after the transaction.
    pub fn announce(&self, topic: Topic) {
        self.sender(topic).send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Returns how many announcements of `topic` there have been.
    #[must_use]
    pub fn announced(&self, topic: Topic) -> u64 {
        *self.sender(topic).borrow()
    }

    /// Tells those who hold a connection open that the server stops.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Waits until the server stops.
    pub async fn stopped(&self) {
        // The wait cannot fail, because the sender lives as long as `self`.
        self.stopping.subscribe().wait_for(|stopping| *stopping).await.ok();
    }

    /// Subscribes before looking, so that no change between look and wait is missed.
    #[must_use]
    pub fn subscribe(&self, topic: Topic) -> watch::Receiver<u64> {
        self.sender(topic).subscribe()
    }
}

/// Waits for the next announcement, [`LOOK_AGAIN`] at most.
pub async fn next(receiver: &mut watch::Receiver<u64>) {
    // A closed channel means that the server stops; the caller's next look tells it so.
    if let Ok(Err(_)) = tokio::time::timeout(LOOK_AGAIN, receiver.changed()).await {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_wakes_those_who_wait_for_its_topic_and_no_others() {
        let changes = Changes::default();
        let waiting = [Topic::Queue, Topic::Submissions, Topic::Boards].map(|topic| (topic, changes.subscribe(topic)));
        changes.announce(Topic::Submissions);
        let woken = waiting.each_ref().map(|(_, receiver)| receiver.has_changed().unwrap());
        assert_eq!(woken, [false, true, false]);
        changes.announce(Topic::Submissions);
        assert_eq!(waiting.map(|(topic, _)| changes.announced(topic)), [0, 2, 0]);
    }

    #[actix_web::test]
    async fn whoever_begins_to_wait_after_the_stop_does_not_wait() {
        let changes = Changes::default();
        changes.stop();
        changes.stopped().await;
    }
}
