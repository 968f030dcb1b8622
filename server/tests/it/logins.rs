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

    // The session ends by itself, not with the token; the token holds no less for it.
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
