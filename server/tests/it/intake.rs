//! What is taken in and what is refused, stage by stage.

use serde_json::{Value, json};

use crate::arena::{Arena, QUOTA, SUBMISSIONS, gzip, predictions};
use crate::people::text;

/// Submissions that the organizer sees.
fn recorded(arena: &Arena) -> usize {
    arena.app.get(SUBMISSIONS, Some(&arena.organizer.token)).expect(200).json()["items"].as_array().unwrap().len()
}

#[test]
fn a_correct_file_is_queued_and_charged() {
    let arena = Arena::start_with(2, |_| ());
    let file = predictions();
    let upload = arena.upload(&arena.alice, &file);
    let more = json!({
        "method": " ResNet ", "description": "Residual.\n", "links": ["https://example.org/paper"],
    });
    let answer = arena.submit_upload(&arena.alice, &upload, more, None).expect(201);
    let submission = answer.json();
    let id = text(&submission["id"]);
    assert_eq!(answer.header("location").unwrap(), format!("/api/v1/submissions/{id}"));
    let told = ["season", "task", "team", "kind", "state", "method", "description"].map(|key| text(&submission[key]));
    assert_eq!(told, ["demo", "classification", "Alpha", "predictions", "queued", "ResNet", "Residual."]);
    assert_eq!(submission["links"], json!(["https://example.org/paper"]));
    assert_eq!(submission["size"], file.len());
    let receipt = arena.app.get(&format!("/uploads/{upload}"), Some(&arena.alice.token)).expect(200).json();
    assert_eq!(submission["sha256"], receipt["sha256"]);
    assert_eq!(submission["charge"], json!({ "state": "reserved", "reason": null }));
    assert_eq!(submission["queue"], json!({ "position": 1, "expected_start": null, "start_unknown": "no_scorer" }));
    assert_eq!((&submission["quota"]["used"], &submission["quota"]["remaining"]), (&json!(1), &json!(1)));
    for absent in ["progress", "verdict", "scores", "measures", "finished_at", "note"] {
        assert_eq!(submission[absent], Value::Null, "{absent}");
    }
}

#[test]
fn compressed_files_and_tables_are_taken() {
    let arena = Arena::start();
    let table: String = (1..=20).rev().map(|image| format!("{image:08},3 n00000004\n")).collect();
    let table = format!("image,labels\n{table}");
    for file in [gzip(&predictions()), table.clone().into_bytes(), gzip(table.as_bytes())] {
        assert_eq!(arena.submit(&arena.alice, &file).expect(201).json()["state"], "queued");
    }
}

/// A file of twenty lines, `change` put in the place of line `line` (from 1).
fn with_line(line: usize, change: &str) -> Vec<u8> {
    let row = |i| if i == line { format!("{change}\n") } else { "1\n".to_owned() };
    (1..=20).map(row).collect::<String>().into_bytes()
}

#[test]
fn a_refused_file_gets_a_verdict_with_line_value_and_rule_and_is_not_charged() {
    let arena = Arena::start_with(1, |_| ());
    let bad = [
        (with_line(7, "101"), "label_out_of_range", json!(7), "101"),
        (with_line(3, "0"), "label_out_of_range", json!(3), "0"),
        (with_line(20, "1.5"), "bad_label", json!(20), "1.5"),
        (with_line(2, "1 2 3 4 5 6"), "too_many_labels", json!(2), "6"),
        (with_line(2, "4 4"), "repeated_label", json!(2), "4"),
        (with_line(9, ""), "empty_line", json!(9), ""),
        ("1\n".repeat(19).into_bytes(), "too_few_rows", Value::Null, "19"),
        ("1\n".repeat(21).into_bytes(), "too_many_rows", json!(21), ""),
        (b"\xff\xfe\n".to_vec(), "not_text", Value::Null, ""),
        (b"a,b\n1,2\n".to_vec(), "bad_header", json!(1), "a,b"),
        (b"image,labels\nnobody,1\n".to_vec(), "unknown_image", json!(2), "nobody"),
        (gzip(&with_line(7, "101")), "label_out_of_range", json!(7), "101"),
    ];
    for (file, code, line, value) in bad {
        let submission = arena.submit(&arena.alice, &file).expect(201).json();
        let verdict = &submission["verdict"];
        assert_eq!((&submission["state"], &verdict["code"]), (&json!("rejected"), &json!(code)), "{verdict}");
        assert!(!text(&verdict["message"]).is_empty());
        let fault = &verdict["detail"]["lines"][0];
        assert_eq!(fault["code"], code);
        if line != Value::Null {
            assert_eq!(fault["line"], line, "{verdict}");
        }
        assert!(text(&fault["value"]).contains(value), "{verdict}");
        assert!(!text(&fault["allowed"]).is_empty(), "{verdict}");
        assert_eq!(submission["charge"], json!({ "state": "refunded", "reason": "format" }));
        assert_eq!((&submission["queue"], &submission["attempts"]), (&Value::Null, &json!(0)));
        assert_eq!(submission["quota"]["remaining"], 1, "the slot is free again");
        assert_ne!(submission["finished_at"], Value::Null);
        assert_eq!(arena.submission(&arena.alice, &text(&submission["id"]))["verdict"], *verdict);
    }
    assert!(arena.claim().is_none(), "no scorer sees a refused file");
    arena.submit(&arena.alice, &predictions()).expect(201);
}

