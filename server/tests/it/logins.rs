//! Logins by an API token, and passwords: changing one, and a link that sets a new one.

use serde_json::{Value, json};

use crate::people::{PASSWORD, Person, text};
use crate::test_app::{Answer, TestApp};

fn api_token(app: &TestApp, person: &Person) -> String {
    let made = app.post("/me/tokens", Some(&person.token), &json!({ "name": "t", "days": 1 })).expect(201).json();
    text(&made["secret"])
}

fn log_in(app: &TestApp, body: Value) -> Answer {
    app.post("/sessions", None, &body)
}

#[test]
fn an_api_token_begins_a_session_of_its_account() {
    let app = TestApp::start();
    let person = app.person("ada");
    let token = api_token(&app, &person);
    let session = log_in(&app, json!({ "api_token": token })).expect(201).json();
    assert_eq!(session["account"]["id"], json!(person.id));
    let refreshed = app.post("/sessions/refresh", None, &json!({ "refresh_token": session["refresh_token"] }));
    let access = text(&refreshed.expect(200).json()["access_token"]);
    app.get("/me", Some(&access)).expect(200);
    let listed = app.get("/me/tokens", Some(&access)).expect(200).json();
    assert!(listed["items"][0]["last_used_at"].is_string(), "{listed}");

    let cookies = log_in(&app, json!({ "api_token": token, "cookie": true })).expect(201);
    assert_eq!(cookies.json()["access_token"], Value::Null);
    assert!(!cookies.text.contains(&token));
    let set: Vec<&str> = cookies.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, v)| &**v).collect();
    assert!(set.len() == 2 && set.iter().all(|cookie| !cookie.contains(&token)), "{set:?}");

    // The session can end alone; the token stays valid.
    app.send("DELETE", "/sessions", Some(&access), None).expect(204);
    app.get("/me", Some(&token)).expect(200);
}

#[test]
fn a_login_goes_exactly_one_way() {
    let app = TestApp::start();
    let person = app.person("ada");
    let token = api_token(&app, &person);
    let (email, password) = (person.email.as_str(), PASSWORD);
    for (body, field) in [
        (json!({}), "email"),
        (json!({ "cookie": true }), "email"),
        (json!({ "email": email }), "password"),
        (json!({ "password": password }), "email"),
        (json!({ "email": email, "password": password, "api_token": token }), "api_token"),
        (json!({ "email": email, "api_token": token }), "api_token"),
    ] {
        let answer = log_in(&app, body.clone()).expect(422);
        assert_eq!(answer.code(), "invalid_value", "{body}");
        assert_eq!(answer.json()["error"]["detail"]["field"], json!(field), "{body}");
    }
    app.execute("UPDATE api_tokens SET expires_at = 1");
    for dead in [token.as_str(), "hp_nonsense", "hs_nonsense", "", person.token.as_str()] {
        assert_eq!(log_in(&app, json!({ "api_token": dead })).expect(401).code(), "unauthenticated", "{dead}");
    }
}

#[test]
fn logins_by_api_token_are_limited_for_an_address() {
    let app = TestApp::start_with(|config| config.rates.logins_per_minute = 3);
    let statuses: Vec<u16> = (0..8).map(|_| log_in(&app, json!({ "api_token": "hp_guess" })).status).collect();
    // The minute may turn once while they go in.
    assert!(statuses.contains(&429) && statuses.iter().filter(|status| **status == 401).count() <= 6, "{statuses:?}");
}

const NEW: &str = "another good password";

fn log_in_with(app: &TestApp, email: &str, password: &str) -> u16 {
    log_in(app, json!({ "email": email, "password": password })).status
}

#[test]
fn a_changed_password_ends_all_other_sessions() {
    let app = TestApp::start();
    let person = app.person("ada");
    let (token, other) = (api_token(&app, &person), text(&app.log_in(&person.email)["access_token"]));
    let change = |by: &str, current: &str, new: &str| {
        app.send("PUT", "/me/password", Some(by), Some(&json!({ "current": current, "new": new })))
    };
    assert_eq!(change(&person.token, "something else", NEW).expect(401).code(), "wrong_credentials");
    let short = change(&person.token, PASSWORD, "ninechars").expect(422);
    assert_eq!(short.json()["error"]["detail"]["field"], "new");
    app.get("/me", Some(&other)).expect(200);

    change(&person.token, PASSWORD, NEW).expect(204);
    app.get("/me", Some(&person.token)).expect(200);
    app.get("/me", Some(&token)).expect(200);
    app.get("/me", Some(&other)).expect(401);
    assert_eq!(log_in_with(&app, &person.email, PASSWORD), 401);
    assert_eq!(log_in_with(&app, &person.email, NEW), 201);

    // By an API token, which has no session to keep.
    change(&token, NEW, PASSWORD).expect(204);
    app.get("/me", Some(&person.token)).expect(401);
    app.get("/me", Some(&token)).expect(200);
}

#[test]
fn guesses_at_the_present_password_are_limited() {
    let app = TestApp::start_with(|config| config.rates.logins_per_minute = 4);
    let person = app.person("ada");
    let body = json!({ "current": "a guess, not more", "new": NEW });
    let guesses = (0..12).map(|_| app.send("PUT", "/me/password", Some(&person.token), Some(&body)).status);
    assert!(guesses.into_iter().any(|status| status == 429));
    // They count like failed logins, wherever they come from.
    let failed = "SELECT CAST(COALESCE(MAX(hits), 0) AS BIGINT) AS number FROM rate_limits \
                  WHERE bucket LIKE 'failed-logins:%'";
    assert!(app.number(failed) >= 3, "{}", app.number(failed));
}

