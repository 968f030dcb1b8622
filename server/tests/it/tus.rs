//! A client of tus for tests, and a look into the blob folder.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

use crate::test_app::{Answer, TestApp};

/// The version that all requests have to name.
pub const RESUMABLE: (&str, &str) = ("tus-resumable", "1.0.0");
/// The content type of a piece.
pub const PIECE: (&str, &str) = ("content-type", "application/offset+octet-stream");

impl TestApp {
    /// Begins an upload without a body; its id.
    pub fn begin_upload(&self, token: &str, length: usize) -> String {
        let length = length.to_string();
        let answer = self.tus("POST", "/uploads", token, &[("upload-length", &length)], None).expect(201);
        let location = answer.header("location").unwrap().to_owned();
        location.strip_prefix("/api/v1/uploads/").unwrap().to_owned()
    }

    /// Uploads a file in one request; its id.
    pub fn upload(&self, token: &str, bytes: &[u8]) -> String {
        let length = bytes.len().to_string();
        let headers = [("upload-length", length.as_str()), PIECE];
        let answer = self.tus("POST", "/uploads", token, &headers, Some(bytes)).expect(201);
        assert_eq!(answer.header("upload-sha256"), Some(sha256(bytes).as_str()));
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Sends a piece.
    pub fn patch(&self, token: &str, id: &str, offset: usize, bytes: &[u8]) -> Answer {
        self.patch_with(token, id, offset, bytes, &[])
    }

    /// Sends a piece with more headers.
    pub fn patch_with(&self, token: &str, id: &str, offset: usize, bytes: &[u8], more: &[(&str, &str)]) -> Answer {
        let offset = offset.to_string();
        let headers = [&[("upload-offset", offset.as_str()), PIECE], more].concat();
        self.tus("PATCH", &format!("/uploads/{id}"), token, &headers, Some(bytes))
    }

    /// Returns how far an upload is.
    pub fn offset(&self, token: &str, id: &str) -> usize {
        let answer = self.tus("HEAD", &format!("/uploads/{id}"), token, &[], None).expect(200);
        answer.header("upload-offset").unwrap().parse().unwrap()
    }

    /// Any request of tus.
    pub fn tus(&self, method: &str, path: &str, token: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        self.send_raw(method, path, Some(token), &[&[RESUMABLE], headers].concat(), body)
    }

    /// Sends the head of a piece of `length` bytes and only `bytes` of it, then hangs up.
    pub fn patch_and_hang_up(&self, token: &str, id: &str, offset: usize, piece: (&[u8], usize), more: &str) {
        drop(self.patch_and_stall(token, id, offset, piece, more));
    }

    /// Sends the head of a piece of `length` bytes and only `bytes` of it; the connection stays
    /// open.
    pub fn patch_and_stall(
        &self,
        token: &str,
        id: &str,
        offset: usize,
        (bytes, length): (&[u8], usize),
        more: &str,
    ) -> TcpStream {
        let address = self.origin.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "PATCH /api/v1/uploads/{id} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\n\
             {more}Content-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(bytes).unwrap();
        stream.flush().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        stream
    }

    /// Everything that lies below a folder of the blob store.
    pub fn stored(&self, folder: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.data.path().join("blobs").join(folder), &mut found);
        found
    }

    /// A number from the database.
    pub fn count(&self, table: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) AS number FROM {table}"))
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy)]
pub enum Break {
    /// In good order.
    Fin,
    /// With a reset.
    Reset,
    /// Not at all, as far as the server can tell.
    Silent,
}

impl Break {
    /// Ends a connection; a silent one is returned.
    pub fn apply(self, stream: TcpStream) -> Option<TcpStream> {
        match self {
            Self::Fin => None,
            Self::Reset => {
                socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
                None
            }
            Self::Silent => Some(stream),
        }
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            walk(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// Waits until something is so.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Bytes that do not repeat soon.
pub fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `Upload-Checksum` by SHA-256.
pub fn checksum(bytes: &[u8]) -> String {
    format!("sha256 {}", STANDARD.encode(sha2::Sha256::digest(bytes)))
}
