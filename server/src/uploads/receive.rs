//! Receiving a body: cut into parts, each kept as soon as it is full, or as soon as nothing arrives
//! for a moment, so that neither a broken connection nor a dead server loses more than the last
//! moments. At most one part is held in memory.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, sleep_until};

use super::allowance::check_room;
use super::finish::finish;
use super::incoming::IncomingBody;
use super::owned::{load, offset_mismatch};
use super::parts::Receiver;
use super::settle::take_over;
use super::writers::{PAUSE, Registration, Request};
use crate::app::App;
use crate::db::uploads::Upload;
use crate::error::Result;

/// What has arrived is recorded after so long in any case.
const LONGEST: Duration = Duration::from_secs(5);
/// A connection on which nothing arrives for so long is taken for broken. Ending it costs nothing:
/// everything that it brought is recorded, and the client continues from there.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a request of another connection waits for bytes that have arrived already.
const DRAIN: Duration = Duration::from_millis(20);

enum Event<E> {
    Chunk(Option<Result<Bytes, E>>),
    Asked(Request),
    Quiet,
}

/// Receives a body, and completes the upload if it was the last one.
///
/// # Errors
/// `offset_mismatch` if the upload is elsewhere, or another connection takes it over; `too_large`
/// if the body goes beyond its end; `checksum_mismatch`; `invalid_body` if the connection breaks.
pub async fn receive<S, E>(app: Arc<App>, incoming: IncomingBody, body: S) -> Result<Upload>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    check_room(&app, 0)?;
    let (account, id) = (incoming.upload.account, incoming.upload.id);
    let (mut receiver, mut registration) = begin(&app, incoming).await?;
    if let Err(error) = take_in(&mut receiver, &mut registration, body).await {
        receiver.discard().await;
        return Err(error);
    }
    // Only now: whoever asks this connection waits until everything is recorded.
    drop(registration);
    finish(&app, load(&app, account, id).await?).await
}

async fn begin(app: &Arc<App>, incoming: IncomingBody) -> Result<(Receiver, Registration)> {
    let id = incoming.upload.id;
    let _turn = app.writers.turns.take(id).await;
    let upload = take_over(app, incoming.upload, incoming.offset).await?;
    let incoming = IncomingBody { upload, ..incoming };
    incoming.check_fits()?;
    let registration = app.writers.register(id);
    Ok((Receiver::new(Arc::clone(app), &incoming, registration.writer), registration))
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

/// Answers what other connections asked. This one ends if another is to continue from here; that
/// one is answered when this one has ended.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock by which the last byte came so many milliseconds after a moment, and the first one
    /// that is not recorded and the first question as given. The deadline, milliseconds after the
    /// same moment.
    fn deadline(last: u64, unrecorded: Option<u64>, since: Option<u64>) -> u128 {
        let zero = Instant::now();
        let after = |milliseconds| zero + Duration::from_millis(milliseconds);
        let clock = Clock { last: after(last), unrecorded: unrecorded.map(after), since: since.map(after) };
        clock.deadline().duration_since(zero).as_millis()
    }

    #[test]
    fn what_has_arrived_is_recorded_after_a_pause_or_after_five_seconds_in_any_case() {
        assert_eq!(deadline(1_000, Some(1_000), None), 1_250);
        assert_eq!(deadline(4_000, Some(1_000), None), 4_250);
        assert_eq!(deadline(5_900, Some(1_000), None), 6_000, "bytes that keep coming do not put it off for ever");
    }

    #[test]
    fn a_connection_on_which_nothing_comes_is_given_up_after_half_a_minute() {
        assert_eq!(deadline(1_000, None, None), 31_000);
    }

    #[test]
    fn whoever_asks_waits_no_longer_than_for_what_has_arrived_already() {
        assert_eq!(deadline(1_000, None, Some(2_000)), 2_020);
        assert_eq!(deadline(1_000, Some(1_000), Some(1_100)), 1_120);
        assert_eq!(deadline(1_000, Some(1_000), Some(1_240)), 1_250, "it was about to be recorded anyway");
    }

    #[test]
    fn a_connection_is_silent_if_it_has_nothing_to_record_and_nobody_to_answer() {
        let mut clock = Clock::start();
        assert!(clock.is_silent());
        clock.arrived();
        assert!(!clock.is_silent());
        clock.recorded();
        assert!(clock.is_silent());
        clock.asked();
        assert!(!clock.is_silent());
        clock.recorded();
        assert!(clock.is_silent(), "with the record, everybody who asked was answered");
    }

    #[test]
    fn the_first_byte_and_the_first_question_count_until_they_are_dealt_with() {
        let mut clock = Clock::start();
        clock.arrived();
        clock.asked();
        let (first, since) = (clock.unrecorded, clock.since);
        clock.arrived();
        clock.asked();
        assert_eq!((clock.unrecorded, clock.since), (first, since));
        assert!(first.is_some() && since.is_some() && clock.last >= first.unwrap());
    }
}
