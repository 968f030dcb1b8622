//! More time and more attempts for one team.

use std::time::{Duration, Instant};

use holdout_protocol::Timestamp;
use serde_json::{Value, json};

use crate::arena::{Arena, QUOTA, SUBMISSIONS, predictions};
use crate::people::{Person, text};
use crate::team_changes::{join, leave};
use crate::test_app::Answer;

const BOARD: &str = "/seasons/demo/tasks/classification/leaderboard";
const EXTENSIONS: &str = "/organizer/seasons/demo/extensions";

/// A time so many seconds from now.
fn in_seconds(seconds: i64) -> String {
    Timestamp::from_micros(Timestamp::now().as_micros() + seconds * 1_000_000).to_string()
}

fn extend(arena: &Arena, body: Value) -> Answer {
    arena.app.post(EXTENSIONS, Some(&arena.organizer.token), &body)
}

fn season(arena: &Arena, body: Value) -> Answer {
    arena.app.send("PATCH", "/seasons/demo", Some(&arena.organizer.token), Some(&body))
}

fn close(arena: &Arena) {
    let closed = Timestamp::now().as_micros() - 1_000_000;
    arena.set_season(&format!("opens_at = 1, closes_at = {closed}"));
}

fn quota(arena: &Arena, person: &Person) -> Value {
    arena.app.get(QUOTA, Some(&person.token)).expect(200).json()
}

fn score(arena: &Arena) {
    let claim = arena.claim().unwrap();
    arena.score(&claim, [0xff, 0xff, 0x0f], [0xff, 0xff, 0x0f]).expect(200);
}

#[test]
fn an_extension_needs_a_reason_and_is_given_once() {
    let arena = Arena::start();
    let until = in_seconds(7200);
    arena.set_season(&format!("closes_at = {}", Timestamp::now().as_micros() + 3_600_000_000));
    for reason in ["", "  "] {
        let refused = season(&arena, json!({ "closes": until, "reason": reason })).expect(422).json();
        assert_eq!(refused["error"]["reason"], json!("text_required"));
    }
    for body in [
        json!({ "team": "Alpha", "until": until, "reason": "power cut" }),
        json!({ "team": "Alpha", "until": until, "attempts": 2, "reason": "power cut" }),
        json!({ "team": "Alpha", "until": until, "attempts": 2, "task": "classification", "reason": "power cut" }),
    ] {
        let made = extend(&arena, body.clone()).expect(201).json();
        let refused = extend(&arena, body.clone()).expect(409).json();
        assert_eq!(refused["error"]["reason"], json!("same_extension"), "{refused}");
        // An extension that was ended by hand can be given again.
        let path = format!("{EXTENSIONS}/{}", text(&made["id"]));
        arena.app.send("DELETE", &path, Some(&arena.organizer.token), None).expect(204);
        extend(&arena, body).expect(201);
    }
    extend(&arena, json!({ "team": "Alpha", "until": until, "attempts": 2, "reason": "a fire" })).expect(201);
}

