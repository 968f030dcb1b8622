//! What may be changed of a submission, and the finals that stand for a team.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, SUBMISSIONS, predictions};
use crate::board_rows::{BoardRows, Scored};
use crate::people::{Person, text};
use crate::test_app::{Answer, TestApp};

const BOARD: &str = "/seasons/demo/tasks/classification/leaderboard";
const ROWS: &str = "/seasons/s/tasks/t/leaderboard";

/// Boards follow the database within two seconds.
#[track_caller]
fn eventually(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(5), "not within five seconds");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A scored submission; `wrong` images of the public ten are wrong.
fn scored(arena: &Arena, person: &Person, wrong: u32) -> String {
    let id = text(&arena.submit(person, &predictions()).expect(201).json()["id"]);
    let claim = arena.claim().unwrap();
    assert_eq!(text(&claim["submission"]), id);
    let bits = ((1_u32 << 20) - 1) & !((1 << wrong) - 1);
    let bytes: [u8; 3] = bits.to_le_bytes()[..3].try_into().unwrap();
    arena.score(&claim, bytes, bytes).expect(200);
    id
}

fn change(arena: &Arena, person: &Person, id: &str, body: Value) -> Answer {
    arena.app.send("PATCH", &format!("/submissions/{id}"), Some(&person.token), Some(&body))
}

/// Waits until this submission is a team's row, which says whether it was chosen.
#[track_caller]
fn shows(app: &TestApp, path: &str, team: &str, (id, chosen): (&str, bool)) {
    eventually(|| {
        let board = app.get(path, None).expect(200).json();
        let row = board["rows"].as_array().unwrap().iter().find(|row| row["team"] == team);
        row.is_some_and(|row| row["submission"] == json!(id) && row["final"] == json!(chosen))
    });
}

#[test]
fn what_is_said_of_a_submission_can_be_changed() {
    let arena = Arena::start();
    let id = scored(&arena, &arena.alice, 1);
    let more = json!({ "method": " 5 CNNs ", "description": "first", "links": ["https://example.org/a"] });
    let changed = change(&arena, &arena.alice, &id, more).expect(200).json();
    assert_eq!((&changed["method"], &changed["description"]), (&json!("5 CNNs"), &json!("first")));
    let cleared = change(&arena, &arena.alice, &id, json!({ "description": null, "links": [] })).expect(200).json();
    assert_eq!((&cleared["method"], &cleared["description"]), (&json!("5 CNNs"), &Value::Null));
    assert_eq!(cleared["links"], json!([]));
    assert_eq!(arena.submission(&arena.alice, &id)["method"], json!("5 CNNs"));
    // A board that was built before follows.
    eventually(|| arena.app.get(BOARD, None).expect(200).json()["rows"][0]["method"] == json!("5 CNNs"));

    for (body, field) in [
        (json!({ "method": "x".repeat(201) }), "method"),
        (json!({ "method": "a\nb" }), "method"),
        (json!({ "description": "x".repeat(20_001) }), "description"),
        (json!({ "links": ["javascript:alert(1)"] }), "links"),
        (json!({ "links": vec!["https://example.org"; 11] }), "links"),
    ] {
        let refused = change(&arena, &arena.alice, &id, body).expect(422);
        assert_eq!(refused.json()["error"]["detail"]["field"], json!(field));
    }
    change(&arena, &arena.alice, &id, json!({ "sha256": "0" })).expect(422);
    assert_eq!(change(&arena, &arena.bob, &id, json!({ "method": "mine" })).expect(404).code(), "not_found");
    assert_eq!(arena.submission(&arena.alice, &id)["method"], json!("5 CNNs"));
}

