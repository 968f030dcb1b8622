//! The queue: claims, leases, outcomes, as scorers see them.

use std::collections::HashSet;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::people::text;
use crate::queue_world::{IMAGES, Sent, World, claim_request, right_file, scored, scorer, short_leases};

fn fault(cause: &str) -> Value {
    json!({ "kind": "fault", "cause": cause })
}

fn verdict(code: &str) -> Value {
    json!({ "kind": "rejected", "code": code, "message": "m", "detail": { "lines": [], "faults": 1, "hints": [] } })
}

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
    assert_eq!(world.charge(&sent), "refunded platform_fault");
    let shown = world.app.get(&format!("/submissions/{}", sent.id), Some(&world.organizer.token)).expect(200).json();
    assert_eq!(shown["state"], json!("scored"));
    let audit = world.app.get("/organizer/audit", Some(&world.organizer.token)).expect(200).json();
    assert_eq!(audit["items"][0]["action"], json!("submission.requeue"));
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
fn faults_on_one_submission_never_withdraw_a_scorer() {
    let world = World::start_with(|queue| queue.attempts = 9);
    let sent = world.submit_one();
    let only = scorer();
    for attempt in 1..=9 {
        world.claim(&only);
        let reply = world.report(&sent.evaluation, attempt, &fault("killed")).expect(200).json();
        assert_eq!(reply["withdraw"], json!(false), "attempt {attempt}");
    }
    assert_eq!(world.standing(&sent.evaluation), "stalled 9 9");
    assert_eq!(world.charge(&sent), "refunded platform_fault");
    // The next team's file goes to the same scorer.
    let next = world.submit(&world.team("b"), &right_file());
    assert_eq!(text(&world.claim(&only)["evaluation"]), next.evaluation);
    world.report(&next.evaluation, 1, &scored()).expect(200);
    assert_eq!(fleet(&world)[0]["faults"], json!(0), "work well done ends a row of faults");
}

/// The scorers as organizers see them.
fn fleet(world: &World) -> Vec<Value> {
    let list = world.app.get("/organizer/scorers", Some(&world.organizer.token)).expect(200).json();
    list["items"].as_array().unwrap().clone()
}

#[test]
fn a_scorer_that_was_killed_is_silent_and_one_that_signed_off_has_stopped() {
    let world = World::start();
    let (killed, leaving) = (scorer(), scorer());
    let name = |scorer: &str, name: &str| {
        let mut request = claim_request(scorer, 0);
        request["name"] = json!(name);
        request
    };
    world.ask_with(&name(&killed, "killed")).expect(204);
    world.ask_with(&name(&leaving, "leaving")).expect(204);
    let states = || fleet(&world).iter().map(|one| text(&one["state"])).collect::<Vec<_>>();
    let ready = || world.app.get("//readyz", None).expect(200).json()["scorers"]["predictions"].clone();
    assert_eq!((states(), ready()), (vec!["ready".to_owned(), "ready".to_owned()], json!(2)));

    // A request that still waits when its scorer signs off gets no work.
    let mut patient = name(&leaving, "leaving");
    patient["wait_seconds"] = json!(2);
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| world.ask_with(&patient).status);
        std::thread::sleep(Duration::from_millis(500));
        let mut request = name(&leaving, "leaving");
        request["stopping"] = json!(true);
        world.ask_with(&request).expect(204);
        world.submit_one();
        waiting.join().unwrap()
    });
    assert_eq!(waiting, 204);
    let minutes_ago = |minutes: u64| {
        let at = holdout_protocol::Timestamp::now().minus(Duration::from_secs(minutes * 60)).as_micros();
        world.app.execute(&format!("UPDATE scorers SET last_seen_at = {at} WHERE id = '{killed}'"));
    };
    minutes_ago(24);
    assert_eq!((states(), ready()), (vec!["stopped".to_owned(), "silent".to_owned()], json!(0)));

    // Another one of the same name takes the place of one that has been away for long.
    let next = scorer();
    world.ask_with(&name(&next, "killed")).expect(200);
    assert_eq!(states(), ["busy", "stopped", "silent"]);
    minutes_ago(61);
    world.ask_with(&name(&scorer(), "killed")).expect(204);
    assert_eq!(states(), ["ready", "busy", "stopped"]);
}

