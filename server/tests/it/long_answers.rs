//! Answers of any size: pages are bounded in bytes, whoever asks for many keeps nobody else
//! waiting, and answers have to be read.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::accounts::within_a_minute;
use crate::arena::{Arena, SUBMISSIONS, predictions};
use crate::load::{connection_from, rest};
use crate::people::{Person, text};
use crate::test_app::{Answer, TestApp};
use crate::tus::eventually;

/// A page is not larger, unless its only item is.
const PAGE: usize = (256 << 10) + 1024;
/// A text with this number of characters, each of four bytes.
fn long(characters: usize) -> String {
    "𝔸".repeat(characters)
}

/// Submits with the longest texts that a submission can have.
fn submit_long(arena: &Arena, person: &Person) {
    let links: Vec<String> = (0..10).map(|_| format!("https://example.org/{}", "a".repeat(480))).collect();
    let texts = json!({ "method": long(200), "description": long(20_000), "links": links });
    arena.submit_upload(person, &arena.upload(person, &predictions()), texts, None).expect(201);
}

/// Reads a list to its end, checks the size of each page, and returns how many pages and which
/// items it has.
fn read_all(app: &TestApp, path: &str, token: Option<&str>) -> (usize, Vec<Value>) {
    let (mut pages, mut items, mut cursor) = (0, Vec::new(), String::new());
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let answer = app.get(&format!("{path}{joint}limit=200{cursor}"), token).expect(200);
        let page = answer.json();
        let found = page["items"].as_array().unwrap();
        assert!(answer.text.len() <= PAGE || found.len() == 1, "{path}: {} bytes", answer.text.len());
        items.extend(found.iter().cloned());
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (pages, items),
        }
    }
}

#[test]
fn a_page_of_long_texts_ends_early_and_the_next_one_goes_on() {
    let arena = Arena::start();
    (0..10).for_each(|_| submit_long(&arena, &arena.alice));
    let (pages, items) = read_all(&arena.app, SUBMISSIONS, Some(&arena.alice.token));
    let mut ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert!((4..10).contains(&pages) && ids.len() == 10, "{pages} pages, {} items", ids.len());
    assert!(ids.is_sorted_by(|newer, older| newer > older));
    ids.dedup();
    assert_eq!(ids.len(), 10);
    assert_eq!(items[9]["description"], long(20_000).as_str());
}

#[test]
fn all_lists_with_long_texts_are_bounded() {
    let arena = Arena::start();
    let (app, organizer) = (&arena.app, Some(arena.organizer.token.as_str()));
    for number in 0..10 {
        let body = json!({ "title": format!("Number {number}"), "text": long(10_000) });
        app.post("/organizer/seasons/demo/announcements", organizer, &body).expect(201);
        let question = json!({ "text": format!("{number}{}", long(1_990)) });
        let asked = app.post("/seasons/demo/questions", Some(&arena.alice.token), &question).expect(201).json();
        let path = format!("/organizer/seasons/demo/questions/{}/answer", text(&asked["id"]));
        app.send("PUT", &path, organizer, Some(&json!({ "text": long(10_000), "public": true }))).expect(200);
        app.season(&format!("season-{number}"));
    }
    app.execute(&format!("UPDATE seasons SET rules = '{}'", "r".repeat(100 << 10)));
    for (path, count) in [("/seasons/demo/announcements", 10), ("/seasons/demo/questions", 10), ("/seasons", 11)] {
        let (pages, items) = read_all(app, path, None);
        assert!(pages > 1 && items.len() == count, "{path}: {pages} pages, {} items", items.len());
    }

    let (mut after, mut events) = (0, 0);
    loop {
        let answer = app.get(&format!("/seasons/demo/events?limit=200&after={after}"), None).expect(200);
        assert!(answer.text.len() <= PAGE, "{} bytes of events", answer.text.len());
        let page = answer.json();
        events += page["items"].as_array().unwrap().len();
        let next = page["next"].as_u64().unwrap();
        if next == after {
            break;
        }
        after = next;
    }
    assert!(events >= 20, "{events}");
    let feed = app.get("//seasons/demo/feed.atom", None).expect(200);
    assert!(feed.text.len() <= PAGE + (16 << 10) && feed.text.contains("<entry>"), "{} bytes", feed.text.len());
}

/// Sends a request from an address of its own behind the proxy.
fn send_from(app: &TestApp, from: &str, method: &str, path: &str, token: &str) -> Answer {
    app.send_raw(method, path, Some(token), &[("x-forwarded-for", from)], None)
}

