//! Which connection writes to an upload, and how another one takes over from it.
//!
//! A connection that broke without a word looks alive for long. Nobody has to wait for it: a
//! question for the offset makes it record what it has received, and a new piece ends it unless it
//! has received something since. On another server it records by itself as soon as nothing arrives;
//! a question waits for that. What decides in the end is the row: see
//! [`db::uploads::advance`](crate::db::uploads::advance).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdout_protocol::UploadId;
use tokio::sync::{mpsc, oneshot};

use super::turns::UploadTurns;

/// What has arrived is recorded when nothing more arrives for so long.
pub const PAUSE: Duration = Duration::from_millis(250);
/// How long a connection of this server may take to record what it has.
const ANSWER: Duration = Duration::from_secs(10);

/// What a connection is asked.
pub enum Request {
    /// To record what it has received.
    Record(oneshot::Sender<()>),
    /// To record what it has received, and to end if the upload is still at this offset then.
    Yield(u64, oneshot::Sender<()>),
}

/// The connections of this server that are writing. What they share with other servers is in the
/// database.
#[derive(Debug, Default)]
pub struct Writers {
    /// Lets one connection after the other take an upload over.
    pub(super) turns: UploadTurns,
    connections: Connections,
}

type Connections = Arc<Mutex<HashMap<UploadId, Connection>>>;

#[derive(Debug, Clone)]
struct Connection {
    writer: i64,
    requests: mpsc::Sender<Request>,
}

impl Writers {
    /// Registers a connection in place of any other of this server.
    pub(super) fn register(&self, upload: UploadId) -> Registration {
        let writer = rand::random_range(1..i64::MAX);
        let (sender, requests) = mpsc::channel(16);
        let connection = Connection { writer, requests: sender };
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).insert(upload, connection);
        Registration { connections: Arc::clone(&self.connections), upload, writer, requests, asked: Vec::new() }
    }

    fn connection(&self, upload: UploadId) -> Option<Connection> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).get(&upload).cloned()
    }

    /// Asks the connection that writes to an upload on this server. Returns false if there is none.
    pub(super) async fn ask(&self, upload: UploadId, request: impl FnOnce(oneshot::Sender<()>) -> Request) -> bool {
        let Some(connection) = self.connection(upload) else { return false };
        let (reply, answer) = oneshot::channel();
        let asked = async {
            if connection.requests.send(request(reply)).await.is_ok() {
                // An error says that the connection has ended, and has recorded what it had.
                answer.await.ok();
            }
        };
        tokio::time::timeout(ANSWER, asked).await.ok();
        true
    }
}

/// A connection's entry among the [`Writers`], removed when it is dropped.
pub struct Registration {
    connections: Connections,
    upload: UploadId,
    /// The number under which the connection records.
    pub writer: i64,
    /// What others ask it.
    pub requests: mpsc::Receiver<Request>,
    /// What others have asked and is not answered. Whoever waits is told when this is dropped.
    pub asked: Vec<Request>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if connections.get(&self.upload).is_some_and(|connection| connection.writer == self.writer) {
            connections.remove(&self.upload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns who was asked: the number of the connection that answered.
    async fn asked(writers: &Writers, upload: UploadId, registrations: &mut [Registration]) -> Option<i64> {
        let mut answered = None;
        let answer = async {
            for registration in registrations {
                if let Ok(Some(Request::Record(reply))) =
                    tokio::time::timeout(Duration::ZERO, registration.requests.recv()).await
                {
                    reply.send(()).unwrap();
                    answered = Some(registration.writer);
                }
            }
        };
        let (found, ()) = tokio::join!(writers.ask(upload, Request::Record), answer);
        assert_eq!(found, answered.is_some());
        answered
    }

    #[actix_web::test]
    async fn nobody_is_asked_of_an_upload_to_which_no_connection_writes() {
        let (writers, upload) = (Writers::default(), UploadId::new());
        let mut others = [writers.register(UploadId::new())];
        assert_eq!(asked(&writers, upload, &mut others).await, None);
    }

    #[actix_web::test]
    async fn the_connection_that_came_last_is_asked_also_after_the_one_before_has_gone() {
        let (writers, upload) = (Writers::default(), UploadId::new());
        let first = writers.register(upload);
        let last = writers.register(upload);
        let number = last.writer;
        let mut both = [first, last];
        assert_eq!(asked(&writers, upload, &mut both).await, Some(number));
        let [first, last] = both;
        drop(first);
        let mut rest = [last];
        assert_eq!(asked(&writers, upload, &mut rest).await, Some(number));
        drop(rest);
        assert_eq!(asked(&writers, upload, &mut []).await, None, "it has gone, too");
    }

    #[actix_web::test]
    async fn a_connection_that_ends_without_an_answer_keeps_nobody_waiting() {
        let (writers, upload) = (Writers::default(), UploadId::new());
        let mut registration = writers.register(upload);
        let ends = async {
            let request = registration.requests.recv().await;
            drop(registration);
            request.is_some_and(|request| matches!(request, Request::Yield(7, _)))
        };
        let (found, was_asked) = tokio::join!(writers.ask(upload, |reply| Request::Yield(7, reply)), ends);
        assert!(found && was_asked);
    }
}
