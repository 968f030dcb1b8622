//! Outcomes that scorers report: once, of the present attempt, and fitting the test set.

use serde_json::{Value, json};

use crate::queue_world::{IMAGES, World, fault, scored, scorer, short_leases};

fn verdict(code: &str) -> Value {
    json!({ "kind": "rejected", "code": code, "message": "m", "detail": { "lines": [], "faults": 1, "hints": [] } })
}

#[test]
fn a_repeated_outcome_is_answered_and_changes_nothing() {
    let world = World::start();
    let sent = world.submit_one();
    world.claim(&scorer());
    world.report(&sent.evaluation, 1, &scored()).expect(200);
    let before = world.value("SELECT CAST(board_version AS TEXT) AS text FROM tasks");
    assert_ne!(before, "0");
    world.report(&sent.evaluation, 1, &scored()).expect(200);
    assert_eq!(world.value("SELECT CAST(board_version AS TEXT) AS text FROM tasks"), before);
    let other = json!({ "kind": "scored", "n": IMAGES, "top1": "/gE=", "top5": "/gE=" });
    assert_eq!(world.report(&sent.evaluation, 1, &other).expect(409).code(), "stale_attempt");
    assert_eq!(world.report(&sent.evaluation, 1, &fault("f")).expect(409).code(), "stale_attempt");
    assert_eq!(world.report(&sent.evaluation, 1, &json!({ "kind": "gave_back" })).expect(409).code(), "stale_attempt");
    assert_eq!(world.standing(&sent.evaluation), "scored 1 0");
}

#[test]
fn an_old_attempt_changes_nothing() {
    let world = World::start_with(short_leases);
    let sent = world.submit_one();
    let (old, new) = (scorer(), scorer());
    world.claim(&old);
    // The one that was killed says nothing more; the other one waits for its lease to end.
    let claim = world.ask(&new, 20).expect(200).json();
    assert_eq!((&claim["evaluation"], &claim["attempt"]), (&json!(sent.evaluation), &json!(2)));
    for answer in [
        world.beat(&sent.evaluation, 1),
        world.report(&sent.evaluation, 1, &scored()),
        world.report(&sent.evaluation, 1, &fault("late")),
        world.report(&sent.evaluation, 1, &verdict("empty_file")),
        world.report(&sent.evaluation, 1, &json!({ "kind": "gave_back" })),
        world.report(&sent.evaluation, 3, &scored()),
    ] {
        assert_eq!(answer.expect(409).code(), "stale_attempt");
    }
    assert_eq!(world.standing(&sent.evaluation), "running 2 1");
    assert_eq!(world.charge(&sent), "reserved -");
    world.report(&sent.evaluation, 2, &scored()).expect(200);
    assert_eq!(world.standing(&sent.evaluation), "scored 2 1");
}

#[test]
fn a_cancelled_evaluation_is_over_for_its_scorer() {
    let world = World::start();
    let sent = world.submit_one();
    world.claim(&scorer());
    let path = format!("/submissions/{}/cancel", sent.id);
    world.app.post(&path, Some(&world.organizer.token), &json!({})).expect(200);
    assert_eq!(world.beat(&sent.evaluation, 1).expect(409).code(), "stale_attempt");
    assert_eq!(world.report(&sent.evaluation, 1, &scored()).expect(409).code(), "stale_attempt");
    assert_eq!(world.standing(&sent.evaluation), "cancelled 1 0");
    assert_eq!(world.charge(&sent), "committed -");
}

#[test]
fn a_format_verdict_is_final_and_not_charged() {
    let world = World::start();
    let sent = world.submit_one();
    world.claim(&scorer());
    let wrong = world.report(&sent.evaluation, 1, &verdict("load_failed")).expect(422);
    assert_eq!(wrong.code(), "invalid_value");
    world.report(&sent.evaluation, 1, &verdict("bad_label")).expect(200);
    world.report(&sent.evaluation, 1, &verdict("bad_label")).expect(200);
    assert_eq!(world.report(&sent.evaluation, 1, &verdict("not_text")).expect(409).code(), "stale_attempt");
    assert_eq!(world.standing(&sent.evaluation), "rejected 1 0");
    assert_eq!(world.charge(&sent), "refunded format");
    assert_eq!(world.value("SELECT CAST(board_version AS TEXT) AS text FROM tasks"), "0");
}

#[test]
fn an_outcome_that_does_not_fit_the_test_set_is_refused() {
    let world = World::start();
    let sent = world.submit_one();
    world.claim(&scorer());
    for (n, top1, top5, why) in [
        (9, "/gE=", "/wE=", "another number of images"),
        (10, "/g==", "/wE=", "too few bytes"),
        (10, "/gEA", "/wE=", "too many bytes"),
        (10, "/gU=", "/wU=", "a bit after the last image"),
        (10, "/wE=", "/gE=", "the first label right, none of five"),
        (10, "*", "/wE=", "not base64"),
    ] {
        let outcome = json!({ "kind": "scored", "n": n, "top1": top1, "top5": top5 });
        assert_eq!(world.report(&sent.evaluation, 1, &outcome).expect(422).code(), "invalid_value", "{why}");
    }
    assert_eq!(world.standing(&sent.evaluation), "running 1 0");
    world.report(&sent.evaluation, 1, &scored()).expect(200);
}

#[test]
fn the_outcome_of_a_large_test_set_is_not_too_large() {
    let world = World::start();
    let sent = world.submit_one();
    world.claim(&scorer());
    let (n, bits) = (10_000_000, "A".repeat(1_666_668));
    let outcome = json!({ "kind": "scored", "n": n, "top1": bits, "top5": bits });
    // It is read, and found not to be about this test set.
    let refused = world.report(&sent.evaluation, 1, &outcome).expect(422);
    assert!(refused.text.contains("the test set has 10 images"), "{}", refused.text);
}
