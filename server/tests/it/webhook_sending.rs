//! How deliveries are sent: receivers that fail in every way, servers that die, and several
//! servers.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::text;
use crate::receiver::{Manner, Receiver};
use crate::webhook_world::{WEBHOOKS, announce, arena, change, hurry, log, shown, wait_for_log, webhook};

#[test]
fn what_happens_is_sent_once_in_order_and_signed() {
    let (arena, receiver) = (arena(), Receiver::start());
    let (id, secret) = webhook(&arena, &receiver, &["announced"]);
    for number in 0..10 {
        announce(&arena, &format!("Number {number}"));
    }
    let found = receiver.wait_for(10);
    let titles: Vec<String> = found.iter().map(|delivery| text(&delivery.json()["data"]["title"])).collect();
    assert_eq!(titles, (0..10).map(|number| format!("Number {number}")).collect::<Vec<_>>());
    let first = &found[0];
    assert_eq!(first.line, "POST /hook?from=holdout HTTP/1.1");
    assert_eq!(first.header("host"), receiver.address.to_string());
    assert_eq!(first.header("content-type"), "application/json");
    let body = first.json();
    assert_eq!((&body["kind"], &body["season"]), (&json!("announced"), &json!("demo")));
    assert_eq!(first.header("webhook-id"), text(&body["id"]));
    let now = holdout_protocol::Timestamp::now().as_micros() / 1_000_000;
    let sent: i64 = first.header("webhook-timestamp").parse().unwrap();
    assert!((now - 300..=now + 300).contains(&sent), "{sent} at {now}");
    for delivery in &found {
        assert!(delivery.is_signed_with(&secret));
        let mut changed = delivery.clone();
        changed.body[20] ^= 1;
        assert!(!changed.is_signed_with(&secret));
    }
    let entries = wait_for_log(&arena, &id, |log| log.iter().all(|entry| entry["state"] == "delivered"));
    let ids: std::collections::HashSet<String> = entries.iter().map(|entry| text(&entry["id"])).collect();
    assert_eq!(ids.len(), 10);
    assert_eq!((&entries[0]["attempts"], &entries[0]["status"]), (&json!(1), &json!(204)));
    assert_eq!(receiver.deliveries().len(), 10, "nothing twice");
    let metrics = arena.app.get("//metrics", Some(&arena.organizer.token)).expect(200).text;
    assert!(metrics.contains("holdout_webhook_attempts_total{outcome=\"delivered\"} 10"), "{metrics}");
}

#[test]
fn an_attempt_that_fails_is_made_again_with_the_same_id_and_holds_up_those_after_it() {
    let (arena, receiver) = (arena(), Receiver::start());
    let (id, secret) = webhook(&arena, &receiver, &["announced"]);
    receiver.behave(Manner::Answers(500));
    announce(&arena, "One");
    announce(&arena, "Two");
    let entries = wait_for_log(&arena, &id, |log| log.len() == 2 && log[1]["status"] == 500);
    assert_eq!((&entries[1]["fault"], &entries[1]["state"]), (&json!("status"), &json!("waiting")));
    assert!(entries[1]["next_try_at"].is_string() && entries[0]["next_try_at"].is_null(), "{entries:?}");
    assert_eq!(entries[0]["attempts"], 0);
    let webhook = shown(&arena, &id);
    assert!(webhook["failing_since"].is_string() && webhook["waiting"] == 2, "{webhook}");
    receiver.behave(Manner::Answers(200));
    // After the pause of five seconds, without anybody's help.
    let found = receiver.wait_for(3);
    let [first, again, second] = &found[..] else { panic!("{found:?}") };
    assert_eq!(first.header("webhook-id"), again.header("webhook-id"));
    assert_ne!(first.header("webhook-timestamp"), again.header("webhook-timestamp"));
    assert_eq!((first.body.clone(), text(&second.json()["data"]["title"])), (again.body.clone(), "Two".to_owned()));
    assert!(again.is_signed_with(&secret));
    let entries = wait_for_log(&arena, &id, |log| log.iter().all(|entry| entry["state"] == "delivered"));
    assert_eq!((&entries[1]["attempts"], &entries[1]["fault"]), (&json!(2), &Value::Null));
    assert_eq!(shown(&arena, &id)["failing_since"], Value::Null);
}

