//! The Ladder: a team sees the public score of a result only if it is clearly better than its best.

use serde_json::{Value, json};

use crate::arena::{Arena, SUBMISSIONS, predictions};
use crate::people::{Person, text};

const BOARD: &str = "/seasons/demo/tasks/classification/leaderboard";

fn set_ladder(arena: &Arena, on: bool) {
    let (from, to) = if on { ("\"title\"", "\"ladder\":true,\"title\"") } else { ("\"ladder\":true,", "") };
    arena.app.execute(&format!("UPDATE tasks SET settings = REPLACE(settings, '{from}', '{to}')"));
}

/// An arena with a public half of ten images, and a Ladder.
fn start() -> Arena {
    let arena = Arena::start();
    arena.name_split();
    set_ladder(&arena, true);
    arena
}

/// Submits for a person and has the result scored: the first `right` of the ten public images are
/// right, and all private ones.
fn enter(arena: &Arena, person: &Person, right: u32) -> String {
    let id = text(&arena.submit(person, &predictions()).expect(201).json()["id"]);
    score(arena, right);
    id
}

fn score(arena: &Arena, right: u32) {
    let bits = ((1_u32 << right) - 1) | 0x000f_fc00;
    let [a, b, c, _] = bits.to_le_bytes();
    arena.score(&arena.claim().unwrap(), [0, 0, 0], [a, b, c]).expect(200);
}

/// How many public images of a submission are wrong, as a person is told.
fn told(arena: &Arena, person: &Person, id: &str) -> Value {
    arena.submission(person, id)["scores"]["public"]["wrong"].clone()
}

fn board(arena: &Arena, query: &str, person: Option<&Person>) -> Vec<Value> {
    let found = arena.app.get(&format!("{BOARD}{query}"), person.map(|person| person.token.as_str()));
    let rows = found.expect(200).json()["rows"].as_array().unwrap().clone();
    rows.iter().map(|row| json!([row["submission"], row["wrong"], row["entries"]])).collect()
}

#[test]
fn a_score_is_shown_if_it_is_clearly_better_than_the_best_of_its_team() {
    let arena = start();
    let first = enter(&arena, &arena.alice, 4);
    // One image more is within the noise of ten; three more are not.
    let noise = enter(&arena, &arena.alice, 5);
    let step = enter(&arena, &arena.alice, 7);
    let worse = enter(&arena, &arena.alice, 2);
    let shown = [&first, &noise, &step, &worse].map(|id| told(&arena, &arena.alice, id));
    assert_eq!(shown, [json!(6), Value::Null, json!(3), Value::Null]);
    let seen = [&first, &noise, &step, &worse].map(|id| told(&arena, &arena.organizer, id));
    assert_eq!(seen, [json!(6), json!(5), json!(3), json!(8)]);
    let of_team = arena.submission(&arena.alice, &noise);
    assert_eq!(
        (&of_team["state"], &of_team["kept_back"], &of_team["hints"]),
        (&json!("scored"), &json!(true), &json!([]))
    );
    assert_eq!(arena.submission(&arena.alice, &step)["kept_back"], json!(false));

    // All of them were submissions, and two have rows.
    assert_eq!(board(&arena, "?all=true", None), [json!([step, 3, 4]), json!([first, 6, 4])]);
    assert_eq!(board(&arena, "?all=true", Some(&arena.alice)).len(), 2);
    assert_eq!(board(&arena, "?all=true", Some(&arena.organizer)).len(), 4);
    assert_eq!(board(&arena, "", None), [json!([step, 3, 4])]);

    // Another team has a ladder of its own.
    let other = enter(&arena, &arena.bob, 3);
    assert_eq!(told(&arena, &arena.bob, &other), json!(7));
}

