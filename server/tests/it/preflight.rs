//! The question before anything is sent, the same file again, and what counts for the deadline.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdout_protocol::{Sha256, Timestamp};
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::arena::{Arena, SUBMISSIONS, gzip, predictions};
use crate::people::{Person, text};
use crate::test_app::Answer;

const PREFLIGHT: &str = "/seasons/demo/tasks/classification/submissions/preflight";

fn digest(file: &[u8]) -> Sha256 {
    Sha256::from_bytes(sha2::Sha256::digest(file).into())
}

fn ask(arena: &Arena, person: &Person, question: &Value) -> Answer {
    let mut body = json!({ "kind": "predictions", "size": 100 });
    body.as_object_mut().unwrap().extend(question.as_object().unwrap().clone());
    arena.app.post(PREFLIGHT, Some(&person.token), &body)
}

fn micros(moment: &Value) -> i64 {
    text(moment).parse::<Timestamp>().unwrap().as_micros()
}

/// Begins an upload that says what it is for.
fn begin(arena: &Arena, person: &Person, file: &[u8], metadata: &[(&str, &str)]) -> Answer {
    let length = file.len().to_string();
    let pairs: Vec<String> = metadata.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).collect();
    let pairs = pairs.join(",");
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-length", length.as_str()),
        ("upload-metadata", pairs.as_str()),
        ("content-type", "application/offset+octet-stream"),
    ];
    arena.app.send_raw("POST", "/uploads", Some(&person.token), &headers, Some(file))
}