fn reset(app: &TestApp, organizer: &Person, email: &str) -> String {
    let made = app.post("/organizer/password-resets", Some(&organizer.token), &json!({ "email": email })).expect(201);
    text(&made.json()["code"])
}

#[test]
fn a_link_of_an_organizer_sets_a_new_password_once() {
    let app = TestApp::start();
    let (organizer, person) = (app.organizer(), app.person("ada"));
    let token = api_token(&app, &person);
    let code = reset(&app, &organizer, " ADA@example.org ");
    let path = format!("/password-resets/{code}");
    let shown = app.get(&path, None).expect(200).json();
    assert_eq!((&shown["email"], &shown["name"]), (&json!("ada@example.org"), &json!("ada")));
    let ends = text(&shown["expires_at"]).parse::<holdout_protocol::Timestamp>().unwrap();
    let left = ends.since(holdout_protocol::Timestamp::now()).as_secs();
    assert!((86_300..=86_400).contains(&left), "{left}");

    let set = |password: &str| app.post(&path, None, &json!({ "password": password }));
    assert_eq!(set("short").expect(422).json()["error"]["detail"]["field"], "password");
    app.get("/me", Some(&person.token)).expect(200);
    set(NEW).expect(204);
    assert_eq!(set("and yet another one").expect(410).code(), "gone");
    assert_eq!(app.get(&path, None).expect(410).code(), "gone");
    app.get("/me", Some(&person.token)).expect(401);
    app.get("/me", Some(&token)).expect(401);
    assert_eq!((log_in_with(&app, &person.email, PASSWORD), log_in_with(&app, &person.email, NEW)), (401, 201));

    let audit = app.get("/organizer/audit", Some(&organizer.token)).expect(200);
    assert!(!audit.text.contains(&code));
    let actions: Vec<Value> = audit.json()["items"].as_array().unwrap().iter().map(|it| it["action"].clone()).collect();
    assert!(actions.starts_with(&[json!("password_reset.use"), json!("password_reset.create")]), "{actions:?}");
    assert!(!app.dump().contains(&code));
}

#[test]
fn an_account_has_one_link_that_holds() {
    let app = TestApp::start();
    let (organizer, person) = (app.organizer(), app.person("ada"));
    let status = |code: &str| app.get(&format!("/password-resets/{code}"), None).status;
    let (first, second) = (reset(&app, &organizer, &person.email), reset(&app, &organizer, &person.email));
    assert_eq!((status(&first), status(&second)), (410, 200));
    let body = json!({ "password": NEW });
    assert_eq!(app.post(&format!("/password-resets/{first}"), None, &body).expect(410).code(), "gone");
    // Another account's link is its own.
    reset(&app, &organizer, &organizer.email);
    assert_eq!(status(&second), 200);

    app.execute("UPDATE password_resets SET expires_at = 1");
    assert_eq!(app.post(&format!("/password-resets/{second}"), None, &body).expect(410).code(), "gone");
    assert_eq!(app.get("/password-resets/hr_nonsense", None).expect(404).code(), "not_found");
    let unknown = app.post("/password-resets/hr_nonsense", None, &body).expect(404);
    assert!(!unknown.text.contains("hr_nonsense"));

    let third = reset(&app, &organizer, &person.email);
    let change = json!({ "current": PASSWORD, "new": NEW });
    app.send("PUT", "/me/password", Some(&person.token), Some(&change)).expect(204);
    assert_eq!(status(&third), 410, "who knows the password needs no link any more");

    app.sweep(std::time::Duration::from_secs(3600));
    assert_eq!(status(&second), 404, "a link that ended long ago is forgotten");
}

#[test]
fn links_are_made_by_organizers_for_accounts_that_are_there() {
    let app = TestApp::start();
    let (organizer, person) = (app.organizer(), app.person("ada"));
    let make = |by: &Person, email: &str, key: &str| {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        let body = json!({ "email": email }).to_string();
        app.send_raw("POST", "/organizer/password-resets", Some(&by.token), &headers, Some(body.as_bytes()))
    };
    make(&person, &person.email, "k").expect(403);
    assert_eq!(make(&organizer, "nobody@example.org", "a").expect(404).code(), "not_found");
    assert_eq!(make(&organizer, "no address", "b").expect(422).code(), "invalid_value");
    let (first, second) =
        (make(&organizer, &person.email, "c").expect(201), make(&organizer, &person.email, "c").expect(201));
    let (first, second) = (first.json(), second.json());
    assert_eq!(first["expires_at"], second["expires_at"]);
    let path = |code: &Value| format!("/password-resets/{}", text(code));
    app.get(&path(&first["code"]), None).expect(404);
    app.get(&path(&second["code"]), None).expect(200);
    assert_eq!(make(&organizer, "ORGANIZER@example.org", "c").expect(409).code(), "idempotency_mismatch");
    make(&organizer, &person.email, "d").expect(201);
    assert_eq!(make(&organizer, &person.email, "c").expect(409).code(), "wrong_state");
}

#[test]
fn of_many_who_use_a_link_at_once_one_sets_the_password() {
    let app = TestApp::start();
    let (organizer, person) = (app.organizer(), app.person("ada"));
    let path = format!("/password-resets/{}", reset(&app, &organizer, &person.email));
    let passwords: Vec<String> = (0..4).map(|i| format!("password number {i}")).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let set = |password: &String| app.post(&path, None, &json!({ "password": password })).status;
        let threads: Vec<_> = passwords.iter().map(|password| scope.spawn(move || set(password))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let won: Vec<usize> = (0..4).filter(|i| statuses[*i] == 204).collect();
    assert_eq!(won.len(), 1, "{statuses:?}");
    assert_eq!(log_in_with(&app, &person.email, &passwords[won[0]]), 201);
}