#[test]
fn what_waits_is_sent_as_soon_as_somebody_knows_that_the_receiver_is_there() {
    let (arena, receiver) = (arena(), Receiver::start());
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    let tested = || drop(arena.app.post(&format!("{WEBHOOKS}/{id}/test"), Some(&arena.organizer.token), &json!({})));
    let enabled = || drop(change(&arena, &id, json!({ "enabled": true })).expect(200));
    for (title, known) in [("One", &tested as &dyn Fn()), ("Two", &enabled)] {
        receiver.behave(Manner::Answers(500));
        announce(&arena, title);
        wait_for_log(&arena, &id, |log| log[0]["attempts"] == 1 && log[0]["fault"] == "status");
        // As after many attempts.
        arena.app.execute("UPDATE webhooks SET next_try_at = 4000000000000000");
        receiver.behave(Manner::Answers(200));
        known();
        wait_for_log(&arena, &id, |log| log.iter().all(|entry| entry["state"] == "delivered"));
    }
}

#[test]
fn every_way_to_fail_is_said() {
    let (arena, receiver, elsewhere) = (arena(), Receiver::start(), Receiver::start());
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    let test = || arena.app.post(&format!("{WEBHOOKS}/{id}/test"), Some(&arena.organizer.token), &json!({}));
    for (manner, state, fault, status) in [
        (Manner::Answers(200), "delivered", Value::Null, json!(200)),
        (Manner::Answers(404), "failed", json!("status"), json!(404)),
        (Manner::Redirects(elsewhere.url()), "failed", json!("redirect"), json!(307)),
        (Manner::Silent, "failed", json!("timeout"), Value::Null),
        (Manner::Garbage, "failed", json!("bad_answer"), Value::Null),
        (Manner::EndlessHead, "failed", json!("bad_answer"), Value::Null),
        (Manner::Huge, "delivered", Value::Null, json!(200)),
    ] {
        receiver.behave(manner.clone());
        let told = test().expect(200).json();
        let seen = (text(&told["state"]), told["fault"].clone(), told["status"].clone());
        assert_eq!(seen, (state.to_owned(), fault, status), "{manner:?}: {told}");
        assert_eq!(log(&arena, &id)[0], told);
    }
    assert!(elsewhere.deliveries().is_empty(), "redirects are not followed");
    assert_eq!(receiver.deliveries()[0].kind(), "test");

    let gone = Receiver::start();
    let address = gone.address;
    drop(gone);
    for (url, fault) in [
        (format!("http://{address}/"), "no_connection"),
        // What answers there does not speak TLS.
        (format!("https://{}/", receiver.address), "tls"),
        // No resolver is asked about a label of more than 63 characters.
        (format!("https://{}.example/", "a".repeat(64)), "no_address"),
    ] {
        change(&arena, &id, json!({ "url": url })).expect(200);
        let told = test().expect(200).json();
        assert_eq!((&told["fault"], &told["state"]), (&json!(fault), &json!("failed")), "{url}: {told}");
        assert!(!text(&told["error"]).is_empty(), "{told}");
    }
}

#[test]
fn a_name_that_leads_to_a_private_address_is_refused_when_connecting() {
    let receiver = Receiver::start();
    let arena = Arena::start_with(10, |config| config.webhooks.allowed_networks = "10.0.0.0/8".parse().unwrap());
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://localhost:{}/", receiver.address.port());
        let made = arena.app.post(WEBHOOKS, Some(&arena.organizer.token), &json!({ "url": url })).expect(201).json();
        let path = format!("{WEBHOOKS}/{}/test", text(&made["webhook"]["id"]));
        let told = arena.app.post(&path, Some(&arena.organizer.token), &json!({})).expect(200).json();
        assert_eq!(told["fault"], "address_refused", "{told}");
        assert!(!text(&told["error"]).contains("127."), "{told}");
    }
    assert!(receiver.deliveries().is_empty());
}

