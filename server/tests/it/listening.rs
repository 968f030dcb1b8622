//! What the small servers of tests share: they listen, and serve each connection in a thread.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A listening socket. It is closed when this is dropped.
pub struct Listening {
    pub address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Listening {
    pub fn start<Serve>(address: SocketAddr, serve: Serve) -> Self
    where
        Serve: Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let (serve, own) = (Arc::new(serve), Arc::clone(&stopped));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.load(Ordering::Acquire) {
                    return;
                }
                let (stream, serve) = (stream.unwrap(), Arc::clone(&serve));
                // A client that hangs up ends its own connection only.
                std::thread::spawn(move || serve(stream).ok());
            }
        });
        Self { address, stopped }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        TcpStream::connect(self.address).ok();
    }
}
