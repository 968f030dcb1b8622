//! What teams disclose of their submissions, and the boards of the tracks.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::{Person, text};
use crate::test_app::Answer;

const BOARD: &str = "/seasons/demo/tasks/classification/leaderboard";

/// Lets the task require these fields.
fn require(arena: &Arena, fields: &Value) {
    arena.app.execute(&format!(
        "UPDATE tasks SET settings = REPLACE(settings, '\"title\"', '\"required\":{fields},\"title\"')"
    ));
}

fn submit(arena: &Arena, person: &Person, more: Value) -> Answer {
    let upload = arena.upload(person, &predictions());
    arena.submit_upload(person, &upload, more, None)
}

/// Submits, and has the result scored with these bits of the top 5; the id.
fn enter(arena: &Arena, person: &Person, more: Value, top5: [u8; 3]) -> String {
    let id = text(&submit(arena, person, more).expect(201).json()["id"]);
    arena.score(&arena.claim().unwrap(), [0, 0, 0], top5).expect(200);
    id
}

fn board(arena: &Arena, query: &str) -> Value {
    arena.app.get(&format!("{BOARD}{query}"), Some(&arena.organizer.token)).expect(200).json()
}

/// Team, submission and rank of each row.
fn rows(board: &Value) -> Vec<Value> {
    let row = |row: &Value| json!([row["team"], row["submission"], row["rank"]]);
    board["rows"].as_array().unwrap().iter().map(row).collect()
}

fn edit(arena: &Arena, person: &Person, id: &str, changes: &Value) -> Answer {
    arena.app.send("PATCH", &format!("/submissions/{id}"), Some(&person.token), Some(changes))
}

#[test]
fn a_team_stands_on_the_board_of_a_track_with_its_best_entry_there() {
    let arena = Arena::start();
    let outside = json!({ "training_data": "outside", "ensemble": true });
    let best = enter(&arena, &arena.alice, outside, [0xff, 0xff, 0x0f]);
    let supplied = enter(&arena, &arena.alice, json!({ "training_data": "supplied" }), [0xff, 0x03, 0x00]);
    let other = enter(&arena, &arena.bob, json!({ "training_data": "supplied", "ensemble": false }), [0x0f, 0, 0]);
    let unsaid = enter(&arena, &arena.bob, json!({}), [0x7f, 0, 0]);

    let all = board(&arena, "");
    assert_eq!(rows(&all), [json!(["Alpha", best, 1]), json!(["Beta", unsaid, 2])]);
    assert_eq!((&all["rows"][0]["training_data"], &all["rows"][0]["ensemble"]), (&json!("outside"), &json!(true)));
    assert_eq!((&all["rows"][1]["training_data"], &all["rows"][1]["ensemble"]), (&Value::Null, &Value::Null));

    let track = board(&arena, "?training_data=supplied");
    assert_eq!(track["training_data"], "supplied");
    assert_eq!(rows(&track), [json!(["Alpha", supplied, 1]), json!(["Beta", other, 2])]);
    assert_eq!(track["tracks"], json!([]), "a track has none");
    assert_eq!(rows(&board(&arena, "?training_data=outside")), [json!(["Alpha", best, 1])]);

    // The whole board tells how far apart the tracks are, with the very test of their own boards.
    let [first, second] = [0, 1].map(|place| all["tracks"][place].clone());
    assert_eq!(
        [&first["training_data"], &first["rows"], &first["gap"]],
        [&json!("supplied"), &json!(2), &track["gaps"][0]]
    );
    let apart: Vec<Value> =
        first["apart"].as_array().unwrap().iter().map(|row| json!([row["submission"], row["error"]])).collect();
    assert_eq!(apart, [json!([supplied, 0.0]), json!([other, 0.6])]);
    assert_eq!(
        json!([second["training_data"], second["rows"], second["gap"], second["apart"]]),
        json!(["outside", 1, null, null])
    );

    let csv = arena.app.get(&format!("{BOARD}.csv?training_data=outside"), None).expect(200).text;
    assert!(csv.lines().nth(1).is_some_and(|row| row.ends_with(",outside,true")), "{csv}");
    arena.app.get(&format!("{BOARD}?training_data=both"), None).expect(422);
}

#[test]
fn a_board_without_both_kinds_has_no_tracks() {
    let arena = Arena::start();
    enter(&arena, &arena.alice, json!({ "training_data": "supplied" }), [0xff, 0xff, 0x0f]);
    enter(&arena, &arena.bob, json!({}), [0x0f, 0, 0]);
    assert_eq!(board(&arena, "")["tracks"], json!([]));
    assert_eq!(board(&arena, "?training_data=outside")["rows"], json!([]));
}

