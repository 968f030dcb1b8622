//! Scorers: their tokens and versions, and when one withdraws or has stopped.

use std::time::Duration;

use serde_json::{Value, json};

use crate::people::text;
use crate::queue_world::{World, claim_request, fault, right_file, scored, scorer};

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
