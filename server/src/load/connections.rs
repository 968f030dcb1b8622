//! Connections: how many an address may hold, when one is given up whose client does not read, and
//! turns among those that send many requests at once.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use socket2::{SockRef, Socket};

use super::tally::{Place, Tally};
use crate::client_address::ClientAddress;
use crate::config::{Config, LimitConfig};

/// So much of an answer waits in the kernel to be sent, besides what is on its way.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 << 10;

/// The open connections of this server.
#[derive(Debug, Default, Clone)]
pub struct Connections(Tally);

/// A connection as long as it is open.
struct Open {
    /// Those of a proxy are not counted.
    _place: Option<Place>,
    /// Another handle of it, to close it from outside; `None` if the process has no more
    /// descriptors.
    socket: Option<Arc<Socket>>,
}

impl Connections {
    /// Looks at a new connection before anything is read from it. One too many of its address is
    /// closed.
    pub fn opened(&self, config: &Config, connection: &dyn Any, data: &mut Extensions) {
        let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
        give_up_if_unread(stream, &config.limits);
        let Ok(address) = stream.peer_addr().map(|address| address.ip()) else { return };
        let mut place = None;
        // The connections of a proxy are those of all its clients.
        if !config.rates.trusted_proxies.contains(address) {
            let key = ClientAddress(address).bucket();
            match self.0.take(key, config.limits.connections_per_address, usize::MAX) {
                Ok(taken) => place = Some(taken),
                Err(_) => return drop(SockRef::from(stream).shutdown(std::net::Shutdown::Both)),
            }
        }
        let socket = SockRef::from(stream).try_clone().map(Arc::new).ok();
        data.insert(Open { _place: place, socket });
    }
}

/// Another handle of the connection that a request came by.
pub(super) fn socket_of(request: &ServiceRequest) -> Option<Arc<Socket>> {
    request.conn_data::<Open>().and_then(|open| open.socket.clone())
}

/// Tells the kernel to close the connection if its client takes nothing of what was sent to it for
/// so long, and to take little that is not sent: the rest waits in the answer, where it is seen how
/// fast it is read.
fn give_up_if_unread(stream: &TcpStream, limits: &LimitConfig) {
    #[cfg(target_os = "linux")]
    {
        let (socket, unread) = (SockRef::from(stream), Duration::from_secs(limits.unread_seconds));
        if let Err(error) =
            socket.set_tcp_user_timeout(Some(unread)).and_then(|()| socket.set_tcp_notsent_lowat(UNSENT))
        {
            tracing::debug!(%error, "the limits of a connection cannot be set");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, limits, Duration::ZERO);
}

/// Wraps all routes. Before each request the other connections of the thread have their turn: the
/// requests that a client sends without waiting for answers would otherwise be answered one after
/// the other, as long as it sends.
///
/// # Errors
/// Those of the service within.
pub async fn take_turns(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    tokio::task::yield_now().await;
    Ok(next.call(request).await?.map_into_boxed_body())
}
