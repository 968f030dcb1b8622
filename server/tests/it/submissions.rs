//! What teams and organizers see of submissions.

use serde_json::{Value, json};

use crate::arena::{Arena, SUBMISSIONS, predictions};
use crate::people::{Person, text};

/// Submits and lets a scorer score it; the id.
fn scored(arena: &Arena, top1: [u8; 3], top5: [u8; 3]) -> String {
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let claim = arena.claim().expect("there is work");
    assert_eq!(claim["submission"], id);
    arena.score(&claim, top1, top5).expect(200);
    id
}

fn cancel(arena: &Arena, person: &Person, id: &str) -> crate::test_app::Answer {
    arena.app.post(&format!("/submissions/{id}/cancel"), Some(&person.token), &json!({}))
}

#[test]
fn a_submission_goes_from_the_queue_to_its_score() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let claim = arena.claim().expect("there is work");
    let running = arena.submission(&arena.alice, &id);
    assert_eq!(
        (&running["state"], &running["queue"], &running["attempts"]),
        (&json!("running"), &Value::Null, &json!(1))
    );
    arena.heartbeat(&claim, 5).expect(200);
    let progress = &arena.submission(&arena.alice, &id)["progress"];
    assert_eq!(*progress, json!({ "stage": "checking", "done": 5, "total": 20, "images_per_second": null }));

    // Of the ten public images one has its class first and six have it among the five; of the
    // private ones none and two.
    arena.score(&claim, [0b1, 0, 0], [0b11_1111, 0b1100, 0]).expect(200);
    let done = arena.submission(&arena.alice, &id);
    assert_eq!((&done["state"], &done["progress"]), (&json!("scored"), &Value::Null));
    assert_eq!(done["charge"], json!({ "state": "committed", "reason": null }));
    assert_eq!(done["hints"], json!([]));
    let public = &done["scores"]["public"];
    assert_eq!([&public["top1_error"], &public["top5_error"]], [0.9, 0.4]);
    assert_eq!([&public["wrong"], &public["n"]], [4, 10]);
    let interval = &public["interval"];
    let (low, high) = (interval["low"].as_f64().unwrap(), interval["high"].as_f64().unwrap());
    // Clopper–Pearson of 4 of 10 at 95 %.
    assert!((low - 0.121_55).abs() < 1e-4 && (high - 0.737_62).abs() < 1e-4, "{interval}");
    assert_eq!(public["interval_999"]["level"], 0.999);
}

#[test]
fn private_scores_are_hidden_until_they_are_published() {
    let arena = Arena::start();
    let id = scored(&arena, [1, 0, 0], [0b11_1111, 0b1100, 0]);
    let private = |person| arena.submission(person, &id)["scores"]["private"].clone();
    assert_eq!(private(&arena.alice), Value::Null);
    let list = arena.app.get(SUBMISSIONS, Some(&arena.alice.token)).expect(200).json();
    assert_eq!(list["items"][0]["scores"]["private"], Value::Null);
    assert_eq!(private(&arena.organizer)["wrong"], 8);
    for state in ["closes_at = 2", "frozen_at = 1"] {
        arena.set_season(state);
        assert_eq!(private(&arena.alice), Value::Null, "{state}");
        assert_eq!(arena.submission(&arena.alice, &id)["scores"]["public"]["wrong"], 4, "{state}");
    }
    arena.set_season("published_at = 3");
    assert_eq!([&private(&arena.alice)["wrong"], &private(&arena.alice)["n"]], [8, 10]);
}

#[test]
fn an_error_near_chance_comes_with_a_hint() {
    let arena = Arena::start();
    let id = scored(&arena, [0; 3], [0; 3]);
    let hints = arena.submission(&arena.alice, &id)["hints"].clone();
    assert!(text(&hints[0]).contains("order"), "{hints}");
}

#[test]
fn teams_see_their_own_and_organizers_see_all() {
    let arena = Arena::start();
    let of_alice = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let of_bob = text(&arena.submit(&arena.bob, &predictions()).expect(201).json()["id"]);
    let listed = |person: &Person| {
        let page = arena.app.get(SUBMISSIONS, Some(&person.token)).expect(200).json();
        page["items"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect::<Vec<_>>()
    };
    assert_eq!(listed(&arena.alice), std::slice::from_ref(&of_alice));
    assert_eq!(listed(&arena.bob), std::slice::from_ref(&of_bob));
    assert_eq!(listed(&arena.organizer), [of_bob.clone(), of_alice], "newest first");
    let stranger = arena.app.person("stranger");
    for path in [format!("/submissions/{of_bob}"), format!("/submissions/{of_bob}/events")] {
        assert_eq!(arena.app.get(&path, Some(&arena.alice.token)).expect(404).code(), "not_found");
        arena.app.get(&path, Some(&stranger.token)).expect(404);
        arena.app.get(&path, None).expect(401);
    }
    assert_eq!(cancel(&arena, &arena.alice, &of_bob).expect(404).code(), "not_found");
    arena.app.get(SUBMISSIONS, Some(&stranger.token)).expect(403);
    arena.app.get(SUBMISSIONS, None).expect(401);
    assert_eq!(arena.submission(&arena.organizer, &of_bob)["team"], "Beta");
}

#[test]
fn lists_come_in_pages() {
    let arena = Arena::start();
    let mut ids: Vec<String> =
        (0..5).map(|_| text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"])).collect();
    ids.reverse();
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = arena.app.get(&format!("{SUBMISSIONS}{query}"), Some(&arena.alice.token)).expect(200).json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| text(&item["id"])));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ids);
    let refusal = arena.app.get(&format!("{SUBMISSIONS}?cursor=x"), Some(&arena.alice.token)).expect(422);
    assert!(refusal.text.contains("cursor"), "{}", refusal.text);
}

