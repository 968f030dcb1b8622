//! What one caller can take of the server: bodies, checks, streams, lists and boards of the past.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, gzip, predictions};
use crate::people::text;
use crate::submission_events::Stream;
use crate::test_app::TestApp;
use crate::tus::eventually;

/// Sends the head of a request and a part of its body; the connection, on which nothing more comes.
fn unfinished(app: &TestApp, path: &str, more: &str, part: &[u8]) -> TcpStream {
    let host = app.origin.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(host).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(socket, "POST /api/v1{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{more}\r\n")
        .unwrap();
    socket.write_all(part).unwrap();
    socket
}

/// Returns what comes until the server closes the connection.
pub fn rest(mut socket: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer is a close too.
    while let Ok(count) = {
        let mut part = [0; 4096];
        socket.read(&mut part).inspect(|n| answer.extend(&part[..*n]))
    } {
        if count == 0 {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_body_that_never_ends_is_given_up() {
    let app = TestApp::start_with(|config| config.limits.body_seconds = 1);
    for (head, part) in
        [("Content-Length: 15000\r\n", &b"{\"email\": \"a"[..]), ("Transfer-Encoding: chunked\r\n", b"4\r\n{\"em\r\n")]
    {
        let begun = Instant::now();
        let answer = rest(unfinished(&app, "/sessions", head, part));
        assert!(answer.contains("400") && answer.contains("did not arrive within 1 second"), "{answer}");
        assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    }
}

#[test]
fn a_head_that_never_ends_is_given_up() {
    let app = TestApp::start();
    let host = app.origin.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(host).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(socket, "GET /api/v1/seasons HTTP/1.1\r\nHost: {host}\r\nX-Slow: ").unwrap();
    let begun = Instant::now();
    rest(socket);
    assert!(begun.elapsed() < Duration::from_secs(45), "{:?}", begun.elapsed());
}

#[test]
fn bodies_that_anybody_may_send_are_small() {
    let app = TestApp::start();
    let password = "a".repeat(17 << 10);
    for (path, body) in [
        ("/sessions", json!({ "email": "a@example.org", "password": password })),
        ("/accounts", json!({ "email": "a@example.org", "name": "a", "password": password })),
        ("/sessions/refresh", json!({ "refresh_token": password })),
        ("/password-resets/hr_x", json!({ "password": password })),
    ] {
        let answer = app.post(path, None, &body).expect(413);
        assert_eq!(answer.code(), "too_large", "{path}");
        assert!(answer.text.contains("16384 bytes"), "{}", answer.text);
    }
    // A right comes first: who may not call learns nothing of the body.
    let large = json!({ "name": "a".repeat(2 << 20) });
    app.post("/me/tokens", None, &large).expect(401);
}

#[test]
fn one_address_holds_few_unfinished_bodies() {
    let app = TestApp::start_with(|config| {
        config.limits.bodies_per_address = 3;
        config.rates.trusted_proxies = "127.0.0.1".parse().unwrap();
    });
    let head = |address: u8| format!("X-Forwarded-For: 192.0.2.{address}\r\nContent-Length: 15000\r\n");
    let held: Vec<TcpStream> = (0..3).map(|_| unfinished(&app, "/sessions", &head(1), b"{")).collect();
    std::thread::sleep(Duration::from_millis(300));
    let refused = rest(unfinished(&app, "/sessions", &head(1), b"{"));
    assert!(refused.contains("429") && refused.to_lowercase().contains("retry-after: 5"), "{refused}");
    // Others are not held up, and places are given back.
    app.person("ada");
    drop(held);
    eventually("the places are given back", || {
        let body = br#"{"email": "ada@example.org", "password": "not the one"}"#;
        let head = format!("X-Forwarded-For: 192.0.2.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        rest(unfinished(&app, "/sessions", &head, body)).contains("401")
    });
}

#[test]
fn the_bytes_of_unfinished_bodies_are_bounded_and_a_login_finds_room() {
    let app = TestApp::start_with(|config| config.limits.body_bytes = 100 << 10);
    app.person("ada");
    let part = [b' '; 14_000];
    let sent: Vec<TcpStream> =
        (0..20).map(|_| unfinished(&app, "/sessions", "Content-Length: 15000\r\n", &part)).collect();
    std::thread::sleep(Duration::from_millis(500));
    app.log_in("ada@example.org");
    let mut refused = 0;
    for mut socket in sent {
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let mut answer = [0; 12];
        refused += usize::from(socket.read(&mut answer).is_ok() && &answer[9..] == b"503");
    }
    assert!((10..20).contains(&refused), "{refused} of 20 were refused");
}

#[test]
fn a_registration_is_counted_before_its_body_is_read() {
    let app = TestApp::start_with(|config| config.rates.registrations_per_minute = 1);
    app.post("/accounts", None, &json!({})).expect(422);
    let answer = rest(unfinished(&app, "/accounts", "Content-Length: 15000\r\n", b"{"));
    assert!(answer.contains("429") && answer.contains("rate_limited"), "{answer}");
}

/// A file of empty gzip members and one with the rows.
fn barren(members: usize) -> Vec<u8> {
    let mut file = gzip(b"").repeat(members);
    file.extend(gzip(&predictions()));
    file
}

#[test]
fn a_file_of_empty_members_is_refused_and_not_checked_again() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.alice, &barren(100_000));
    let submit = || arena.submit_upload(&arena.alice, &upload, json!({ "again": true }), None).expect(201).json();
    let first = submit();
    assert_eq!(first["state"], "rejected");
    assert_eq!(first["verdict"]["code"], "not_text");
    // The verdict is remembered: the file itself is not read again.
    for blob in arena.app.stored("blobs") {
        std::fs::write(blob, b"1\n").unwrap();
    }
    assert_eq!(submit()["verdict"], first["verdict"]);
}

#[test]
fn files_that_are_refused_are_limited() {
    let arena = Arena::start_with(1000, |config| config.rates.refusals_per_hour = 2);
    let statuses: Vec<u16> = (0..6).map(|_| arena.submit(&arena.alice, b"no numbers\n").status).collect();
    // The hour may turn once while they go in.
    assert!(statuses.contains(&429) && statuses.iter().filter(|status| **status == 201).count() <= 4, "{statuses:?}");
    arena.submit(&arena.bob, &predictions()).expect(201);
}

#[test]
fn an_account_has_few_streams_and_they_end_with_its_login() {
    let arena = Arena::start_with(1000, |config| config.limits.streams_per_account = 2);
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let path = format!("/submissions/{id}/events");
    let made = json!({ "name": "t", "days": 1 });
    let token = arena.app.post("/me/tokens", Some(&arena.alice.token), &made).expect(201).json();
    let (secret, token) = (text(&token["secret"]), text(&token["token"]["id"]));
    let mut by_session = Stream::open(&arena, &arena.alice.token, &id);
    let mut by_token = Stream::open(&arena, &secret, &id);
    assert_eq!(by_session.event().unwrap(), by_token.event().unwrap());
    let refused = arena.app.get(&path, Some(&secret)).expect(429);
    assert!(refused.header("retry-after").is_some() && refused.text.contains("2 event streams"), "{}", refused.text);

    arena.app.send("DELETE", &format!("/me/tokens/{token}"), Some(&arena.alice.token), None).expect(204);
    assert_eq!(by_token.event(), None);
    let organizers = Stream::open(&arena, &arena.organizer.token, &id);
    arena.app.send("DELETE", "/sessions", Some(&arena.alice.token), None).expect(204);
    assert_eq!(by_session.event(), None);
    drop(organizers);
}

#[test]
fn many_followers_have_one_reader() {
    let arena = Arena::start_with(1000, |config| config.limits.streams_per_account = 1000);
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let mut streams: Vec<Stream> = (0..200).map(|_| Stream::open(&arena, &arena.alice.token, &id)).collect();
    let first: Vec<Value> = streams.iter_mut().map(|stream| stream.event().unwrap()).collect();
    assert!(first.iter().all(|event| event["state"] == "queued"));
    let claim = arena.claim().unwrap();
    for stream in &mut streams {
        // A new estimate of the start may have come before.
        let states = std::iter::repeat_with(|| stream.event().unwrap()["state"].clone());
        assert_eq!(states.into_iter().find(|state| state != "queued").unwrap(), "running");
    }
    arena.score(&claim, [1, 0, 0], [1, 0, 0]).expect(200);
    for stream in &mut streams {
        assert_eq!(stream.event().unwrap()["state"], "scored");
        assert_eq!(stream.event(), None);
    }
}

#[test]
fn lists_are_read_once_and_have_a_tag() {
    let arena = Arena::start();
    for name in ["classes", "images"] {
        let path = format!("/seasons/demo/tasks/classification/{name}");
        let first = arena.app.get(&path, None).expect(200);
        let tag = first.header("etag").unwrap().to_owned();
        let again = arena.app.send_raw("GET", &path, None, &[("if-none-match", &tag)], None).expect(304);
        assert_eq!((again.header("etag"), again.text.as_str()), (Some(tag.as_str()), ""));
        assert!(first.header("cache-control").unwrap().contains("public"));
        // Kept ready: the test set is not read for it.
        for blob in arena.app.stored("blobs") {
            std::fs::remove_file(blob).unwrap();
        }
        assert_eq!(arena.app.get(&path, None).expect(200).text, first.text);
    }
    arena.add_test_set("classification", 2);
    let path = "/seasons/demo/tasks/classification/images";
    assert_ne!(
        arena.app.get(path, None).header("etag").unwrap(),
        arena.app.get("/seasons/demo/tasks/classification/classes", None).header("etag").unwrap()
    );
}

#[test]
fn a_missing_test_set_does_not_name_the_digest_of_the_labels() {
    let arena = Arena::start();
    let names: Vec<String> = arena
        .app
        .stored("blobs")
        .into_iter()
        .map(|blob| {
            std::fs::remove_file(&blob).unwrap();
            blob.file_name().unwrap().to_str().unwrap().to_owned()
        })
        .collect();
    assert!(!names.is_empty());
    let (task, upload) = ("/seasons/demo/tasks/classification", arena.upload(&arena.alice, &predictions()));
    let answers = [
        arena.app.get(&format!("{task}/images"), None),
        arena.app.get(&format!("{task}/classes"), None),
        arena.app.get(&format!("{task}/test-set/labels"), Some(&arena.organizer.token)),
        arena.submit_upload(&arena.alice, &upload, json!({}), None),
    ];
    for answer in answers {
        assert_eq!(answer.status, 500, "{}", answer.text);
        assert!(names.iter().all(|name| !answer.text.contains(name.as_str())), "{}", answer.text);
    }
}

#[test]
fn boards_of_the_past_do_not_hold_up_the_present_one() {
    let arena = Arena::start();
    let board = "/seasons/demo/tasks/classification/leaderboard";
    for _ in 0..5 {
        arena.submit(&arena.alice, &predictions()).expect(201);
        arena.score(&arena.claim().unwrap(), [1, 0, 0], [1, 0, 0]).expect(200);
    }
    let present = arena.app.get(board, None).expect(200);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let past = |second: usize| {
            let path = format!("{board}?as_of=2020-01-01T{:02}:{:02}:00Z", second / 60, second % 60);
            arena.app.get(&path, None)
        };
        let asking: Vec<_> = (0..100).map(|second| scope.spawn(move || past(second).status)).collect();
        for _ in 0..20 {
            assert_eq!(arena.app.get(board, None).expect(200).header("etag"), present.header("etag"));
        }
        asking.into_iter().map(|asking| asking.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
    // All times of that year have one board, which shows the time that was asked for.
    std::thread::sleep(Duration::from_millis(500));
    let past = arena.app.get(&format!("{board}?as_of=2020-02-03T00:00:00Z"), None).expect(200).json();
    assert_eq!((&past["as_of"], &past["rows"]), (&json!("2020-02-03T00:00:00Z"), &json!([])));
}

/// A connection from an address of its own, whose client keeps little of what it does not read.
pub fn connection_from(app: &TestApp, address: [u8; 4]) -> TcpStream {
    let server: std::net::SocketAddr = app.origin.strip_prefix("http://").unwrap().parse().unwrap();
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind(&std::net::SocketAddr::from((address, 0)).into()).unwrap();
    socket.connect(&server.into()).unwrap();
    socket.into()
}

/// Asks for `/healthz` on a connection of its own; what came.
fn healthz(mut socket: TcpStream) -> String {
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A connection that was refused may be gone by now.
    socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok();
    rest(socket)
}

#[test]
fn a_client_that_does_not_wait_for_answers_holds_up_nobody() {
    let app = TestApp::start_with(|config| config.workers = 1);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let answers = std::thread::scope(|scope| {
        let socket = connection_from(&app, [127, 0, 0, 1]);
        let (mut reads, mut writes) = (socket.try_clone().unwrap(), socket);
        scope.spawn(move || std::io::copy(&mut reads, &mut std::io::sink()).ok());
        let stopped = &stop;
        scope.spawn(move || {
            let requests = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n".repeat(500);
            while !stopped.load(std::sync::atomic::Ordering::Acquire) && writes.write_all(&requests).is_ok() {}
            writes.shutdown(std::net::Shutdown::Both).ok();
        });
        // The flood is on its way when the others come, and ends only after they were answered or
        // have given up.
        std::thread::sleep(Duration::from_millis(300));
        let answers: Vec<String> = (0..5).map(|_| healthz(connection_from(&app, [127, 0, 0, 2]))).collect();
        stop.store(true, std::sync::atomic::Ordering::Release);
        answers
    });
    for answer in answers {
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer:?}");
    }
}

#[test]
fn a_client_that_reads_nothing_is_disconnected() {
    let app = TestApp::start_with(|config| config.limits.unread_seconds = 1);
    let mut socket = connection_from(&app, [127, 0, 0, 1]);
    socket.write_all(&b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50)).unwrap();
    socket.set_nonblocking(true).unwrap();
    eventually(
        "the connection is closed",
        || matches!(socket.write(b"G"), Err(error) if error.kind() != std::io::ErrorKind::WouldBlock),
    );
}

#[test]
fn an_address_holds_a_number_of_connections_and_others_are_served() {
    let app = TestApp::start_with(|config| {
        config.limits.connections_per_address = 3;
    });
    let from = |last| connection_from(&app, [127, 0, 1, last]);
    // Connections without a request are closed after a while, so all four are opened for each try.
    eventually("the fourth is refused", || {
        let _held: Vec<TcpStream> = (0..3).map(|_| from(1)).collect();
        std::thread::sleep(Duration::from_millis(50));
        let refused = healthz(from(1)).is_empty();
        refused && healthz(from(2)).starts_with("HTTP/1.1 200")
    });
    eventually("places are free again", || healthz(from(1)).starts_with("HTTP/1.1 200"));
}

/// The connections of a proxy are those of all its clients.
#[test]
fn connections_of_a_proxy_are_not_counted() {
    let app = TestApp::start_with(|config| {
        config.limits.connections_per_address = 1;
        config.rates.trusted_proxies = "127.0.1.1".parse().unwrap();
    });
    let _held = connection_from(&app, [127, 0, 1, 1]);
    assert!(healthz(connection_from(&app, [127, 0, 1, 1])).starts_with("HTTP/1.1 200"));
}
