//! A load generator for `make bench`: keep-alive HTTP/1.1 connections to an address of this
//! machine.
//!
//! `load get URL CONNECTIONS SECONDS` asks for the same thing again and again.
//! `load submit ORIGIN TOKEN SEASON TASK FOLDER CONNECTIONS` submits every file of a folder as an
//! organizer's entry of the team named like the file. Prints JSON.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::panic,
    reason = "a measuring program that cannot go on stops"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        assert!(stream.peer_addr().unwrap().ip().is_loopback(), "load is for addresses of this machine only");
        Self { stream, buffer: Vec::new() }
    }

    async fn send(&mut self, head: &str, body: &[u8]) -> Answer {
        let mut request = format!("{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request).await.unwrap();
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = header(&head, "content-length").map_or(0, |text| text.parse::<usize>().unwrap());
        while self.buffer.len() < end + length {
            self.more().await;
        }
        let body = self.buffer[end..end + length].to_vec();
        self.buffer.drain(..end + length);
        Answer { status, head, body }
    }

    async fn more(&mut self) {
        let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
        assert!(read > 0, "the server closed the connection");
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn percentile(sorted: &[u64], share: f64) -> f64 {
    let place = ((sorted.len() as f64 - 1.0) * share).round() as usize;
    sorted[place] as f64 / 1000.0
}

async fn get(url: &str, connections: usize, seconds: u64) -> Value {
    let rest = url.strip_prefix("http://").unwrap();
    let (address, path) = rest.split_once('/').unwrap();
    let head = Arc::new(format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\n"));
    // Not measured: connections are opened, caches are filled.
    let begin = Instant::now() + Duration::from_millis(500);
    let end = begin + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (head, address) = (Arc::clone(&head), address.to_owned());
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(&address).await;
            let mut times = Vec::new();
            while Instant::now() < end {
                let sent = Instant::now();
                let answer = connection.send(&head, b"").await;
                assert_eq!(answer.status, 200);
                if sent >= begin {
                    times.push(sent.elapsed().as_micros() as u64);
                }
            }
            times
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    times.sort_unstable();
    json!({
        "requests_per_second": times.len() as f64 / seconds as f64,
        "p50_ms": percentile(&times, 0.5),
        "p99_ms": percentile(&times, 0.99),
    })
}

async fn submit(arguments: &[String]) -> Value {
    let [origin, token, season, task, folder, connections] = arguments else { panic!("see the top of this file") };
    let address = origin.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
    let files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let files = Arc::new(files);
    let next = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..connections.parse::<usize>().unwrap() {
        let (files, next, address) = (Arc::clone(&files), Arc::clone(&next), address.clone());
        let (token, path) = (token.clone(), format!("/api/v1/seasons/{season}/tasks/{task}/submissions"));
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(&address).await;
            let common = format!("Host: {address}\r\nAuthorization: Bearer {token}\r\n");
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let bytes = std::fs::read(file).unwrap();
                let head = format!(
                    "POST /api/v1/uploads HTTP/1.1\r\n{common}Tus-Resumable: 1.0.0\r\nUpload-Length: {}\r\n\
                     Content-Type: application/offset+octet-stream\r\n",
                    bytes.len()
                );
                let made = connection.send(&head, &bytes).await;
                assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
                let upload = header(&made.head, "location").unwrap().rsplit('/').next().unwrap().to_owned();
                let team = file.file_stem().unwrap().to_string_lossy().into_owned();
                let body = json!({"upload": upload, "kind": "predictions", "team": team}).to_string();
                let head = format!(
                    "POST {path} HTTP/1.1\r\n{common}Content-Type: application/json\r\nIdempotency-Key: bench-{upload}\r\n"
                );
                let answer = connection.send(&head, body.as_bytes()).await;
                assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let seconds = begin.elapsed().as_secs_f64();
    json!({ "submissions": files.len(), "seconds": seconds, "accepted_per_second": files.len() as f64 / seconds })
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.first().map(String::as_str) {
        Some("get") => get(&arguments[1], arguments[2].parse().unwrap(), arguments[3].parse().unwrap()).await,
        Some("submit") => submit(&arguments[1..]).await,
        _ => panic!("see the top of this file"),
    };
    println!("{result}");
}