/// Asks for a list over and over on one connection, and reads next to nothing of it.
fn ask_and_not_read(app: &TestApp, token: &str, requests: usize) -> TcpStream {
    let mut socket = connection_from(app, [127, 0, 0, 1]);
    let request = format!(
        "GET /api/v1{SUBMISSIONS}?limit=200 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.2\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(request.repeat(requests).as_bytes()).unwrap();
    socket
}

/// Returns how long an honest team waits: to send a file, until it is accepted, and for its state.
fn honest_round(arena: &Arena) -> Duration {
    let begun = Instant::now();
    let id = text(&arena.submit(&arena.bob, &predictions()).expect(201).json()["id"]);
    assert_eq!(arena.submission(&arena.bob, &id)["state"], "queued");
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn whoever_asks_for_many_long_lists_does_not_hold_up_the_others() {
    let arena = Arena::start_with(1000, |config| {
        config.queue.queued_per_team = 1000;
        config.rates.trusted_proxies = "127.0.0.1".parse().unwrap();
    });
    (0..58).for_each(|_| submit_long(&arena, &arena.alice));
    let alone = median((0..5).map(|_| honest_round(&arena)).collect());
    let stop = AtomicBool::new(false);
    let (busy, asked) = std::thread::scope(|scope| {
        let _unread: Vec<TcpStream> = (0..20).map(|_| ask_and_not_read(&arena.app, &arena.alice.token, 20)).collect();
        let asking: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| {
                    let mut answers = 0;
                    while !stop.load(Ordering::Acquire) {
                        let path = format!("{SUBMISSIONS}?limit=200");
                        let answer = send_from(&arena.app, "192.0.2.1", "GET", &path, &arena.alice.token);
                        assert!(
                            answer.status == 200 || answer.header("retry-after").is_some(),
                            "{} {}",
                            answer.status,
                            answer.text
                        );
                        answers += 1;
                    }
                    answers
                })
            })
            .collect();
        std::thread::sleep(Duration::from_secs(1));
        let busy = median((0..5).map(|_| honest_round(&arena)).collect());
        stop.store(true, Ordering::Release);
        (busy, asking.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>())
    });
    println!("alone {alone:?}, beside {asked} lists {busy:?}");
    assert!(asked >= 40, "{asked}");
    assert!(busy <= alone * 10 + Duration::from_secs(1), "alone {alone:?}, beside lists {busy:?}");
}

#[test]
fn one_account_has_few_unread_answers() {
    let arena = Arena::start();
    (0..4).for_each(|_| submit_long(&arena, &arena.alice));
    let unread: Vec<TcpStream> = (0..40).map(|_| ask_and_not_read(&arena.app, &arena.alice.token, 1)).collect();
    let list = |person: &Person| arena.app.get(SUBMISSIONS, Some(&person.token));
    eventually("further answers are refused", || list(&arena.alice).status == 429);
    let refused = list(&arena.alice).expect(429);
    assert_eq!((refused.code(), refused.header("retry-after")), ("rate_limited".to_owned(), Some("5")));
    list(&arena.organizer).expect(200);
    // Small answers come, because they take no memory.
    arena.app.get("/me", Some(&arena.alice.token)).expect(200);
    drop(unread);
    eventually("the places are given back", || list(&arena.alice).status == 200);
}

#[test]
fn a_client_that_reads_slowly_is_disconnected() {
    let app = TestApp::start_with(|config| {
        config.limits.reading_grace_seconds = 1;
        config.limits.reading_bytes_per_second = 100_000;
    });
    let request = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut slow = connection_from(&app, [127, 0, 0, 1]);
    slow.write_all(request).unwrap();
    let (begun, mut read, mut part) = (Instant::now(), 0, [0; 1000]);
    while let Ok(count) = slow.read(&mut part)
        && count > 0
    {
        read += count;
        assert!(begun.elapsed() < Duration::from_secs(20), "{read} bytes were read slowly");
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut prompt = connection_from(&app, [127, 0, 0, 1]);
    prompt.write_all(request).unwrap();
    let whole = rest(prompt).len();
    assert!(read < whole && whole > 300_000, "{read} of {whole} bytes were read slowly");
}

#[test]
fn news_seen_and_preflights_have_a_rate_and_refusals_need_no_write() {
    let arena = Arena::start_with(1000, |config| {
        config.rates.news_seen_per_minute = 2;
        config.rates.preflights_per_minute = 2;
    });
    within_a_minute();
    let token = Some(arena.alice.token.as_str());
    let preflight = json!({ "kind": "predictions", "size": 40 });
    let requests = [
        ("PUT", "/seasons/demo/news-seen".to_owned(), json!({}), 204),
        ("POST", format!("{SUBMISSIONS}/preflight"), preflight, 200),
    ];
    for (method, path, body, done) in &requests {
        let send = || arena.app.send(method, path, token, Some(body));
        send().expect(*done);
        send().expect(*done);
        let refused = send().expect(429);
        assert_eq!(refused.code(), "rate_limited");
        assert!(refused.header("retry-after").is_some());
        // Another one is not refused with them.
        arena.app.send(method, path, Some(&arena.bob.token), Some(body)).expect(*done);
    }
    // A refusal needs no write, so it comes at once while nobody can write.
    let held = arena.app.hold_writes("rate_limits");
    for (method, path, body, _) in &requests {
        let begun = Instant::now();
        arena.app.send(method, path, token, Some(body)).expect(429);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }
    drop(held);
}