fn id_of(begun: &Answer) -> String {
    begun.header("location").unwrap().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn what_could_be_submitted_now_is_told_before_it_is_sent() {
    let arena = Arena::start_with(1, |config| config.queue.queued_per_team = 1);
    let answer = ask(&arena, &arena.alice, &json!({})).expect(200).json();
    assert_eq!([&answer["quota"]["remaining"], &answer["quota"]["used"]], [1, 0]);
    assert_eq!(answer["closes_at"], Value::Null);
    let stranger = arena.app.person("stranger");
    assert_eq!(ask(&arena, &stranger, &json!({})).expect(403).code(), "forbidden");
    assert_eq!(ask(&arena, &arena.alice, &json!({ "team": "Beta" })).expect(403).code(), "forbidden");
    arena.app.post(PREFLIGHT, None, &json!({ "kind": "predictions", "size": 1 })).expect(401);
    let large = ask(&arena, &arena.alice, &json!({ "size": 1_u64 << 40 })).expect(413).json();
    assert_eq!(large["error"]["detail"]["size"], 1_u64 << 40);

    arena.submit(&arena.alice, &predictions()).expect(201);
    assert_eq!(ask(&arena, &arena.alice, &json!({})).expect(429).code(), "quota_exhausted");
    let entry = ask(&arena, &arena.organizer, &json!({ "team": "Alpha" })).expect(200).json();
    assert_eq!(entry["quota"], Value::Null, "an entry costs no quota");
    let whole = arena.app.get(SUBMISSIONS, Some(&arena.organizer.token)).expect(200).json();
    assert_eq!(whole["items"].as_array().unwrap().len(), 1, "a question makes nothing");
}

#[test]
fn a_full_queue_and_a_kind_that_is_not_taken_are_told_before_anything_is_sent() {
    let arena = Arena::start_with(9, |config| config.queue.queued_per_team = 1);
    arena.submit(&arena.alice, &predictions()).expect(201);
    assert_eq!(ask(&arena, &arena.alice, &json!({})).expect(429).code(), "queue_full");
    arena.app.execute(
        "UPDATE tasks SET settings = REPLACE(settings, '[\"predictions\",\"torchscript\"]', '[\"predictions\"]')",
    );
    arena.app.execute(
        "UPDATE tasks SET settings = REPLACE(settings, '[\"predictions\", \"torchscript\"]', '[\"predictions\"]')",
    );
    let refused = ask(&arena, &arena.bob, &json!({ "kind": "torchscript" })).expect(422).json();
    assert_eq!(refused["error"]["detail"]["field"], "kind", "{refused}");
}

#[test]
fn a_season_that_takes_nothing_says_so_before_anything_is_sent() {
    let arena = Arena::start();
    for (assignment, why) in [("paused = TRUE", "paused"), ("paused = FALSE, closes_at = 2", "closed at")] {
        arena.set_season(assignment);
        let refused = ask(&arena, &arena.alice, &json!({})).expect(409);
        assert_eq!(refused.code(), "wrong_state");
        assert!(refused.text.contains(why), "{}", refused.text);
        let purpose = [("season", "demo"), ("task", "classification"), ("kind", "predictions")];
        let refused = begin(&arena, &arena.alice, b"1\n", &purpose).expect(409);
        assert!(refused.text.contains(why), "{}", refused.text);
    }
    // What is said to be for nothing, or for a place that it does not name whole, is taken as ever.
    begin(&arena, &arena.alice, b"1\n", &[("season", "demo"), ("task", "classification")]).expect(201);
}

#[test]
fn an_upload_whose_purpose_is_refused_does_not_begin() {
    let arena = Arena::start_with(1, |_| ());
    let purpose = [("season", "demo"), ("task", "classification"), ("kind", "predictions")];
    begin(&arena, &arena.alice, b"1\n", &purpose).expect(201);
    arena.submit(&arena.alice, &predictions()).expect(201);
    assert_eq!(begin(&arena, &arena.alice, b"1\n", &purpose).expect(429).code(), "quota_exhausted");
    let wrong = [("season", "demo"), ("task", "classification"), ("kind", "csv")];
    let refused = begin(&arena, &arena.alice, b"1\n", &wrong).expect(422);
    assert!(refused.text.contains("`predictions` and `torchscript`"), "{}", refused.text);
    assert_eq!(begin(&arena, &arena.alice, b"1\n", &[("sha256", "abc")]).expect(422).code(), "invalid_value");
}

/// Submits an upload without asking for a second submission of the same file.
fn submit(arena: &Arena, person: &Person, file: &[u8], method: &str) -> Answer {
    let upload = arena.upload(person, file);
    arena.submit_upload(person, &upload, json!({ "again": false, "method": method }), None)
}

#[test]
fn the_same_file_again_is_asked_about_whoever_of_the_team_sends_it() {
    let arena = Arena::start_with(3, |_| ());
    let file = predictions();
    let first = submit(&arena, &arena.alice, &file, "one").expect(201).json();
    let mate = arena.app.person("mate");
    let invitations = "/seasons/demo/teams/alpha/invitations";
    let code = text(&arena.app.post(invitations, Some(&arena.alice.token), &json!({})).expect(201).json()["code"]);
    arena.app.send("POST", &format!("/invitations/{code}/accept"), Some(&mate.token), None).expect(200);
    for (person, method) in [(&arena.alice, "one"), (&arena.alice, "two"), (&mate, "three")] {
        let refused = submit(&arena, person, &file, method).expect(409);
        assert_eq!(refused.code(), "already_submitted");
        assert_eq!(refused.json()["error"]["detail"]["submission"], first["id"]);
        let asked = ask(&arena, person, &json!({ "sha256": digest(&file) })).expect(409);
        assert_eq!(asked.json()["error"]["detail"], refused.json()["error"]["detail"]);
    }
    ask(&arena, &arena.alice, &json!({ "sha256": digest(&file), "again": true })).expect(200);
    let upload = arena.upload(&arena.alice, &file);
    let again = arena.submit_upload(&arena.alice, &upload, json!({ "again": true }), None).expect(201).json();
    assert_ne!(again["id"], first["id"]);
    assert_eq!(again["quota"]["used"], 2);
}

#[test]
fn a_repeated_request_gets_its_first_answer_and_not_a_question() {
    let arena = Arena::start_with(1, |_| ());
    let upload = arena.upload(&arena.alice, &predictions());
    let send =
        || arena.submit_upload(&arena.alice, &upload, json!({ "again": false }), Some("once")).expect(201).json();
    assert_eq!(send()["id"], send()["id"]);
}

#[test]
fn other_teams_test_sets_and_what_was_given_back_do_not_count() {
    let arena = Arena::start_with(9, |_| ());
    let file = predictions();
    let id = text(&submit(&arena, &arena.alice, &file, "m").expect(201).json()["id"]);
    submit(&arena, &arena.bob, &file, "m").expect(201);
    arena.app.post(&format!("/submissions/{id}/cancel"), Some(&arena.alice.token), &json!({})).expect(200);
    submit(&arena, &arena.alice, &file, "m").expect(201);
    submit(&arena, &arena.alice, &file, "m").expect(409);
    arena.add_test_set("classification", 2);
    submit(&arena, &arena.alice, &file, "m").expect(201);
    for _ in 0..2 {
        let refused = submit(&arena, &arena.alice, b"0\n", "m").expect(201).json();
        assert_eq!(refused["state"], "rejected", "what is free is not asked about");
    }
    let upload = arena.upload(&arena.organizer, &file);
    for _ in 0..2 {
        let entry = json!({ "team": "Alpha", "again": false });
        arena.submit_upload(&arena.organizer, &upload, entry, None).expect(201);
    }
}

#[test]
fn two_at_once_make_one_submission_of_a_file() {
    let arena = Arena::start_with(20, |config| config.queue.queued_per_team = 20);
    let upload = arena.upload(&arena.alice, &predictions());
    let codes = std::thread::scope(|scope| {
        let send = || arena.submit_upload(&arena.alice, &upload, json!({ "again": false }), None).status;
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(codes.iter().filter(|code| **code == 201).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 409).count(), 7, "{codes:?}");
}

/// Closes the season so many seconds from now, before if it is negative.
fn close_in(arena: &Arena, seconds: i64) {
    arena.set_season(&format!("closes_at = {}", Timestamp::now().as_micros() + seconds * 1_000_000));
}

#[test]
fn an_upload_that_was_announced_before_the_deadline_counts_until_the_grace_ends() {
    let arena = Arena::start_with(9, |config| config.uploads.deadline_grace_seconds = 600);
    let file = predictions();
    let announced = id_of(&begin(&arena, &arena.alice, &file, &[("sha256", &digest(&file).to_string())]).expect(201));
    let silent = arena.upload(&arena.alice, &predictions());
    let other = predictions();
    let wrong = id_of(&begin(&arena, &arena.alice, &other, &[("sha256", &digest(&file).to_string())]).expect(201));
    std::thread::sleep(std::time::Duration::from_millis(20));
    close_in(&arena, 0);
    for upload in [&silent, &wrong] {
        let refused = arena.submit_upload(&arena.alice, upload, json!({}), None).expect(409);
        assert!(refused.code() == "wrong_state" && refused.text.contains("closed at"), "{}", refused.text);
    }
    assert_eq!(ask(&arena, &arena.alice, &json!({})).expect(409).code(), "wrong_state");
    arena.submit_upload(&arena.alice, &announced, json!({}), None).expect(201);

    let late = predictions();
    let late = id_of(&begin(&arena, &arena.alice, &late, &[("sha256", &digest(&late).to_string())]).expect(201));
    arena.submit_upload(&arena.alice, &late, json!({}), None).expect(409);
    // The same upload, had the grace ended.
    arena.app.execute("UPDATE uploads SET created_at = created_at - 700000000");
    close_in(&arena, -601);
    arena.submit_upload(&arena.alice, &announced, json!({}), None).expect(409);
    close_in(&arena, -590);
    arena.submit_upload(&arena.alice, &announced, json!({}), None).expect(201);
}

#[test]
fn the_answer_says_until_when_a_submission_is_accepted() {
    let arena = Arena::start_with(9, |config| config.uploads.deadline_grace_seconds = 600);
    close_in(&arena, 100);
    let answer = ask(&arena, &arena.alice, &json!({})).expect(200).json();
    assert_eq!(micros(&answer["accepted_until"]) - micros(&answer["closes_at"]), 600_000_000);
}

#[test]
fn the_same_answers_in_another_file_are_asked_about() {
    let arena = Arena::start_with(3, |_| ());
    let file = predictions();
    let first = submit(&arena, &arena.alice, &file, "one").expect(201).json();
    let text = std::str::from_utf8(&file).unwrap();
    let crlf = text.replace('\n', "\r\n").into_bytes();
    for same in [gzip(&file), crlf.clone()] {
        let refused = submit(&arena, &arena.alice, &same, "two").expect(409).json()["error"].clone();
        assert_eq!((&refused["code"], &refused["reason"]), (&json!("already_submitted"), &json!("same_answers")));
        assert_eq!(refused["detail"]["submission"], first["id"], "{refused}");
    }
    assert_eq!(arena.submission(&arena.alice, first["id"].as_str().unwrap())["state"], "queued", "no slot was used");
    submit(&arena, &arena.bob, &crlf, "another team's").expect(201);
    let upload = arena.upload(&arena.alice, &crlf);
    let again = arena.submit_upload(&arena.alice, &upload, json!({ "again": true }), None).expect(201).json();
    assert_eq!(again["quota"]["used"], 2);
    // What was cancelled free of charge may come again in any form.
    for id in [&first["id"], &again["id"]] {
        arena
            .app
            .post(&format!("/submissions/{}/cancel", id.as_str().unwrap()), Some(&arena.alice.token), &json!({}))
            .expect(200);
    }
    submit(&arena, &arena.alice, &gzip(&file), "three").expect(201);
}
