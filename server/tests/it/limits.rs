//! How many rows and bytes a person can make.

use serde_json::json;

use crate::arena::{Arena, predictions};
use crate::people::text;
use crate::test_app::TestApp;

#[test]
fn api_tokens_are_limited_in_number_and_in_an_hour() {
    let app = TestApp::start_with(|config| config.limits.tokens_per_account = 3);
    let (ada, bob) = (app.person("ada"), app.person("bob"));
    let make = |token: &str| app.post("/me/tokens", Some(token), &json!({ "name": "t", "days": 1 }));
    let ids: Vec<String> = (0..3).map(|_| text(&make(&ada.token).expect(201).json()["token"]["id"])).collect();
    let refused = make(&ada.token).expect(409);
    assert!(refused.code() == "wrong_state" && refused.text.contains("3 API tokens"), "{}", refused.text);
    make(&bob.token).expect(201);
    app.send("DELETE", &format!("/me/tokens/{}", ids[0]), Some(&ada.token), None).expect(204);
    make(&ada.token).expect(201);

    let app = TestApp::start_with(|config| config.rates.secrets_per_hour = 2);
    let ada = app.person("ada");
    let statuses: Vec<u16> = (0..6)
        .map(|_| {
            let made = app.post("/me/tokens", Some(&ada.token), &json!({ "name": "t", "days": 1 }));
            if made.status == 201 {
                let path = format!("/me/tokens/{}", text(&made.json()["token"]["id"]));
                app.send("DELETE", &path, Some(&ada.token), None).expect(204);
            }
            made.status
        })
        .collect();
    // The hour may turn once meanwhile.
    assert!(statuses.iter().filter(|status| **status == 201).count() <= 4 && statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_team_has_few_open_invitations() {
    let arena = Arena::start_with(10, |config| config.limits.invitations_per_team = 2);
    let teams = arena.app.get("/me", Some(&arena.alice.token)).json();
    let path = format!("/seasons/demo/teams/{}/invitations", text(&teams["teams"][0]["id"]));
    let invite = || arena.app.post(&path, Some(&arena.alice.token), &json!({}));
    let first = text(&invite().expect(201).json()["invitation"]["id"]);
    invite().expect(201);
    assert!(invite().expect(409).text.contains("2 open invitations"));
    arena.app.send("DELETE", &format!("{path}/{first}"), Some(&arena.alice.token), None).expect(204);
    invite().expect(201);
}

#[test]
fn changes_to_a_submission_are_limited_but_not_the_organizers() {
    let arena = Arena::start_with(10, |config| config.rates.edits_per_hour = 3);
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let edit = |token: &str, method: usize| {
        arena.app.send(
            "PATCH",
            &format!("/submissions/{id}"),
            Some(token),
            Some(&json!({ "method": method.to_string() })),
        )
    };
    let statuses: Vec<u16> = (0..10).map(|round| edit(&arena.alice.token, round).status).collect();
    // The hour may turn once meanwhile.
    assert!(statuses.contains(&429) && statuses.iter().filter(|status| **status == 200).count() <= 6, "{statuses:?}");
    for round in 20..30 {
        edit(&arena.organizer.token, round).expect(200);
    }
}

#[test]
fn the_oldest_session_ends_beyond_the_most_allowed() {
    let app = TestApp::start_with(|config| config.limits.sessions_per_account = 3);
    let ada = app.person("ada");
    let tokens: Vec<String> = (0..3).map(|_| text(&app.log_in(&ada.email)["access_token"])).collect();
    app.get("/me", Some(&ada.token)).expect(401);
    for token in tokens {
        app.get("/me", Some(&token)).expect(200);
    }
    assert_eq!(app.count("sessions"), 3);
}

#[test]
fn strangers_upload_nothing_and_members_keep_little_that_they_do_not_use() {
    let arena = Arena::start_with(10, |config| {
        config.uploads.unused_bytes_without_team = 0;
        config.uploads.unused_bytes_per_account = 1000;
        config.uploads.unused_per_account = 3;
        config.queue.queued_per_team = 10;
    });
    let stranger = arena.app.person("stranger");
    let begin = |token: &str, length: usize| {
        arena.app.tus("POST", "/uploads", token, &[("upload-length", &length.to_string())], None)
    };
    assert_eq!(begin(&stranger.token, 10).expect(403).code(), "forbidden");
    let alice = &arena.alice;
    begin(&alice.token, 990).expect(201);
    let refused = begin(&alice.token, 11).expect(409);
    assert!(refused.text.contains("1001 B,"), "{}", refused.text);
    arena.app.execute("DELETE FROM uploads");

    // What is used does not count, what is only finished does.
    for _ in 0..5 {
        arena.submit(alice, &predictions()).expect(201);
    }
    let ids: Vec<String> = (0..3_u8).map(|byte| arena.upload(alice, &[b'x', byte])).collect();
    assert!(begin(&alice.token, 1).expect(409).text.contains("3 uploads"));
    arena.app.tus("DELETE", &format!("/uploads/{}", ids[0]), &alice.token, &[], None).expect(204);
    begin(&alice.token, 1).expect(201);
    // Organizers bring test sets of any size.
    begin(&arena.organizer.token, 5000).expect(201);
}

#[test]
fn a_deleted_upload_frees_its_file_unless_something_uses_it() {
    let arena = Arena::start();
    let (alice, bob) = (&arena.alice, &arena.bob);
    let delete =
        |token: &str, id: &str| arena.app.tus("DELETE", &format!("/uploads/{id}"), token, &[], None).expect(204);
    let before = arena.app.stored("blobs").len();
    let (first, same) = (arena.upload(alice, b"the same"), arena.upload(bob, b"the same"));
    assert_eq!(arena.app.stored("blobs").len(), before + 1);
    delete(&alice.token, &first);
    assert_eq!(arena.app.stored("blobs").len(), before + 1, "another upload has it");
    delete(&bob.token, &same);
    assert_eq!(arena.app.stored("blobs").len(), before);

    let used = arena.upload(alice, &predictions());
    arena.submit_upload(alice, &used, json!({}), None).expect(201);
    delete(&alice.token, &used);
    assert_eq!(arena.app.stored("blobs").len(), before + 1, "the submission has it");
}

#[test]
fn a_disk_without_room_refuses_uploads_and_nothing_else() {
    let arena = Arena::start_with(10, |config| config.uploads.max_bytes = 1 << 62);
    let begin = |length: u64| {
        arena.app.tus("POST", "/uploads", &arena.alice.token, &[("upload-length", &length.to_string())], None)
    };
    let refused = begin(1 << 60).expect(503);
    assert!(refused.code() == "unavailable" && refused.text.contains("disk"), "{}", refused.text);
    assert!(refused.header("retry-after").is_some());
    begin(10).expect(201);
    arena.app.log_in(&arena.alice.email);
    assert_eq!(arena.app.get("//readyz", None).expect(200).json()["room"], true);
    let metrics = arena.app.get("//metrics", Some(&arena.organizer.token)).expect(200).text;
    let (_, room) = metrics.split_once("holdout_uploads_room_bytes{store=\"folder\"} ").unwrap();
    let room: u64 = room.split_once('\n').unwrap().0.parse().unwrap();
    assert!((1..1 << 60).contains(&room), "{room}");
}