#[test]
fn an_empty_file_is_refused_by_verdict() {
    let arena = Arena::start();
    let submission = arena.submit(&arena.alice, b"").expect(201).json();
    assert_eq!(submission["verdict"]["code"], "empty_file");
}

#[test]
fn only_the_first_twenty_faults_are_listed() {
    let arena = Arena::start();
    let file: String = (1..=20).map(|_| "101 102\n").collect();
    let verdict = arena.submit(&arena.alice, file.as_bytes()).expect(201).json()["verdict"].clone();
    assert_eq!(verdict["detail"]["lines"].as_array().unwrap().len(), 20);
}

#[test]
fn the_cap_holds_after_decompression() {
    let arena = Arena::start();
    arena.app.execute(
        "UPDATE tasks SET settings = REPLACE(settings, '\"title\"', '\"limits\":{\"predictions_bytes\":10000},\"title\"')",
    );
    // A file that would be correct, but for the blanks that make it long.
    let long = format!("1{}\n", " ".repeat(600)).repeat(20);
    assert!(long.len() > 10_000 && gzip(long.as_bytes()).len() < 1000);
    let verdict = arena.submit(&arena.alice, &gzip(long.as_bytes())).expect(201).json()["verdict"].clone();
    assert_eq!(verdict["code"], "too_large", "{verdict}");
    let bomb = gzip(&vec![b'1'; 100 << 20]);
    arena.app.execute("UPDATE tasks SET settings = REPLACE(settings, '10000', '67108864')");
    let begin = std::time::Instant::now();
    let verdict = arena.submit(&arena.alice, &bomb).expect(201).json()["verdict"].clone();
    assert_eq!(verdict["code"], "too_large", "{verdict}");
    assert!(begin.elapsed().as_secs() < 20, "a bomb is not unpacked to its end");
}

#[test]
fn a_file_above_the_limit_is_refused_before_anything_is_recorded() {
    let arena = Arena::start_with(1, |_| ());
    arena.app.execute(
        "UPDATE tasks SET settings = REPLACE(settings, '\"title\"', '\"limits\":{\"predictions_bytes\":40},\"title\"')",
    );
    let refusal = arena.submit(&arena.alice, &[b'1'; 41]).expect(413);
    assert_eq!(refusal.json()["error"]["detail"], json!({ "size": 41, "limit": 40 }));
    assert_eq!(recorded(&arena), 0);
    arena.submit(&arena.alice, &"1\n".repeat(20).into_bytes()).expect(201);
}

#[test]
fn what_a_request_says_has_bounds() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.alice, &predictions());
    let refused = [
        json!({ "method": "x".repeat(201) }),
        json!({ "description": "x".repeat(20_001) }),
        json!({ "links": ["javascript:alert(1)"] }),
        json!({ "links": vec!["https://example.org"; 11] }),
        json!({ "kind": "csv" }),
        json!({ "upload": "not-an-id" }),
    ];
    for more in refused {
        assert_eq!(arena.submit_upload(&arena.alice, &upload, more, None).expect(422).code(), "invalid_value");
    }
    for more in [json!({ "team": "Gamma" }), json!({ "note": "n" }), json!({ "baseline": true })] {
        assert_eq!(arena.submit_upload(&arena.alice, &upload, more, None).expect(403).code(), "forbidden");
    }
    assert_eq!(recorded(&arena), 0);
}

#[test]
fn only_members_submit_and_others_learn_nothing_of_the_body() {
    let arena = Arena::start();
    let stranger = arena.app.person("stranger");
    let upload = arena.upload(&stranger, &predictions());
    assert_eq!(arena.submit_upload(&stranger, &upload, json!({}), None).expect(403).code(), "forbidden");
    arena.app.post(SUBMISSIONS, Some(&stranger.token), &json!({})).expect(403);
    arena.app.post(SUBMISSIONS, None, &json!({})).expect(401);
    arena.app.post(SUBMISSIONS, Some(&arena.alice.token), &json!({})).expect(422);
    let own = arena.upload(&arena.organizer, &predictions());
    assert_eq!(arena.submit_upload(&arena.organizer, &own, json!({}), None).expect(403).code(), "forbidden");
    assert_eq!(recorded(&arena), 0);
}

