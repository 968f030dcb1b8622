//! Leases that end, faults of the platform, and what becomes of their submissions.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::people::text;
use crate::queue_world::{World, fault, scored, scorer, short_leases};

#[test]
fn heartbeats_keep_a_lease() {
    let world = World::start_with(|queue| {
        short_leases(queue);
        queue.reap_seconds = 1;
    });
    let sent = world.submit_one();
    world.claim(&scorer());
    for _ in 0..7 {
        std::thread::sleep(Duration::from_millis(500));
        world.beat(&sent.evaluation, 1).expect(200);
    }
    world.ask(&scorer(), 0).expect(204);
    assert_eq!(world.standing(&sent.evaluation), "running 1 0");
    // Without them the server ends it by itself.
    world.wait_for(&sent.evaluation, "queued 1 1");
    assert_eq!(world.beat(&sent.evaluation, 1).expect(409).code(), "stale_attempt");
}

#[test]
fn three_leases_that_end_make_it_stalled_and_refund() {
    let world = World::start_with(short_leases);
    let sent = world.submit_one();
    for attempt in 1..=3 {
        let claim = world.ask(&scorer(), 20).expect(200).json();
        assert_eq!(claim["attempt"], json!(attempt));
    }
    world.wait_for(&sent.evaluation, "stalled 3 3");
    assert_eq!(world.charge(&sent), "refunded platform_fault");
    world.ask(&scorer(), 0).expect(204);
}

#[test]
fn an_organizer_queues_a_stalled_submission_again() {
    let world = World::start_with(|queue| queue.attempts = 1);
    let sent = world.submit_one();
    let path = format!("/organizer/submissions/{}/requeue", sent.id);
    let requeue = |token: &str| world.app.post(&path, Some(token), &json!({}));
    assert_eq!(requeue(&world.organizer.token).expect(409).code(), "wrong_state");
    world.claim(&scorer());
    world.report(&sent.evaluation, 1, &fault("f")).expect(200);
    assert_eq!(world.standing(&sent.evaluation), "stalled 1 1");
    // One look at the database answers for some seconds.
    let metric = |count: u32| {
        let (began, wanted) = (Instant::now(), format!("holdout_evaluations{{state=\"stalled\"}} {count}\n"));
        while !world.app.get("//metrics", Some(&world.organizer.token)).expect(200).text.contains(&wanted) {
            assert!(began.elapsed() < Duration::from_secs(20), "{wanted}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    metric(1);
    assert_eq!(requeue(&world.app.person("somebody").token).expect(403).code(), "forbidden");
    let again = requeue(&world.organizer.token).expect(200).json();
    assert_eq!((&again["id"], &again["state"]), (&json!(sent.id), &json!("queued")));
    assert_eq!(again["charge"], json!({ "state": "refunded", "reason": "platform_fault" }));
    assert_eq!(requeue(&world.organizer.token).expect(409).code(), "wrong_state");
    let claim = world.claim(&scorer());
    assert_ne!(text(&claim["evaluation"]), sent.evaluation);
    assert_eq!((&claim["submission"], &claim["attempt"]), (&json!(sent.id), &json!(1)));
    world.report(&text(&claim["evaluation"]), 1, &scored()).expect(200);
    assert_eq!(world.standing(&sent.evaluation), "stalled 1 1", "the old one is kept");
    metric(0);
    assert_eq!(world.charge(&sent), "refunded platform_fault");
    let shown = world.app.get(&format!("/submissions/{}", sent.id), Some(&world.organizer.token)).expect(200).json();
    assert_eq!(shown["state"], json!("scored"));
    let audit = world.app.get("/organizer/audit", Some(&world.organizer.token)).expect(200).json();
    assert_eq!(audit["items"][0]["action"], json!("submission.requeue"));
}

#[test]
fn a_fault_is_tried_again_and_never_a_verdict() {
    let world = World::start();
    let sent = world.submit_one();
    for attempt in 1..=3 {
        world.claim(&scorer());
        let reply = world.report(&sent.evaluation, attempt, &fault("disk\u{0}full")).expect(200).json();
        assert_eq!(reply, json!({ "withdraw": false }));
        // The reply may have been lost.
        world.report(&sent.evaluation, attempt, &fault("disk\u{0}full")).expect(200);
        let expected = if attempt == 3 { "stalled 3 3".to_owned() } else { format!("queued {attempt} {attempt}") };
        assert_eq!(world.standing(&sent.evaluation), expected);
    }
    assert_eq!(world.charge(&sent), "refunded platform_fault");
    assert_eq!(world.value("SELECT COALESCE(verdict, '-') AS text FROM evaluations"), "-");
    assert_eq!(world.value("SELECT fault AS text FROM evaluations"), "disk full");
}

#[test]
fn a_failed_evaluation_pauses_and_goes_to_another_scorer_first() {
    let world = World::start_with(|queue| {
        (queue.retry_seconds, queue.reap_seconds) = (1, 1);
    });
    let sent = world.submit_one();
    let (first, second) = (scorer(), scorer());
    world.ask(&second, 0).expect(200);
    world.report(&sent.evaluation, 1, &json!({ "kind": "gave_back" })).expect(200);
    world.claim(&first);
    world.report(&sent.evaluation, 2, &fault("f")).expect(200);
    let failed_at = Instant::now();
    world.ask(&second, 0).expect(204);
    // The one that failed waits as well, but the other one gets it.
    let claim = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| world.ask(&first, 5));
        let claim = world.ask(&second, 10).expect(200).json();
        waiting.join().unwrap().expect(204);
        claim
    });
    assert!(failed_at.elapsed() >= Duration::from_secs(1), "it pauses for a second");
    assert_eq!(claim["attempt"], json!(3));
    // The second failure makes the pause six times as long; from then on, others go first for
    // twelve seconds.
    world.report(&sent.evaluation, 3, &fault("f")).expect(200);
    let now = holdout_protocol::Timestamp::now().as_micros();
    let seconds = |from: &str| {
        let difference = format!("SELECT CAST(({from}) / 1000000 AS TEXT) AS text FROM evaluations");
        world.value(&difference).parse::<i64>().unwrap()
    };
    assert!((4..=6).contains(&seconds(&format!("not_before - {now}"))));
    assert_eq!(seconds("avoided_until - not_before"), 12);
    assert_eq!(world.value("SELECT avoided_scorer AS text FROM evaluations"), second);
}