#[test]
fn a_receiver_that_is_slow_holds_up_no_other_and_no_stop() {
    let (mut arena, slow, quick) = (arena(), Receiver::start(), Receiver::start());
    slow.behave(Manner::Silent);
    for _ in 0..5 {
        webhook(&arena, &slow, &["announced"]);
    }
    webhook(&arena, &quick, &["announced"]);
    for number in 0..5 {
        announce(&arena, &format!("Number {number}"));
    }
    quick.wait_for(5);
    slow.wait_for(5);
    // Before the first one has ended, no other is sent to the same webhook.
    let ids: std::collections::HashSet<String> =
        slow.deliveries().iter().map(|delivery| delivery.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 5, "one for each webhook");
    arena.app.restart();
}

#[test]
fn two_servers_send_each_delivery_once_and_the_next_one_sends_what_a_dead_one_left() {
    let (arena, receiver) = (arena(), Receiver::start());
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    let second = arena.app.second_server();
    for number in 0..20 {
        announce(&arena, &format!("Number {number}"));
    }
    wait_for_log(&arena, &id, |log| log.iter().filter(|entry| entry["state"] == "delivered").count() == 20);
    let ids: Vec<String> =
        receiver.deliveries().iter().map(|delivery| delivery.header("webhook-id").to_owned()).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once, ids, "each once, in their order");
    drop(second);

    // Claimed by a server that died: sent when the claim has expired, and not before.
    receiver.clear();
    arena.app.execute("UPDATE webhooks SET claimed_until = 9000000000000000");
    announce(&arena, "Left");
    std::thread::sleep(Duration::from_millis(2500));
    assert!(receiver.deliveries().is_empty());
    arena.app.execute("UPDATE webhooks SET claimed_until = 1");
    receiver.wait_for(1);
}

#[test]
fn a_server_that_was_stopped_leaves_nothing_unsent() {
    let (mut arena, receiver) = (arena(), Receiver::start());
    receiver.behave(Manner::Answers(503));
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    announce(&arena, "One");
    receiver.wait_for(1);
    arena.app.restart();
    receiver.behave(Manner::Answers(200));
    receiver.clear();
    hurry(&arena);
    assert_eq!(text(&receiver.wait_for(1)[0].json()["data"]["title"]), "One");
    wait_for_log(&arena, &id, |log| log[0]["state"] == "delivered");
}

