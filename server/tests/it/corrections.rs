//! Corrections of hidden labels and splits, while there are results.

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::test_app::Answer;

const TASK: &str = "/seasons/demo/tasks/classification";

/// Labels of the arena's test set; `wrong` images at its end are of another class.
fn put_labels(arena: &Arena, wrong: usize, query: &str) -> Answer {
    let classes: String = (1..=100).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect();
    let label = |image: usize| if image < 20 - wrong { image % 10 + 1 } else { 77 };
    let labels: String = (0..20).map(|image| format!("{}\n", label(image))).collect();
    let [classes, labels, images] = [classes.as_bytes(), labels.as_bytes(), b"PK\x03\x04 and so on"]
        .map(|file| arena.upload(&arena.organizer, file));
    let body = json!({ "classes": classes, "labels": labels, "images": images });
    arena.app.send("PUT", &format!("{TASK}/test-set{query}"), Some(&arena.organizer.token), Some(&body))
}

#[test]
fn images_that_a_version_has_need_not_be_sent_again() {
    let arena = Arena::start();
    put_labels(&arena, 1, "").expect(200);
    let path = format!("{TASK}/test-set/labels");
    let stored = arena.app.get(&path, Some(&arena.organizer.token)).expect(200);
    let digest = stored.header("images-sha256").unwrap().to_owned();
    let classes: String = (1..=100).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect();
    let labels = "3\n".repeat(20);
    let put = |images: Value| {
        let [classes, labels] = [&classes, &labels].map(|file| arena.upload(&arena.organizer, file.as_bytes()));
        let mut body = json!({ "classes": classes, "labels": labels });
        body.as_object_mut().unwrap().extend(images.as_object().unwrap().clone());
        arena.app.send("PUT", &format!("{TASK}/test-set"), Some(&arena.organizer.token), Some(&body))
    };
    put(json!({ "known_images": digest })).expect(200);
    let stored = arena.app.get(&path, Some(&arena.organizer.token)).expect(200);
    assert_eq!(stored.header("images-sha256"), Some(digest.as_str()));
    let unknown = put(json!({ "known_images": "0".repeat(64) })).expect(422).json();
    assert_eq!(unknown["error"]["detail"]["field"], "known_images", "{unknown}");
    let upload = arena.upload(&arena.organizer, b"PK\x03\x04 and so on");
    put(json!({ "known_images": digest, "images": upload })).expect(422);
}

fn score_one(arena: &Arena) {
    arena.submit(&arena.alice, &predictions()).expect(201);
    let claim = arena.claim().unwrap();
    arena.score(&claim, [255, 255, 15], [255, 255, 15]).expect(200);
}

fn rows(arena: &Arena) -> usize {
    let board = arena.app.get(&format!("{TASK}/leaderboard?all=true"), Some(&arena.organizer.token)).expect(200).json();
    board["rows"].as_array().unwrap().len()
}