#[test]
fn a_scorer_that_fails_on_two_submissions_in_a_row_withdraws_and_returns() {
    let world = World::start_with(|queue| queue.attempts = 9);
    let sent = [world.submit_one(), world.submit(&world.team("b"), &right_file())];
    let broken = scorer();
    let mut replies = Vec::new();
    for _ in 0..2 {
        let evaluation = text(&world.claim(&broken)["evaluation"]);
        replies.push(world.report(&evaluation, 1, &fault("disk full")).expect(200).json()["withdraw"].clone());
        // The reply may have been lost.
        let again = world.report(&evaluation, 1, &fault("disk full")).expect(200).json()["withdraw"].clone();
        assert_eq!(Some(&again), replies.last());
    }
    assert_eq!(replies, [json!(false), json!(true)]);
    let refused = world.ask(&broken, 0).expect(409);
    assert_eq!(refused.code(), "wrong_state");
    let seen = &fleet(&world)[0];
    assert_eq!((&seen["faults"], &seen["trouble"]), (&json!(2), &json!("disk full")));
    assert!(seen["withdrawn_at"].is_string());
    // While it tests itself it says what is wrong, and gets no work.
    let mut request = claim_request(&broken, 20);
    request["trouble"] = json!("the cache folder cannot be written to");
    world.ask_with(&request).expect(204);
    assert_eq!(fleet(&world)[0]["trouble"], json!("the cache folder cannot be written to"));
    let ready = world.app.get("//readyz", None).expect(200).json();
    assert_eq!((&ready["ready"], &ready["scorers"]["withdrawn"]), (&json!(true), &json!(1)));
    let metrics = world.app.get("//metrics", Some(&world.organizer.token)).expect(200).text;
    assert!(metrics.contains("holdout_scorers{kind=\"predictions\",state=\"withdrawn\"} 1"), "{metrics}");
    request["trouble"] = Value::Null;
    request["returned"] = json!(true);
    let claim = world.ask_with(&request).expect(200).json();
    let seen = &fleet(&world)[0];
    assert_eq!((&seen["faults"], &seen["trouble"], &seen["withdrawn_at"]), (&json!(0), &Value::Null, &Value::Null));
    let evaluation = text(&claim["evaluation"]);
    assert!(sent.iter().any(|sent| sent.evaluation == evaluation));
    assert_eq!(world.report(&evaluation, 2, &fault("f")).expect(200).json()["withdraw"], json!(false));
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
    // The second failure makes the pause six times as long; from then on, others go first for twelve seconds.
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
fn a_stranger_can_neither_claim_nor_report() {
    let world = World::start();
    let sent = world.submit_one();
    let me = scorer();
    world.claim(&me);
    let path = "/organizer/scorer-tokens";
    let person = world.app.person("somebody");
    for token in [None, Some("hs_nothing"), Some(person.token.as_str()), Some(world.organizer.token.as_str())] {
        let status = world.app.post("/scorer/claims", token, &claim_request(&me, 0)).status;
        assert_eq!(status, if token.is_none_or(|token| token.starts_with("hs_")) { 401 } else { 403 });
    }
    assert_eq!(world.app.post(path, Some(&person.token), &json!({ "name": "x" })).expect(403).code(), "forbidden");
    let made = world.app.post(path, Some(&world.organizer.token), &json!({ "name": "other" })).expect(201).json();
    let other = text(&made["secret"]);
    let body = json!({ "attempt": 1, "scorer_version": "1", "outcome": scored(), "measures": {} });
    let outcome = format!("/scorer/evaluations/{}/outcome", sent.evaluation);
    assert_eq!(world.app.post(&outcome, Some(&other), &body).expect(409).code(), "stale_attempt");
    assert_eq!(world.app.post("/scorer/claims", Some(&other), &claim_request(&me, 0)).expect(403).code(), "forbidden");

    let list = world.app.get(path, Some(&world.organizer.token)).expect(200).json();
    let mine = list["items"].as_array().unwrap().iter().find(|token| token["name"] == "test").unwrap();
    let revoke = format!("{path}/{}", text(&mine["id"]));
    world.app.send("DELETE", &revoke, Some(&world.organizer.token), None).expect(204);
    world.app.send("DELETE", &revoke, Some(&world.organizer.token), None).expect(404);
    assert_eq!(world.report(&sent.evaluation, 1, &scored()).expect(401).code(), "unauthenticated");
    assert_eq!(world.standing(&sent.evaluation), "running 1 0");
    let audit = world.app.get("/organizer/audit", Some(&world.organizer.token)).expect(200);
    assert!(audit.text.contains("scorer_token.create") && audit.text.contains("scorer_token.revoke"));
    assert!(!audit.text.contains(&world.token) && !world.app.dump().contains(&world.token));
}

#[test]
fn a_repeated_request_for_a_token_makes_one_token() {
    let world = World::start();
    let (path, body) = ("/organizer/scorer-tokens", json!({ "name": "gpu 1" }));
    let bytes = body.to_string().into_bytes();
    let make = || {
        let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
        let answer = world.app.send_raw("POST", path, Some(&world.organizer.token), &headers, Some(&bytes));
        answer.expect(201).json()
    };
    let (first, second) = (make(), make());
    assert_eq!(first["token"], second["token"]);
    let ask = |token: &Value| world.app.post("/scorer/claims", Some(&text(token)), &claim_request(&scorer(), 0));
    ask(&second["secret"]).expect(204);
    ask(&first["secret"]).expect(401);
    for name in [String::new(), "x".repeat(101), "a\nb".to_owned()] {
        let refused = world.app.post(path, Some(&world.organizer.token), &json!({ "name": name }));
        assert_eq!(refused.expect(422).code(), "invalid_value");
    }
}

#[test]
fn a_scorer_of_another_version_is_told_both() {
    let world = World::start();
    let mut request = claim_request(&scorer(), 0);
    request["protocol"] = json!(7);
    let refused = world.app.post("/scorer/claims", Some(&world.token), &request).expect(412);
    assert_eq!(refused.code(), "precondition_failed");
    assert_eq!(refused.json()["error"]["detail"], json!({ "scorer": 7, "server": 1 }));
    for (field, wrong) in [
        ("wait_seconds", json!(31)),
        ("kinds", json!([])),
        ("name", json!("")),
        ("version", json!("a\u{0}")),
        ("devices", json!(["x".repeat(201)])),
    ] {
        let mut request = claim_request(&scorer(), 0);
        request[field] = wrong;
        let refused = world.app.post("/scorer/claims", Some(&world.token), &request).expect(422);
        assert_eq!(refused.json()["error"]["detail"]["field"], json!(field));
    }
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
