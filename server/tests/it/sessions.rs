//! The list of a person's sessions, how they are ended, and all that is kept of a person.

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::{PASSWORD, Person, text};
use crate::test_app::TestApp;

const SESSIONS: &str = "/me/sessions";

/// Logs in as a client that calls itself so; the access token.
fn log_in_with(app: &TestApp, person: &Person, client: &str) -> String {
    let body = json!({ "email": person.email, "password": PASSWORD }).to_string();
    let headers = [("content-type", "application/json"), ("user-agent", client)];
    let session = app.send_raw("POST", "/sessions", None, &headers, Some(body.as_bytes())).expect(201).json();
    text(&session["access_token"])
}

fn list(app: &TestApp, token: &str) -> Vec<Value> {
    app.get(SESSIONS, Some(token)).expect(200).json()["items"].as_array().unwrap().clone()
}

/// What the sessions' clients call themselves.
fn clients(app: &TestApp, token: &str) -> Vec<String> {
    let name = |session: &Value| session["client"].as_str().unwrap_or("nothing").to_owned();
    list(app, token).iter().map(name).collect()
}

#[test]
fn one_sees_where_one_is_logged_in_and_ends_it_there() {
    let app = TestApp::start();
    let (ada, bob) = (app.person("ada"), app.person("bob"));
    let laptop = log_in_with(&app, &ada, "Mozilla/5.0 (laptop)");
    let phone = log_in_with(&app, &ada, "holdout/0.1.0");
    let listed = list(&app, &laptop);
    app.execute("UPDATE sessions SET client = NULL WHERE client LIKE 'ureq/%'");
    assert_eq!(clients(&app, &laptop), ["holdout/0.1.0", "Mozilla/5.0 (laptop)", "nothing"]);
    let current: Vec<&Value> = listed.iter().map(|session| &session["current"]).collect();
    assert_eq!(current, [false, true, false]);
    assert!(listed.iter().all(|session| session["api_token"].is_null()), "{listed:?}");
    assert_eq!(list(&app, &bob.token).len(), 1, "everybody has their own");

    let path = format!("{SESSIONS}/{}", text(&listed[0]["id"]));
    app.send("DELETE", &path, Some(&bob.token), None).expect(404);
    app.get("/me", Some(&phone)).expect(200);
    app.send("DELETE", &path, Some(&laptop), None).expect(204);
    app.get("/me", Some(&phone)).expect(401);
    app.send("DELETE", &path, Some(&laptop), None).expect(404);
    assert_eq!(clients(&app, &laptop), ["Mozilla/5.0 (laptop)", "nothing"]);
    assert_eq!(app.number("SELECT COUNT(*) AS number FROM audit_log WHERE action = 'session.end'"), 1);

    // One that ended by itself is not there either.
    app.execute(&format!("UPDATE sessions SET expires_at = 2 WHERE id = '{}'", text(&listed[2]["id"])));
    assert_eq!(clients(&app, &laptop), ["Mozilla/5.0 (laptop)"]);
    app.send("DELETE", &format!("{SESSIONS}/{}", text(&listed[2]["id"])), Some(&laptop), None).expect(404);
}

#[test]
fn all_other_sessions_are_ended_at_once() {
    let app = TestApp::start();
    let (ada, bob) = (app.person("ada"), app.person("bob"));
    let laptop = log_in_with(&app, &ada, "laptop");
    let token = app.post("/me/tokens", Some(&ada.token), &json!({ "name": "t" })).expect(201).json();
    let secret = text(&token["secret"]);
    let by_token = app.post("/sessions", None, &json!({ "api_token": secret })).expect(201).json();
    assert_eq!(list(&app, &laptop)[0]["api_token"], token["token"]["id"]);

    app.send("DELETE", SESSIONS, Some(&laptop), None).expect(204);
    assert_eq!(clients(&app, &laptop), ["laptop"]);
    for ended in [&ada.token, &text(&by_token["access_token"])] {
        app.get("/me", Some(ended)).expect(401);
    }
    app.post("/sessions/refresh", None, &json!({ "refresh_token": ada.refresh })).expect(401);
    app.get("/me", Some(&secret)).expect(200);
    app.get("/me", Some(&bob.token)).expect(200);
    // Nothing is left to end, and nothing to record.
    app.send("DELETE", SESSIONS, Some(&laptop), None).expect(204);
    let recorded = "SELECT COUNT(*) AS number FROM audit_log WHERE action = 'session.end_others'";
    assert_eq!(app.number(recorded), 1);

    // A token has no session of its own to keep.
    app.send("DELETE", SESSIONS, Some(&secret), None).expect(204);
    app.get("/me", Some(&laptop)).expect(401);
    assert!(list(&app, &secret).is_empty());
}