#[track_caller]
fn wait_for_rows(arena: &Arena, wanted: usize) {
    let began = std::time::Instant::now();
    while rows(arena) != wanted {
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{} rows", rows(arena));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn results_that_are_discarded_come_back_with_the_labels_of_before() {
    let arena = Arena::start();
    score_one(&arena);
    wait_for_rows(&arena, 1);
    let used = || arena.app.get(crate::arena::QUOTA, Some(&arena.alice.token)).expect(200).json()["used"].clone();
    let before = used();
    assert_ne!(before, 0);
    let second = put_labels(&arena, 1, "?discard_results=true").expect(200).json();
    assert_eq!(second["version"], 2);
    wait_for_rows(&arena, 0);
    assert_eq!(used(), before, "a correction gives no slots back");
    // No results are on the second version: nothing is asked, and the first one is the present one
    // again.
    let first = put_labels(&arena, 0, "").expect(200).json();
    assert_eq!(first["version"], 1);
    wait_for_rows(&arena, 1);
    assert_eq!(arena.app.count("test_sets"), 2);
    let third = put_labels(&arena, 2, "?discard_results=true").expect(200).json();
    assert_eq!(third["version"], 3, "a number is never used twice");
}

#[test]
fn another_split_that_discards_results_and_an_earlier_one_that_comes_back() {
    let arena = Arena::start();
    score_one(&arena);
    let task = arena.app.get(TASK, Some(&arena.organizer.token)).expect(200).json();
    let settings = |split: Value| {
        let mut settings = task.clone();
        for field in ["season", "task", "test_set", "versions", "staged"] {
            settings.as_object_mut().unwrap().remove(field);
        }
        settings["split"] = split;
        settings
    };
    let put = |split: Value, query: &str| {
        arena.app.send("PUT", &format!("{TASK}{query}"), Some(&arena.organizer.token), Some(&settings(split)))
    };
    let halves = json!({ "public": 0.5, "seed": 3 });
    assert_eq!(put(halves, "?discard_results=true").expect(200).json()["test_set"]["version"], 2);
    wait_for_rows(&arena, 0);
    assert_eq!(put(Value::Null, "").expect(200).json()["test_set"]["version"], 1);
    wait_for_rows(&arena, 1);
    // What does not touch the split asks nothing.
    let mut title = settings(Value::Null);
    title["title"] = json!("Another title");
    arena.app.send("PUT", TASK, Some(&arena.organizer.token), Some(&title)).expect(200);
}

#[test]
fn what_waits_or_runs_is_scored_on_the_corrected_labels_and_nobody_pays_for_the_attempt_before() {
    let arena = Arena::start();
    let running = arena.submit(&arena.alice, &predictions()).expect(201).json();
    let old = arena.claim().unwrap();
    let waiting = arena.submit(&arena.bob, &predictions()).expect(201).json();
    put_labels(&arena, 1, "").expect(200);

    let id = |submission: &Value| submission["id"].as_str().unwrap().to_owned();
    for (person, submission) in [(&arena.alice, &running), (&arena.bob, &waiting)] {
        assert_eq!(arena.submission(person, &id(submission))["state"], "queued");
    }
    assert_eq!(arena.heartbeat(&old, 1).expect(409).code(), "stale_attempt");
    assert_eq!(arena.score(&old, [255, 255, 15], [255, 255, 15]).expect(409).code(), "stale_attempt");
    let path = format!("/organizer/evaluations?submission={}", id(&running));
    let evaluation = arena.app.get(&path, Some(&arena.organizer.token)).expect(200).json()["items"][0].clone();
    assert_eq!(evaluation["attempts"][0]["ended"], "superseded", "{evaluation}");
    for _ in 0..2 {
        let claim = arena.claim().unwrap();
        assert_ne!(claim["test_set"], old["test_set"]);
        arena.score(&claim, [255, 255, 15], [255, 255, 15]).expect(200);
    }
    wait_for_rows(&arena, 2);
}

#[test]
fn a_submission_recorded_while_the_labels_change_is_scored_on_the_new_ones() {
    let arena = Arena::start();
    arena.submit(&arena.alice, &predictions()).expect(201);
    put_labels(&arena, 1, "").expect(200);
    // As a transaction leaves it that looked at the task before the change, and ended after it.
    arena.app.execute("UPDATE evaluations SET test_set_id = (SELECT id FROM test_sets WHERE version = 1)");
    let claim = arena.claim().unwrap();
    arena.score(&claim, [255, 255, 15], [255, 255, 15]).expect(200);
    wait_for_rows(&arena, 1);
}

#[test]
fn a_corrected_label_leaves_the_public_part_as_it_is() {
    for split in [json!({ "public": 0.5 }), json!({ "public": 0.5, "seed": 3 })] {
        let arena = Arena::start();
        let mut settings = arena.app.get(TASK, Some(&arena.organizer.token)).expect(200).json();
        for field in ["season", "task", "test_set", "versions", "staged"] {
            settings.as_object_mut().unwrap().remove(field);
        }
        settings["split"] = split;
        arena.app.send("PUT", TASK, Some(&arena.organizer.token), Some(&settings)).expect(200);
        for wrong in 1..4 {
            put_labels(&arena, wrong, "").expect(200);
        }
        let masks = |versions: &str| {
            arena.app.count(&format!("(SELECT DISTINCT public_mask FROM test_sets WHERE version {versions}) AS masks"))
        };
        assert_eq!((arena.app.count("test_sets"), masks(">= 2")), (5, 1), "drawn once, by the second version");
    }
}