#[test]
fn nothing_else_tells_a_team_the_score_that_is_kept_back() {
    let arena = start();
    let _first = enter(&arena, &arena.alice, 8);
    let noise = enter(&arena, &arena.alice, 9);
    let get = |path: &str| arena.app.get(path, Some(&arena.alice.token));
    let listed = get(SUBMISSIONS).expect(200).json();
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["scores"]), (&json!(noise), &Value::Null));
    let events = get(&format!("/submissions/{noise}/events")).expect(200).text;
    assert!(events.contains("\"scores\":null") && !events.contains("top5_error"), "{events}");
    get(&format!("/seasons/demo/tasks/classification/entries/{noise}")).expect(404);
    let receipts = get(&format!("/submissions/{noise}/receipts")).expect(200).json();
    let notes: Vec<&Value> = receipts["receipts"].as_array().unwrap().iter().map(|receipt| &receipt["note"]).collect();
    assert!(!notes.is_empty() && notes.iter().all(|note| note.is_null()), "{receipts}");
    let own = get("/me/data").expect(200).json();
    let of_noise = own["submissions"].as_array().unwrap().iter().find(|own| own["id"] == json!(noise)).unwrap();
    assert_eq!(of_noise["scores"], Value::Null, "{of_noise}");
    let csv = get(&format!("{BOARD}.csv?all=true")).expect(200).text;
    assert!(!csv.contains(&noise), "{csv}");
}

#[test]
fn what_is_kept_back_counts_on_the_private_board_and_is_shown_with_it() {
    let arena = start();
    enter(&arena, &arena.alice, 4);
    let noise = enter(&arena, &arena.alice, 5);
    let choice = json!({ "final": true });
    let path = format!("/submissions/{noise}");
    arena.app.send("PATCH", &path, Some(&arena.alice.token), Some(&choice)).expect(200);
    // It stands for the team, but the public board still shows the best that it has seen.
    assert_eq!(board(&arena, "", None).len(), 1);
    assert_ne!(board(&arena, "", None)[0][0], json!(noise));
    arena.set_season("closes_at = 2");
    arena
        .app
        .send("PATCH", "/seasons/demo", Some(&arena.organizer.token), Some(&json!({ "published": true })))
        .expect(200);
    let private = board(&arena, "?split=private", Some(&arena.alice));
    assert_eq!(private, [json!([noise, 0, 2])]);
    assert_eq!(told(&arena, &arena.alice, &noise), json!(5));
    assert_eq!(board(&arena, "?all=true", None).len(), 2);
    let receipts =
        arena.app.get(&format!("/submissions/{noise}/receipts"), Some(&arena.alice.token)).expect(200).json();
    assert!(receipts["receipts"][0]["note"].is_string(), "{receipts}");
}

#[test]
fn entries_of_organizers_and_results_from_before_are_no_part_of_a_ladder() {
    let arena = start();
    set_ladder(&arena, false);
    let before = [enter(&arena, &arena.alice, 6), enter(&arena, &arena.alice, 5)];
    set_ladder(&arena, true);
    assert_eq!(before.map(|id| told(&arena, &arena.alice, &id)), [json!(4), json!(5)]);
    // The best from before is the one to beat.
    let noise = enter(&arena, &arena.alice, 7);
    assert_eq!(told(&arena, &arena.alice, &noise), Value::Null);
    // What an organizer enters is shown, and is nothing that the team has to beat.
    let upload = arena.upload(&arena.organizer, &predictions());
    let entered = arena.submit_upload(&arena.organizer, &upload, json!({ "team": "Beta" }), None).expect(201).json();
    score(&arena, 9);
    let again = arena.submit_upload(
        &arena.organizer,
        &arena.upload(&arena.organizer, &predictions()),
        json!({ "team": "Beta" }),
        None,
    );
    let again = text(&again.expect(201).json()["id"]);
    score(&arena, 9);
    let own = enter(&arena, &arena.bob, 3);
    let shown: Vec<Value> = board(&arena, "?all=true", None).iter().map(|row| row[0].clone()).collect();
    assert!([json!(entered["id"]), json!(again), json!(own)].iter().all(|id| shown.contains(id)), "{shown:?}");
    // Without the Ladder, everything is shown.
    set_ladder(&arena, false);
    assert_eq!(told(&arena, &arena.alice, &noise), json!(3));
    assert_eq!(arena.submission(&arena.alice, &noise)["kept_back"], json!(false));
}
