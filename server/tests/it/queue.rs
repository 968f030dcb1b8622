//! The queue: who is given which work, and when.

use std::collections::HashSet;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::people::text;
use crate::queue_world::{Sent, World, claim_request, right_file, scored, scorer};

#[test]
fn a_claim_names_all_that_a_scorer_needs_and_its_outcome_counts() {
    let world = World::start();
    let sent = world.submit_one();
    let me = scorer();
    let claim = world.claim(&me);
    assert_eq!(text(&claim["evaluation"]), sent.evaluation);
    assert_eq!(text(&claim["submission"]), sent.id);
    assert_eq!(text(&claim["blob"]["sha256"]), sent.sha256);
    assert_eq!(text(&claim["test_set"]["sha256"]), world.test_set);
    assert_eq!((&claim["attempt"], &claim["season"], &claim["task"]), (&json!(1), &json!("s"), &json!("t")));
    assert_eq!(claim["lease_seconds"], json!(60));
    assert_eq!(world.standing(&sent.evaluation), "running 1 0");
    let list = world.app.get("/organizer/scorers", Some(&world.organizer.token)).expect(200).json();
    assert_eq!(list["items"][0]["evaluation"], json!(sent.evaluation));

    world.beat(&sent.evaluation, 1).expect(200);
    assert_eq!(world.value("SELECT stage || CAST(done AS TEXT) AS text FROM evaluations"), "scoring1");

    let reply = world.report(&sent.evaluation, 1, &scored()).expect(200).json();
    assert_eq!(reply, json!({ "withdraw": false }));
    assert_eq!(world.standing(&sent.evaluation), "scored 1 0");
    assert_eq!(world.charge(&sent), "committed -");
    let counts = "n, top1_wrong, top5_wrong, public_n, public_top1_wrong, public_top5_wrong";
    let counts: Vec<String> = counts.split(", ").map(|name| format!("CAST({name} AS TEXT)")).collect();
    let sql = format!("SELECT {} AS text FROM results", counts.join(" || ' ' || "));
    assert_eq!(world.value(&sql), "10 2 1 3 2 1");
}

#[test]
fn the_team_with_less_goes_first_and_none_runs_more_than_its_share() {
    let world = World::start();
    let (a, b) = (world.team("a"), world.team("b"));
    let first: Vec<String> = (0..3).map(|_| world.submit(&a, &right_file()).evaluation).collect();
    let second: Vec<String> = (0..2).map(|_| world.submit(&b, &right_file()).evaluation).collect();
    let me = scorer();
    let claimed = || text(&world.claim(&me)["evaluation"]);
    assert_eq!(claimed(), first[0], "the oldest, where nobody had anything");
    assert_eq!(claimed(), second[0], "one of a team runs at once");
    world.ask(&me, 0).expect(204);
    world.report(&second[0], 1, &scored()).expect(200);
    assert_eq!(claimed(), second[1], "team a runs as many as it may");
    world.report(&first[0], 1, &scored()).expect(200);
    assert_eq!(claimed(), first[1]);
    world.report(&second[1], 1, &scored()).expect(200);
    world.report(&first[1], 1, &scored()).expect(200);
    // Both had two in the last hour; a third team had none, and has waited the shortest.
    let third = world.submit(&world.team("c"), &right_file()).evaluation;
    assert_eq!(claimed(), third);
    assert_eq!(claimed(), first[2]);
}

#[test]
fn only_kinds_that_a_scorer_can_do_are_given_to_it() {
    let world = World::start();
    let sent = world.submit_one();
    let mut request = claim_request(&scorer(), 0);
    request["kinds"] = json!(["torchscript"]);
    world.app.post("/scorer/claims", Some(&world.token), &request).expect(204);
    request["kinds"] = json!(["torchscript", "predictions"]);
    let claim = world.app.post("/scorer/claims", Some(&world.token), &request).expect(200).json();
    assert_eq!(text(&claim["evaluation"]), sent.evaluation);
}

#[test]
fn a_waiting_scorer_is_woken_at_once() {
    let world = World::start();
    let sent = world.submit_one();
    world.claim(&scorer());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let claim = world.ask(&scorer(), 20).expect(200).json();
            (Instant::now(), claim)
        });
        std::thread::sleep(Duration::from_millis(1200));
        let given = Instant::now();
        world.report(&sent.evaluation, 1, &json!({ "kind": "gave_back" })).expect(200);
        let (got, claim) = waiting.join().unwrap();
        assert_eq!((&claim["evaluation"], &claim["attempt"]), (&json!(sent.evaluation), &json!(2)));
        assert!(got.duration_since(given) < Duration::from_millis(400), "{:?}", got.duration_since(given));
    });
}

#[test]
fn a_scorer_waits_as_long_as_it_asked_to_and_a_server_that_stops_answers_it() {
    let world = World::start();
    let begun = Instant::now();
    world.ask(&scorer(), 2).expect(204);
    let waited = begun.elapsed();
    assert!((1900..4000).contains(&waited.as_millis()), "{waited:?}");
    let (url, token) = (world.app.url("/scorer/claims"), world.token.clone());
    let waiting = std::thread::spawn(move || {
        let request = ureq::post(&url).header("authorization", format!("Bearer {token}"));
        request.send_json(claim_request(&scorer(), 30)).map(|answer| answer.status().as_u16())
    });
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    drop(world);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(waiting.join().unwrap().unwrap(), 204);
}

