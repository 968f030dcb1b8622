//! Dates that organizers give to what they enter on behalf of teams: shown, and decisive for
//! nothing.

use std::time::{Duration, Instant};

use holdout_protocol::Timestamp;
use serde_json::{Value, json};

use crate::arena::{Arena, QUOTA, predictions};
use crate::people::text;
use crate::test_app::Answer;

const BOARD: &str = "/seasons/demo/tasks/classification/leaderboard";
const THEN: &str = "2012-09-30T23:00:00Z";

fn enter(arena: &Arena, more: Value) -> Answer {
    let upload = arena.upload(&arena.organizer, &predictions());
    arena.submit_upload(&arena.organizer, &upload, more, None)
}

/// A scorer does all that waits, and finds the first `wrong` images at fault.
fn score(arena: &Arena, wrong: u32) {
    let [first, second, third, _] = ((1_u32 << 20) - (1 << wrong)).to_le_bytes();
    while let Some(claim) = arena.claim() {
        arena.score(&claim, [first, second, third], [first, second, third]).expect(200);
    }
}

/// Asks until something is so; boards are cached for a moment.
fn eventually(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(5), "not within five seconds");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_date_of_an_entry_is_shown_on_board_entry_and_in_exports() {
    let arena = Arena::start();
    let app = &arena.app;
    let made = enter(&arena, json!({ "team": "Alpha", "submitted_at": THEN })).expect(201).json();
    assert_eq!(made["submitted_at"], THEN);
    assert!(text(&made["created_at"]).as_str() > "2020", "{made}");
    score(&arena, 5);
    let board = || app.get(BOARD, None).expect(200).json()["rows"].clone();
    eventually(|| board().as_array().unwrap().len() == 1);
    assert_eq!((&board()[0]["submitted_at"], &board()[0]["entered_at"]), (&json!(THEN), &made["created_at"]));
    let entry = app.get(&format!("/seasons/demo/tasks/classification/entries/{}", text(&made["id"])), None);
    assert_eq!(entry.expect(200).json()["history"][0]["submitted_at"], THEN);
    let csv = app.get(&format!("{BOARD}.csv"), None).expect(200).text;
    assert!(csv.lines().next().unwrap().contains(",baseline_p_value,entered_at,late,"), "{csv}");
    assert!(csv.contains(THEN) && csv.contains(&text(&made["created_at"])), "{csv}");
    let audit = app.get("/organizer/audit?q=submission.enter", Some(&arena.organizer.token)).expect(200).json();
    assert_eq!(audit["items"][0]["detail"]["submitted_at"], THEN);
    // What nobody dated has one time.
    arena.submit(&arena.bob, &predictions()).expect(201);
    score(&arena, 9);
    eventually(|| board().as_array().unwrap().len() == 2);
    assert_eq!(board()[1]["entered_at"], Value::Null);
}

#[test]
fn only_organizers_date_what_they_enter_for_a_team_and_only_to_the_past() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.alice, &predictions());
    let dated = arena.submit_upload(&arena.alice, &upload, json!({ "submitted_at": THEN }), None);
    assert_eq!(dated.expect(403).code(), "forbidden");
    for more in [
        json!({ "team": "Alpha", "submitted_at": "2999-01-01T00:00:00Z" }),
        json!({ "team": "Alpha", "submitted_at": "1969-12-31T23:59:59Z" }),
        json!({ "team": "Alpha", "submitted_at": "yesterday" }),
        json!({ "submitted_at": THEN }),
    ] {
        let refused = enter(&arena, more.clone()).expect(422);
        let field = refused.json()["error"]["detail"]["field"] == "submitted_at";
        assert!(field || refused.text.contains("yesterday"), "{more}: {}", refused.text);
    }
    assert_eq!(arena.app.number("SELECT COUNT(*) AS number FROM submissions"), 0);
}

#[test]
fn a_date_cheats_no_clock() {
    let arena = Arena::start_with(1, |config| config.queue.queued_per_team = 100);
    let app = &arena.app;
    let rows = |query: &str| app.get(&format!("{BOARD}?{query}"), None).expect(200).json()["rows"].clone();
    let count = |query: &str| rows(query).as_array().unwrap().len();
    let own = text(&arena.submit(&arena.bob, &predictions()).expect(201).json()["id"]);
    score(&arena, 5);
    eventually(|| count("") == 1);
    let before = Timestamp::now();
    std::thread::sleep(Duration::from_millis(20));
    enter(&arena, json!({ "team": "Beta", "submitted_at": THEN })).expect(201);
    enter(&arena, json!({ "team": "Alpha", "submitted_at": THEN })).expect(201);
    score(&arena, 5);
    eventually(|| count("all=true") == 3);
    // Of equal ones, the one that was there first goes first and stands for its team.
    assert_eq!((&rows("")[0]["submission"], &rows("all=true")[0]["submission"]), (&json!(own), &json!(own)));
    // The board of an earlier time, and a frozen one, do not know what was entered later, however
    // it is dated.
    assert_eq!(count(&format!("all=true&as_of={before}")), 1);
    assert_eq!(count("all=true&as_of=2013-01-01T00:00:00Z"), 0);
    arena.set_season(&format!("frozen_at = {}", before.as_micros()));
    eventually(|| count("all=true") == 1);
    // The one slot of each team is what it was.
    let used = |token: &str| app.get(QUOTA, Some(token)).expect(200).json()["used"].clone();
    assert_eq!((used(&arena.bob.token), used(&arena.alice.token)), (json!(1), json!(0)));
    // No deadline is kept by a date.
    arena.set_season("frozen_at = NULL, closes_at = 2");
    let upload = arena.upload(&arena.alice, &predictions());
    let late = arena.submit_upload(&arena.alice, &upload, json!({ "submitted_at": "1970-01-01T00:00:01Z" }), None);
    late.expect(403);
}
