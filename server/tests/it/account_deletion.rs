//! Deleting an account: what goes, what stays, and that nobody gets a second quota by it.

use serde_json::{Value, json};

use crate::arena::{Arena, QUOTA, predictions};
use crate::people::{PASSWORD, Person, text};
use crate::receiver::{Manner, Receiver};
use crate::test_app::Answer;
use crate::webhook_world::{self, wait_for_log};

const TEAMS: &str = "/seasons/demo/teams";
const BOARD: &str = "/seasons/demo/tasks/classification/leaderboard";

fn delete_with(arena: &Arena, person: &Person, body: &Value) -> Answer {
    arena.app.post("/me/deletion", Some(&person.token), body)
}

fn delete(arena: &Arena, person: &Person) {
    delete_with(arena, person, &json!({ "password": PASSWORD })).expect(204);
}

/// Founds a team and submits once for it, with all that a team can say of itself; the result is
/// scored.
fn submit_as_a_team_of(arena: &Arena, person: &Person, team: &str) -> String {
    let new = json!({ "name": team, "affiliation": "Quixote Institute" });
    arena.app.post(TEAMS, Some(&person.token), &new).expect(201);
    let said = json!({ "method": "a net", "description": "by Quixote", "links": ["https://quixote.example/code"] });
    let upload = arena.upload(person, &predictions());
    let sent = arena.submit_upload(person, &upload, said, None).expect(201).json();
    let id = text(&sent["id"]);
    arena.score(&arena.claim().unwrap(), [0xff, 0xff, 0x0f], [0xff, 0xff, 0x0f]).expect(200);
    let changes = json!({ "description": "still by Quixote", "links": ["https://quixote.example/other"] });
    arena.app.send("PATCH", &format!("/submissions/{id}"), Some(&person.token), Some(&changes)).expect(200);
    id
}

fn rows(arena: &Arena) -> Vec<Value> {
    let board = arena.app.get(BOARD, Some(&arena.organizer.token)).expect(200).json();
    board["rows"].as_array().unwrap().clone()
}

#[test]
fn nothing_of_its_owner_stays_but_the_score() {
    let (arena, receiver) = (webhook_world::arena(), Receiver::start());
    let quixote = arena.app.person("quixote");
    // The first delivery is on its way when the account is deleted.
    receiver.behave(Manner::Silent);
    let (webhook, _) = webhook_world::webhook(&arena, &receiver, &["team_founded", "submission_scored"]);
    arena.app.post("/me/tokens", Some(&quixote.token), &json!({ "name": "of quixote" })).expect(201);
    let renamed = json!({ "name": "Don Quixote" });
    arena.app.send("PATCH", "/me", Some(&quixote.token), Some(&renamed)).expect(200);
    let id = submit_as_a_team_of(&arena, &quixote, "Quixotes");
    let ban = json!({ "season": "demo", "email": quixote.email, "reason": "r" });
    arena.app.post("/organizer/bans", Some(&arena.organizer.token), &ban).expect(200);
    let before = rows(&arena);
    assert_eq!(receiver.wait_for(1)[0].json()["data"]["team"], json!("Quixotes"));

    delete(&arena, &quixote);
    let after = rows(&arena);
    assert_eq!(after.len(), 1);
    for kept in ["submission", "error", "rank", "method"] {
        assert_eq!(after[0][kept], before[0][kept], "{kept}");
    }
    assert!(text(&after[0]["team"]).starts_with("Deleted team "), "{}", after[0]);
    let entry = arena.app.get(&format!("/seasons/demo/tasks/classification/entries/{id}"), None).expect(200).text;
    assert!(!entry.to_lowercase().contains("quixote"), "{entry}");
    receiver.behave(Manner::Answers(200));
    wait_for_log(&arena, &webhook, |log| log.len() == 2 && log.iter().all(|entry| entry["state"] == "delivered"));
    for delivery in receiver.deliveries().iter().rev().take(2) {
        assert_eq!(delivery.json()["data"]["team"], after[0]["team"], "{}", delivery.kind());
    }
    if !arena.app.on_postgres() {
        // What was deleted is on free pages until then.
        arena.app.execute("VACUUM");
    }
    let dump = arena.app.dump().to_lowercase();
    let found = dump.match_indices("quixote").map(|(at, _)| dump.get(at.saturating_sub(80)..at + 40)).next();
    assert_eq!(found, None);
}

