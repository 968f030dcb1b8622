//! Answers of any size: pages are bounded in bytes, whoever asks for many keeps nobody else waiting, and answers have to be read.

use serde_json::{Value, json};

use crate::arena::{Arena, SUBMISSIONS, predictions};
use crate::people::{Person, text};
use crate::test_app::TestApp;

/// A page is not larger, unless its only item is.
const PAGE: usize = (256 << 10) + 1024;
/// A text of so many characters, as long as it can be in bytes.
fn long(characters: usize) -> String {
    "𝔸".repeat(characters)
}

/// Submits with the longest texts that a submission can have.
fn submit_long(arena: &Arena, person: &Person) {
    let links: Vec<String> = (0..10).map(|_| format!("https://example.org/{}", "a".repeat(480))).collect();
    let texts = json!({ "method": long(200), "description": long(20_000), "links": links });
    arena.submit_upload(person, &arena.upload(person, &predictions()), texts, None).expect(201);
}

/// Reads a list to its end, checks the size of each page, and returns how many pages and which items it has.
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
