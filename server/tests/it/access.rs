//! What holds for every answer and every credential: challenges, methods, caching, descent of
//! tokens, lost refreshes.

use serde_json::{Value, json};

use crate::arena::Arena;
use crate::board_rows::eventually;
use crate::people::{PASSWORD, Person, text};
use crate::test_app::{Answer, TestApp};

fn make_token(app: &TestApp, by: &str, days: u32) -> Value {
    app.post("/me/tokens", Some(by), &json!({ "name": "t", "days": days })).expect(201).json()
}

fn session_of(app: &TestApp, api_token: &str) -> Value {
    app.post("/sessions", None, &json!({ "api_token": api_token })).expect(201).json()
}

fn refresh(app: &TestApp, token: &Value) -> Answer {
    app.post("/sessions/refresh", None, &json!({ "refresh_token": token }))
}

#[test]
fn what_a_token_made_ends_with_it() {
    let app = TestApp::start();
    let person = app.person("ada");
    let parent = make_token(&app, &person.token, 1);
    let session = session_of(&app, &text(&parent["secret"]));
    let access = text(&session["access_token"]);
    let child = make_token(&app, &access, 365);
    let grandchild = make_token(&app, &text(&child["secret"]), 365);
    let of_grandchild = session_of(&app, &text(&grandchild["secret"]));
    assert_eq!(child["token"]["expires_at"], parent["token"]["expires_at"], "a child ends with its parent");
    assert_eq!(grandchild["token"]["expires_at"], parent["token"]["expires_at"]);
    assert_eq!(session["refresh_expires_at"], parent["token"]["expires_at"], "a session ends with its token");

    let path = format!("/me/tokens/{}", text(&parent["token"]["id"]));
    app.send("DELETE", &path, Some(&person.token), None).expect(204);
    for dead in [&access, &text(&child["secret"]), &text(&grandchild["secret"]), &text(&of_grandchild["access_token"])]
    {
        app.get("/me", Some(dead)).expect(401);
    }
    refresh(&app, &session["refresh_token"]).expect(401);
    refresh(&app, &of_grandchild["refresh_token"]).expect(401);
    app.get("/me", Some(&person.token)).expect(200);
}

#[test]
fn a_refresh_whose_answer_was_lost_can_be_repeated() {
    let app = TestApp::start();
    let person = app.person("ada");
    let token = json!(person.refresh);
    let first = refresh(&app, &token).expect(200).json();
    let again = refresh(&app, &token).expect(200).json();
    app.get("/me", Some(&text(&first["access_token"]))).expect(200);
    app.get("/me", Some(&text(&again["access_token"]))).expect(200);

    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| refresh(&app, &again["refresh_token"]).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200; 4]);

    // A minute later the token can only be a stolen one.
    app.execute("UPDATE refresh_tokens SET used_at = used_at - 60000000 WHERE used_at IS NOT NULL");
    assert_eq!(refresh(&app, &token).expect(401).code(), "token_reused");
    app.get("/me", Some(&text(&again["access_token"]))).expect(401);
}

#[test]
fn a_guesser_does_not_lock_the_owner_out() {
    let app = TestApp::start_with(|config| {
        config.rates.logins_per_minute = 5;
        config.rates.trusted_proxies = "127.0.0.1".parse().unwrap();
    });
    let person = app.person("ada");
    let log_in = |from: &str, password: &str| {
        let body = json!({ "email": person.email, "password": password }).to_string();
        let headers = [("content-type", "application/json"), ("x-forwarded-for", from)];
        app.send_raw("POST", "/sessions", None, &headers, Some(body.as_bytes())).status
    };
    let guesses: Vec<u16> = (0..20).map(|_| log_in("203.0.113.1", "a wrong password")).collect();
    assert!(guesses.contains(&429), "{guesses:?}");
    assert_eq!(log_in("198.51.100.1", PASSWORD), 201);
    // Many addresses together have a bound of their own.
    let spread: Vec<u16> = (0..240).map(|i| log_in(&format!("192.0.2.{i}"), "a wrong password")).collect();
    assert!(spread.contains(&429), "{spread:?}");
}