#[test]
fn an_address_may_be_as_long_as_any() {
    let arena = Arena::start();
    let label = "b".repeat(60);
    let email = format!("{}@{label}.{label}.{label}.org", "a".repeat(60));
    let account = json!({ "email": email, "name": "n", "password": PASSWORD });
    arena.app.post("/accounts", None, &account).expect(201);
    let token = text(&arena.app.log_in(&email)["access_token"]);
    arena.app.post("/me/deletion", Some(&token), &json!({ "password": PASSWORD })).expect(204);
}

#[test]
fn nobody_logs_in_with_it_any_more() {
    let arena = Arena::start();
    let token = arena.app.post("/me/tokens", Some(&arena.alice.token), &json!({ "name": "t" })).expect(201).json();
    let refused = delete_with(&arena, &arena.alice, &json!({ "password": "another password" })).expect(401);
    assert_eq!(refused.json()["error"]["reason"], json!("wrong_password"));
    arena.app.get("/me", Some(&arena.alice.token)).expect(200);
    // Whoever holds a token alone cannot delete the account.
    let secret = text(&token["secret"]);
    arena.app.post("/me/deletion", Some(&secret), &json!({ "password": "" })).expect(401);

    delete(&arena, &arena.alice);
    for held in [&arena.alice.token, &secret] {
        arena.app.get("/me", Some(held)).expect(401);
    }
    let refresh = json!({ "refresh_token": arena.alice.refresh });
    arena.app.post("/sessions/refresh", None, &refresh).expect(401);
    for email in [arena.alice.email.clone(), format!("{}@deleted.invalid", arena.alice.id)] {
        let login = json!({ "email": email, "password": PASSWORD });
        arena.app.post("/sessions", None, &login).expect(401);
    }
    let recorded = "SELECT COUNT(*) AS number FROM audit_log WHERE action = 'account.delete'";
    assert_eq!(arena.app.number(recorded), 1);
}

#[test]
fn a_team_with_others_goes_on_with_the_next_captain_and_what_it_has_used() {
    let arena = Arena::start_with(3, |_| ());
    let code = arena.app.post(&format!("{TEAMS}/Alpha/invitations"), Some(&arena.alice.token), &json!({})).expect(201);
    let code = text(&code.json()["code"]);
    let carol = arena.app.person("carol");
    arena.app.post(&format!("/invitations/{code}/accept"), Some(&carol.token), &json!({})).expect(200);
    arena.submit(&arena.alice, &predictions()).expect(201);

    delete(&arena, &arena.alice);
    let team = arena.app.get(&format!("{TEAMS}/Alpha"), Some(&carol.token)).expect(200).json();
    assert_eq!(team["name"], json!("Alpha"), "others are in it");
    let members = team["members"].as_array().unwrap();
    assert_eq!((members.len(), &members[0]["name"], &members[0]["role"]), (1, &json!("carol"), &json!("captain")));
    let quota = arena.app.get(QUOTA, Some(&carol.token)).expect(200).json();
    assert_eq!((&quota["used"], &quota["remaining"]), (&json!(1), &json!(2)));
}

#[test]
fn a_team_keeps_its_name_if_its_last_member_wants_that() {
    let arena = Arena::start();
    let quixote = arena.app.person("quixote");
    let id = submit_as_a_team_of(&arena, &quixote, "Quixotes");
    delete_with(&arena, &quixote, &json!({ "password": PASSWORD, "keep_teams": true })).expect(204);
    let row = &rows(&arena)[0];
    assert_eq!((&row["team"], &row["submission"]), (&json!("Quixotes"), &json!(id)));
    let entry = arena.app.get(&format!("/seasons/demo/tasks/classification/entries/{id}"), None).expect(200).json();
    assert_eq!(entry["links"], json!(["https://quixote.example/other"]));
}

#[test]
fn its_address_waits_until_the_seasons_are_over_in_which_it_submitted() {
    let arena = Arena::start();
    arena.submit(&arena.alice, &predictions()).expect(201);
    let idle = arena.app.person("idle");
    delete(&arena, &arena.alice);
    delete(&arena, &idle);

    let register = |email: &str| {
        let account = json!({ "email": email, "name": "n", "password": PASSWORD });
        arena.app.post("/accounts", None, &account)
    };
    register(&idle.email).expect(201);
    let refused = register(" ALICE@example.org ").expect(409).json();
    assert_eq!(refused["error"]["reason"], json!("address_waits"));
    assert_eq!(refused["error"]["detail"]["seasons"], json!(["demo"]));
    let change = json!({ "email": arena.alice.email, "password": PASSWORD });
    let refused = arena.app.send("PUT", "/me/email", Some(&arena.bob.token), Some(&change)).expect(409);
    assert_eq!(refused.json()["error"]["reason"], json!("address_waits"));

    arena.set_season("closes_at = 2");
    register(&arena.alice.email).expect(201);
}