#[test]
fn a_team_with_a_deadline_of_its_own_submits_chooses_and_writes_until_then() {
    let arena = Arena::start();
    let before = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    score(&arena);
    close(&arena);
    for person in [&arena.alice, &arena.bob] {
        let refused = arena.submit(person, &predictions()).expect(409).json();
        assert_eq!(refused["error"]["reason"], json!("season_closed"));
    }
    let until = in_seconds(3600);
    let made = extend(&arena, json!({ "team": "alpha", "until": until, "reason": "power cut" })).expect(201).json();
    assert_eq!((&made["team"], &made["attempts"]), (&json!("Alpha"), &json!(0)));
    // The team sees its deadline everywhere.
    let me = arena.app.get("/me", Some(&arena.alice.token)).expect(200).json();
    assert_eq!(me["teams"][0]["extended_until"], made["until"]);
    assert_eq!(quota(&arena, &arena.alice)["closes_at"], made["until"]);
    let question = json!({ "kind": "predictions", "size": 10 });
    let preflight = arena.app.post(&format!("{SUBMISSIONS}/preflight"), Some(&arena.alice.token), &question);
    assert_eq!(preflight.expect(200).json()["closes_at"], made["until"]);

    let late = arena.submit(&arena.alice, &predictions()).expect(201).json();
    assert_eq!((&late["late"], &arena.submission(&arena.alice, &before)["late"]), (&json!(true), &json!(false)));
    let refused = arena.submit(&arena.bob, &predictions()).expect(409).json();
    assert_eq!(refused["error"]["reason"], json!("season_closed"), "the others' season stays closed");
    score(&arena);
    let id = text(&late["id"]);
    let change =
        |body: Value| arena.app.send("PATCH", &format!("/submissions/{id}"), Some(&arena.alice.token), Some(&body));
    assert_eq!(change(json!({ "final": true, "method": "late" })).expect(200).json()["final"], json!(true));
    let began = Instant::now();
    let rows = loop {
        let board = arena.app.get(&format!("{BOARD}?all=true"), None).expect(200).json();
        let rows = board["rows"].as_array().unwrap().clone();
        if rows.len() == 2 && rows.iter().any(|row| row["method"] == "late") {
            break rows;
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{board}");
        std::thread::sleep(Duration::from_millis(50));
    };
    for row in rows {
        assert_eq!(row["late"], json!(row["submission"] == json!(id)), "{row}");
    }
    let csv = arena.app.get(&format!("{BOARD}.csv?all=true"), None).expect(200).text;
    assert!(csv.lines().next().unwrap().contains(",late,") && csv.contains(",true,,\r\n"), "{csv}");

    let refused = season(&arena, json!({ "published": true })).expect(409).json()["error"].clone();
    assert_eq!((&refused["reason"], &refused["detail"]["count"]), (&json!("extensions_run"), &json!(1)));
    assert_eq!(refused["detail"]["until"], made["until"]);
    let path = format!("{EXTENSIONS}/{}", text(&made["id"]));
    arena.app.send("DELETE", &path, Some(&arena.organizer.token), None).expect(204);
    let again = arena.app.send("DELETE", &path, Some(&arena.organizer.token), None).expect(409).json();
    assert_eq!(again["error"]["reason"], json!("extension_over"));
    arena.submit(&arena.alice, &predictions()).expect(409);
    season(&arena, json!({ "published": true })).expect(200);
    let later = json!({ "team": "Alpha", "until": in_seconds(7200), "reason": "r" });
    assert_eq!(extend(&arena, later).expect(409).json()["error"]["reason"], json!("season_over"));
}

#[test]
fn a_later_deadline_for_all_takes_the_mark_away_and_keeps_its_reason() {
    let arena = Arena::start();
    close(&arena);
    extend(&arena, json!({ "team": "Alpha", "until": in_seconds(3600), "reason": "power cut" })).expect(201);
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    assert_eq!(arena.submission(&arena.alice, &id)["late"], json!(true));
    season(&arena, json!({ "closes": in_seconds(1800), "reason": "the network was down" })).expect(200);
    assert_eq!(arena.submission(&arena.alice, &id)["late"], json!(false));
    assert_eq!(
        quota(&arena, &arena.bob)["closes_at"],
        arena.app.get("/seasons/demo", None).expect(200).json()["closes"]
    );
    let log = arena.app.get("/organizer/audit?limit=200", Some(&arena.organizer.token)).expect(200).json();
    let entry = |action: &str| log["items"].as_array().unwrap().iter().find(|entry| entry["action"] == action).cloned();
    assert_eq!(entry("season.update").unwrap()["detail"]["reason"], json!("the network was down"));
    assert_eq!(entry("team.extend").unwrap()["detail"]["reason"], json!("power cut"));
    season(&arena, json!({ "closes": in_seconds(1800), "reason": "x".repeat(501) })).expect(422);
}

#[test]
fn extra_attempts_are_given_once_and_shown() {
    let arena = Arena::start_with(2, |config| config.queue.queued_per_team = 100);
    let submit = |person: &Person| arena.submit(person, &predictions());
    submit(&arena.alice).expect(201);
    submit(&arena.alice).expect(201);
    submit(&arena.alice).expect(429);
    let body = json!({ "team": "Alpha", "attempts": 1, "until": in_seconds(7200), "reason": "our fault" });
    let made = extend(&arena, body).expect(201).json();
    let found = quota(&arena, &arena.alice);
    assert_eq!([&found["limit"], &found["used"], &found["remaining"], &found["extra"]], [2, 2, 1, 1]);
    assert_eq!(found["extra_until"], made["until"]);
    assert_eq!(quota(&arena, &arena.bob)["extra"], json!(0));
    let third = submit(&arena.alice).expect(201).json();
    assert_eq!((&third["quota"]["remaining"], &third["quota"]["extra"]), (&json!(0), &json!(0)));
    submit(&arena.alice).expect(429);
    // One that was not charged is given back.
    let cancel = format!("/submissions/{}/cancel", text(&third["id"]));
    arena.app.post(&cancel, Some(&arena.alice.token), &json!({})).expect(200);
    assert_eq!(quota(&arena, &arena.alice)["extra"], json!(1));

    arena.add_task("second", 2);
    let elsewhere =
        json!({ "team": "Alpha", "attempts": 5, "task": "second", "until": in_seconds(7200), "reason": "r" });
    extend(&arena, elsewhere).expect(201);
    assert_eq!(quota(&arena, &arena.alice)["extra"], json!(1));
    let other = arena.app.get("/seasons/demo/tasks/second/quota", Some(&arena.alice.token)).expect(200).json();
    assert_eq!((&other["extra"], &other["remaining"]), (&json!(6), &json!(8)), "the first is for each task");
    let listed = arena.app.get(EXTENSIONS, Some(&arena.organizer.token)).expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(listed["items"][0]["task"], json!("second"));
}

#[test]
fn an_extra_attempt_that_a_member_needed_is_used_for_good() {
    let arena = Arena::start_with(2, |config| config.queue.queued_per_team = 100);
    let submit = |person: &Person| arena.submit(person, &predictions());
    let state = |person: &Person| {
        let found = quota(&arena, person);
        ["used", "carried", "extra", "remaining"].map(|field| found[field].as_u64().unwrap())
    };
    // Bob has used up his quota with his own team, and joins Alpha.
    submit(&arena.bob).expect(201);
    submit(&arena.bob).expect(201);
    leave(&arena, &arena.bob).unwrap().expect(204);
    join(&arena, &arena.alice, &arena.bob).unwrap().expect(200);
    let body = json!({ "team": "Alpha", "attempts": 2, "until": in_seconds(7200), "reason": "our fault" });
    extend(&arena, body).expect(201);
    assert_eq!(state(&arena.alice), [2, 2, 2, 2]);
    submit(&arena.alice).expect(201);
    submit(&arena.alice).expect(201);
    assert_eq!(state(&arena.alice), [2, 2, 0, 0]);
    submit(&arena.alice).expect(429);
    // Without him the team has its own two slots, but no extra attempt: not now, and not in the
    // next window.
    leave(&arena, &arena.bob).unwrap().expect(204);
    assert_eq!(state(&arena.alice), [0, 0, 0, 2]);
    submit(&arena.alice).expect(201);
    submit(&arena.alice).expect(201);
    submit(&arena.alice).expect(429);
    arena.app.execute("UPDATE quota_ledger SET reserved_at = reserved_at - 3600000000");
    assert_eq!(state(&arena.alice), [0, 0, 0, 2]);
}

#[test]
fn an_extension_says_what_it_gives() {
    let arena = Arena::start();
    let try_it = |more: Value| {
        let mut body = json!({ "team": "Alpha", "until": in_seconds(7200), "reason": "r" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        extend(&arena, body)
    };
    // The season of the tests never closes.
    let error = try_it(json!({})).expect(422).json()["error"].clone();
    assert_eq!((&error["detail"]["field"], &error["reason"]), (&json!("until"), &json!("extension_not_later")));
    season(&arena, json!({ "closes": in_seconds(3600) })).expect(200);
    for (more, field, reason) in [
        (json!({ "until": in_seconds(1800) }), "until", "extension_not_later"),
        (json!({ "until": in_seconds(-10), "attempts": 1 }), "until", "extension_not_later"),
        (json!({ "attempts": 0 }), "attempts", "number_range"),
        (json!({ "attempts": 1001 }), "attempts", "number_range"),
        (json!({ "task": "classification" }), "task", "request_unfit"),
        (json!({ "reason": " " }), "reason", "text_required"),
    ] {
        let error = try_it(more.clone()).expect(422).json()["error"].clone();
        assert_eq!((&error["detail"]["field"], &error["reason"]), (&json!(field), &json!(reason)), "{more}: {error}");
    }
    try_it(json!({ "team": "Gamma" })).expect(404);
    try_it(json!({ "attempts": 1, "task": "none" })).expect(404);
    let body = json!({ "team": "Alpha", "until": in_seconds(7200), "reason": "r" });
    arena.app.post(EXTENSIONS, Some(&arena.alice.token), &body).expect(403);
    try_it(json!({})).expect(201);
}
