//! What happened in a season, as pages of events and as a feed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::{Person, text};

const EVENTS: &str = "/seasons/demo/events";
const ANNOUNCE: &str = "/organizer/seasons/demo/announcements";

/// All events, read a page of `limit` after the other.
fn events(arena: &Arena, token: Option<&str>, limit: usize) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = arena.app.get(&format!("{EVENTS}?after={after}&limit={limit}"), token).expect(200).json();
        let items = page["items"].as_array().unwrap().clone();
        after = page["next"].as_u64().unwrap();
        if items.is_empty() {
            return all;
        }
        all.extend(items);
    }
}

/// Returns the kinds of all events once this many are there. The server looks at the clock and at
/// the boards about once a second.
fn kinds(arena: &Arena, count: usize) -> Vec<String> {
    let began = Instant::now();
    loop {
        let found = events(arena, None, 50);
        if found.len() >= count || began.elapsed() > Duration::from_secs(20) {
            return found.iter().map(|event| text(&event["kind"])).collect();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A submission of somebody's team with so many of the ten public images right.
fn scored(arena: &Arena, person: &Person, right: u32) -> String {
    let id = text(&arena.submit(person, &predictions()).expect(201).json()["id"]);
    let claim = arena.claim().expect("there is work");
    let bits = ((1_u32 << right) - 1).to_le_bytes();
    arena.score(&claim, [bits[0], bits[1], 0], [bits[0], bits[1], 0]).expect(200);
    id
}

fn announce(arena: &Arena, title: &str, said: &str) -> String {
    let body = json!({ "title": title, "text": said });
    text(&arena.app.post(ANNOUNCE, Some(&arena.organizer.token), &body).expect(201).json()["id"])
}

fn withdraw(arena: &Arena, id: &str) {
    let body = json!({ "withdrawn": true });
    arena.app.send("PATCH", &format!("{ANNOUNCE}/{id}"), Some(&arena.organizer.token), Some(&body)).expect(200);
}

fn answered(arena: &Arena, question: &str, public: bool) {
    let app = &arena.app;
    let body = json!({ "text": question });
    let id = text(&app.post("/seasons/demo/questions", Some(&arena.alice.token), &body).expect(201).json()["id"]);
    let path = format!("/organizer/seasons/demo/questions/{id}/answer");
    let answer = json!({ "text": format!("About {question}"), "public": public });
    app.send("PUT", &path, Some(&arena.organizer.token), Some(&answer)).expect(200);
}

#[test]
fn events_come_in_one_order_and_each_once() {
    let arena = Arena::start();
    let second = arena.app.second_server();
    assert_eq!(kinds(&arena, 1), ["opened"]);
    let best = scored(&arena, &arena.alice, 4);
    assert_eq!(kinds(&arena, 2), ["opened", "leader"]);
    // Better, but by the same team; then worse, by another one.
    scored(&arena, &arena.alice, 5);
    scored(&arena, &arena.bob, 3);
    let first = announce(&arena, "Disk replaced", "One.");
    scored(&arena, &arena.bob, 6);
    assert_eq!(kinds(&arena, 4), ["opened", "leader", "announced", "leader"]);
    withdraw(&arena, &first);
    answered(&arena, "How large?", true);
    arena.set_season("closes_at = 5, published_at = 6");
    let expected =
        ["opened", "leader", "announced", "leader", "announcement_changed", "answered", "closed", "published"];
    assert_eq!(kinds(&arena, 8), expected);

    let all = events(&arena, None, 50);
    assert_eq!(
        (&all[1]["team"], &all[1]["submission"], &all[1]["error"]),
        (&json!("Alpha"), &json!(best), &json!(0.6))
    );
    assert_eq!((&all[3]["team"], &all[3]["task"]), (&json!("Beta"), &json!("classification")));
    let cursors: Vec<u64> = all.iter().map(|event| event["cursor"].as_u64().unwrap()).collect();
    assert_eq!(cursors, [1, 2, 3, 4, 5, 6, 7, 8]);
    for limit in [1, 3, 200] {
        assert_eq!(events(&arena, None, limit), all, "in pages of {limit}");
    }
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(events(&arena, None, 50).len(), 8, "two servers write nothing twice");
    drop(second);
    for bad in ["after=x", "after=-1", "since=3"] {
        arena.app.get(&format!("{EVENTS}?{bad}"), None).expect(422);
    }
}

#[test]
fn events_tell_nothing_that_is_hidden() {
    let arena = Arena::start();
    kinds(&arena, 1);
    scored(&arena, &arena.alice, 9);
    kinds(&arena, 2);
    let withdrawn = announce(&arena, "Wrongly said", "Wrongly told");
    withdraw(&arena, &withdrawn);
    answered(&arena, "A secret question", false);
    scored(&arena, &arena.bob, 2);
    // A board that is frozen has the leader that it had.
    arena.set_season("frozen_at = 1");
    scored(&arena, &arena.bob, 10);
    std::thread::sleep(Duration::from_millis(2500));
    let feed = arena.app.get("//seasons/demo/feed.atom", None).expect(200).text;
    for token in [None, Some(&arena.alice.token), Some(&arena.organizer.token)] {
        let told = serde_json::to_string(&events(&arena, token.map(String::as_str), 50)).unwrap();
        for told in [&told, &feed] {
            for hidden in ["Wrongly", "secret", "Beta", &arena.alice.id, "alice"] {
                assert!(!told.contains(hidden), "{hidden}: {told}");
            }
        }
    }
    assert!(feed.contains("Withdrawn announcement"), "{feed}");
    arena.set_season("draft = TRUE");
    arena.app.get(EVENTS, None).expect(404);
    arena.app.get(EVENTS, Some(&arena.organizer.token)).expect(200);
    arena.app.get("//seasons/demo/feed.atom", None).expect(404);
    arena.app.get("//seasons/nowhere/feed.atom", None).expect(404);
}

#[test]
fn a_lead_that_was_taken_back_is_told_and_named_no_more() {
    let arena = Arena::start();
    kinds(&arena, 1);
    let best = scored(&arena, &arena.alice, 9);
    kinds(&arena, 2);
    let second = scored(&arena, &arena.bob, 6);
    let judge = |action: &str| {
        let body = json!({ "action": action, "submission": best, "reason": "looked into" });
        arena.app.post("/organizer/judgements", Some(&arena.organizer.token), &body).expect(200);
    };
    judge("hide");
    assert_eq!(kinds(&arena, 4), ["opened", "leader", "retracted", "leader"]);
    let all = events(&arena, None, 50);
    let told = [&all[1]["task"], &all[1]["team"], &all[1]["submission"], &all[1]["error"], &all[1]["retracted"]];
    assert_eq!(told, [&json!("classification"), &Value::Null, &Value::Null, &Value::Null, &json!(true)]);
    assert_eq!((&all[2]["retracts"], &all[2]["task"]), (&all[1]["id"], &json!("classification")));
    assert_eq!((&all[3]["team"], &all[3]["retracted"]), (&json!("Beta"), &json!(false)));
    assert!(text(&all[3]["at"]) >= text(&all[2]["at"]), "who leads again does so since the other was taken back");
    let feed = || arena.app.get("//seasons/demo/feed.atom", None).expect(200).text;
    assert!(feed().contains("Result taken back: Classification") && !feed().contains("Alpha"), "{}", feed());

    arena.app.post(&format!("/submissions/{second}/withdraw"), Some(&arena.bob.token), &json!({})).expect(200);
    assert_eq!(kinds(&arena, 5).last().unwrap(), "retracted");
    assert!(!feed().contains("Beta"), "{}", feed());
    // What comes back leads again.
    judge("restore");
    assert_eq!(kinds(&arena, 6).last().unwrap(), "leader");
    assert_eq!(events(&arena, None, 50)[5]["submission"], json!(best));
}

#[test]
fn the_feed_is_atom() {
    let arena = Arena::start();
    arena.set_season("title = 'Cats & <dogs>'");
    kinds(&arena, 1);
    scored(&arena, &arena.alice, 9);
    kinds(&arena, 2);
    let said = "<b>One</b> & \"two\"\n\u{202e}three \u{fffe}\u{1f4be} ]]>";
    announce(&arena, "A <title> & more", said);
    answered(&arena, "How\nlarge?", true);
    let answer = arena.app.get("//seasons/demo/feed.atom", None).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    let feed: atom_syndication::Feed = answer.text.parse().unwrap_or_else(|error| panic!("{error}: {}", answer.text));
    assert_eq!(feed.title().as_str(), "Cats & <dogs>");
    assert_eq!(feed.authors().len(), 1);
    let own = feed.links().iter().find(|link| link.rel() == "self").unwrap().href();
    assert_eq!(own, format!("{}/seasons/demo/feed.atom", arena.app.origin));
    let titles: Vec<&str> = feed.entries().iter().map(|entry| entry.title().as_str()).collect();
    assert_eq!(titles, ["Answer: How", "A <title> & more", "Alpha leads: Classification", "Open"]);
    let content = |at: usize| feed.entries()[at].content().unwrap().value().unwrap();
    assert_eq!(content(1), said.replace('\u{fffe}', ""));
    assert_eq!(content(0), "How\nlarge?\n\nAbout How\nlarge?");
    assert!(content(2).contains("10.000 %"), "{}", content(2));
    let mut ids: Vec<&str> = feed.entries().iter().map(|entry| entry.id()).chain([feed.id()]).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert!(ids.iter().all(|id| id.starts_with("urn:uuid:")), "{ids:?}");
    let latest = feed.entries().iter().map(|entry| *entry.updated()).max().unwrap();
    assert_eq!(*feed.updated(), latest);

    let page = arena.app.send_raw("GET", "//seasons/demo", None, &[("accept", "text/html")], None).expect(200).text;
    let link = "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"/seasons/demo/feed.atom\">";
    assert!(page.contains(link), "{page}");
}
