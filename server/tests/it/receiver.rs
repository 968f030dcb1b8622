//! A small receiver of webhooks for tests. It computes signatures itself.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::listening::Listening;

/// What the receiver does with a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// Answers with this status.
    Answers(u16),
    /// Sends the client elsewhere.
    Redirects(String),
    /// Takes the delivery, and answers nothing.
    Silent,
    /// Answers with a body that never ends.
    Huge,
    /// Answers with a head that never ends.
    EndlessHead,
    /// Answers with something that is not HTTP.
    Garbage,
}

/// A delivery that arrived.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The request's first line.
    pub line: String,
    pub body: Vec<u8>,
}

impl Delivery {
    /// The value of a header that is there once.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let (_, value) = found.next().unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["kind"].as_str().unwrap().to_owned()
    }

    /// Returns whether one of the signatures was made with this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let head = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp"));
        let wanted = format!("v1,{}", STANDARD.encode(hmac(&key, &[head.as_bytes(), &self.body].concat())));
        self.header("webhook-signature").split(' ').any(|signature| signature == wanted)
    }
}

/// HMAC-SHA256 as RFC 2104 has it, for keys of at most one block.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let padded = |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::digest([&padded(0x36)[..], message].concat());
    Sha256::digest([&padded(0x5c)[..], &inner[..]].concat()).into()
}

struct Shared {
    deliveries: Mutex<Vec<Delivery>>,
    manner: Mutex<Manner>,
}

/// A running receiver.
pub struct Receiver {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    _listening: Listening,
}

impl Receiver {
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap())
    }

    pub fn start_at(address: SocketAddr) -> Self {
        let shared = Arc::new(Shared { deliveries: Mutex::default(), manner: Mutex::new(Manner::Answers(204)) });
        let own = Arc::clone(&shared);
        let listening = Listening::start(address, move |stream| serve(stream, &own));
        Self { address: listening.address, shared, _listening: listening }
    }

    /// The address that a webhook gets.
    pub fn url(&self) -> String {
        format!("http://{}/hook?from=holdout", self.address)
    }

    pub fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// What arrived, in order.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.deliveries.lock().unwrap().clone()
    }

    pub fn clear(&self) {
        self.shared.deliveries.lock().unwrap().clear();
    }

    /// Waits until so many deliveries are there.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Delivery> {
        let began = Instant::now();
        loop {
            let found = self.deliveries();
            if found.len() >= count {
                return found;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{} of {count} deliveries: {found:?}", found.len());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let Some(length) = length.and_then(|(_, value)| value.parse::<usize>().ok()) else { return Ok(()) };
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let delivery = Delivery { headers, line: line.trim_end().to_owned(), body };
    let manner = shared.manner.lock().unwrap().clone();
    shared.deliveries.lock().unwrap().push(delivery);
    answer(stream, manner)
}

fn answer(mut stream: TcpStream, manner: Manner) -> std::io::Result<()> {
    match manner {
        Manner::Answers(status) => write!(stream, "HTTP/1.1 {status} Status\r\ncontent-length: 0\r\n\r\n"),
        Manner::Redirects(to) => {
            write!(stream, "HTTP/1.1 307 Elsewhere\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
        }
        Manner::Silent => {
            // Until the client hangs up.
            stream.read_exact(&mut [0]).ok();
            Ok(())
        }
        Manner::Huge => {
            write!(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(1 << 16));
            loop {
                stream.write_all(chunk.as_bytes())?;
            }
        }
        Manner::EndlessHead => {
            write!(stream, "HTTP/1.1 200 OK\r\n")?;
            loop {
                write!(stream, "x-more: {}\r\n", "x".repeat(1 << 10))?;
            }
        }
        Manner::Garbage => stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n"),
    }
}
