//! The stream of a submission's changes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::text;

/// A client that reads a stream as it comes.
pub struct Stream {
    reader: BufReader<TcpStream>,
}

impl Stream {
    /// Follows a submission with an access token or an API token.
    pub fn open(arena: &Arena, token: &str, id: &str) -> Self {
        let host = arena.app.origin.strip_prefix("http://").unwrap();
        let mut socket = TcpStream::connect(host).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(
            socket,
            "GET /api/v1/submissions/{id}/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\n\r\n"
        )
        .unwrap();
        let mut stream = Self { reader: BufReader::new(socket) };
        let head: Vec<String> = std::iter::from_fn(|| stream.line().filter(|line| !line.is_empty())).collect();
        assert!(head[0].contains("200"), "{head:?}");
        let head = head.join("\n").to_lowercase();
        assert!(head.contains("content-type: text/event-stream") && head.contains("cache-control: no-store"), "{head}");
        stream
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.reader.read_line(&mut line).expect("a line in time");
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// The next event's data; `None` if the stream ended.
    pub fn event(&mut self) -> Option<Value> {
        let mut name = String::new();
        loop {
            // Lines of the chunked encoding are passed over.
            let line = self.line()?;
            if let Some(event) = line.strip_prefix("event: ") {
                name = event.to_owned();
            }
            if let Some(data) = line.strip_prefix("data: ") {
                assert_eq!(name, "submission");
                return Some(serde_json::from_str(data).unwrap());
            }
        }
    }
}

#[test]
fn every_change_is_told_until_the_end() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let mut stream = Stream::open(&arena, &arena.alice.token, &id);
    let first = stream.event().unwrap();
    assert_eq!([&first["id"], &first["state"]], [id.as_str(), "queued"]);
    let claim = arena.claim().unwrap();
    assert_eq!(stream.event().unwrap()["state"], "running");
    arena.heartbeat(&claim, 7).expect(200);
    assert_eq!(stream.event().unwrap()["progress"]["done"], 7);
    arena.score(&claim, [1, 0, 0], [1, 0, 0]).expect(200);
    let last = stream.event().unwrap();
    assert_eq!((&last["state"], &last["scores"]["private"]), (&json!("scored"), &Value::Null));
    assert_eq!(stream.event(), None, "the stream ends after a final state");
}

#[test]
fn what_has_ended_is_told_once() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, b"x").expect(201).json()["id"]);
    let mut stream = Stream::open(&arena, &arena.alice.token, &id);
    assert_eq!(stream.event().unwrap()["state"], "rejected");
    assert_eq!(stream.event(), None);
}

#[test]
fn what_another_server_does_is_told_too() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let mut stream = Stream::open(&arena, &arena.alice.token, &id);
    stream.event().unwrap();
    arena.app.execute("UPDATE evaluations SET state = 'cancelled', finished_at = 1");
    assert_eq!(stream.event().unwrap()["state"], "cancelled");
}

#[test]
fn nothing_is_told_where_nothing_changed_but_the_connection_is_kept() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let mut stream = Stream::open(&arena, &arena.alice.token, &id);
    stream.event().unwrap();
    // Another submission's changes are no news, nor is the clock, which moves the expected start.
    arena.submit(&arena.bob, &predictions()).expect(201);
    let begin = Instant::now();
    let comment = std::iter::from_fn(|| stream.line()).find(|line| line.starts_with(':') || line.starts_with("data"));
    assert_eq!(comment.unwrap(), ": keep-alive");
    assert!((10..20).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
}

#[test]
fn a_client_that_goes_away_leaves_nothing_behind() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    for _ in 0..50 {
        let mut stream = Stream::open(&arena, &arena.alice.token, &id);
        stream.event().unwrap();
    }
    let begin = Instant::now();
    while half_closed(&arena) > 0 {
        assert!(begin.elapsed() < Duration::from_secs(5), "{} connections are held", half_closed(&arena));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Connections to the server that the client has closed and the server has not.
fn half_closed(arena: &Arena) -> usize {
    let port: u16 = arena.app.origin.rsplit(':').next().unwrap().parse().unwrap();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    // Columns: number, local address, remote address, state; 08 is CLOSE_WAIT.
    let fields = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    fields.filter(|fields| fields[1].ends_with(&format!(":{port:04X}")) && fields[3] == "08").count()
}

#[test]
fn a_server_that_stops_ends_its_streams() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let mut stream = Stream::open(&arena, &arena.alice.token, &id);
    stream.event().unwrap();
    let begin = Instant::now();
    drop(arena);
    assert_eq!(stream.event(), None);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn one_who_leaves_the_team_hears_no_more() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let mut stream = Stream::open(&arena, &arena.alice.token, &id);
    stream.event().unwrap();
    arena.app.execute(&format!("DELETE FROM memberships WHERE account_id = '{}'", arena.alice.id));
    assert_eq!(stream.event(), None);
}
