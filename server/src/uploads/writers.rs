//! Which connection writes to an upload, and how another one takes over from it.
//!
//! A connection that broke without a word looks alive for long. Nobody has to wait for it: a question for the offset makes
//! it record what it has received, and a new piece ends it unless it has received something since. On another server it
//! records by itself as soon as nothing arrives; a question waits for that. What decides in the end is the row: see
//! [`db::uploads::advance`](crate::db::uploads::advance).

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use holdout_protocol::UploadId;
use tokio::sync::{Mutex, MutexGuard, mpsc, oneshot};

use super::receive::PAUSE;
use crate::app::App;
use crate::db::uploads::Upload;
use crate::error::Result;

/// Locks that the uploads share.
const TURNS: usize = 64;
/// How long a connection of this server may take to record what it has.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a connection of another server may take: it records after [`PAUSE`] without a byte.
const ELSEWHERE: Duration = Duration::from_secs(1);
/// Pause between two looks at the row.
const LOOK: Duration = Duration::from_millis(50);

/// What a connection is asked.
pub enum Request {
    /// To record what it has received.
    Record(oneshot::Sender<()>),
    /// To record what it has received, and to end if the upload is still at this offset then.
    Yield(u64, oneshot::Sender<()>),
}

/// The connections of this server that are writing. What they share with other servers is in the database.
#[derive(Debug)]
pub struct Writers {
    turns: Vec<Mutex<()>>,
    connections: std::sync::Mutex<HashMap<UploadId, Connection>>,
}

#[derive(Debug, Clone)]
struct Connection {
    writer: i64,
    requests: mpsc::Sender<Request>,
}

impl Default for Writers {
    fn default() -> Self {
        Self { turns: (0..TURNS).map(|_| Mutex::default()).collect(), connections: std::sync::Mutex::default() }
    }
}

impl Writers {
    /// Lets one connection after the other take an upload over.
    pub(super) async fn turn(&self, upload: UploadId) -> Option<MutexGuard<'_, ()>> {
        let hash = usize::try_from(BuildHasherDefault::<DefaultHasher>::default().hash_one(upload) >> 32).ok()?;
        Some(self.turns.get(hash % TURNS)?.lock().await)
    }

    fn connection(&self, upload: UploadId) -> Option<Connection> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).get(&upload).cloned()
    }

    /// Asks the connection that writes to an upload on this server. Returns false if there is none.
    async fn ask(&self, upload: UploadId, request: impl FnOnce(oneshot::Sender<()>) -> Request) -> bool {
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
    app: Arc<App>,
    upload: UploadId,
    /// The number under which the connection records.
    pub writer: i64,
    /// What others ask it.
    pub requests: mpsc::Receiver<Request>,
    /// What others have asked and is not answered. Whoever waits is told when this is dropped.
    pub asked: Vec<Request>,
}

impl Registration {
    /// Registers a connection in place of any other of this server.
    pub fn new(app: Arc<App>, upload: UploadId) -> Self {
        let writer = rand::random_range(1..i64::MAX);
        let (sender, requests) = mpsc::channel(16);
        let connection = Connection { writer, requests: sender };
        app.writers.connections.lock().unwrap_or_else(PoisonError::into_inner).insert(upload, connection);
        Self { app, upload, writer, requests, asked: Vec::new() }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut connections = self.app.writers.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if connections.get(&self.upload).is_some_and(|connection| connection.writer == self.writer) {
            connections.remove(&self.upload);
        }
    }
}

/// The upload after the connection that writes to it, if there is one, has recorded what it has received.
///
/// # Errors
/// If the database fails; `not_found` if the upload has been deleted meanwhile.
pub async fn settle(app: &App, upload: Upload) -> Result<Upload> {
    settle_with(app, upload, Request::Record).await
}

/// As [`settle`]; a connection that has received nothing beyond `offset` ends.
pub(super) async fn take_over(app: &App, upload: Upload, offset: u64) -> Result<Upload> {
    settle_with(app, upload, |reply| Request::Yield(offset, reply)).await
}

async fn settle_with(
    app: &App,
    upload: Upload,
    request: impl FnOnce(oneshot::Sender<()>) -> Request,
) -> Result<Upload> {
    if upload.sha256.is_some() {
        return Ok(upload);
    }
    if app.writers.ask(upload.id, request).await {
        return super::load(app, upload.account, upload.id).await;
    }
    if upload.writer == 0 {
        return Ok(upload);
    }
    recorded_elsewhere(app, upload).await
}

/// Gives the connection of another server, which may have died with it, the time to record what it has received.
async fn recorded_elsewhere(app: &App, upload: Upload) -> Result<Upload> {
    let begun = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let now = super::load(app, upload.account, upload.id).await?;
        if now.received != upload.received || now.writer != upload.writer || begun.elapsed() >= ELSEWHERE.max(PAUSE) {
            return Ok(now);
        }
    }
}
