//! Receiving a body: cut into parts, each kept as soon as it is full, or as soon as nothing arrives for a moment, so that
//! neither a broken connection nor a dead server loses more than the last moments. At most one part is held in memory.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use holdout_protocol::ErrorCode;
use tokio::time::{Instant, sleep_until};

use super::finish::finish;
use super::parts::Receiver;
use super::writers::{Registration, Request, take_over};
use super::{Checksum, MAX_CHECKED, offset_mismatch};
use crate::app::App;
use crate::db::uploads::Upload;
use crate::error::{Error, Result};

/// What has arrived is recorded when nothing more arrives for so long.
pub const PAUSE: Duration = Duration::from_millis(250);
/// What has arrived is recorded after so long in any case.
const LONGEST: Duration = Duration::from_secs(5);
/// A connection on which nothing arrives for so long is taken for broken. Ending it costs nothing: everything that it
/// brought is recorded, and the client continues from there.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a request of another connection waits for bytes that have arrived already.
const DRAIN: Duration = Duration::from_millis(20);

/// A body that is about to come.
pub struct Arrival {
    /// The upload it belongs to.
    pub upload: Upload,
    /// Where it begins.
    pub offset: u64,
    /// Its length, if the client told it.
    pub length: Option<u64>,
    /// Its digest, if the client told it: a complete body with another digest is dropped.
    pub checksum: Option<Checksum>,
}

enum Event<E> {
    Chunk(Option<Result<Bytes, E>>),
    Asked(Request),
    Quiet,
}

/// Receives a body, and completes the upload if it was the last one.
///
/// # Errors
/// `offset_mismatch` if the upload is elsewhere, or another connection takes it over; `too_large` if the body goes beyond
/// its end; `checksum_mismatch`; `invalid_body` if the connection breaks.
pub async fn receive<S, E>(app: Arc<App>, arrival: Arrival, body: S) -> Result<Upload>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    super::check_room(&app, 0)?;
    let (account, id) = (arrival.upload.account, arrival.upload.id);
    let (mut receiver, mut registration) = begin(&app, arrival).await?;
    if let Err(error) = take_in(&mut receiver, &mut registration, body).await {
        receiver.discard().await;
        return Err(error);
    }
    // Only now: whoever asks this connection waits until everything is recorded.
    drop(registration);
    finish(&app, super::load(&app, account, id).await?).await
}

async fn begin(app: &Arc<App>, arrival: Arrival) -> Result<(Receiver, Registration)> {
    let id = arrival.upload.id;
    let _turn = app.writers.turn(id).await;
    let upload = take_over(app, arrival.upload, arrival.offset).await?;
    let arrival = Arrival { upload, ..arrival };
    check(&arrival)?;
    let registration = Registration::new(Arc::clone(app), id);
    Ok((Receiver::new(Arc::clone(app), &arrival, registration.writer), registration))
}

fn check(arrival: &Arrival) -> Result<()> {
    let Arrival { upload, offset, length, checksum } = arrival;
    if *offset != upload.received {
        return Err(offset_mismatch(upload.received));
    }
    let length = length.unwrap_or(0);
    if length > upload.length.saturating_sub(*offset) {
        return Err(beyond(upload.length));
    }
    if checksum.is_some() && length > MAX_CHECKED {
        return Err(unchecked());
    }
    Ok(())
}

pub(super) fn beyond(length: u64) -> Error {
    Error::refused(ErrorCode::TooLarge, format!("the body goes beyond the upload's `Upload-Length` of {length} bytes"))
}

pub(super) fn unchecked() -> Error {
    let message = format!("a body with `Upload-Checksum` may have at most {MAX_CHECKED} bytes; send smaller pieces");
    Error::refused(ErrorCode::TooLarge, message)
}

async fn take_in<S, E>(receiver: &mut Receiver, registration: &mut Registration, body: S) -> Result<()>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    let mut body = pin!(body);
    let mut clock = Clock::start();
    loop {
        let event = tokio::select! {
            chunk = body.next() => Event::Chunk(chunk),
            Some(request) = registration.requests.recv() => Event::Asked(request),
            () = sleep_until(clock.deadline()) => Event::Quiet,
        };
        match event {
            Event::Chunk(Some(Ok(bytes))) => {
                receiver.take(bytes).await?;
                clock.arrived();
            }
            Event::Chunk(Some(Err(_))) => return Err(receiver.break_off().await),
            Event::Chunk(None) => return receiver.end().await,
            Event::Asked(request) => {
                registration.asked.push(request);
                clock.asked();
            }
            Event::Quiet if clock.is_silent() => return Err(receiver.break_off().await),
            Event::Quiet => {
                receiver.record_arrived().await?;
                clock.recorded();
                answer(receiver, registration)?;
            }
        }
    }
}

/// Answers what other connections asked. This one ends if another is to continue from here; that one is answered when
/// this one has ended.
fn answer(receiver: &Receiver, registration: &mut Registration) -> Result<()> {
    let recorded = receiver.recorded();
    let yields = |request: &Request| matches!(request, Request::Yield(offset, _) if *offset == recorded);
    if registration.asked.iter().any(yields) {
        return Err(offset_mismatch(recorded));
    }
    for request in registration.asked.drain(..) {
        let (Request::Yield(_, reply) | Request::Record(reply)) = request;
        // An asker that has gone needs no answer.
        reply.send(()).ok();
    }
    Ok(())
}

/// When to record what has arrived, and when to give the connection up.
struct Clock {
    last: Instant,
    /// When the first byte arrived that is not recorded.
    unrecorded: Option<Instant>,
    /// Since when others wait for an answer.
    since: Option<Instant>,
}

impl Clock {
    fn start() -> Self {
        Self { last: Instant::now(), unrecorded: None, since: None }
    }

    fn arrived(&mut self) {
        self.last = Instant::now();
        self.unrecorded.get_or_insert(self.last);
    }

    fn asked(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    fn recorded(&mut self) {
        self.unrecorded = None;
        self.since = None;
    }

    fn is_silent(&self) -> bool {
        self.unrecorded.is_none() && self.since.is_none()
    }

    fn deadline(&self) -> Instant {
        let own = match self.unrecorded {
            Some(first) => (self.last + PAUSE).min(first + LONGEST),
            None => self.last + SILENCE,
        };
        self.since.map_or(own, |since| own.min(since + DRAIN))
    }
}