#[test]
fn a_task_refuses_a_submission_that_does_not_say_what_it_requires() {
    let arena = Arena::start();
    require(&arena, &json!(["links", "training_data", "ensemble"]));
    let links = json!(["https://example.org/paper"]);
    for (said, missing) in [
        (json!({}), "links"),
        (json!({ "links": links }), "training_data"),
        (json!({ "links": links, "ensemble": false }), "training_data"),
        (json!({ "links": links, "training_data": "supplied" }), "ensemble"),
    ] {
        let refused = submit(&arena, &arena.alice, said.clone()).expect(422).json();
        let error = &refused["error"];
        assert_eq!(
            (&error["detail"]["field"], &error["reason"]),
            (&json!(missing), &json!("field_required")),
            "{said}"
        );
    }
    let full = json!({ "links": links, "training_data": "supplied", "ensemble": false });
    let id = enter(&arena, &arena.alice, full, [0xff, 0, 0]);
    assert_eq!(arena.submission(&arena.alice, &id)["ensemble"], json!(false));

    // Nor can it be taken away; what is not required can.
    for (changes, field) in [
        (json!({ "training_data": null }), "training_data"),
        (json!({ "ensemble": null }), "ensemble"),
        (json!({ "links": [] }), "links"),
    ] {
        let refused = edit(&arena, &arena.alice, &id, &changes).expect(422).json();
        assert_eq!(refused["error"]["detail"]["field"], json!(field), "{changes}");
    }
    edit(&arena, &arena.alice, &id, &json!({ "method": "m" })).expect(200);
    edit(&arena, &arena.alice, &id, &json!({ "method": null, "ensemble": true })).expect(200);
    edit(&arena, &arena.organizer, &id, &json!({ "training_data": null })).expect(200);

    // What organizers enter may say less: the method of 1998 had no link.
    let upload = arena.upload(&arena.organizer, &predictions());
    let entered = json!({ "team": "Gamma", "create_team": true });
    arena.submit_upload(&arena.organizer, &upload, entered, None).expect(201);
}

#[test]
fn a_board_of_the_past_has_the_tracks_of_its_time() {
    let arena = Arena::start();
    let moved = enter(&arena, &arena.alice, json!({ "training_data": "supplied" }), [0xff, 0xff, 0x0f]);
    enter(&arena, &arena.bob, json!({ "training_data": "outside" }), [0x0f, 0, 0]);
    let before = holdout_protocol::Timestamp::now();
    std::thread::sleep(Duration::from_millis(5));
    edit(&arena, &arena.alice, &moved, &json!({ "training_data": "outside" })).expect(200);

    let of = |kind: &str, more: &str| rows(&board(&arena, &format!("?training_data={kind}{more}"))).len();
    let then = format!("&as_of={before}");
    // The later board first: what is kept of it must not be shown for the earlier time.
    let now = format!("&as_of={}", holdout_protocol::Timestamp::now());
    assert_eq!([of("supplied", ""), of("outside", "")], [0, 2]);
    assert_eq!([of("supplied", &now), of("outside", &now)], [0, 2]);
    assert_eq!([of("supplied", &then), of("outside", &then)], [1, 1]);

    // An organizer puts a wrong word right, on the boards of the past too.
    edit(&arena, &arena.organizer, &moved, &json!({ "training_data": "outside", "method": "m" })).expect(200);
    let began = Instant::now();
    while of("outside", &then) != 2 {
        assert!(began.elapsed() < Duration::from_secs(10), "the correction is not on the board of the past");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_team_cannot_move_to_another_track_after_the_close() {
    let arena = Arena::start();
    let id = enter(&arena, &arena.alice, json!({ "training_data": "outside" }), [0xff, 0, 0]);
    arena.set_season("closes_at = 2");
    let refused = edit(&arena, &arena.alice, &id, &json!({ "training_data": "supplied" })).expect(409).json();
    assert_eq!(refused["error"]["reason"], json!("texts_closed"));
    edit(&arena, &arena.organizer, &id, &json!({ "training_data": "supplied" })).expect(200);
    assert_eq!(rows(&board(&arena, "?training_data=supplied")).len(), 1);
    let log = arena.app.get("/organizer/audit", Some(&arena.organizer.token)).expect(200).text;
    assert!(log.contains("\"changed\":[\"training_data\"]"), "{log}");
}
