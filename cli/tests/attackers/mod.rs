//! What hostile clients send, each kind in threads of its own until the test ends it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

/// Connections with unfinished bodies that one thread holds.
const BODIES: usize = 100;
/// Event streams that one thread tries to hold.
const STREAMS: usize = 150;
/// Connections with unread answers that one thread holds.
const UNREAD: usize = 20;

/// The server under attack, and what it answered.
pub struct Target {
    host: String,
    season: String,
    /// API tokens of members of hostile teams.
    tokens: Vec<String>,
    answers: Mutex<BTreeMap<(&'static str, u16), usize>>,
}

impl Target {
    pub fn new(origin: &str, season: &str, tokens: Vec<String>) -> Self {
        let host = origin.strip_prefix("http://").unwrap().to_owned();
        Self { host, season: season.to_owned(), tokens, answers: Mutex::default() }
    }

    /// A path below the task.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/seasons/{}/tasks/classification/{rest}", self.season)
    }

    fn token(&self, number: usize) -> &str {
        &self.tokens[number % (self.tokens.len() - 1)]
    }

    /// The one who follows a submission does nothing else: the others are limited in what they
    /// submit.
    fn follower(&self) -> &str {
        self.tokens.last().unwrap()
    }

    fn note(&self, attack: &'static str, status: u16) {
        *self.answers.lock().unwrap().entry((attack, status)).or_default() += 1;
    }

    /// Returns what was answered to an attack: counts by status, 0 if nothing came.
    pub fn tally(&self, attack: &str) -> String {
        let answers = self.answers.lock().unwrap();
        let of = answers.iter().filter(|((name, _), _)| *name == attack);
        of.map(|((_, status), count)| format!("{count} × {status}")).collect::<Vec<_>>().join(", ")
    }

    /// An attack that never got through to the server would prove nothing.
    pub fn assert_all_were_at_work(&self) {
        for (attack, _, _) in ATTACKS {
            let answers = self.answers.lock().unwrap();
            let answered = answers.iter().any(|((name, status), _)| name == attack && *status != 0);
            assert!(answered, "`{attack}` was not at work");
        }
    }
}

type Attack = fn(&Target, usize, &AtomicBool);

/// The attacks, each with its number of threads.
pub const ATTACKS: &[(&str, Attack, usize)] = &[
    ("logins", logins, 4),
    ("bodies", bodies, 4),
    ("checks", checks, 4),
    ("uploads", uploads, 2),
    ("streams", streams, 3),
    ("lists", lists, 3),
    ("long answers", long_answers, 4),
    ("past boards", past_boards, 3),
    ("rows", rows, 2),
];

fn going(stop: &AtomicBool) -> bool {
    // A pace that keeps the test's own share of two cores small.
    std::thread::sleep(Duration::from_millis(20));
    !stop.load(Ordering::Relaxed)
}

fn connect(target: &Target) -> Option<TcpStream> {
    let socket = TcpStream::connect(&target.host).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    Some(socket)
}

/// Who sends a request: the token, and the address that it seems to come from.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    pub token: Option<&'a str>,
    pub from: &'a str,
}

/// Sends a request and reads its answer: status and body; 0 if none came.
pub fn call(
    target: &Target,
    method: &str,
    path: &str,
    Sender { token, from }: Sender<'_>,
    body: Option<(&str, &[u8])>,
) -> (u16, String) {
    let mut more = format!("X-Forwarded-For: {}\r\n", if from == "honest" { "203.0.113.7" } else { from });
    if let Some(token) = token {
        more += &format!("Authorization: Bearer {token}\r\n");
    }
    if let Some((kind, bytes)) = body {
        more += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", bytes.len());
    }
    exchange(target, method, path, &more, body.map_or(&[], |(_, bytes)| bytes)).unwrap_or_default()
}

fn exchange(target: &Target, method: &str, path: &str, more: &str, body: &[u8]) -> Option<(u16, String)> {
    let mut socket = connect(target)?;
    let host = &target.host;
    write!(socket, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n").ok()?;
    // Refused before it is read as a whole: the answer comes anyway.
    socket.write_all(body).ok();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).ok();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.get(9..12)?.parse().ok()?;
    Some((status, text))
}

