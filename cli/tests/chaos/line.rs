//! A line to a service that can be cut: a proxy on the loopback interface.

use std::io::copy;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Connections to one service, through one port.
pub struct Line {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    cut: bool,
    open: Vec<TcpStream>,
}

impl Line {
    /// A line to the service at `target`.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // Dropped at once: the service is away.
                if shared.lock().unwrap().cut {
                    continue;
                }
                let Ok(service) = TcpStream::connect(target) else { continue };
                let mut state = shared.lock().unwrap();
                state.open.extend([client.try_clone().unwrap(), service.try_clone().unwrap()]);
                relay(client, service);
            }
        });
        Self { address, state }
    }

    /// Returns where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every connection and refuses new ones.
    pub fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.cut = true;
        for stream in state.open.drain(..) {
            // It may have ended by itself.
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    /// Lets clients connect again.
    pub fn mend(&self) {
        self.state.lock().unwrap().cut = false;
    }
}

/// Carries bytes both ways until either side ends.
fn relay(client: TcpStream, service: TcpStream) {
    let (from_client, from_service) = (client.try_clone().unwrap(), service.try_clone().unwrap());
    for (mut from, mut to) in [(from_client, service), (from_service, client)] {
        std::thread::spawn(move || {
            copy(&mut from, &mut to).ok();
            from.shutdown(Shutdown::Both).ok();
            to.shutdown(Shutdown::Both).ok();
        });
    }
}
