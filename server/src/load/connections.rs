//! Connections: how many an address may hold, when one is given up whose client does not read, and turns among those that
//! send many requests at once.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use socket2::SockRef;

use super::tally::{Place, Tally};
use crate::client_address::ClientAddress;
use crate::config::{Config, LimitConfig};

/// So much of an answer is copied into a connection's buffer at a time. More waits in the answer itself, which all who ask
/// for the same board or page share.
const SLICE: usize = 16 << 10;

/// The open connections of this server.
#[derive(Debug, Default, Clone)]
pub struct Connections(Tally);

/// Counts a connection as long as it is open.
struct Open(#[expect(dead_code, reason = "held for its drop")] Place);

impl Connections {
    /// Looks at a new connection before anything is read from it. One too many of its address is closed.
    pub fn opened(&self, config: &Config, connection: &dyn Any, data: &mut Extensions) {
        let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
        give_up_if_unread(stream, &config.limits);
        let Ok(address) = stream.peer_addr().map(|address| address.ip()) else { return };
        // The connections of a proxy are those of all its clients.
        if config.rates.trusted_proxies.contains(address) {
            return;
        }
        let key = ClientAddress(address).bucket();
        match self.0.take(key, config.limits.connections_per_address, usize::MAX) {
            Ok(place) => drop(data.insert(Open(place))),
            Err(_) => drop(SockRef::from(stream).shutdown(std::net::Shutdown::Both)),
        }
    }
}

/// Tells the kernel to close the connection if its client takes nothing of what was sent to it for so long.
fn give_up_if_unread(stream: &TcpStream, limits: &LimitConfig) {
    #[cfg(target_os = "linux")]
    if let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(Duration::from_secs(limits.unread_seconds))) {
        tracing::debug!(%error, "the time limit of a connection cannot be set");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, limits, Duration::ZERO);
}

/// Wraps all routes. Before each request the other connections of the thread have their turn: the requests that a client
/// sends without waiting for answers would otherwise be answered one after the other, as long as it sends.
///
/// # Errors
/// Those of the service within.
pub async fn take_turns(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    tokio::task::yield_now().await;
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| match body.try_into_bytes() {
        Ok(bytes) if bytes.len() > SLICE => BoxBody::new(Sliced(bytes)),
        Ok(bytes) => BoxBody::new(bytes),
        Err(body) => BoxBody::new(body),
    }))
}

/// A body that is sent in slices, so that a client that does not read holds one slice of it in memory.
struct Sliced(Bytes);

impl MessageBody for Sliced {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(u64::try_from(self.0.len()).unwrap_or(u64::MAX))
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        let count = self.0.len().min(SLICE);
        Poll::Ready(Some(Ok(self.0.split_to(count))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_sliced_body_is_the_same_body() {
        let bytes: Bytes = (0..SLICE * 3 + 5).map(|at| u8::try_from(at % 251).unwrap()).collect::<Vec<u8>>().into();
        let body = Sliced(bytes.clone());
        assert_eq!(body.size(), BodySize::Sized(u64::try_from(bytes.len()).unwrap()));
        assert_eq!(actix_web::body::to_bytes(body).await.unwrap(), bytes);
    }

    #[test]
    fn no_slice_is_larger_than_the_buffer_of_a_connection() {
        let mut body = Sliced(Bytes::from(vec![0; SLICE + 1]));
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut sizes = Vec::new();
        while let Poll::Ready(Some(Ok(slice))) = Pin::new(&mut body).poll_next(&mut context) {
            sizes.push(slice.len());
        }
        assert_eq!(sizes, [SLICE, 1]);
    }
}