/// The status of an answer of which no more is read; 0 if none came.
fn status_of(socket: &mut TcpStream) -> u16 {
    let mut answer = [0; 12];
    let status =
        socket.read_exact(&mut answer).ok().and_then(|()| std::str::from_utf8(&answer[9..]).ok()?.parse().ok());
    status.unwrap_or(0)
}

/// POST with JSON.
pub fn post(target: &Target, path: &str, token: Option<&str>, from: &str, body: &Value) -> (u16, String) {
    let (status, text) =
        call(target, "POST", path, Sender { token, from }, Some(("application/json", body.to_string().as_bytes())));
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    (status, body.unwrap_or(text))
}

/// Uploads a file; the status, and the id if it was taken.
pub fn upload(target: &Target, token: &str, from: &str, file: &[u8]) -> (u16, Option<String>) {
    let more = format!(
        "X-Forwarded-For: {}\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\nUpload-Length: {}\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n",
        if from == "honest" { "203.0.113.7" } else { from },
        file.len(),
        file.len()
    );
    let (status, text) = exchange(target, "POST", "/api/v1/uploads", &more, file).unwrap_or_default();
    let location = text.lines().find_map(|line| line.to_lowercase().strip_prefix("location: ").map(str::to_owned));
    (status, location.and_then(|location| Some(location.trim().rsplit('/').next()?.to_owned())))
}

/// Logs in as people that there are not, from many addresses.
fn logins(target: &Target, number: usize, stop: &AtomicBool) {
    for round in 0_usize.. {
        if !going(stop) {
            return;
        }
        let body = json!({ "email": format!("nobody{number}-{round}@example.org"), "password": "not the password" });
        let from = format!("198.51.100.{}", (number * 60 + round) % 250);
        target.note("logins", post(target, "/api/v1/sessions", None, &from, &body).0);
    }
}

/// Holds connections with bodies that do not end.
fn bodies(target: &Target, number: usize, stop: &AtomicBool) {
    let mut held: Vec<TcpStream> = Vec::new();
    for round in 0_usize.. {
        if !going(stop) {
            return;
        }
        if held.len() >= BODIES {
            // Those that the server gave up make room for further ones.
            held.retain_mut(|socket| {
                let mut answer = [0; 12];
                socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
                let Ok(count) = socket.read(&mut answer) else { return true };
                let status = std::str::from_utf8(answer.get(9..count).unwrap_or_default()).unwrap_or_default();
                target.note("bodies", status.parse().unwrap_or(0));
                false
            });
            continue;
        }
        let Some(mut socket) = connect(target) else { continue };
        let head = format!(
            "POST /api/v1/sessions HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 192.0.2.{}\r\n\
             Content-Type: application/json\r\nContent-Length: 16000\r\n\r\n",
            target.host,
            (number + round) % 8
        );
        socket.write_all(head.as_bytes()).ok();
        socket.write_all(&[b' '; 15_900]).ok();
        held.push(socket);
    }
}

/// Has files checked that are slow to read: millions of empty gzip members.
fn checks(target: &Target, number: usize, stop: &AtomicBool) {
    let token = target.token(number);
    let empty = {
        let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.finish().unwrap()
    };
    let mut id = None;
    while going(stop) {
        let Some(upload_id) = &id else {
            // As large as fits well below the cap, each another file.
            let mut file = empty.repeat(400_000);
            file.extend(number.to_string().bytes());
            id = upload(target, token, "198.51.101.1", &file).1;
            continue;
        };
        let body = json!({ "upload": upload_id, "kind": "predictions", "again": true });
        target.note("checks", post(target, &target.path("submissions"), Some(token), "198.51.101.1", &body).0);
    }
}