#[test]
fn what_organizers_change_is_recorded() {
    let arena = Arena::start();
    let id = scored(&arena, &arena.alice, 1);
    for body in [json!({ "note": "n" }), json!({ "note": null }), json!({ "baseline": true })] {
        assert_eq!(change(&arena, &arena.alice, &id, body).expect(403).code(), "forbidden");
    }
    change(&arena, &arena.alice, &id, json!({ "method": "own" })).expect(200);
    let body = json!({ "note": "disqualified", "baseline": true, "method": "own" });
    assert_eq!(change(&arena, &arena.organizer, &id, body.clone()).expect(200).json()["note"], json!("disqualified"));
    change(&arena, &arena.organizer, &id, body).expect(200);
    eventually(|| {
        let row = arena.app.get(BOARD, None).expect(200).json()["rows"][0].clone();
        row["rank"] == Value::Null && row["note"] == json!("disqualified")
    });
    let audit = arena.app.get("/organizer/audit", Some(&arena.organizer.token)).expect(200).json();
    let entries = audit["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "submission.update");
    let entries: Vec<&Value> = entries.collect();
    assert_eq!(entries.len(), 1, "neither the team's own change nor what changes nothing: {entries:?}");
    assert_eq!(entries[0]["object"], json!(id));
    assert_eq!(entries[0]["detail"]["changed"], json!(["note", "baseline"]));
}

#[test]
fn a_teams_row_is_the_best_of_its_finals() {
    let arena = Arena::start();
    let (best, middle, worst) =
        (scored(&arena, &arena.alice, 1), scored(&arena, &arena.alice, 3), scored(&arena, &arena.alice, 5));
    scored(&arena, &arena.bob, 2);
    let alpha = |id: &str, chosen: bool| shows(&arena.app, BOARD, "Alpha", (id, chosen));
    let choose = |id: &str, yes: bool| change(&arena, &arena.alice, id, json!({ "final": yes }));
    alpha(&best, false);
    assert_eq!(choose(&worst, true).expect(200).json()["final"], json!(true));
    alpha(&worst, true);
    choose(&middle, true).expect(200);
    alpha(&middle, true);
    choose(&middle, true).expect(200);

    let refused = choose(&best, true).expect(409);
    assert_eq!(refused.code(), "wrong_state");
    let detail = &refused.json()["error"]["detail"];
    assert_eq!(detail, &json!({ "finals": 2, "count": 2, "chosen": [middle, worst] }));
    assert_eq!(change(&arena, &arena.organizer, &best, json!({ "final": true })).expect(409).code(), "wrong_state");

    let finals = |board: &Value| -> Vec<(String, bool)> {
        let rows = board["rows"].as_array().unwrap().iter();
        rows.map(|row| (text(&row["team"]), row["final"].as_bool().unwrap())).collect()
    };
    let all = [("Alpha", false), ("Beta", false), ("Alpha", true), ("Alpha", true)];
    let all = all.map(|(team, chosen)| (team.to_owned(), chosen));
    eventually(|| finals(&arena.app.get(&format!("{BOARD}?all=true"), None).expect(200).json()) == all);
    eventually(|| {
        let csv = arena.app.get(&format!("{BOARD}.csv"), None).expect(200).text;
        csv.lines().any(|line| line.contains(&middle) && line.contains(",true,"))
    });

    choose(&middle, false).expect(200);
    choose(&worst, false).expect(200);
    alpha(&best, false);
    let listed = arena.app.get(SUBMISSIONS, Some(&arena.alice.token)).expect(200).json();
    assert!(listed["items"].as_array().unwrap().iter().all(|item| item["final"] == json!(false)));
}

#[test]
fn only_a_scored_submission_of_an_open_season_is_chosen() {
    let arena = Arena::start();
    let waits = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let choose = |person: &Person, id: &str| change(&arena, person, id, json!({ "final": true }));
    assert_eq!(choose(&arena.alice, &waits).expect(409).code(), "wrong_state");
    assert_eq!(choose(&arena.organizer, &waits).expect(409).code(), "wrong_state");
    change(&arena, &arena.alice, &waits, json!({ "final": false, "method": "m" })).expect(200);
    arena.app.post(&format!("/submissions/{waits}/cancel"), Some(&arena.alice.token), &json!({})).expect(200);

    let id = scored(&arena, &arena.alice, 1);
    arena.set_season("paused = TRUE");
    choose(&arena.alice, &id).expect(200);
    arena.set_season("closes_at = 2");
    let give_up = change(&arena, &arena.alice, &id, json!({ "final": false })).expect(409);
    assert_eq!(give_up.code(), "wrong_state");
    // Nor are words changed when the season is over, except by organizers.
    for text in [json!({ "method": "m" }), json!({ "description": "d" }), json!({ "links": ["https://example.org"] })] {
        assert_eq!(change(&arena, &arena.alice, &id, text.clone()).expect(409).code(), "wrong_state");
        change(&arena, &arena.organizer, &id, text.clone()).expect(200);
        change(&arena, &arena.alice, &id, text).expect(200);
    }
    change(&arena, &arena.organizer, &id, json!({ "final": false })).expect(200);
    assert_eq!(choose(&arena.alice, &id).expect(409).code(), "wrong_state");
    choose(&arena.organizer, &id).expect(200);

    arena.set_season("closes_at = NULL");
    let settings = r#"REPLACE(settings, '"title"', '"finals":0,"title"')"#;
    arena.app.execute(&format!("UPDATE tasks SET settings = {settings}"));
    let second = scored_again(&arena);
    assert_eq!(choose(&arena.alice, &second).expect(409).code(), "wrong_state");
}

/// An upload that was begun in time is accepted in the grace; its team has to be able to let it
/// stand for itself.
#[test]
fn finals_and_texts_are_changed_until_the_grace_after_the_close_ends() {
    let arena = Arena::start_with(9, |config| config.uploads.deadline_grace_seconds = 600);
    let id = scored(&arena, &arena.alice, 1);
    let closed_ago = |seconds: i64| {
        let closes = holdout_protocol::Timestamp::now().as_micros() - seconds * 1_000_000;
        arena.set_season(&format!("closes_at = {closes}"));
    };
    let edit = |changes| change(&arena, &arena.alice, &id, changes);
    closed_ago(500);
    edit(json!({ "final": true })).expect(200);
    edit(json!({ "method": "named late" })).expect(200);
    closed_ago(601);
    assert_eq!(edit(json!({ "final": false })).expect(409).code(), "wrong_state");
    assert_eq!(edit(json!({ "method": "too late" })).expect(409).code(), "wrong_state");
    // What was published is settled, also within the grace.
    closed_ago(500);
    arena.set_season("published_at = 2");
    assert_eq!(edit(json!({ "final": false })).expect(409).code(), "wrong_state");
    assert_eq!(edit(json!({ "method": "too late" })).expect(409).code(), "wrong_state");
}

/// Whoever has seen private scores does not choose any more, and a later close is a decision of the
/// organizers.
#[test]
fn finals_and_texts_stay_if_private_scores_were_shown_and_hidden_again() {
    let arena = Arena::start_with(9, |config| config.uploads.deadline_grace_seconds = 600);
    let id = scored(&arena, &arena.alice, 1);
    let organizer = Some(arena.organizer.token.as_str());
    let season = |changes: Value| arena.app.send("PATCH", "/seasons/demo", organizer, Some(&changes)).expect(200);
    let until = || arena.app.get("/organizer/seasons/demo/open-matters", organizer).json()["choices_until"].clone();
    assert_eq!(until(), Value::Null, "it is open");
    season(json!({ "closes": holdout_protocol::Timestamp::now() }));
    assert!(until().is_string());
    change(&arena, &arena.alice, &id, json!({ "final": true })).expect(200);
    season(json!({ "published": true }));
    season(json!({ "published": false }));
    assert_eq!(until(), Value::Null);
    let refused = change(&arena, &arena.alice, &id, json!({ "final": false })).expect(409);
    assert!(refused.text.contains("have been shown"), "{}", refused.text);
    assert_eq!(change(&arena, &arena.alice, &id, json!({ "method": "late" })).expect(409).code(), "wrong_state");
    let withdrawn = arena.app.post(&format!("/submissions/{id}/withdraw"), Some(&arena.alice.token), &json!({}));
    assert_eq!(withdrawn.expect(409).code(), "wrong_state");
    season(json!({ "closes": null }));
    change(&arena, &arena.alice, &id, json!({ "final": false })).expect(200);
}

fn scored_again(arena: &Arena) -> String {
    arena.set_season("paused = FALSE");
    scored(arena, &arena.alice, 2)
}

#[test]
fn of_many_choices_at_once_as_many_hold_as_may_be() {
    let arena = Arena::start();
    let ids: Vec<String> = (0..5).map(|wrong| scored(&arena, &arena.alice, wrong)).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let choose = |id| change(&arena, &arena.alice, id, json!({ "final": true })).status;
        let threads: Vec<_> = ids.iter().map(|id| scope.spawn(move || choose(id))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |status: u16| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((count(200), count(409)), (2, 3), "{statuses:?}");
    assert_eq!(arena.app.number("SELECT COUNT(*) AS number FROM submissions WHERE final_at IS NOT NULL"), 2);
}

fn choose_at(app: &TestApp, rows: &BoardRows<'_>, id: &str, minute: i64) {
    app.execute(&format!("UPDATE submissions SET final_at = {} WHERE id = '{id}'", minute * 60_000_000));
    rows.change_season("title = 'S'");
}

#[test]
fn finals_hold_on_both_parts_and_from_when_they_were_chosen() {
    let app = TestApp::start();
    let rows = app.board_rows("11110000");
    // The first one is the best in public, the second in private; the third is the worst in both.
    // The part that decides does not choose for the team.
    let public = rows.add(&Scored::of("A", "11110001", 1));
    rows.add(&Scored::of("A", "11101111", 2));
    let third = rows.add(&Scored::of("A", "11000000", 3));
    rows.change_season("published_at = 4 * 60000000");
    let private_board = format!("{ROWS}?split=private");
    shows(&app, ROWS, "A", (&public, false));
    shows(&app, &private_board, "A", (&public, false));
    choose_at(&app, &rows, &third, 10);
    shows(&app, ROWS, "A", (&third, true));
    shows(&app, &private_board, "A", (&third, true));
    // A board of an earlier time knows of no later choice; nor does a frozen one.
    shows(&app, &format!("{ROWS}?as_of=1970-01-01T00:09:00Z"), "A", (&public, false));
    shows(&app, &format!("{ROWS}?as_of=1970-01-01T00:10:00Z"), "A", (&third, true));
    rows.change_season("frozen_at = 9 * 60000000");
    shows(&app, ROWS, "A", (&public, false));
    // One that is not on the present test set stands for nobody.
    rows.change_season("frozen_at = NULL");
    rows.new_test_set(2);
    let new = rows.add(&Scored::of("A", "00001111", 20));
    shows(&app, ROWS, "A", (&new, false));
}

/// The frozen board and its entry, as everybody gets them.
fn public(arena: &Arena, id: &str) -> [String; 4] {
    let entry = format!("/seasons/demo/tasks/classification/entries/{id}");
    [BOARD.to_owned(), format!("{BOARD}?all=true"), format!("{BOARD}.csv"), entry]
        .map(|path| arena.app.get(&path, None).expect(200).text)
}

#[test]
fn a_frozen_board_is_not_changed_by_an_edit() {
    let arena = Arena::start();
    let texts = json!({ "method": "old", "description": "as it was", "links": ["https://example.org/old"] });
    let (best, worst) = (scored(&arena, &arena.alice, 1), scored(&arena, &arena.alice, 5));
    change(&arena, &arena.alice, &worst, texts).expect(200);
    change(&arena, &arena.alice, &worst, json!({ "final": true })).expect(200);
    shows(&arena.app, BOARD, "Alpha", (&worst, true));
    let before_freeze = holdout_protocol::Timestamp::now();
    std::thread::sleep(Duration::from_millis(10));
    let freeze = |frozen: bool| {
        let body = json!({ "frozen": frozen });
        arena.app.send("PATCH", "/seasons/demo", Some(&arena.organizer.token), Some(&body)).expect(200);
    };
    freeze(true);
    eventually(|| arena.app.get(BOARD, None).expect(200).json()["as_of"] != Value::Null);
    let frozen = public(&arena, &worst);

    change(&arena, &arena.alice, &worst, json!({ "final": false })).expect(200);
    change(&arena, &arena.alice, &best, json!({ "final": true })).expect(200);
    let new = json!({ "method": "new", "description": "as it is", "links": ["https://example.org/new"] });
    change(&arena, &arena.alice, &worst, new).expect(200);
    change(&arena, &arena.alice, &worst, json!({ "final": true, "method": "newer" })).expect(200);
    change(&arena, &arena.alice, &worst, json!({ "final": false })).expect(200);
    // Until every cache has followed.
    eventually(|| {
        let own = arena.app.get(BOARD, Some(&arena.organizer.token)).expect(200).json();
        own["rows"][0]["submission"] == json!(best)
    });
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(public(&arena, &worst), frozen);
    // What an organizer takes away is gone here too.
    change(&arena, &arena.organizer, &worst, json!({ "description": null, "note": "see the rules" })).expect(200);
    eventually(|| arena.app.get(BOARD, None).expect(200).json()["rows"][0]["note"] == json!("see the rules"));
    let entry = format!("/seasons/demo/tasks/classification/entries/{worst}");
    assert_eq!(arena.app.get(&entry, None).expect(200).json()["description"], Value::Null);
    assert_eq!(arena.app.get(BOARD, None).expect(200).json()["rows"][0]["submission"], json!(worst));

    freeze(false);
    eventually(|| arena.app.get(BOARD, None).expect(200).json()["rows"][0]["submission"] == json!(best));
    // A board of that time still knows the choice that was given up since.
    shows(&arena.app, &format!("{BOARD}?as_of={before_freeze}"), "Alpha", (&worst, true));
}
