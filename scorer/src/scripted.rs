//! A server for tests that answers as it is told to, well or badly.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use holdout_protocol::{BlobRef, Claim, EvaluationId, Limits, Sha256, SubmissionId, SubmissionKind};
use sha2::Digest as _;

use crate::client::Client;
use crate::config::ScorerConfig;

/// What the server got: head and body of a request.
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Returns a server that gives these answers, one a connection, and is gone then.
pub(crate) fn serve(answers: Vec<Vec<u8>>) -> (Arc<Client>, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut connection, _) = listener.accept().unwrap();
            // Before the answer: who has the answer finds the request.
            if sender.send(read(&connection)).is_err() {
                return;
            }
            connection.write_all(&answer).unwrap();
        }
    });
    let config = ScorerConfig::new(format!("http://{address}"), "hs_t", "unused");
    (Arc::new(Client::new(&config).unwrap()), requests)
}

fn read(connection: &TcpStream) -> Request {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0);
    }
    let lower = head.to_ascii_lowercase();
    let length =
        lower.split("content-length: ").nth(1).map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { head: lower, body: String::from_utf8(body).unwrap() }
}

/// Returns an answer with a length that may be a lie.
pub(crate) fn answer(status: &str, length: usize, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

pub(crate) fn refusal(status: u16, code: &str) -> Vec<u8> {
    let body = format!(r#"{{"error":{{"code":"{code}","message":"m","detail":{{}}}}}}"#);
    answer(&format!("{status} X"), body.len(), &body)
}

/// Returns the digest and size of some bytes.
pub(crate) fn blob(bytes: &[u8]) -> BlobRef {
    let size = u64::try_from(bytes.len()).unwrap();
    BlobRef { sha256: Sha256::from_bytes(sha2::Sha256::digest(bytes).into()), size }
}

/// Work on a prediction file.
pub(crate) fn claim(file: BlobRef) -> Claim {
    Claim {
        evaluation: EvaluationId::new(),
        attempt: 1,
        lease_seconds: 60,
        heartbeat_seconds: 1,
        submission: SubmissionId::new(),
        season: "s".parse().unwrap(),
        task: "t".parse().unwrap(),
        kind: SubmissionKind::Predictions,
        test_set: file.clone(),
        blob: file,
        images: None,
        input: None,
        limits: Limits::default(),
    }
}
