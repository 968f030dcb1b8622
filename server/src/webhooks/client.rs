//! Sends one delivery to its receiver.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use holdout_protocol::{Timestamp, WebhookFault};
use http::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use url::{Position, Url};

use super::connection::{Connection, Connector};
use super::outcome::{Failure, Outcome, outcome_of};
use super::signature::signatures;
use crate::config::Config;
use crate::db::webhooks::{Secret, Webhook};
use crate::error::{Error, Result};

/// Deliveries that one server sends at once.
const AT_ONCE: u32 = 32;
/// A server that stops waits so long for deliveries on their way.
const FINISH: Duration = Duration::from_secs(10);
/// Bytes of an answer's head that are read.
const HEAD: usize = 16 << 10;
/// Bytes of an answer's body that are read, and thrown away: a receiver that is cut off while it
/// answers would log an error.
const BODY: usize = 16 << 10;
/// How long the body of an answer is waited for.
const BODY_TIME: Duration = Duration::from_secs(1);

/// Sends deliveries, each over a connection of its own.
pub struct Client {
    connector: Connector,
    timeout: Duration,
    turns: Arc<Semaphore>,
}

/// What is sent, apart from where.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// `webhook-id`.
    pub id: String,
    pub secrets: Vec<Secret>,
    pub body: Vec<u8>,
}

impl Parcel {
    /// A parcel for a webhook, signed with the secrets that it has now.
    pub fn new(webhook: &Webhook, id: String, body: Vec<u8>, now: Timestamp) -> Self {
        let old = webhook.old_secret.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        Self { id, secrets: [Some(&webhook.secret), old].into_iter().flatten().cloned().collect(), body }
    }
}

impl Client {
    /// The client of a configuration.
    pub fn new(config: &Config) -> Self {
        let connector = Connector::new(config.webhooks.allowed_networks.clone());
        Self::with(connector, config.webhooks.timeout())
    }

    fn with(connector: Connector, timeout: Duration) -> Self {
        Self { connector, timeout, turns: Arc::new(Semaphore::new(usize::try_from(AT_ONCE).unwrap_or(1))) }
    }

    /// Waits until one more delivery may be sent.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)
    }

    /// Waits until no delivery is being sent, for as long as a server that stops waits for its
    /// requests. What takes longer is sent again by the next server.
    pub async fn finish(&self) {
        tokio::time::timeout(FINISH, self.turns.acquire_many(AT_ONCE)).await.ok();
    }

    /// Returns how long an attempt may take.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends a parcel, or gives up after the time that an attempt may take.
    pub async fn send(&self, url: &str, parcel: Parcel) -> Outcome {
        let (url, request) = request(url, parcel).map_err(|error| {
            tracing::error!(%error, "a delivery cannot be made");
            Failure::new(WebhookFault::BadAnswer, "the server could not make the request")
        })?;
        match tokio::time::timeout(self.timeout, self.exchange(&url, request)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let seconds = self.timeout.as_secs();
                Err(Failure::new(WebhookFault::Timeout, format!("no answer within {seconds} s")))
            }
        }
    }

    async fn exchange(&self, url: &Url, request: Request<Full<Bytes>>) -> Outcome {
        match self.connector.connect(url, self.timeout).await? {
            Connection::Plain(stream) => exchange_over(stream, request).await,
            Connection::Tls(stream) => exchange_over(stream, request).await,
        }
    }
}

/// The request of a parcel, signed now, and its address.
fn request(url: &str, parcel: Parcel) -> Result<(Url, Request<Full<Bytes>>)> {
    let seconds = Timestamp::now().as_micros().div_euclid(1_000_000);
    let secrets: Vec<&Secret> = parcel.secrets.iter().collect();
    let signature = signatures(&secrets, &parcel.id, seconds, &parcel.body)?;
    let url = Url::parse(url).map_err(Error::internal)?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("Holdout/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .header("webhook-id", parcel.id)
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signature)
        .body(Full::new(Bytes::from(parcel.body)))
        .map_err(Error::internal)?;
    Ok((url, request))
}

/// Sends a request and returns what the status of the answer means. Nothing else of it counts.
async fn exchange_over<S>(stream: S, request: Request<Full<Bytes>>) -> Outcome
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handshake = http1::Builder::new().max_buf_size(HEAD).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| bad_answer(&error))?;
    // The set ends the connection when this function is left.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let answer = sender.send_request(request).await.map_err(|error| bad_answer(&error))?;
    let status = answer.status().as_u16();
    tokio::time::timeout(BODY_TIME, read_some(answer.into_body())).await.ok();
    outcome_of(status)
}

async fn read_some(mut body: Incoming) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > BODY {
            return;
        }
    }
}

fn bad_answer(error: &hyper::Error) -> Failure {
    // What hyper says alone is often only that something went wrong.
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Failure::new(WebhookFault::BadAnswer, format!("{error}{cause}"))
}

#[cfg(test)]
mod tests;