#[test]
fn a_scorer_that_hangs_up_is_given_nothing() {
    let world = World::start();
    let address = world.app.origin.strip_prefix("http://").unwrap().to_owned();
    let mut connection = TcpStream::connect(&address).unwrap();
    let body = claim_request(&scorer(), 30).to_string();
    let head = format!(
        "POST /api/v1/scorer/claims HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        world.token,
        body.len()
    );
    connection.write_all(format!("{head}{body}").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    drop(connection);
    std::thread::sleep(Duration::from_millis(300));
    let sent = world.submit_one();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(world.standing(&sent.evaluation), "queued 0 0");
}

#[test]
fn no_two_scorers_get_the_same_work() {
    let world = World::start();
    let sent: HashSet<String> =
        (0..24).map(|team| world.submit(&world.team(&format!("team {team}")), &right_file()).evaluation).collect();
    let claimed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let me = scorer();
                loop {
                    let answer = world.ask(&me, 0);
                    if answer.status == 204 {
                        break;
                    }
                    let claim = answer.expect(200).json();
                    assert_eq!(claim["attempt"], json!(1));
                    claimed.lock().unwrap().push(text(&claim["evaluation"]));
                }
            });
        }
    });
    let claimed = claimed.into_inner().unwrap();
    assert_eq!(claimed.len(), sent.len());
    assert_eq!(claimed.into_iter().collect::<HashSet<_>>(), sent);
}

#[test]
fn files_are_for_scorers_and_come_in_parts() {
    let world = World::start();
    let sent = world.submit_one();
    let path = format!("/scorer/blobs/{}", sent.sha256);
    let whole = world.app.get(&path, Some(&world.token)).expect(200);
    assert_eq!(whole.text, right_file());
    let part = |range| world.app.send_raw("GET", &path, Some(&world.token), &[("range", range)], None);
    let middle = part("bytes=2-4").expect(206);
    assert_eq!((middle.text.as_str(), middle.header("content-range")), (&right_file()[2..5], Some("bytes 2-4/20")));
    assert_eq!(part("bytes=-3").expect(206).text, right_file()[17..]);
    assert_eq!(part("bytes=20-").expect(416).header("content-range"), Some("bytes */20"));
    world.app.get(&format!("/scorer/blobs/{}", world.test_set), Some(&world.token)).expect(200);
    world.app.get(&path, Some(&world.organizer.token)).expect(403);
    world.app.get(&format!("/scorer/blobs/{}", "0".repeat(64)), Some(&world.token)).expect(404);
    world.app.get("/scorer/blobs/..%2F..%2Fholdout.db", Some(&world.token)).expect(404);
}

/// A scorer for models with so much memory asks for work.
fn asks_with_memory(world: &World, scorer: &str, bytes: u64) -> u16 {
    let mut request = claim_request(scorer, 0);
    request["kinds"] = json!(["torchscript"]);
    request["memory_bytes"] = json!(bytes);
    world.ask_with(&request).status
}

/// A task that allows a model 4 GiB, and one that waits.
fn with_a_model() -> (World, Sent) {
    let world = World::start();
    let settings = json!({ "title": "T", "metric": "top5_error", "accepts": ["predictions", "torchscript"],
                           "limits": { "predictions_bytes": 1 << 20, "model_bytes": 1 << 20, "wall_seconds": 60,
                                       "memory_bytes": 4_u64 << 30 } });
    world.app.execute(&format!("UPDATE tasks SET settings = '{settings}'"));
    let sent = world.submit_one();
    world.app.execute("UPDATE evaluations SET kind = 'torchscript'; UPDATE submissions SET kind = 'torchscript'");
    (world, sent)
}

#[test]
fn a_model_waits_for_a_scorer_with_the_memory_that_its_task_allows() {
    let (world, sent) = with_a_model();
    let (small, large) = (scorer(), scorer());
    // The large one comes while nothing waits.
    world.app.execute("UPDATE evaluations SET state = 'stalled'");
    assert_eq!(asks_with_memory(&world, &large, 4 << 30), 204);
    world.app.execute("UPDATE evaluations SET state = 'queued'");
    assert_eq!(asks_with_memory(&world, &small, 1 << 20), 204);
    let ready = world.app.get("//readyz", None).expect(200).json();
    let warned = ready["warnings"].as_array().unwrap().iter().any(|warning| {
        let warning = warning.as_str().unwrap();
        warning.contains("a scorer has 1 MiB") && warning.contains("4096 MiB")
    });
    assert!(warned, "{ready}");
    // A prediction file needs no such memory.
    let other = world.submit(&world.team("b"), &right_file());
    assert_eq!(text(&world.claim(&scorer())["evaluation"]), other.evaluation);
    assert_eq!(asks_with_memory(&world, &large, 4 << 30), 200);
    assert_eq!(world.standing(&sent.evaluation), "running 1 0");
}

#[test]
fn a_model_does_not_wait_for_a_scorer_that_cannot_come() {
    for gone in ["UPDATE scorers SET last_seen_at = 1", "UPDATE scorers SET withdrawn_at = 1"] {
        let (world, _) = with_a_model();
        let (small, large) = (scorer(), scorer());
        world.app.execute("UPDATE evaluations SET state = 'stalled'");
        assert_eq!(asks_with_memory(&world, &large, 4 << 30), 204);
        world.app.execute("UPDATE evaluations SET state = 'queued'");
        world.app.execute(gone);
        assert_eq!(asks_with_memory(&world, &small, 1 << 20), 200, "{gone}");
    }
    // One that has too little, too, is nothing to wait for.
    let (world, _) = with_a_model();
    let (small, larger) = (scorer(), scorer());
    world.app.execute("UPDATE evaluations SET state = 'stalled'");
    assert_eq!(asks_with_memory(&world, &larger, 2 << 30), 204);
    world.app.execute("UPDATE evaluations SET state = 'queued'");
    assert_eq!(asks_with_memory(&world, &small, 1 << 20), 200);
}