#[test]
fn the_address_of_the_servers_own_organizer_cannot_be_registered() {
    let app = TestApp::start();
    for email in ["organizer@localhost", " Organizer@LOCALHOST "] {
        let account = json!({ "email": email, "name": "x", "password": PASSWORD });
        let refused = app.post("/accounts", None, &account).expect(422);
        assert_eq!(refused.json()["error"]["detail"]["field"], "email");
    }
}

#[test]
fn refusals_say_how_to_go_on() {
    let app = TestApp::start();
    app.season("s");
    let person = app.person("ada");
    for (path, token) in [("/me", None), ("/me", Some("nonsense")), ("/organizer/audit", None), ("//metrics", None)] {
        let refused = app.get(path, token).expect(401);
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"holdout\""), "{path}");
    }
    for (method, path, allowed) in [
        ("DELETE", "/me", "GET, HEAD, PATCH"),
        ("PUT", "/seasons/s", "GET, HEAD, PATCH"),
        ("PATCH", "/sessions", "POST, DELETE"),
        ("POST", "//healthz", "GET, HEAD"),
    ] {
        let refused = app.send(method, path, Some(&person.token), None).expect(405);
        assert_eq!(refused.header("allow"), Some(allowed), "{method} {path}");
    }
    let by = |scheme: &str| {
        let value = format!("{scheme} {}", person.token);
        app.send_raw("GET", "/me", None, &[("authorization", &value)], None).status
    };
    assert_eq!(["Bearer", "bearer", "BEARER", "Basic"].map(by), [200, 200, 200, 401]);
}

#[test]
fn head_is_get_without_a_body() {
    let arena = Arena::start();
    let app = &arena.app;
    let board = "/seasons/demo/tasks/classification/leaderboard";
    let csv = format!("{board}.csv");
    // The arena writes its task into the database, which boards follow within a second.
    eventually(|| (app.get(board, None).status == 200).then_some(()));
    for path in ["//healthz", "//readyz", "/seasons", "/seasons/demo", "/openapi.json", board, &csv] {
        let (get, head) = (app.get(path, None).expect(200), app.send("HEAD", path, None, None).expect(200));
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert!(head.text.is_empty() && !get.text.is_empty(), "{path}");
    }
    app.send("HEAD", "/seasons/none", None, None).expect(404);
}

/// Every operation, as the API describes itself, with names in place of the path's parameters.
fn operations() -> Vec<(String, String)> {
    let document = serde_json::to_value(holdout_server::openapi_document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let mut filled = String::new();
        for part in path.split('/').skip(1) {
            filled += "/";
            filled += if part.starts_with('{') { "x" } else { part };
        }
        let filled = filled.strip_prefix("/api/v1").map_or(format!("/{filled}"), str::to_owned);
        found.extend(item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), filled.clone())));
    }
    found
}