#[test]
fn a_webhook_that_fails_for_days_is_disabled_and_its_organizers_see_it() {
    let (arena, receiver) = (arena(), Receiver::start());
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    let matters = || {
        let path = "/organizer/seasons/demo/open-matters";
        arena.app.get(path, Some(&arena.organizer.token)).expect(200).json()["disabled_webhooks"].clone()
    };
    receiver.behave(Manner::Answers(500));
    announce(&arena, "One");
    announce(&arena, "Two");
    receiver.wait_for(1);
    wait_for_log(&arena, &id, |log| log[1]["status"] == 500);
    // The last attempt of the first one fails for good; but the webhook failed for a moment only.
    arena.app.execute("UPDATE webhook_deliveries SET attempts = 8 WHERE attempts = 1");
    hurry(&arena);
    let entries = wait_for_log(&arena, &id, |log| log[1]["state"] == "failed" && log[0]["attempts"] != 0);
    assert_eq!((&entries[1]["attempts"], &entries[0]["state"]), (&json!(9), &json!("waiting")));
    assert_eq!((shown(&arena, &id)["disabled_at"].clone(), matters()), (Value::Null, json!(0)));

    wait_for_log(&arena, &id, |log| log[0]["status"] == 500);
    announce(&arena, "Three");
    arena.app.execute("UPDATE webhooks SET failing_since = 1");
    arena.app.execute("UPDATE webhook_deliveries SET attempts = 8 WHERE attempts = 1");
    hurry(&arena);
    let entries = wait_for_log(&arena, &id, |log| log[0]["state"] == "dropped");
    assert_eq!(entries[0]["error"], "the webhook was disabled");
    let webhook = shown(&arena, &id);
    assert_eq!((&webhook["disabled_reason"], &webhook["waiting"]), (&json!("failing"), &json!(0)));
    assert_eq!(matters(), 1);
    let again = format!("{WEBHOOKS}/{id}/deliveries/{}/send", text(&entries[0]["id"]));
    let refused = arena.app.post(&again, Some(&arena.organizer.token), &json!({})).expect(409).json();
    assert_eq!(refused["error"]["reason"], "webhook_disabled");
    // What happens meanwhile is not kept for it.
    announce(&arena, "Four");
    receiver.behave(Manner::Answers(200));
    receiver.clear();
    change(&arena, &id, json!({ "enabled": true })).expect(200);
    assert_eq!(matters(), 0);
    announce(&arena, "Five");
    assert_eq!(text(&receiver.wait_for(1)[0].json()["data"]["title"]), "Five");
    // What was dropped can be sent again, with its own id.
    wait_for_log(&arena, &id, |log| log[0]["state"] == "delivered");
    arena.app.post(&again, Some(&arena.organizer.token), &json!({})).expect(200);
    let found = receiver.wait_for(2);
    assert_eq!(
        (text(&found[1].json()["data"]["title"]), found[1].header("webhook-id")),
        ("Three".to_owned(), &*text(&entries[0]["id"]))
    );
}

#[test]
fn a_delivery_that_the_receiver_refuses_holds_up_others_for_a_while_only() {
    let (arena, receiver) = (arena(), Receiver::start());
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    receiver.behave(Manner::Answers(400));
    announce(&arena, "One");
    wait_for_log(&arena, &id, |log| log[0]["status"] == 400);
    arena.app.execute("UPDATE webhook_deliveries SET attempts = 4");
    announce(&arena, "Two");
    hurry(&arena);
    let entries = wait_for_log(&arena, &id, |log| log[1]["state"] == "failed");
    assert_eq!(entries[1]["attempts"], 5);
    wait_for_log(&arena, &id, |log| log[0]["attempts"] != 0);
}

#[test]
fn a_backlog_that_grows_without_end_disables_the_webhook() {
    let (arena, receiver) = (arena(), Receiver::start());
    receiver.behave(Manner::Answers(500));
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    announce(&arena, "One");
    wait_for_log(&arena, &id, |log| log[0]["status"] == 500);
    let mut rows = String::new();
    for _ in 0..1000 {
        let row = uuid::Uuid::now_v7();
        rows.push_str(&format!(
            "INSERT INTO webhook_deliveries (id, webhook_id, kind, at, data, state, attempts) \
             VALUES ('{row}', '{id}', 'question_asked', 1, '{{}}', 'waiting', 0);"
        ));
    }
    arena.app.execute(&rows);
    hurry(&arena);
    let began = Instant::now();
    while shown(&arena, &id)["disabled_reason"] != "backlog" {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", shown(&arena, &id));
        std::thread::sleep(Duration::from_millis(50));
    }
    let audit = arena.app.get("/organizer/audit?season=demo", Some(&arena.organizer.token)).expect(200).json();
    assert_eq!(audit["items"][0]["action"], "webhook.disable", "{audit}");
    // Of 1,001 that have ended, the sweeper keeps the newest thousand; a month later, none.
    assert!(arena.app.sweep(Duration::from_secs(3600)).rows >= 1);
    let count = || {
        let path = format!("{WEBHOOKS}/{id}/deliveries?limit=200");
        let (mut count, mut next) = (0, String::new());
        loop {
            let page = arena.app.get(&format!("{path}{next}"), Some(&arena.organizer.token)).expect(200).json();
            let items = page["items"].as_array().unwrap();
            assert!(items.iter().all(|entry| entry["kind"] == "question_asked"), "the oldest one is gone");
            count += items.len();
            let Some(cursor) = page["next_cursor"].as_str() else { return count };
            next = format!("&cursor={cursor}");
        }
    };
    assert_eq!(count(), 1000);
    arena.app.execute("UPDATE webhook_deliveries SET ended_at = 1");
    arena.app.sweep(Duration::from_secs(3600));
    assert_eq!(count(), 0);
}

