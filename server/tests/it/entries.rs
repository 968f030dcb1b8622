//! The public page of one entry: just what the board of all entries shows to its caller.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::board_rows::{BoardRows, Scored};
use crate::test_app::TestApp;

const TASK: &str = "/seasons/s/tasks/t";

fn entry(id: &str) -> String {
    format!("{TASK}/entries/{id}")
}

/// Boards follow the database within two seconds.
#[track_caller]
fn eventually(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(5), "not within five seconds");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Two entries of a team A, the second one better, and one of a team B.
fn three(rows: &BoardRows<'_>) -> [String; 3] {
    let all = [
        Scored { method: Some("old"), ..Scored::of("A", "11000000", 1) },
        Scored { method: Some("new"), ..Scored::of("A", "11111110", 2) },
        Scored::of("B", "11110000", 3),
    ];
    rows.add_all(&all).try_into().unwrap()
}

#[test]
fn an_entry_is_its_row_with_what_its_team_says_and_has() {
    let app = TestApp::start();
    let rows = app.board_rows("11111111");
    let [old, new, other] = three(&rows);
    app.execute(&format!(
        "UPDATE submissions SET description = 'how', links = '[\"https://example.org/a\"]' WHERE id = '{old}'"
    ));
    let found = app.get(&entry(&old), None).expect(200).json();
    let board = app.get(&format!("{TASK}/leaderboard?all=true"), None).expect(200).json();
    let row = |id: &str| board["rows"].as_array().unwrap().iter().find(|row| row["submission"] == id).unwrap();
    assert_eq!(&found["row"], row(&old));
    assert_eq!((&found["metric"], &found["split"], &found["n"]), (&board["metric"], &board["split"], &json!(8)));
    assert_eq!((&found["description"], &found["links"]), (&json!("how"), &json!(["https://example.org/a"])));
    assert_eq!(found["current"], json!(false));
    let past = |id: &str| {
        let row = row(id);
        let of = |name: &str| row[name].clone();
        json!({ "submission": id, "method": of("method"), "submitted_at": of("submitted_at"), "error": of("error"),
                "interval": of("interval") })
    };
    assert_eq!(found["history"], json!([past(&old), past(&new)]));
    for (id, entries) in [(&new, 2), (&other, 1)] {
        let found = app.get(&entry(id), None).expect(200).json();
        assert_eq!((&found["current"], found["history"].as_array().map(Vec::len)), (&json!(true), Some(entries)));
        assert_eq!((&found["description"], &found["links"]), (&Value::Null, &json!([])));
    }
    // With its choice the team's other entry is the current one.
    app.execute(&format!("UPDATE submissions SET final_at = 5 WHERE id = '{old}'"));
    rows.change_season("title = 'S'");
    for (id, current) in [(&old, true), (&new, false)] {
        eventually(|| app.get(&entry(id), None).expect(200).json()["current"] == json!(current));
    }
}

#[test]
fn what_the_board_does_not_show_is_not_there() {
    let app = TestApp::start();
    let organizer = app.organizer();
    let boss = Some(organizer.token.as_str());
    let rows = app.board_rows("11110000");
    let [old, new, _] = three(&rows);
    app.get(&entry(&new), None).expect(200);
    let private = format!("{}?split=private", entry(&new));
    assert_eq!(app.get(&private, None).expect(404).code(), "not_found");
    assert_eq!(app.get(&private, boss).expect(200).json()["n"], json!(4));
    let path = format!("/seasons/s/tasks/u/entries/{new}");
    assert_eq!(app.get(&path, None).expect(404).code(), "not_found");
    assert_eq!(app.get(&entry("01890a5d-ac96-774b-bcce-b302099a8057"), None).expect(404).code(), "not_found");
    app.get(&entry("nonsense"), None).expect(404);
    app.get(&format!("{}?split=none", entry(&new)), None).expect(422);

    // The second one came 2:30 minutes after 1970.
    rows.change_season("frozen_at = 120 * 1000000");
    eventually(|| app.get(&entry(&new), None).status == 404);
    app.get(&entry(&new), boss).expect(200);
    eventually(|| {
        let shown = app.get(&entry(&old), None).expect(200).json();
        shown["current"] == json!(true) && shown["history"].as_array().map(Vec::len) == Some(1)
    });
    rows.change_season("frozen_at = NULL, published_at = 1");
    eventually(|| app.get(&private, None).status == 200);
    rows.change_season("draft = TRUE");
    eventually(|| app.get(&entry(&old), None).status == 404);
    app.get(&entry(&old), boss).expect(200);

    // Another test set: what was scored before is on no board any more.
    rows.change_season("draft = FALSE");
    rows.new_test_set(2);
    eventually(|| app.get(&entry(&old), boss).status == 404);
}