#[test]
fn the_season_has_to_be_open_and_not_paused() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.alice, &predictions());
    let attempt = || arena.submit_upload(&arena.alice, &upload, json!({}), None);
    for state in ["closes_at = 2", "paused = TRUE, closes_at = NULL", "paused = FALSE, opens_at = 9000000000000000"] {
        arena.set_season(state);
        assert_eq!(attempt().expect(409).code(), "wrong_state", "{state}");
    }
    arena.set_season("opens_at = 1, draft = TRUE");
    assert_eq!(attempt().expect(404).code(), "not_found", "as in a season that does not exist");
    arena.set_season("draft = FALSE, published_at = 1");
    assert_eq!(attempt().expect(409).code(), "wrong_state");
    assert_eq!(recorded(&arena), 0);
    arena.set_season("published_at = NULL, frozen_at = 1");
    attempt().expect(201);
}

#[test]
fn the_task_has_to_take_the_kind_and_have_a_test_set() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.alice, &predictions());
    let model = json!({ "kind": "torchscript" });
    assert_eq!(arena.submit_upload(&arena.alice, &upload, model.clone(), None).expect(201).json()["state"], "rejected");
    arena.app.execute("UPDATE tasks SET settings = REPLACE(settings, ',\"torchscript\"', '')");
    let refusal = arena.submit_upload(&arena.alice, &upload, model, None).expect(422);
    assert_eq!(refusal.json()["error"]["detail"]["field"], "kind");
    arena.app.execute("UPDATE tasks SET test_set_id = NULL");
    let refusal = arena.submit_upload(&arena.alice, &upload, json!({}), None).expect(409);
    assert_eq!(refusal.code(), "wrong_state");
    let elsewhere = SUBMISSIONS.replace("classification", "nothing");
    arena
        .app
        .post(&elsewhere, Some(&arena.alice.token), &json!({ "upload": upload, "kind": "predictions" }))
        .expect(404);
}

#[test]
fn the_upload_has_to_be_ones_own_and_complete() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.bob, &predictions());
    assert_eq!(arena.submit_upload(&arena.alice, &upload, json!({}), None).expect(404).code(), "not_found");
    let kind = ("content-type", "application/offset+octet-stream");
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", "40"), kind];
    let begun = arena.app.send_raw("POST", "/uploads", Some(&arena.alice.token), &headers, Some(b"1\n")).expect(201);
    let unfinished = begun.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(arena.submit_upload(&arena.alice, &unfinished, json!({}), None).expect(409).code(), "wrong_state");
    let expired = arena.upload(&arena.alice, &predictions());
    arena.app.execute(&format!("UPDATE uploads SET expires_at = 1 WHERE id = '{expired}'"));
    assert_eq!(arena.submit_upload(&arena.alice, &expired, json!({}), None).expect(410).code(), "gone");
    assert_eq!(recorded(&arena), 0);
}

#[test]
fn organizers_enter_for_any_team_at_any_time_without_a_charge() {
    let arena = Arena::start_with(1, |config| config.queue.queued_per_team = 1);
    arena.set_season("paused = TRUE, closes_at = 2");
    let more = json!({ "team": "SuperVision", "create_team": true, "baseline": true, "note": "as published", "method": "AlexNet" });
    for (round, name) in ["SuperVision", "superVISION", "Alpha"].into_iter().enumerate() {
        let upload = arena.upload(&arena.organizer, &predictions());
        let mut more = more.clone();
        more["team"] = json!(name);
        let submission = arena.submit_upload(&arena.organizer, &upload, more, None).expect(201).json();
        let shown = if round < 2 { "SuperVision" } else { "Alpha" };
        assert_eq!((&submission["team"], &submission["note"]), (&json!(shown), &json!("as published")));
        assert_eq!((&submission["charge"], &submission["quota"]), (&Value::Null, &Value::Null));
    }
    let teams = arena.app.get("/seasons/demo/teams", None).expect(200).json();
    let names: Vec<String> = teams["items"].as_array().unwrap().iter().map(|team| text(&team["name"])).collect();
    assert_eq!(names, ["Alpha", "Beta", "SuperVision"]);
    let audit = arena.app.get("/organizer/audit", Some(&arena.organizer.token)).expect(200).json();
    let entries = audit["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "submission.enter");
    assert_eq!(entries.count(), 3);
    let quota = arena.app.get(QUOTA, Some(&arena.alice.token)).expect(200).json();
    assert_eq!(quota["used"], 0, "an organizer's entry is not charged to the team");
    let upload = arena.upload(&arena.organizer, &predictions());
    let id = uuid::Uuid::now_v7().to_string();
    arena.submit_upload(&arena.organizer, &upload, json!({ "team": id }), None).expect(422);
}

#[test]
fn a_mistyped_team_is_not_created() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.organizer, &predictions());
    let refused = arena.submit_upload(&arena.organizer, &upload, json!({ "team": "Alhpa" }), None).expect(422).json();
    assert_eq!(refused["error"]["detail"], json!({ "field": "team", "unknown_team": "Alhpa" }));
    assert!(text(&refused["error"]["message"]).contains("create_team"), "{refused}");
    assert_eq!(arena.app.count("teams"), 2);
    // The list of evaluations finds a team by a part of its name, as the list of teams does.
    arena.submit(&arena.alice, &predictions()).expect(201);
    let found = |team: &str| {
        let path = format!("/organizer/evaluations?team={team}");
        let page = arena.app.get(&path, Some(&arena.organizer.token)).expect(200).json();
        page["items"].as_array().unwrap().len()
    };
    assert_eq!([found("alp"), found("ALPHA"), found("bet"), found("%25")], [1, 1, 0, 0]);
}