#[test]
fn a_session_says_when_it_was_last_renewed() {
    let app = TestApp::start();
    let ada = app.person("ada");
    app.execute("UPDATE sessions SET created_at = 1000000");
    app.execute("UPDATE refresh_tokens SET issued_at = 2000000");
    let shown = &list(&app, &ada.token)[0];
    assert_eq!(
        (&shown["created_at"], &shown["renewed_at"]),
        (&json!("1970-01-01T00:00:01Z"), &json!("1970-01-01T00:00:02Z"))
    );
    let renewed = app.post("/sessions/refresh", None, &json!({ "refresh_token": ada.refresh })).expect(200).json();
    let shown = &list(&app, &text(&renewed["access_token"]))[0];
    assert_ne!(shown["renewed_at"], json!("1970-01-01T00:00:02Z"));
    assert_eq!(shown["created_at"], json!("1970-01-01T00:00:01Z"));
}

fn own_data(arena: &Arena, person: &Person) -> (Value, String) {
    let answer = arena.app.get("/me/data", Some(&person.token)).expect(200);
    let saved_as = answer.headers.iter().find(|(name, _)| name == "content-disposition").unwrap();
    assert_eq!(saved_as.1, "attachment; filename=\"holdout-data.json\"");
    (answer.json(), answer.text.clone())
}

fn ids(items: &Value) -> Vec<String> {
    items.as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
}

#[test]
fn a_person_gets_all_that_is_kept_of_them_and_nothing_of_others() {
    let arena = Arena::start_with(1000, |config| {
        config.queue.queued_per_team = 10;
        config.limits.tokens_per_account = 100;
        config.rates.secrets_per_hour = 100;
    });
    let (alice, bob) = (&arena.alice, &arena.bob);
    let send = |person: &Person| text(&arena.submit(person, &predictions()).expect(201).json()["id"]);
    // More than a page of what comes in pages.
    let sent: Vec<String> = (0..3).map(|_| send(alice)).collect();
    let other = send(bob);
    for number in 0..60 {
        arena.app.post("/me/tokens", Some(&alice.token), &json!({ "name": format!("t{number}") })).expect(201);
    }
    let ask = |person: &Person, said: &str| {
        let body = json!({ "text": said });
        text(&arena.app.post("/seasons/demo/questions", Some(&person.token), &body).expect(201).json()["id"])
    };
    let (question, of_bob) = (ask(alice, "Why?"), ask(bob, "How?"));

    let (data, whole) = own_data(&arena, alice);
    assert_eq!(data["me"]["account"]["email"], json!(alice.email));
    assert_eq!(data["me"]["teams"][0]["team"], json!("Alpha"));
    assert_eq!(data["mail"]["email"], json!(alice.email));
    assert_eq!(ids(&data["submissions"]), sent.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(ids(&data["questions"]), [question]);
    assert_eq!(data["api_tokens"].as_array().unwrap().len(), 60);
    assert_eq!(data["sessions"][0]["current"], json!(true));
    let acts: Vec<&str> = data["activity"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
    assert!(acts.contains(&"api_token.create") && acts.contains(&"team.create"), "{acts:?}");
    for hidden in [&bob.email, &bob.id, &other, &of_bob, &alice.token, &alice.refresh, "$argon2"] {
        assert!(!whole.contains(hidden), "{hidden} is in {whole}");
    }
}

#[test]
fn what_a_team_is_told_after_one_left_is_not_in_ones_data() {
    let arena = Arena::start();
    let code = arena.app.post("/seasons/demo/teams/Alpha/invitations", Some(&arena.alice.token), &json!({}));
    let code = text(&code.expect(201).json()["code"]);
    let carol = arena.app.person("carol");
    arena.app.post(&format!("/invitations/{code}/accept"), Some(&carol.token), &json!({})).expect(200);
    let asked = arena.app.post("/seasons/demo/questions", Some(&carol.token), &json!({ "text": "Why?" }));
    let path = format!("/organizer/seasons/demo/questions/{}/answer", text(&asked.expect(201).json()["id"]));
    let answer = |public: bool| {
        let body = json!({ "text": "Because.", "public": public });
        arena.app.send("PUT", &path, Some(&arena.organizer.token), Some(&body)).expect(200);
        own_data(&arena, &carol).0["questions"][0]["answer"]["text"].clone()
    };
    assert_eq!(answer(false), json!("Because."));
    let place = format!("/seasons/demo/teams/Alpha/members/{}", carol.id);
    arena.app.send("DELETE", &place, Some(&carol.token), None).expect(204);
    assert_eq!(answer(false), Value::Null);
    assert_eq!(own_data(&arena, &carol).0["questions"][0]["text"], json!("Why?"));
    assert_eq!(answer(true), json!("Because."), "everybody sees it");

    arena.set_season("draft = TRUE");
    assert_eq!(own_data(&arena, &carol).0["questions"], json!([]), "nobody sees a draft but organizers");
}
