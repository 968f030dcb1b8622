//! The rolling quota and the cap of the queue.

use holdout_protocol::Timestamp;
use serde_json::{Value, json};

use crate::arena::{Arena, QUOTA, predictions};
use crate::people::{Person, text};

fn time(value: &Value) -> i64 {
    text(value).parse::<Timestamp>().unwrap().as_micros()
}

fn quota(arena: &Arena, person: &Person) -> Value {
    arena.app.get(QUOTA, Some(&person.token)).expect(200).json()
}

/// Moves every reservation back in time.
fn pass(arena: &Arena, seconds: i64) {
    arena.app.execute(&format!("UPDATE quota_ledger SET reserved_at = reserved_at - {}", seconds * 1_000_000));
}

const HOUR: i64 = 3_600_000_000;

#[test]
fn the_next_slot_opens_exactly_when_the_oldest_leaves_the_window() {
    let arena = Arena::start_with(2, |_| ());
    let fresh = quota(&arena, &arena.alice);
    assert_eq!([&fresh["season"], &fresh["task"], &fresh["team"]], ["demo", "classification", "Alpha"]);
    assert_eq!([&fresh["limit"], &fresh["per_seconds"], &fresh["used"], &fresh["remaining"]], [2, 3600, 0, 2]);
    assert!((Timestamp::now().as_micros() - time(&fresh["next_slot"])).abs() < 60_000_000);

    let first = arena.submit(&arena.alice, &predictions()).expect(201).json();
    let second = arena.submit(&arena.alice, &predictions()).expect(201).json();
    assert_eq!([&first["quota"]["used"], &second["quota"]["used"]], [1, 2]);
    let opens = time(&first["created_at"]) + HOUR;
    assert_eq!(time(&second["quota"]["next_slot"]), opens);

    let refusal = arena.submit(&arena.alice, &predictions()).expect(429);
    assert_eq!(refusal.code(), "quota_exhausted");
    let error = refusal.json()["error"].clone();
    assert_eq!([&error["detail"]["limit"], &error["detail"]["remaining"]], [2, 0]);
    assert_eq!(time(&error["detail"]["next_slot"]), opens);
    // For people, in whole seconds: then it is open.
    let said = text(&error["message"]).rsplit(' ').next().unwrap().to_owned();
    assert!((0..1_000_000).contains(&(time(&json!(said)) - opens)), "{error}");
    let wait = error["detail"]["retry_after_seconds"].as_i64().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
    assert_eq!(refusal.header("retry-after").unwrap(), wait.to_string());
    assert_eq!(time(&quota(&arena, &arena.alice)["next_slot"]), opens);
}

#[test]
fn the_window_rolls() {
    let arena = Arena::start_with(2, |config| config.queue.queued_per_team = 100);
    arena.submit(&arena.alice, &predictions()).expect(201);
    pass(&arena, 3000);
    arena.submit(&arena.alice, &predictions()).expect(201);
    arena.submit(&arena.alice, &predictions()).expect(429);
    // The first one leaves, the second one stays.
    pass(&arena, 601);
    assert_eq!(quota(&arena, &arena.alice)["remaining"], 1);
    arena.submit(&arena.alice, &predictions()).expect(201);
    arena.submit(&arena.alice, &predictions()).expect(429);
    pass(&arena, 3600);
    assert_eq!(quota(&arena, &arena.alice)["remaining"], 2);
}

#[test]
fn a_refund_gives_the_slot_back() {
    let arena = Arena::start_with(1, |_| ());
    arena.submit(&arena.alice, b"0\n").expect(201);
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    arena.submit(&arena.alice, &predictions()).expect(429);
    arena.app.post(&format!("/submissions/{id}/cancel"), Some(&arena.alice.token), &json!({})).expect(200);
    assert_eq!(quota(&arena, &arena.alice)["remaining"], 1);
    arena.submit(&arena.alice, &predictions()).expect(201);
}

#[test]
fn cancelling_is_free_until_a_scorer_has_the_file() {
    let arena = Arena::start_with(1, |_| ());
    let cancel = |id: &str| {
        arena.app.post(&format!("/submissions/{id}/cancel"), Some(&arena.alice.token), &json!({})).expect(200).json()
    };
    let submit = || text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    for (stage, charge) in [("fetching", json!("refunded")), ("checking", json!("committed"))] {
        let id = submit();
        let claim = arena.claim().unwrap();
        arena.progress(&claim, json!({ "stage": stage, "done": 0, "total": 9 })).expect(200);
        let cancelled = cancel(&id);
        assert_eq!(cancelled["charge"]["state"], charge, "{stage}: {cancelled}");
    }
}

#[test]
fn teams_and_tasks_have_quotas_of_their_own() {
    let arena = Arena::start_with(1, |_| ());
    arena.add_task("localisation", 1);
    arena.submit(&arena.alice, &predictions()).expect(201);
    arena.submit(&arena.alice, &predictions()).expect(429);
    arena.submit(&arena.bob, &predictions()).expect(201);
    let other = QUOTA.replace("classification", "localisation");
    assert_eq!(arena.app.get(&other, Some(&arena.alice.token)).expect(200).json()["remaining"], 1);
}

#[test]
fn only_members_have_a_quota() {
    let arena = Arena::start();
    let stranger = arena.app.person("stranger");
    arena.app.get(QUOTA, None).expect(401);
    arena.app.get(QUOTA, Some(&stranger.token)).expect(403);
    arena.app.get(&QUOTA.replace("classification", "nothing"), Some(&arena.alice.token)).expect(404);
}

/// Codes of 200 submissions at once.
fn rush(arena: &Arena) -> Vec<Option<String>> {
    let upload = arena.upload(&arena.alice, &predictions());
    std::thread::scope(|scope| {
        let send = || {
            let answer = arena.submit_upload(&arena.alice, &upload, json!({}), None);
            (answer.status != 201).then(|| answer.code())
        };
        let threads: Vec<_> = (0..200).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn count(answers: &[Option<String>], code: Option<&str>) -> usize {
    answers.iter().filter(|answer| answer.as_deref() == code).count()
}

#[test]
fn of_200_at_once_a_quota_of_2_lets_2_through() {
    let arena = Arena::start_with(2, |config| config.queue.queued_per_team = 1000);
    let answers = rush(&arena);
    assert_eq!((count(&answers, None), count(&answers, Some("quota_exhausted"))), (2, 198), "{answers:?}");
    assert_eq!(quota(&arena, &arena.alice)["used"], 2);
}

#[test]
fn of_200_at_once_a_queue_of_2_takes_2() {
    let arena = Arena::start_with(1000, |config| config.queue.queued_per_team = 2);
    let answers = rush(&arena);
    assert_eq!((count(&answers, None), count(&answers, Some("queue_full"))), (2, 198), "{answers:?}");
    assert_eq!(quota(&arena, &arena.alice)["used"], 2, "a refusal is not charged");
    let full = arena.submit(&arena.alice, &predictions()).expect(429).json();
    assert_eq!(full["error"]["detail"], json!({ "waiting": 2, "limit": 2 }));
    // A file that the check refuses takes no place in the queue.
    arena.submit(&arena.alice, b"0\n").expect(201);
    arena.claim().unwrap();
    arena.submit(&arena.alice, &predictions()).expect(201);
}