#[test]
fn organizers_may_enter_for_a_new_team_many_times_at_once() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.organizer, &predictions());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let more = json!({ "team": "Baselines", "create_team": true });
            scope.spawn(|| arena.submit_upload(&arena.organizer, &upload, more, None).expect(201));
        }
    });
    assert_eq!(arena.app.get("/seasons/demo/teams", None).json()["items"].as_array().unwrap().len(), 3);
}

#[test]
fn a_key_makes_one_submission() {
    let arena = Arena::start_with(1, |_| ());
    let upload = arena.upload(&arena.alice, &predictions());
    let first = arena.submit_upload(&arena.alice, &upload, json!({}), Some("k")).expect(201).json();
    // Neither the quota that the first one used up nor the closing stands in the way of the first
    // answer.
    arena.set_season("closes_at = 2");
    let again = arena.submit_upload(&arena.alice, &upload, json!({}), Some("k")).expect(201).json();
    assert_eq!(first, again);
    let other = arena.submit_upload(&arena.alice, &upload, json!({ "method": "M" }), Some("k")).expect(409);
    assert_eq!(other.code(), "idempotency_mismatch");
    assert_eq!(recorded(&arena), 1);
}

#[test]
fn a_key_sent_many_times_at_once_makes_one_submission() {
    let arena = Arena::start_with(1, |_| ());
    let upload = arena.upload(&arena.alice, &predictions());
    let answers = std::thread::scope(|scope| {
        let send = || arena.submit_upload(&arena.alice, &upload, json!({}), Some("k"));
        let threads: Vec<_> = (0..20).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().expect(201).json()).collect::<Vec<_>>()
    });
    assert!(answers.iter().all(|answer| answer == &answers[0]));
    assert_eq!(recorded(&arena), 1);
}

#[test]
fn submissions_of_an_account_are_limited_in_rate() {
    let arena = Arena::start_with(100, |config| config.rates.submissions_per_minute = 3);
    let upload = arena.upload(&arena.alice, &predictions());
    let answers = (0..8).map(|_| arena.submit_upload(&arena.alice, &upload, json!({}), None));
    let refused = answers.filter(|answer| answer.status == 429).collect::<Vec<_>>();
    // Of eight, three fit into one minute, six into two.
    assert!(refused.len() >= 2);
    for answer in &refused {
        if answer.code() == "rate_limited" {
            assert!(answer.header("retry-after").is_some());
        }
    }
    assert!(refused.iter().any(|answer| answer.code() == "rate_limited"));
}

/// Whatever moment its owner chooses to delete the upload, the submission is taken or there is no
/// such upload; it is never a fault of the server.
#[test]
fn an_upload_that_is_deleted_while_it_is_submitted_is_taken_or_gone() {
    let arena = Arena::start_with(1000, |_| ());
    for round in 0..60 {
        // Another file each time: one that was checked before is not read again.
        let upload = arena.upload(&arena.alice, &with_line(1 + round % 20, &format!("{}", 1 + round / 20)));
        let answer = std::thread::scope(|scope| {
            let submitted = scope.spawn(|| arena.submit_upload(&arena.alice, &upload, json!({}), None));
            std::thread::sleep(std::time::Duration::from_micros(u64::try_from(round).unwrap() * 200));
            arena.app.tus("DELETE", &format!("/uploads/{upload}"), &arena.alice.token, &[], None);
            submitted.join().unwrap()
        });
        assert!(matches!(answer.status, 201 | 404 | 409 | 410), "{}: {}", answer.status, answer.text);
        if answer.status == 201 {
            let id = text(&answer.json()["id"]);
            arena.app.post(&format!("/submissions/{id}/cancel"), Some(&arena.alice.token), &json!({})).expect(200);
        }
    }
}
