//! What organizers see of evaluations: attempts and faults, and the queue.

use serde_json::{Value, json};

use crate::people::text;
use crate::queue_world::{Sent, World, right_file, scored, scorer, short_leases};

const LIST: &str = "/organizer/evaluations";

fn list(world: &World, query: &str) -> Vec<Value> {
    let page = world.app.get(&format!("{LIST}{query}"), Some(&world.organizer.token)).expect(200).json();
    page["items"].as_array().unwrap().clone()
}

fn record(world: &World, sent: &Sent) -> Value {
    let mut found = list(world, &format!("?submission={}", sent.id));
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Returns how each attempt ended, and why.
fn ends(record: &Value) -> Vec<(Value, Value)> {
    let attempts = record["attempts"].as_array().unwrap();
    attempts.iter().map(|attempt| (attempt["ended"].clone(), attempt["cause"].clone())).collect()
}

fn ids(records: &[Value]) -> Vec<String> {
    records.iter().map(|record| text(&record["id"])).collect()
}

#[test]
fn every_attempt_is_kept_with_its_end() {
    let world = World::start_with(|queue| {
        short_leases(queue);
        queue.attempts = 9;
    });
    let sent = world.submit_one();
    let before = record(&world, &sent);
    assert_eq!(
        (&before["state"], &before["attempts"], &before["current"]),
        (&json!("queued"), &json!([]), &json!(true))
    );
    world.claim(&scorer());
    let running = record(&world, &sent);
    let attempt = &running["attempts"][0];
    assert_eq!((&attempt["attempt"], &attempt["scorer"]), (&json!(1), &json!("host")));
    assert_eq!((&attempt["ended_at"], &attempt["ended"]), (&Value::Null, &Value::Null));
    assert_eq!(attempt["started_at"], running["started_at"]);

    for _ in 0..2 {
        // The reply may have been lost.
        world.report(&sent.evaluation, 1, &json!({ "kind": "fault", "cause": "disk\u{0}full" })).expect(200);
    }
    world.claim(&scorer());
    world.report(&sent.evaluation, 2, &json!({ "kind": "gave_back" })).expect(200);
    world.claim(&scorer());
    // This one says nothing more; the next one waits for its lease to end.
    world.ask(&scorer(), 20).expect(200);
    world.report(&sent.evaluation, 3, &scored()).expect(409);
    world.report(&sent.evaluation, 4, &scored()).expect(200);

    let done = record(&world, &sent);
    let null = Value::Null;
    assert_eq!(
        ends(&done),
        [
            (json!("fault"), json!("disk full")),
            (json!("gave_back"), null.clone()),
            (json!("lease_expired"), null.clone()),
            (json!("scored"), null),
        ]
    );
    let attempts = done["attempts"].as_array().unwrap();
    assert!(attempts.iter().all(|attempt| attempt["ended_at"].as_str() >= attempt["started_at"].as_str()));
    assert_eq!(attempts[3]["ended_at"], done["finished_at"]);
    assert_eq!(
        (&done["state"], &done["failures"], &done["scorer_version"]),
        (&json!("scored"), &json!(2), &json!("1"))
    );
    assert_eq!((&done["season"], &done["task"], &done["team"]), (&json!("s"), &json!("t"), &json!("a")));
}

#[test]
fn verdicts_and_withdrawals_end_attempts_too() {
    let world = World::start();
    let rejected = world.submit(&world.team("a"), &right_file());
    let withdrawn = world.submit(&world.team("b"), &right_file());
    let never = world.submit(&world.team("c"), &right_file());
    let cancel = |sent: &Sent| {
        world
            .app
            .post(&format!("/submissions/{}/cancel", sent.id), Some(&world.organizer.token), &json!({}))
            .expect(200);
    };
    cancel(&never);
    world.claim(&scorer());
    world.claim(&scorer());
    let detail = json!({ "lines": [], "faults": 1, "hints": [] });
    let verdict = json!({ "kind": "rejected", "code": "bad_label", "message": "m", "detail": detail });
    world.report(&rejected.evaluation, 1, &verdict).expect(200);
    cancel(&withdrawn);
    let rejected = record(&world, &rejected);
    assert_eq!(
        (ends(&rejected), &rejected["verdict"]["code"]),
        (vec![(json!("rejected"), Value::Null)], &json!("bad_label"))
    );
    assert_eq!(ends(&record(&world, &withdrawn)), [(json!("cancelled"), Value::Null)]);
    assert_eq!(ends(&record(&world, &never)), []);
}

#[test]
fn the_list_is_filtered_and_comes_in_pages() {
    let world = World::start();
    let (a, b) = (world.team("a"), world.team("b"));
    let sent: Vec<Sent> = [&a, &b, &a, &b, &a].into_iter().map(|team| world.submit(team, &right_file())).collect();
    let newest: Vec<String> = sent.iter().rev().map(|sent| sent.evaluation.clone()).collect();
    assert_eq!(ids(&list(&world, "")), newest);
    assert_eq!(ids(&list(&world, "?season=s&task=t&state=queued")), newest);
    for none in ["?season=other", "?task=other", "?team=c", "?state=scored", "?season=other&team=a"] {
        assert!(list(&world, none).is_empty(), "{none}");
    }
    let of_a = [&newest[0], &newest[2], &newest[4]];
    for team in ["A", &a] {
        assert_eq!(ids(&list(&world, &format!("?team={team}"))).iter().collect::<Vec<_>>(), of_a, "{team}");
    }
    world.claim(&scorer());
    assert_eq!(ids(&list(&world, "?state=running")), [sent[0].evaluation.clone()]);

    let (mut seen, mut path) = (Vec::new(), format!("{LIST}?limit=2&team=a"));
    loop {
        let page = world.app.get(&path, Some(&world.organizer.token)).expect(200).json();
        seen.extend(ids(page["items"].as_array().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{LIST}?limit=2&team=a&cursor={cursor}");
    }
    assert_eq!(seen.iter().collect::<Vec<_>>(), of_a);
    for bad in ["?state=done", "?cursor=x", "?submission=x", "?season=No%20slug", "?teams=a", "?limit=x"] {
        let refused = world.app.get(&format!("{LIST}{bad}"), Some(&world.organizer.token)).expect(422);
        assert_eq!(refused.code(), "invalid_value", "{bad}");
    }
}

fn queue(world: &World) -> Value {
    world.app.get("/organizer/queue", Some(&world.organizer.token)).expect(200).json()
}

#[test]
fn the_queue_is_shown_in_the_order_in_which_it_is_taken() {
    let world = World::start();
    let empty = json!({ "queued": 0, "running": 0, "stalled": 0, "oldest_queued_at": null, "rows": [] });
    assert_eq!(queue(&world), empty);
    let (a, b) = (world.team("a"), world.team("b"));
    let of_a: Vec<Sent> = (0..3).map(|_| world.submit(&a, &right_file())).collect();
    let of_b: Vec<Sent> = (0..2).map(|_| world.submit(&b, &right_file())).collect();
    world.claim(&scorer());
    world.beat(&of_a[0].evaluation, 1).expect(200);

    let shown = queue(&world);
    let rows = shown["rows"].as_array().unwrap();
    assert_eq!((&shown["queued"], &shown["running"], &shown["stalled"]), (&json!(4), &json!(1), &json!(0)));
    assert_eq!(shown["oldest_queued_at"], record(&world, &of_a[1])["queued_at"]);
    // One of team A runs, so that B's are taken while it does.
    let expected = [&of_a[0], &of_b[0], &of_b[1], &of_a[1], &of_a[2]].map(|sent| sent.evaluation.clone());
    assert_eq!(ids(rows), expected);
    let positions: Vec<&Value> = rows.iter().map(|row| &row["position"]).collect();
    assert_eq!(positions, [&Value::Null, &json!(1), &json!(2), &json!(3), &json!(4)]);
    assert_eq!((&rows[0]["progress"]["stage"], &rows[0]["attempts"][0]["scorer"]), (&json!("scoring"), &json!("host")));
    // The next one to be taken is the one that was foreseen, each time.
    world.report(&of_a[0].evaluation, 1, &scored()).expect(200);
    for _ in 0..4 {
        let foreseen = queue(&world)["rows"][0]["id"].clone();
        let claim = world.claim(&scorer());
        assert_eq!(claim["evaluation"], foreseen);
        world.report(&text(&foreseen), 1, &scored()).expect(200);
    }
    assert_eq!(queue(&world), empty);
}

#[test]
fn what_is_queued_again_is_stalled_no_more() {
    let world = World::start_with(|queue| queue.attempts = 1);
    let sent = world.submit_one();
    world.claim(&scorer());
    world.report(&sent.evaluation, 1, &json!({ "kind": "fault", "cause": "f" })).expect(200);
    assert_eq!((&queue(&world)["stalled"], &queue(&world)["queued"]), (&json!(1), &json!(0)));
    let path = format!("/organizer/submissions/{}/requeue", sent.id);
    world.app.post(&path, Some(&world.organizer.token), &json!({})).expect(200);
    assert_eq!((&queue(&world)["stalled"], &queue(&world)["queued"]), (&json!(0), &json!(1)));
    let records = list(&world, &format!("?submission={}", sent.id));
    let standing: Vec<_> = records.iter().map(|record| (&record["state"], &record["current"])).collect();
    assert_eq!(standing, [(&json!("queued"), &json!(true)), (&json!("stalled"), &json!(false))]);
    assert_eq!(ends(&records[1]), [(json!("fault"), json!("f"))]);
    assert_eq!(ends(&records[0]), []);
}
