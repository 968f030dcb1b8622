//! A bad network: a proxy on the loopback that slows down, cuts connections, and swallows answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How the network is.
#[derive(Debug, Default)]
pub struct Weather {
    /// Bytes that a connection carries to the server before it is cut; 0 for no end.
    pub cut_after: AtomicU64,
    /// Connections that were cut.
    pub cuts: AtomicU64,
    /// Pause after each piece on its way to the server, milliseconds.
    pub pause: AtomicU64,
    /// Whether answers to the making of submissions get lost.
    pub swallow: AtomicBool,
    /// Bytes carried to the server.
    pub carried: AtomicU64,
}

/// Starts a proxy for the server at `address`; returns its own address.
pub fn proxy(address: &str) -> (String, Arc<Weather>) {
    let target = address.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    let weather = Arc::new(Weather::default());
    let shared = Arc::clone(&weather);
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(&target) else { continue };
            let weather = Arc::clone(&shared);
            std::thread::spawn(move || relay(&client, &server, &weather));
        }
    });
    (own, weather)
}

fn relay(client: &TcpStream, server: &TcpStream, weather: &Weather) {
    let swallowing = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            downstream(client, server, &swallowing);
            hang_up(client, server);
        });
        upstream(client, server, weather, &swallowing);
        hang_up(client, server);
    });
}

fn hang_up(client: &TcpStream, server: &TcpStream) {
    // The other direction may have hung up already.
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn upstream(mut client: &TcpStream, mut server: &TcpStream, weather: &Weather, swallowing: &AtomicBool) {
    let mut buffer = vec![0; 64 << 10];
    let mut carried = 0;
    while let Ok(count) = client.read(&mut buffer) {
        if count == 0 {
            return;
        }
        let piece = &buffer[..count];
        if weather.swallow.load(Ordering::SeqCst) && String::from_utf8_lossy(piece).contains("/submissions HTTP/1.1") {
            swallowing.store(true, Ordering::SeqCst);
        }
        if server.write_all(piece).is_err() {
            return;
        }
        let count = u64::try_from(count).unwrap();
        carried += count;
        weather.carried.fetch_add(count, Ordering::SeqCst);
        let end = weather.cut_after.load(Ordering::SeqCst);
        if end > 0 && carried >= end {
            weather.cuts.fetch_add(1, Ordering::SeqCst);
            return;
        }
        std::thread::sleep(Duration::from_millis(weather.pause.load(Ordering::SeqCst)));
    }
}

fn downstream(mut client: &TcpStream, mut server: &TcpStream, swallowing: &AtomicBool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count) = server.read(&mut buffer) {
        if count == 0 || swallowing.load(Ordering::SeqCst) || client.write_all(&buffer[..count]).is_err() {
            return;
        }
    }
}