/// Fills the disk with uploads that nothing uses.
fn uploads(target: &Target, number: usize, stop: &AtomicBool) {
    let from = format!("198.51.102.{number}");
    let email = format!("stranger{number}@example.org");
    let account = json!({ "email": email, "name": "Stranger", "password": "correct horse battery" });
    post(target, "/api/v1/accounts", None, &from, &account);
    let login = json!({ "email": email, "password": "correct horse battery" });
    let (_, session) = post(target, "/api/v1/sessions", None, &from, &login);
    let session: Value = serde_json::from_str(&session).unwrap_or_default();
    let stranger = session["access_token"].as_str().unwrap_or_default().to_owned();
    for round in 0_usize.. {
        if !going(stop) {
            return;
        }
        let token = if round % 2 == 0 { target.token(number) } else { stranger.as_str() };
        let file = format!("{number} {round} ").repeat(1000);
        target.note("uploads", upload(target, token, &from, file.as_bytes()).0);
    }
}

/// Opens streams of a submission and of the board, and keeps what it gets.
fn streams(target: &Target, number: usize, stop: &AtomicBool) {
    let token = target.follower();
    let mut held = Vec::new();
    let mut submission = None;
    for round in 0_usize.. {
        if !going(stop) {
            return;
        }
        if held.len() >= STREAMS {
            held.drain(..STREAMS / 2);
        }
        if submission.is_none() {
            let row = format!("{} {}\n", 1 + number, 5 + number);
            let id = upload(target, token, "198.51.103.1", row.repeat(5000).as_bytes()).1;
            let body = json!({ "upload": id, "kind": "predictions", "description": "𝔸".repeat(20_000) });
            let (_, text) = post(target, &target.path("submissions"), Some(token), "198.51.103.1", &body);
            let found: Value = serde_json::from_str(&text).unwrap_or_default();
            submission = found["id"].as_str().map(str::to_owned);
        }
        let own = submission.as_ref().filter(|_| round % 2 == 0);
        let path =
            own.map_or_else(|| target.path("leaderboard/events"), |id| format!("/api/v1/submissions/{id}/events"));
        let credential = own.map(|_| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let Some(mut socket) = connect(target) else { continue };
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 198.51.103.1\r\n{credential}\r\n",
            target.host
        );
        socket.write_all(head.as_bytes()).ok();
        target.note("streams", status_of(&mut socket));
        held.push(socket);
    }
}

/// Asks for the names of classes and images over and over.
fn lists(target: &Target, _: usize, stop: &AtomicBool) {
    for round in 0_usize.. {
        if !going(stop) {
            return;
        }
        let path = target.path(if round % 2 == 0 { "images" } else { "classes" });
        target.note("lists", call(target, "GET", &path, Sender { token: None, from: "198.51.104.1" }, None).0);
    }
}

/// Asks for submissions with the longest texts, for several at once, and reads the answers only at
/// last.
fn long_answers(target: &Target, _: usize, stop: &AtomicBool) {
    let mut held = Vec::new();
    while going(stop) {
        let Some(mut socket) = connect(target) else { continue };
        let head = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 198.51.107.1\r\nAuthorization: Bearer {}\r\n\r\n",
            target.path("submissions"),
            target.host,
            target.follower()
        );
        socket.write_all(head.repeat(20).as_bytes()).ok();
        held.push(socket);
        for mut socket in held.drain(..held.len().saturating_sub(UNREAD)) {
            target.note("long answers", status_of(&mut socket));
        }
    }
}

/// Asks for boards of the past, each of another time.
fn past_boards(target: &Target, number: usize, stop: &AtomicBool) {
    for round in 0_usize.. {
        if !going(stop) {
            return;
        }
        let (minute, second) = (round / 60 % 60, round % 60);
        let path = target.path(&format!("leaderboard?as_of=2026-0{}-01T00:{minute:02}:{second:02}Z", 1 + number));
        target.note("past boards", call(target, "GET", &path, Sender { token: None, from: "198.51.105.1" }, None).0);
    }
}

/// Makes API tokens without end.
fn rows(target: &Target, number: usize, stop: &AtomicBool) {
    while going(stop) {
        let body = json!({ "name": "another", "days": 1 });
        target.note("rows", post(target, "/api/v1/me/tokens", Some(target.token(number)), "198.51.106.1", &body).0);
    }
}