#[test]
fn organizers_are_told_of_submissions_teams_and_questions_and_never_of_scores() {
    let (arena, receiver) = (arena(), Receiver::start());
    let made = arena.app.post(WEBHOOKS, Some(&arena.organizer.token), &json!({ "url": receiver.url() })).expect(201);
    let id = text(&made.json()["webhook"]["id"]);
    let submission = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    arena.score(&arena.claim().unwrap(), [0xff, 0xff, 0x0f], [0xff, 0xff, 0x0f]).expect(200);
    let carol = arena.app.person("carol");
    arena.app.post("/seasons/demo/teams", Some(&carol.token), &json!({ "name": "Gamma" })).expect(201);
    let question = json!({ "text": "Why?" });
    let asked = arena.app.post("/seasons/demo/questions", Some(&carol.token), &question).expect(201).json();
    let answer = json!({ "text": "Because.", "public": true });
    let path = format!("/organizer/seasons/demo/questions/{}/answer", text(&asked["id"]));
    arena.app.send("PUT", &path, Some(&arena.organizer.token), Some(&answer)).expect(200);
    wait_for_log(&arena, &id, |log| {
        log.len() >= 5
            && log.iter().all(|entry| entry["state"] == "delivered")
            && log.iter().any(|entry| entry["kind"] == "leader")
    });
    let found = receiver.deliveries();
    let of_kind =
        |kind: &str| found.iter().find(|found| found.kind() == kind).unwrap_or_else(|| panic!("no {kind}")).json();
    let scored = of_kind("submission_scored");
    let data = &scored["data"];
    assert_eq!(
        (&data["submission"], &data["task"], &data["team"]),
        (&json!(submission), &json!("classification"), &json!("Alpha"))
    );
    for secret in ["error", "score", "top1", "top5", "labels"] {
        assert!(data.get(secret).is_none() && !scored.to_string().contains("\"error\""), "{scored}");
    }
    let team = of_kind("team_founded");
    assert_eq!((&team["data"]["team"], &team["data"]["status"]), (&json!("Gamma"), &json!("approved")));
    assert_eq!(of_kind("question_asked")["data"]["text"], "Why?");
    let answered = of_kind("answered");
    assert_eq!((&answered["data"]["title"], &answered["data"]["text"]), (&json!("Why?"), &json!("Because.")));
    let leader = of_kind("leader");
    assert_eq!((&leader["data"]["team"], &leader["data"]["submission"]), (&json!("Alpha"), &json!(submission)));
}

#[test]
fn a_draft_sends_nothing_but_tests() {
    let (arena, receiver) = (arena(), Receiver::start());
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    arena.set_season("draft = TRUE");
    announce(&arena, "Hidden");
    let path = format!("{WEBHOOKS}/{id}/test");
    arena.app.post(&path, Some(&arena.organizer.token), &json!({})).expect(200);
    assert_eq!(log(&arena, &id).len(), 1);
    assert_eq!(receiver.deliveries()[0].kind(), "test");
    // What waited when the season became a draft again is not sent either.
    arena.set_season("draft = FALSE");
    receiver.behave(Manner::Answers(500));
    announce(&arena, "Shown");
    wait_for_log(&arena, &id, |log| log[0]["status"] == 500);
    arena.set_season("draft = TRUE");
    receiver.clear();
    hurry(&arena);
    let entries = wait_for_log(&arena, &id, |log| log[0]["state"] == "dropped");
    assert_eq!(entries[0]["error"], "what it tells is no longer told");
    assert!(receiver.deliveries().is_empty());
}