#[test]
fn no_cache_keeps_what_belongs_to_a_login() {
    let app = TestApp::start();
    let organizer = app.organizer();
    let mut seen = 0;
    for (method, path) in operations().iter().filter(|(_, path)| !path.ends_with("/events")) {
        if (method.as_str(), path.as_str()) == ("DELETE", "/sessions") {
            // It would log the organizer out.
            continue;
        }
        let body = json!({});
        let answer = app.send(method, path, Some(&organizer.token), Some(&body));
        let caching = answer.header("cache-control").unwrap_or_default().to_owned();
        let kept = ["no-store", "no-cache"].iter().any(|word| caching.contains(word));
        assert!(kept || caching.contains("immutable"), "{method} {path}: {} `{caching}`", answer.status);
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
    for answer in [
        app.post("/me/tokens", Some(&organizer.token), &json!({ "name": "t" })).expect(201),
        app.get("/me", Some(&organizer.token)).expect(200),
        app.get("/organizer/audit", Some(&organizer.token)).expect(200),
    ] {
        assert!(answer.header("cache-control").unwrap().contains("no-store"));
    }
}

#[test]
fn a_control_character_in_an_address_is_nothing() {
    let app = TestApp::start();
    app.season("s");
    let person = app.person("ada");
    for path in ["/seasons/%00/teams/x/invitations", "/seasons/a%00b", "/invitations/%0a", "/submissions/%1F"] {
        assert_eq!(app.get(path, Some(&person.token)).expect(404).code(), "not_found", "{path}");
    }
    assert_eq!(app.get("/seasons?cursor=%00", Some(&person.token)).expect(422).code(), "invalid_value");
    assert!(
        app.get("/seasons/a%00b", None).header("x-request-id").is_some(),
        "refused early, and answered like all others"
    );
    let account = json!({ "email": "eve@example.org", "name": "a\u{0}b", "password": PASSWORD });
    app.post("/accounts", None, &account).expect(422);
}

#[test]
fn an_array_is_no_object() {
    let app = TestApp::start();
    let organizer = app.organizer();
    app.season("s");
    let send = |method: &str, path: &str, body: &Value| app.send(method, path, Some(&organizer.token), Some(body));
    for (method, path, body) in [
        ("PATCH", "/seasons/s", json!(["New title"])),
        ("POST", "/me/tokens", json!(["name", 3])),
        ("POST", "/sessions", json!([organizer.email, PASSWORD, null, false])),
        ("POST", "/sessions/refresh", json!([organizer.refresh])),
    ] {
        assert_eq!(send(method, path, &body).expect(400).code(), "invalid_body", "{method} {path}");
    }
    assert_eq!(app.get("/seasons/s", None).expect(200).json()["title"], "Season");
}

#[test]
fn metrics_are_for_organizers_and_whoever_has_the_token() {
    let app = TestApp::start_with(|config| {
        config.metrics_token = Some(holdout_server::MetricsToken("a token for the monitor".to_owned()))
    });
    let (organizer, person): (Person, Person) = (app.organizer(), app.person("ada"));
    app.get("//metrics", None).expect(401);
    app.get("//metrics", Some(&person.token)).expect(403);
    app.get("//metrics", Some("another token")).expect(401);
    app.get("//metrics", Some(&organizer.token)).expect(200);
    app.get("//metrics", Some("a token for the monitor")).expect(200);
}

#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let app = TestApp::start();
    app.person("ada");
    let mode = |name: &str| std::fs::metadata(app.data.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("blobs"), 0o700);
    if !app.on_postgres() {
        for name in ["holdout.db", "holdout.db-wal", "holdout.db-shm"] {
            assert_eq!(mode(name), 0o600, "{name}");
        }
    }
}

#[test]
fn a_database_that_another_program_holds_is_unavailable_for_a_while() {
    use diesel::connection::SimpleConnection as _;
    let app = TestApp::start();
    if app.on_postgres() {
        // PostgreSQL has no lock on the whole database.
        return;
    }
    let mut other = app.sqlite();
    other.batch_execute("BEGIN EXCLUSIVE").unwrap();
    let begun = std::time::Instant::now();
    let account = |i: usize| json!({ "email": format!("p{i}@example.org"), "name": "p", "password": PASSWORD });
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..5)
            .map(|i| {
                scope.spawn({
                    let app = &app;
                    move || app.post("/accounts", None, &account(i))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for answer in &answers {
        assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"), "{}", answer.text);
        assert!(answer.header("retry-after").is_some());
    }
    // One after another they would have waited for 25 seconds and more.
    assert!(begun.elapsed().as_secs() < 22, "{:?}", begun.elapsed());
    assert_eq!(app.get("//readyz", None).expect(503).json()["database"], false);
    other.batch_execute("ROLLBACK").unwrap();
    app.post("/accounts", None, &account(0)).expect(201);
    assert_eq!(app.get("//readyz", None).expect(200).json()["ready"], true);
}

#[test]
fn who_is_in_no_team_is_told_whether_that_can_change() {
    let arena = Arena::start();
    let eve = arena.app.person("eve");
    let quota =
        |season: &str| arena.app.get(&format!("/seasons/{season}/tasks/classification/quota"), Some(&eve.token));
    assert!(quota("demo").expect(403).text.contains("create or join a team"));
    arena.set_season("closes_at = 2");
    assert!(quota("demo").expect(403).text.contains("the season is over"));
    arena.set_season("draft = TRUE");
    for absent in ["demo", "none"] {
        assert_eq!(quota(absent).expect(404).code(), "not_found");
    }
}