#[test]
fn the_queue_tells_places_and_when_to_expect_a_scorer() {
    let arena = Arena::start();
    let ids = [&arena.alice, &arena.bob, &arena.alice]
        .map(|person| text(&arena.submit(person, &predictions()).expect(201).json()["id"]));
    let place = |id: &str| arena.submission(&arena.organizer, id)["queue"].clone();
    assert_eq!([0, 1, 2].map(|i| place(&ids[i])["position"].clone()), [1, 2, 3]);
    let unknown = |id: &str, why: &str| {
        let place = place(id);
        assert_eq!((&place["expected_start"], &place["start_unknown"]), (&Value::Null, &json!(why)));
    };
    unknown(&ids[0], "no_scorer");

    let claim = arena.claim().unwrap();
    assert_eq!(claim["submission"], ids[0]);
    assert_eq!(place(&ids[1])["position"], 1);
    unknown(&ids[1], "no_pace");
    arena.score(&claim, [0; 3], [0; 3]).expect(200);
    assert_ne!(place(&ids[1])["expected_start"], Value::Null, "the scorer is free");
    assert_eq!(place(&ids[1])["start_unknown"], Value::Null);
    assert_ne!(place(&ids[2])["expected_start"], Value::Null);

    arena.app.execute("UPDATE scorers SET last_seen_at = last_seen_at - 121000000");
    unknown(&ids[1], "no_scorer");
}

#[test]
fn a_season_that_became_a_draft_again_hides_its_submissions_from_their_team() {
    let arena = Arena::start();
    let id = scored(&arena, [0b1, 0, 0], [0b1, 0, 0]);
    let path = format!("/submissions/{id}");
    arena.app.get(&path, Some(&arena.alice.token)).expect(200);
    let patch = |path: &str, person: &Person, changes: Value| {
        arena.app.send("PATCH", path, Some(&person.token), Some(&changes))
    };
    let season = text(&arena.submission(&arena.alice, &id)["season"]);
    patch(&format!("/seasons/{season}"), &arena.organizer, json!({ "draft": true })).expect(200);

    arena.app.get(&path, Some(&arena.alice.token)).expect(404);
    patch(&path, &arena.alice, json!({ "method": "another" })).expect(404);
    arena.app.post(&format!("{path}/withdraw"), Some(&arena.alice.token), &json!({})).expect(404);
    arena.app.get(&path, Some(&arena.organizer.token)).expect(200);
}

#[test]
fn cancelling_a_queued_submission_refunds_it() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let cancelled = cancel(&arena, &arena.alice, &id).expect(200).json();
    assert_eq!((&cancelled["state"], &cancelled["queue"]), (&json!("cancelled"), &Value::Null));
    assert_eq!(cancelled["charge"], json!({ "state": "refunded", "reason": "cancelled" }));
    assert_ne!(cancelled["finished_at"], Value::Null);
    assert!(arena.claim().is_none());
    assert_eq!(cancel(&arena, &arena.alice, &id).expect(409).code(), "wrong_state");
}

#[test]
fn cancelling_a_running_submission_is_charged() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let claim = arena.claim().unwrap();
    let cancelled = cancel(&arena, &arena.alice, &id).expect(200).json();
    assert_eq!(cancelled["charge"], json!({ "state": "committed", "reason": null }));
    assert_eq!(arena.score(&claim, [0; 3], [0; 3]).expect(409).code(), "stale_attempt");
    assert_eq!(arena.submission(&arena.alice, &id)["state"], "cancelled");
}

#[test]
fn what_has_ended_cannot_be_cancelled() {
    let arena = Arena::start();
    let id = scored(&arena, [0; 3], [0; 3]);
    assert_eq!(cancel(&arena, &arena.alice, &id).expect(409).code(), "wrong_state");
    let rejected = text(&arena.submit(&arena.alice, b"x").expect(201).json()["id"]);
    assert_eq!(cancel(&arena, &arena.alice, &rejected).expect(409).code(), "wrong_state");
    assert_eq!(arena.submission(&arena.alice, &rejected)["charge"]["reason"], "format");
}

#[test]
fn an_organizers_cancellation_is_recorded() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    cancel(&arena, &arena.organizer, &id).expect(200);
    let audit = arena.app.get("/organizer/audit", Some(&arena.organizer.token)).expect(200).json();
    let entry = audit["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "submission.cancel").unwrap();
    assert_eq!(entry["object"], id);
}

#[test]
fn of_many_cancellations_at_once_one_succeeds() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let statuses = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..10).map(|_| scope.spawn(|| cancel(&arena, &arena.alice, &id).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
}
