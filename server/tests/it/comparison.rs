//! A few entries of a board against each other.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::{Person, text};
use crate::test_app::Answer;

const COMPARISON: &str = "/seasons/demo/tasks/classification/comparison";

/// Submits for a person, and has the result scored with these bits of the top 5; the id.
fn enter(arena: &Arena, person: &Person, top5: [u8; 3]) -> String {
    let id = text(&arena.submit(person, &predictions()).expect(201).json()["id"]);
    arena.score(&arena.claim().unwrap(), [0, 0, 0], top5).expect(200);
    id
}

fn ask(arena: &Arena, by: Option<&Person>, ids: &[&str], more: &str) -> Answer {
    arena.app.get(&format!("{COMPARISON}?entries={}{more}", ids.join(",")), by.map(|person| person.token.as_str()))
}

/// Closes the season, longer ago than uploads are waited for.
fn close(arena: &Arena) {
    arena.set_season("closes_at = 2");
}

/// Boards follow what a test changes in the database within two seconds.
#[track_caller]
fn eventually(arena: &Arena, by: Option<&Person>, ids: &[&str], more: &str, status: u16) -> Answer {
    let began = Instant::now();
    loop {
        let found = ask(arena, by, ids, more);
        if found.status == status {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{} instead of {status}: {}", found.status, found.text);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn entries_are_compared_on_the_images_of_the_part() {
    let arena = Arena::start();
    arena.name_split();
    // Of the ten public images: the first eight, and all but the first; all private ones, and none.
    let alpha = enter(&arena, &arena.alice, [0xff, 0xfc, 0x0f]);
    let beta = enter(&arena, &arena.bob, [0xfe, 0x03, 0x00]);
    close(&arena);
    let found = ask(&arena, None, &[&alpha, &beta], "").expect(200).json();
    let facts = ["season", "task", "metric", "split", "version", "n", "all_right", "none_right"];
    let facts: Vec<&Value> = facts.iter().map(|name| &found[*name]).collect();
    assert_eq!(json!(facts), json!(["demo", "classification", "top5_error", "public", 1, 10, 7, 0]));
    let entry = |place: usize| {
        let entry = &found["entries"][place];
        json!([entry["submission"], entry["team"], entry["wrong"], entry["only_right"], entry["only_wrong"]])
    };
    assert_eq!(entry(0), json!([alpha, "Alpha", 2, 1, 2]));
    assert_eq!(entry(1), json!([beta, "Beta", 1, 2, 1]));
    let pair = &found["pairs"][0];
    let counts = ["both_right", "first_right", "second_right", "none_right"].map(|name| pair[name].clone());
    assert_eq!(json!(counts), json!([7, 1, 2, 0]));
    assert_eq!(
        (&pair["difference"], &pair["p_value"], &pair["significant"]),
        (&json!(-0.1), &json!(1.0), &json!(false))
    );
    assert!(pair["low"].as_f64().unwrap() < -0.1 && pair["high"].as_f64().unwrap() > 0.0, "{pair}");

    ask(&arena, Some(&arena.alice), &[&alpha, &beta], "&split=private").expect(403);
    let private = ask(&arena, Some(&arena.organizer), &[&beta, &alpha], "&split=private").expect(200).json();
    assert_eq!((&private["n"], &private["pairs"][0]["second_right"]), (&json!(10), &json!(10)));
    assert_eq!(private["pairs"][0]["significant"], json!(true));
}

#[test]
fn what_the_board_does_not_show_is_not_compared() {
    let arena = Arena::start();
    let (alpha, beta) = (enter(&arena, &arena.alice, [0xff, 0xff, 0x0f]), enter(&arena, &arena.bob, [0; 3]));
    let worse = enter(&arena, &arena.alice, [0x0f, 0, 0]);
    let waiting = text(&arena.submit(&arena.bob, &predictions()).expect(201).json()["id"]);
    close(&arena);
    ask(&arena, None, &[&alpha, &beta], "").expect(200);
    // Of each team what stands for it; organizers compare anything.
    ask(&arena, Some(&arena.alice), &[&worse, &beta], "").expect(404);
    ask(&arena, Some(&arena.organizer), &[&worse, &alpha, &beta], "").expect(200);
    let judgement = |action: &str| {
        let body = json!({ "action": action, "submission": alpha, "reason": "r" });
        arena.app.post("/organizer/judgements", Some(&arena.organizer.token), &body).expect(200);
    };
    judgement("disqualify");
    ask(&arena, None, &[&alpha, &beta], "").expect(404);
    ask(&arena, None, &[&worse, &beta], "").expect(200);
    judgement("restore");
    ask(&arena, None, &[&alpha, &beta], "").expect(200);
    let as_of = "&as_of=2012-01-01T00:00:00Z";
    assert_eq!(ask(&arena, None, &[&alpha, &beta], as_of).expect(404).code(), "not_found");
    ask(&arena, None, &[&alpha, &waiting], "").expect(404);
    ask(&arena, None, &[&alpha, &uuid::Uuid::now_v7().to_string()], "").expect(404);

    arena.set_season("frozen_at = 1");
    eventually(&arena, None, &[&alpha, &beta], "", 404);
    ask(&arena, Some(&arena.organizer), &[&alpha, &beta], "").expect(200);
    arena.set_season("frozen_at = NULL");
    eventually(&arena, None, &[&alpha, &beta], "", 200);
    arena.set_season("draft = TRUE");
    eventually(&arena, None, &[&alpha, &beta], "", 404);
}

#[test]
fn an_earlier_version_of_the_test_set_is_compared_with_its_results() {
    let arena = Arena::start();
    let (alpha, beta) = (enter(&arena, &arena.alice, [0xff, 0xff, 0x0f]), enter(&arena, &arena.bob, [0; 3]));
    close(&arena);
    arena.add_test_set("classification", 2);
    arena.app.execute("UPDATE tasks SET board_version = board_version + 1");
    eventually(&arena, None, &[&alpha, &beta], "", 404);
    let before = ask(&arena, None, &[&alpha, &beta], "&version=1").expect(200).json();
    assert_eq!((&before["version"], &before["pairs"][0]["first_right"]), (&json!(1), &json!(10)));
    ask(&arena, None, &[&alpha, &beta], "&version=3").expect(404);
}

#[test]
fn nobody_but_organizers_compares_as_long_as_somebody_can_submit() {
    let arena = Arena::start();
    let (alpha, beta) = (enter(&arena, &arena.alice, [0xff, 0xff, 0x0f]), enter(&arena, &arena.bob, [0; 3]));
    let ids = [alpha.as_str(), &beta];
    let refused = |by: Option<&Person>| {
        let answer = ask(&arena, by, &ids, "").expect(403);
        assert_eq!(answer.json()["error"]["reason"], json!("comparison_later"));
        ask(&arena, Some(&arena.organizer), &ids, "").expect(200);
    };
    refused(None);
    refused(Some(&arena.alice));
    // Uploads that were begun before the close are still taken.
    let now = holdout_protocol::Timestamp::now().as_micros();
    arena.set_season(&format!("closes_at = {}", now - 60_000_000));
    refused(Some(&arena.alice));
    close(&arena);
    ask(&arena, None, &ids, "").expect(200);
    arena.app.execute(&format!(
        "INSERT INTO extensions (id, season_id, team_id, attempts, until, reason, created_by, created_at) \
         SELECT '{}', season_id, id, 0, {}, 'r', '{}', 1 FROM teams WHERE name = 'Alpha'",
        uuid::Uuid::now_v7(),
        now + 3_600_000_000,
        arena.organizer.id
    ));
    refused(None);
}

#[test]
fn only_two_to_five_ids_are_taken() {
    let arena = Arena::start();
    let alpha = enter(&arena, &arena.alice, [0x0f, 0, 0]);
    let ids: Vec<String> = (0..6).map(|_| uuid::Uuid::now_v7().to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for (entries, said) in [
        (vec![], "`entries` has ``, which is no id"),
        (ids[..1].to_vec(), "`entries` takes 2 to 5 ids, separated by commas"),
        (ids.clone(), "`entries` takes 2 to 5 ids, separated by commas"),
        (vec![ids[0], "x"], "`entries` has `x`, which is no id"),
    ] {
        let refused = ask(&arena, None, &entries, "").expect(422);
        assert_eq!(refused.code(), "invalid_value");
        assert!(refused.text.contains(said), "{entries:?}: {}", refused.text);
    }
    close(&arena);
    arena.app.get(COMPARISON, None).expect(422);
    ask(&arena, None, &ids[..5], "").expect(404);
    ask(&arena, None, &ids[..2], "&other=1").expect(422);
    let itself = ask(&arena, Some(&arena.organizer), &[&alpha, &alpha], "").expect(200).json();
    assert_eq!((&itself["pairs"][0]["both_right"], &itself["pairs"][0]["p_value"]), (&json!(4), &json!(1.0)));
}