#[test]
fn an_address_waits_a_year_at_most() {
    let arena = Arena::start();
    arena.submit(&arena.alice, &predictions()).expect(201);
    delete(&arena, &arena.alice);
    let account = json!({ "email": arena.alice.email, "name": "n", "password": PASSWORD });
    let day: i64 = 24 * 3600 * 1_000_000;
    for (days, status) in [(364, 409), (2, 201)] {
        arena.app.execute(&format!("UPDATE accounts SET deleted_at = deleted_at - {}", days * day));
        arena.app.post("/accounts", None, &account).expect(status);
    }
}

#[test]
fn a_ban_goes_on_for_the_address() {
    let arena = Arena::start();
    let banned = arena.app.person("banned");
    let ban = json!({ "everywhere": true, "email": banned.email, "reason": "r" });
    arena.app.post("/organizer/bans", Some(&arena.organizer.token), &ban).expect(200);
    delete(&arena, &banned);
    let again = arena.app.person("banned");
    let me = arena.app.get("/me", Some(&again.token)).expect(200).json();
    assert_eq!(me["bans"][0]["reason"], json!("r"));
    let bans = arena.app.get("/organizer/bans", Some(&arena.organizer.token)).expect(200).json();
    assert_eq!(bans["items"][0]["people"][0]["name"], json!("Deleted account"));
}

#[test]
fn an_invitation_for_its_address_is_for_nobody_afterwards() {
    let arena = Arena::start();
    let (carol, eve) = (arena.app.person("carol"), arena.app.person("eve"));
    let make = |path: &str, by: &Person, body: &Value| {
        let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
        let body = body.to_string();
        arena.app.send_raw("POST", path, Some(&by.token), &headers, Some(body.as_bytes())).expect(201).json()
    };
    let team = make("/seasons/demo/teams/Beta/invitations", &arena.bob, &json!({ "email": carol.email }));
    let judge = json!({ "email": carol.email, "role": "judge" });
    let server = make("/organizer/invitations", &arena.organizer, &judge);
    // One that she made herself, and did not use.
    arena.app.post(TEAMS, Some(&carol.token), &json!({ "name": "Gamma" })).expect(201);
    let own = make("/seasons/demo/teams/Gamma/invitations", &carol, &json!({}));
    let paths = [
        format!("/invitations/{}/accept", text(&team["code"])),
        format!("/organizer-invitations/{}/accept", text(&server["code"])),
    ];
    for path in &paths {
        arena.app.post(path, Some(&eve.token), &json!({})).expect(403);
    }
    delete(&arena, &carol);
    for path in &paths {
        let refused = arena.app.post(path, Some(&eve.token), &json!({})).expect(409);
        assert_eq!(refused.json()["error"]["reason"], json!("invitation_revoked"), "{path}");
    }
    let own = format!("/invitations/{}/accept", text(&own["code"]));
    assert!([404, 409].contains(&arena.app.post(&own, Some(&eve.token), &json!({})).status));
    if !arena.app.on_postgres() {
        arena.app.execute("VACUUM");
    }
    assert!(!arena.app.dump().contains(&carol.email));
}

#[test]
fn uploads_that_became_no_submission_go() {
    let arena = Arena::start();
    let carol = arena.app.person("carol");
    arena.upload(&carol, &predictions());
    arena.app.execute("UPDATE uploads SET filename = 'carol-secret.txt'");
    let now = holdout_protocol::Timestamp::now().as_micros();
    let left = format!(
        "SELECT COUNT(*) AS number FROM uploads WHERE account_id = '{}' AND filename IS NOT NULL AND expires_at > {now}",
        carol.id
    );
    assert_eq!(arena.app.number(&left), 1);
    delete(&arena, &carol);
    assert_eq!(arena.app.number(&left), 0);
}

#[test]
fn an_organizers_account_stays() {
    let arena = Arena::start();
    let refused = delete_with(&arena, &arena.organizer, &json!({ "password": PASSWORD })).expect(409);
    assert_eq!(refused.json()["error"]["reason"], json!("holds_role"));
    arena.app.appoint(&arena.bob, "observer", Some("demo"));
    let refused = delete_with(&arena, &arena.bob, &json!({ "password": PASSWORD })).expect(409);
    assert_eq!(refused.json()["error"]["reason"], json!("holds_role"));
}