#[test]
fn a_clock_that_is_set_back_keeps_no_evaluation_waiting() {
    let world = World::start_with(|queue| {
        (queue.retry_seconds, queue.reap_seconds) = (1, 1);
    });
    let sent = world.submit_one();
    world.claim(&scorer());
    let ahead = |column: &str| {
        let now = holdout_protocol::Timestamp::now().as_micros();
        let seconds = format!("SELECT CAST(({column} - {now}) / 1000000 AS TEXT) AS text FROM evaluations");
        world.value(&seconds).parse::<i64>().unwrap()
    };
    let eventually = |column: &str, most: i64| {
        let began = Instant::now();
        while ahead(column) > most {
            assert!(began.elapsed() < Duration::from_secs(20), "{column} is still {} s ahead", ahead(column));
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(ahead(column) > 0, "it has not ended either");
    };
    // As if it had been written before the clock went back by three hours.
    let later = |column: &str| {
        let three_hours = 3 * 3600 * 1_000_000_i64;
        world.app.execute(&format!("UPDATE evaluations SET {column} = {column} + {three_hours}"));
    };
    later("lease_expires_at");
    eventually("lease_expires_at", 65);
    world.report(&sent.evaluation, 1, &fault("f")).expect(200);
    world.app.execute("UPDATE evaluations SET avoided_until = not_before");
    later("avoided_until");
    later("not_before");
    eventually("not_before", 305);
    eventually("avoided_until", 320);
}

#[test]
fn a_failed_evaluation_that_no_scorer_comes_for_is_stalled() {
    let world = World::start_with(|queue| {
        short_leases(queue);
        (queue.reap_seconds, queue.retry_within_seconds) = (1, 1);
    });
    let sent = world.submit_one();
    world.claim(&scorer());
    world.wait_for(&sent.evaluation, "queued 1 1");
    // Its scorer is gone for as long as counts; until then it may come back.
    world.app.execute("UPDATE scorers SET last_seen_at = 1");
    world.wait_for(&sent.evaluation, "stalled 1 1");
    assert_eq!(world.charge(&sent), "refunded platform_fault");
}

#[test]
fn work_given_back_costs_no_attempt() {
    let world = World::start();
    let sent = world.submit_one();
    for attempt in 1..=5 {
        world.claim(&scorer());
        for _ in 0..2 {
            world.report(&sent.evaluation, attempt, &json!({ "kind": "gave_back" })).expect(200);
        }
        assert_eq!(world.standing(&sent.evaluation), format!("queued {attempt} 0"));
    }
    assert_eq!(world.charge(&sent), "reserved -");
}
