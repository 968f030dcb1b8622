//! A bad network: a proxy on the loopback that slows down, cuts connections in several ways,
//! damages bytes, and swallows answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a connection ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Break {
    /// In good order, on both sides.
    #[default]
    Fin,
    /// With a reset, on both sides.
    Reset,
    /// In good order for the client; the server never hears of it.
    Silent,
}

/// How the network is.
#[derive(Debug, Default)]
pub struct Weather {
    /// Bytes that a connection carries to the server before it is cut; 0 for no end.
    pub cut_after: AtomicU64,
    /// Connections that may be cut; 0 for all.
    pub most_cuts: AtomicU64,
    /// How they are cut.
    pub way: Mutex<Break>,
    /// Connections that were cut.
    pub cuts: AtomicU64,
    /// Pause after each piece on its way to the server, milliseconds.
    pub pause: AtomicU64,
    /// Whether answers to the making of submissions get lost.
    pub swallow: AtomicBool,
    /// Whether connections end before they carry anything.
    pub down: AtomicBool,
    /// Which byte on the way to the server is damaged, counted over all connections; 0 for none.
    pub damage_at: AtomicU64,
    /// Bytes carried to the server.
    pub carried: AtomicU64,
    /// The server's side of connections that were cut silently.
    kept: Mutex<Vec<TcpStream>>,
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
            if shared.down.load(Ordering::SeqCst) {
                continue;
            }
            let Ok(server) = TcpStream::connect(&target) else { continue };
            let weather = Arc::clone(&shared);
            std::thread::spawn(move || relay(client, server, &weather));
        }
    });
    (own, weather)
}

fn relay(client: TcpStream, server: TcpStream, weather: &Weather) {
    let (swallowing, cut) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            downstream(&client, &server, &swallowing);
            if !cut.load(Ordering::SeqCst) {
                hang_up(&client, &server);
            }
        });
        if upstream(&client, &server, weather, &swallowing) {
            // The bytes are on their way to the server.
            std::thread::sleep(Duration::from_millis(50));
            cut.store(true, Ordering::SeqCst);
            // Ends the thread beside, and is not told to the server.
            let _ = server.shutdown(Shutdown::Read);
        } else {
            hang_up(&client, &server);
        }
    });
    if cut.load(Ordering::SeqCst) {
        let way = *weather.way.lock().unwrap();
        if way == Break::Reset {
            for stream in [&client, &server] {
                socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
            }
        }
        if way == Break::Silent {
            weather.kept.lock().unwrap().push(server);
        }
    }
    drop(client);
}

fn hang_up(client: &TcpStream, server: &TcpStream) {
    // The other direction may have hung up already.
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

/// Returns true if it ended with a cut.
fn upstream(mut client: &TcpStream, mut server: &TcpStream, weather: &Weather, swallowing: &AtomicBool) -> bool {
    let mut buffer = vec![0; 64 << 10];
    let mut carried = 0;
    while let Ok(count) = client.read(&mut buffer) {
        if count == 0 {
            return false;
        }
        let cuts = weather.most_cuts.load(Ordering::SeqCst);
        let is_over = cuts > 0 && weather.cuts.load(Ordering::SeqCst) >= cuts;
        let end = if is_over { 0 } else { weather.cut_after.load(Ordering::SeqCst) };
        let room = if end > 0 { end.saturating_sub(carried) } else { u64::MAX };
        let count = count.min(usize::try_from(room).unwrap());
        let piece = &mut buffer[..count];
        if weather.swallow.load(Ordering::SeqCst) && String::from_utf8_lossy(piece).contains("/submissions HTTP/1.1") {
            swallowing.store(true, Ordering::SeqCst);
        }
        let count = u64::try_from(count).unwrap();
        let before = weather.carried.fetch_add(count, Ordering::SeqCst);
        let damaged = weather.damage_at.load(Ordering::SeqCst);
        if (before..before + count).contains(&damaged) && damaged > 0 {
            piece[usize::try_from(damaged - before).unwrap()] ^= 1;
        }
        if server.write_all(piece).is_err() {
            return false;
        }
        carried += count;
        if end > 0 && carried >= end {
            weather.cuts.fetch_add(1, Ordering::SeqCst);
            return true;
        }
        std::thread::sleep(Duration::from_millis(weather.pause.load(Ordering::SeqCst)));
    }
    false
}

fn downstream(mut client: &TcpStream, mut server: &TcpStream, swallowing: &AtomicBool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count) = server.read(&mut buffer) {
        if count == 0 || swallowing.load(Ordering::SeqCst) || client.write_all(&buffer[..count]).is_err() {
            return;
        }
    }
}
