//! Large answers: they are sent in slices, a caller has few of them on the way at once, and has to
//! read them. One who reads an answer byte by byte would hold it, and its connection, for as long
//! as it likes.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use socket2::Socket;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::tally::{Full, Place, Tally};
use super::whose;
use crate::config::LimitConfig;
use crate::error::{Error, Result};

/// So much of an answer is copied into a connection's buffer at a time. More waits in the answer
/// itself.
pub(super) const SLICE: usize = 16 << 10;
/// Answers of more than a slice that one caller has on the way at once.
const LARGE_OF_ONE: usize = 32;
/// Those of all callers.
const LARGE: usize = 512;
/// Time between two looks at how much was read.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The large answers that are on their way.
#[derive(Debug, Default)]
pub struct Answers(Tally);

impl Answers {
    /// Takes a place for an answer of whoever's work is done now. What all who ask share, such as a
    /// board, takes no memory.
    pub(super) fn take(&self, answer: &Bytes) -> Result<Option<Place>> {
        let key = if answer.is_unique() { whose::keys().pop() } else { None };
        let place = key.map(|key| self.0.take(key, LARGE_OF_ONE, LARGE)).transpose();
        place.map_err(|full| match full {
            Full::Own => Error::too_many("too many answers are on their way to you; read some of them", 5),
            Full::All => Error::busy("too many large answers are on their way; try again in a moment", 5),
        })
    }
}

/// A body that is sent in slices, so that a client that does not read holds one slice of it in the
/// connection's memory.
pub(super) struct Sliced {
    rest: Bytes,
    /// Looks at how fast it is read, from the first slice on.
    watch: Option<Watch>,
    _place: Option<Place>,
}

/// Looks at how fast a client takes an answer, until it is dropped.
struct Watch {
    taken: Rc<Cell<usize>>,
    watcher: Watcher,
}

enum Watcher {
    Waiting(Arc<Socket>, LimitConfig),
    Looking(JoinHandle<()>),
}

impl Sliced {
    /// Closes `socket`, if the client's is given, when the client reads too slowly.
    pub(super) fn new(body: Bytes, place: Option<Place>, socket: Option<(Arc<Socket>, LimitConfig)>) -> Self {
        let watch = |(socket, limits)| Watch { taken: Rc::default(), watcher: Watcher::Waiting(socket, limits) };
        Self { rest: body, watch: socket.map(watch), _place: place }
    }
}

impl MessageBody for Sliced {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let count = self.rest.len().min(SLICE);
        if let Some(watch) = &mut self.watch {
            watch.count(count);
        }
        Poll::Ready(Some(Ok(self.rest.split_to(count))))
    }
}

impl Watch {
    /// Counts bytes that the connection takes; they are asked for as soon as the client has read
    /// enough of those before.
    fn count(&mut self, bytes: usize) {
        self.taken.set(self.taken.get().saturating_add(bytes));
        if let Watcher::Waiting(socket, limits) = &self.watcher {
            let looking = give_up_if_slow(Arc::clone(socket), Rc::clone(&self.taken), limits.clone());
            self.watcher = Watcher::Looking(actix_web::rt::spawn(looking));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Watcher::Looking(task) = &self.watcher {
            task.abort();
        }
    }
}

/// Closes the connection of a client that takes less than it has to. The connection does not ask a
/// body for more while its buffer is full, so the body cannot do it itself.
async fn give_up_if_slow(socket: Arc<Socket>, taken: Rc<Cell<usize>>, limits: LimitConfig) {
    let (began, grace) = (Instant::now(), Duration::from_secs(limits.reading_grace_seconds));
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        let seconds = usize::try_from(began.elapsed().saturating_sub(grace).as_secs()).unwrap_or(usize::MAX);
        if taken.get() < seconds.saturating_mul(limits.reading_bytes_per_second) {
            tracing::debug!(taken = taken.get(), seconds, "a client reads too slowly");
            // What waits in the kernel is thrown away, too.
            socket.set_linger(Some(Duration::ZERO)).ok();
            socket.shutdown(std::net::Shutdown::Both).ok();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_sliced_body_is_the_same_body() {
        let bytes: Bytes = (0..SLICE * 3 + 5).map(|at| u8::try_from(at % 251).unwrap()).collect::<Vec<u8>>().into();
        let body = Sliced::new(bytes.clone(), None, None);
        assert_eq!(body.size(), BodySize::Sized(u64::try_from(bytes.len()).unwrap()));
        assert_eq!(actix_web::body::to_bytes(body).await.unwrap(), bytes);
    }

    #[test]
    fn no_slice_is_larger_than_the_buffer_of_a_connection() {
        let mut body = Sliced::new(Bytes::from(vec![0; SLICE + 1]), None, None);
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut sizes = Vec::new();
        while let Poll::Ready(Some(Ok(slice))) = Pin::new(&mut body).poll_next(&mut context) {
            sizes.push(slice.len());
        }
        assert_eq!(sizes, [SLICE, 1]);
    }
}