#[test]
fn a_secret_is_replaced_with_an_overlap_or_without() {
    let (arena, receiver) = (arena(), Receiver::start());
    let (id, first) = webhook(&arena, &receiver, &["announced"]);
    let replace = |body: Value| arena.app.post(&format!("{WEBHOOKS}/{id}/secret"), Some(&arena.organizer.token), &body);
    let test = || {
        receiver.clear();
        arena.app.post(&format!("{WEBHOOKS}/{id}/test"), Some(&arena.organizer.token), &json!({})).expect(200);
        receiver.wait_for(1).remove(0)
    };
    let second = text(&replace(json!({})).expect(200).json()["secret"]);
    assert_ne!(first, second);
    let both = test();
    assert!(both.is_signed_with(&first) && both.is_signed_with(&second));
    assert!(shown(&arena, &id)["old_secret_until"].is_string());
    arena.app.execute("UPDATE webhooks SET old_secret_until = 1");
    let alone = test();
    assert!(!alone.is_signed_with(&first) && alone.is_signed_with(&second));
    assert_eq!(shown(&arena, &id)["old_secret_until"], Value::Null);
    let third = text(&replace(json!({ "overlap_hours": 0 })).expect(200).json()["secret"]);
    let alone = test();
    assert!(!alone.is_signed_with(&second) && alone.is_signed_with(&third));
    assert_eq!(replace(json!({ "overlap_hours": 169 })).expect(422).json()["error"]["reason"], "number_range");
}

#[test]
fn the_program_of_the_guide_verifies_a_delivery_and_refuses_a_forged_or_old_one() {
    let guide = include_str!("../../../docs/guide-organizer.md");
    let program = guide.split("```python\n# verify.py").nth(1).expect("the guide has a program that verifies");
    let program = program.split("```").next().unwrap();
    let (arena, receiver) = (arena(), Receiver::start());
    let (id, secret) = webhook(&arena, &receiver, &["announced"]);
    arena.app.post(&format!("{WEBHOOKS}/{id}/test"), Some(&arena.organizer.token), &json!({})).expect(200);
    let delivery = receiver.wait_for(1).remove(0);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("verify.py"), format!("# verify.py{program}")).unwrap();
    let verifies = |secret: &str, seconds: i64, body: &[u8]| {
        let timestamp = delivery.header("webhook-timestamp").parse::<i64>().unwrap() + seconds;
        let headers = json!({
            "webhook-id": delivery.header("webhook-id"), "webhook-timestamp": timestamp.to_string(),
            "webhook-signature": delivery.header("webhook-signature"),
        });
        let call = format!(
            "import json, sys, verify\nsys.exit(0 if verify.is_authentic({}, json.loads({}), {}.encode()) else 3)",
            json!(secret),
            json!(headers.to_string()),
            json!(String::from_utf8(body.to_vec()).unwrap())
        );
        let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let run = std::process::Command::new(python).args(["-c", &call]).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        match run.status.code() {
            Some(0) => true,
            Some(3) => false,
            _ => panic!("{said}"),
        }
    };
    assert!(verifies(&secret, 0, &delivery.body));
    assert!(!verifies(&secret, 0, b"{}"), "another body");
    assert!(!verifies(&secret, 1, &delivery.body), "another time");
    assert!(!verifies(&secret, -600, &delivery.body), "an old one");
    assert!(!verifies("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", 0, &delivery.body), "another secret");
}
