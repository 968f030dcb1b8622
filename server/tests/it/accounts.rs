//! Accounts, sessions, API tokens, rate limits.

use serde_json::{Value, json};

use crate::people::{PASSWORD, text};
use crate::test_app::{Answer, TestApp};

fn cookies(answer: &Answer) -> Vec<&str> {
    answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str()).collect()
}

/// The cookies of an answer as a browser sends them back.
fn jar(answer: &Answer) -> String {
    let pairs: Vec<&str> = cookies(answer).iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    pairs.join("; ")
}

fn log_in_by_cookie(app: &TestApp, email: &str) -> Answer {
    app.post("/sessions", None, &json!({ "email": email, "password": PASSWORD, "cookie": true })).expect(201)
}

fn refresh(app: &TestApp, token: &Value) -> Answer {
    app.post("/sessions/refresh", None, &json!({ "refresh_token": token }))
}

#[test]
fn an_address_has_one_account_in_whatever_case() {
    let app = TestApp::start();
    let account = |email: &str| json!({ "email": email, "name": " Ada ", "password": PASSWORD });
    let made = app.post("/accounts", None, &account(" Ada@Example.ORG ")).expect(201).json();
    assert_eq!(
        (&made["email"], &made["name"], &made["organizer"]),
        (&json!("ada@example.org"), &json!("Ada"), &json!(false))
    );
    let again = app.post("/accounts", None, &account("ada@example.org"));
    assert_eq!((again.status, again.code().as_str()), (409, "already_exists"));
    let session = app.log_in("ADA@example.org");
    let me = app.get("/me", session["access_token"].as_str()).expect(200).json();
    assert_eq!(me, json!({ "account": made, "bans": [], "roles": [], "teams": [] }));
}

#[test]
fn accounts_with_values_that_are_not_allowed_are_refused() {
    let app = TestApp::start();
    let good = json!({ "email": "a@b", "name": "A", "password": PASSWORD });
    let bad = [
        ("email", json!("nobody")),
        ("email", json!("a@b@c")),
        ("name", json!("  ")),
        ("name", json!("x".repeat(101))),
        ("name", json!("a\u{7}b")),
        ("name", json!("a\u{202e}b")),
        ("name", json!("a\u{200b}b")),
        ("email", json!("a\u{202e}b@example.org")),
        ("password", json!("ninechars")),
        ("password", json!("x".repeat(201))),
    ];
    for (field, value) in bad {
        let mut body = good.clone();
        body[field] = value;
        let answer = app.post("/accounts", None, &body);
        assert_eq!((answer.status, answer.json()["error"]["detail"]["field"].clone()), (422, json!(field)), "{body}");
    }
    assert_eq!(app.post("/accounts", None, &json!({ "email": "a@b" })).expect(422).code(), "invalid_value");
    let kind = [("content-type", "application/json")];
    assert_eq!(app.send_raw("POST", "/accounts", None, &kind, Some(b"{")).expect(400).code(), "invalid_body");
    app.post("/accounts", None, &good).expect(201);
}

#[test]
fn wrong_credentials_do_not_tell_which_part_is_wrong() {
    let app = TestApp::start();
    let person = app.person("ada");
    let attempt = |email: &str, password: &str| {
        app.post("/sessions", None, &json!({ "email": email, "password": password })).expect(401).text
    };
    let wrong_password = attempt(&person.email, "something else");
    assert!(wrong_password.contains("wrong_credentials"), "{wrong_password}");
    assert_eq!(wrong_password, attempt("nobody@example.org", PASSWORD));
    assert_eq!(wrong_password, attempt("no address", PASSWORD));
}

#[test]
fn tokens_that_do_not_hold_are_refused() {
    let app = TestApp::start();
    let person = app.person("ada");
    assert_eq!(app.get("/me", None).expect(401).code(), "unauthenticated");
    let (head, signature) = person.token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for token in ["", "nonsense", "hp_nonsense", forged.as_str(), person.refresh.as_str()] {
        assert_eq!(app.get("/me", Some(token)).expect(401).code(), "unauthenticated", "{token}");
    }
    app.get("/me", Some("hs_nonsense")).expect(403);
}

#[test]
fn a_token_that_is_refused_is_named_by_its_kind_with_what_to_do() {
    let app = TestApp::start();
    let person = app.person("ada");
    let said = |answer: Answer| text(&answer.expect(401).json()["error"]["message"]);
    for (token, words) in [
        ("hp_nonsense", "make another with `holdout token create`"),
        ("a.b.c", "get another at `POST /api/v1/sessions/refresh`, or log in again"),
        (person.refresh.as_str(), "looks like a refresh token"),
    ] {
        let message = said(app.get("/me", Some(token)));
        assert!(message.contains(words), "{message}");
    }
    for (token, words) in [
        (person.token.as_str(), "looks like an access token"),
        ("hp_nonsense", "an API token, which needs no refresh"),
        ("nonsense", "invalid or expired; log in again"),
    ] {
        let message = said(refresh(&app, &json!(token)));
        assert!(message.contains(words), "{message}");
    }
    let basic = app.send_raw("GET", "/me", None, &[("authorization", "Basic YTpi")], None);
    assert!(said(basic).contains("begins with `Basic`; send `Authorization: Bearer TOKEN`"));
}

#[test]
fn access_tokens_end() {
    let app = TestApp::start_with(|config| config.sessions.access_seconds = 1);
    let person = app.person("ada");
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert_eq!(app.get("/me", Some(&person.token)).expect(401).code(), "unauthenticated");
    let renewed = refresh(&app, &json!(person.refresh)).expect(200).json();
    app.get("/me", renewed["access_token"].as_str()).expect(200);
}

#[test]
fn refresh_tokens_end() {
    let app = TestApp::start_with(|config| config.sessions.refresh_seconds = 1);
    let person = app.person("ada");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(refresh(&app, &json!(person.refresh)).expect(401).code(), "unauthenticated");
    assert_eq!(app.get("/me", Some(&person.token)).expect(401).code(), "unauthenticated");
}

#[test]
fn a_refresh_token_that_comes_back_ends_the_session() {
    let app = TestApp::start();
    let person = app.person("ada");
    let other = app.log_in(&person.email);
    let first = refresh(&app, &json!(person.refresh)).expect(200);
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let first = first.json();
    assert_ne!(first["refresh_token"], json!(person.refresh));
    let second = refresh(&app, &first["refresh_token"]).expect(200).json();
    app.get("/me", second["access_token"].as_str()).expect(200);

    app.execute("UPDATE refresh_tokens SET used_at = used_at - 31000000 WHERE used_at IS NOT NULL");
    assert_eq!(refresh(&app, &json!(person.refresh)).expect(401).code(), "token_reused");
    assert_eq!(refresh(&app, &second["refresh_token"]).expect(401).code(), "unauthenticated");
    for token in [&second["access_token"], &first["access_token"], &json!(person.token)] {
        app.get("/me", token.as_str()).expect(401);
    }
    app.get("/me", other["access_token"].as_str()).expect(200);
}

#[test]
fn logging_out_ends_the_session_and_no_other() {
    let app = TestApp::start();
    let person = app.person("ada");
    let other = app.log_in(&person.email);
    app.send("DELETE", "/sessions", Some(&person.token), None).expect(204);
    app.get("/me", Some(&person.token)).expect(401);
    assert_eq!(refresh(&app, &json!(person.refresh)).expect(401).code(), "unauthenticated");
    app.send("DELETE", "/sessions", Some(&person.token), None).expect(401);
    app.send("DELETE", "/sessions", None, None).expect(401);
    app.get("/me", other["access_token"].as_str()).expect(200);
}

#[test]
fn a_browser_has_its_tokens_in_cookies_only() {
    let app = TestApp::start_with(|config| config.sessions.secure_cookies = true);
    let person = app.person("ada");
    let session = log_in_by_cookie(&app, &person.email);
    assert_eq!((&session.json()["access_token"], &session.json()["refresh_token"]), (&Value::Null, &Value::Null));
    let set = cookies(&session);
    assert_eq!(set.len(), 2);
    for cookie in &set {
        for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Max-Age="] {
            assert!(cookie.contains(attribute), "{cookie} lacks {attribute}");
        }
    }
    assert!(set[0].starts_with("holdout_access=") && set[0].contains("Path=/;"), "{}", set[0]);
    assert!(set[1].starts_with("holdout_refresh=") && set[1].contains("Path=/api/v1/sessions;"), "{}", set[1]);
}

#[test]
fn a_browser_refreshes_and_logs_out_by_cookie_without_a_body() {
    let app = TestApp::start();
    let person = app.person("ada");
    let first = log_in_by_cookie(&app, &person.email);
    assert!(!cookies(&first)[0].contains("Secure"));
    let with = |method: &str, path: &str, jar: &str| app.send_raw(method, path, None, &[("cookie", jar)], None);
    with("GET", "/me", &jar(&first)).expect(200);
    let second = with("POST", "/sessions/refresh", &jar(&first)).expect(200);
    assert_eq!((&second.json()["access_token"], cookies(&second).len()), (&Value::Null, 2));
    with("GET", "/me", &jar(&second)).expect(200);

    // The access cookie may be gone when somebody logs out.
    let refresh_only = jar(&second).split("; ").nth(1).unwrap().to_owned();
    let out = with("DELETE", "/sessions", &refresh_only).expect(204);
    assert!(cookies(&out).iter().all(|cookie| cookie.contains("Max-Age=0")), "{:?}", cookies(&out));
    assert_eq!(cookies(&out).len(), 2);
    with("GET", "/me", &jar(&second)).expect(401);
    let refused = with("POST", "/sessions/refresh", &jar(&second)).expect(401);
    assert!(cookies(&refused).iter().all(|cookie| cookie.contains("Max-Age=0")) && cookies(&refused).len() == 2);
    assert_eq!(with("POST", "/sessions/refresh", "").expect(401).code(), "unauthenticated");
    let send = |body: &[u8]| app.send_raw("POST", "/sessions/refresh", None, &[], Some(body));
    assert_eq!(send(b"{").expect(400).code(), "invalid_body");
    assert_eq!(send(&vec![b' '; 300_000]).expect(413).code(), "too_large");
}

#[test]
fn another_site_cannot_act_for_a_browser() {
    let app = TestApp::start();
    let person = app.person("ada");
    let jar = jar(&log_in_by_cookie(&app, &person.email));
    let body = json!({ "name": "t" }).to_string();
    let make = |site: &str, method: &str, path: &str| {
        let headers = [("cookie", jar.as_str()), ("sec-fetch-site", site), ("content-type", "application/json")];
        app.send_raw(method, path, None, &headers, (method == "POST").then_some(body.as_bytes()))
    };
    for site in ["cross-site", "same-site", "anything"] {
        assert_eq!(make(site, "POST", "/me/tokens").expect(403).code(), "forbidden");
        make(site, "DELETE", "/sessions").expect(403);
        make(site, "GET", "/me").expect(200);
    }
    make("same-origin", "POST", "/me/tokens").expect(201);
    make("none", "POST", "/me/tokens").expect(201);
    // The header stands for itself: no page can make a browser send it.
    let headers = [("sec-fetch-site", "cross-site"), ("content-type", "application/json")];
    app.send_raw("POST", "/me/tokens", Some(&person.token), &headers, Some(body.as_bytes())).expect(201);
    let login = json!({ "email": person.email, "password": PASSWORD, "cookie": true }).to_string();
    app.send_raw("POST", "/sessions", None, &headers, Some(login.as_bytes())).expect(403);
}

/// To a server that is reached by plain HTTP, browsers send no `Sec-Fetch-Site`, and cookies go
/// along from every page of the same domain.
#[test]
fn a_page_of_a_neighbouring_host_cannot_act_for_a_browser_by_plain_http() {
    let app = TestApp::start_with(|config| config.public_url = Some("https://holdout.example.org/".to_owned()));
    let jar = jar(&log_in_by_cookie(&app, &app.person("ada").email));
    let rename = |origin: &str| {
        let headers = [("cookie", jar.as_str()), ("origin", origin), ("content-type", "application/json")];
        app.send_raw("PATCH", "/me", None, &headers, Some(br#"{"name":"Ada"}"#))
    };
    let own = app.url("//").trim_end_matches('/').to_owned();
    for other in
        ["http://evil.example", "http://evil.holdout.example.org", "null", "", &format!("{own}0"), "http://127.0.0.1"]
    {
        assert_eq!(rename(other).expect(403).code(), "forbidden", "{other}");
    }
    for origin in [own.as_str(), "https://holdout.example.org", "HTTPS://HOLDOUT.example.org"] {
        rename(origin).expect(200);
    }
}

#[test]
fn a_cookie_that_does_not_hold_any_more_makes_nobody_of_a_browser() {
    let app = TestApp::start();
    app.season("s");
    let person = app.person("ada");
    let live = jar(&log_in_by_cookie(&app, &person.email));
    app.post("/seasons/s/teams", Some(&person.token), &json!({ "name": "T" })).expect(201);
    let with = |path: &str, jar: &str| app.send_raw("GET", path, None, &[("cookie", jar)], None);
    let members = |jar: &str| with("/seasons/s/teams/T", jar).expect(200).json()["members"].clone();
    assert_eq!(members(&live).as_array().map(Vec::len), Some(1));

    app.execute("UPDATE sessions SET revoked_at = 1");
    for ended in
        [live.as_str(), "holdout_access=nonsense", "holdout_access=", "holdout_access=hp_x", "holdout_access=hs_x"]
    {
        assert_eq!(members(ended), Value::Null, "{ended}");
        with("/seasons", ended).expect(200);
        let refused = with("/me", ended);
        assert!(matches!(refused.status, 401 | 403), "{ended}: {}", refused.text);
    }
    assert_eq!(with("/me", &live).expect(401).code(), "unauthenticated");
    // A client that sends a token on purpose learns that it is not valid.
    for token in [person.token.as_str(), "hp_x", "nonsense"] {
        assert_eq!(app.get("/seasons", Some(token)).expect(401).code(), "unauthenticated", "{token}");
    }
    let both = [("cookie", live.as_str()), ("authorization", "Bearer nonsense")];
    app.send_raw("GET", "/seasons", None, &both, None).expect(401);
}

#[test]
fn api_tokens_are_shown_once_listed_and_deleted() {
    let app = TestApp::start();
    let (person, other) = (app.person("ada"), app.person("eve"));
    let created = app.post("/me/tokens", Some(&person.token), &json!({ "name": "laptop" })).expect(201).json();
    let secret = text(&created["secret"]);
    assert!(secret.starts_with("hp_") && secret.len() == 46, "{} characters", secret.len());
    let days = |token: &Value| {
        let time = |field: &str| text(&token[field]).parse::<holdout_protocol::Timestamp>().unwrap();
        time("expires_at").since(time("created_at")).as_secs() / 86_400
    };
    assert_eq!(days(&created["token"]), 90);
    let mut listed = app.get("/me/tokens", Some(&secret)).expect(200).json();
    assert!(listed["items"][0]["last_used_at"].take().is_string());
    assert_eq!(listed, json!({ "items": [created["token"]], "next_cursor": null }));
    app.send("DELETE", "/sessions", Some(&secret), None).expect(403);

    let path = format!("/me/tokens/{}", text(&created["token"]["id"]));
    assert_eq!(app.send("DELETE", &path, Some(&other.token), None).expect(404).code(), "not_found");
    app.send("DELETE", &path, Some(&person.token), None).expect(204);
    app.send("DELETE", &path, Some(&person.token), None).expect(404);
    app.get("/me", Some(&secret)).expect(401);
}

#[test]
fn api_tokens_end_and_have_bounds() {
    let app = TestApp::start();
    let person = app.person("ada");
    let make = |body: &Value| app.post("/me/tokens", Some(&person.token), body);
    for days in [0, 366, 4_000_000_000_u32] {
        assert_eq!(make(&json!({ "name": "t", "days": days })).expect(422).json()["error"]["detail"]["field"], "days");
    }
    make(&json!({ "name": "" })).expect(422);
    make(&json!({ "name": "t", "days": 1 })).expect(201);
    let secret = text(&make(&json!({ "name": "t", "days": 365 })).expect(201).json()["secret"]);
    app.get("/me", Some(&secret)).expect(200);
    app.execute("UPDATE api_tokens SET expires_at = 1");
    app.get("/me", Some(&secret)).expect(401);
}

#[test]
fn a_token_request_that_is_repeated_makes_no_second_token() {
    let app = TestApp::start();
    let person = app.person("ada");
    let make = |name: &str| {
        let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
        let body = json!({ "name": name }).to_string();
        app.send_raw("POST", "/me/tokens", Some(&person.token), &headers, Some(body.as_bytes()))
    };
    let (first, second) = (make("t").expect(201).json(), make("t").expect(201).json());
    assert_eq!(first["token"], second["token"]);
    app.get("/me", first["secret"].as_str()).expect(401);
    app.get("/me", second["secret"].as_str()).expect(200);
    assert_eq!(make("u").expect(409).code(), "idempotency_mismatch");
    let listed = app.get("/me/tokens", Some(&person.token)).expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let path = format!("/me/tokens/{}", text(&first["token"]["id"]));
    app.send("DELETE", &path, Some(&person.token), None).expect(204);
    assert_eq!(make("t").expect(409).code(), "wrong_state");
}

#[test]
fn lists_come_in_pages() {
    let app = TestApp::start();
    let person = app.person("ada");
    for name in ["a", "b", "c", "d", "e"] {
        app.post("/me/tokens", Some(&person.token), &json!({ "name": name })).expect(201);
    }
    let mut names = Vec::new();
    let mut path = "/me/tokens?limit=2".to_owned();
    loop {
        let page = app.get(&path, Some(&person.token)).expect(200).json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|token| text(&token["name"])));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/me/tokens?limit=2&cursor={cursor}");
    }
    assert_eq!(names, ["e", "d", "c", "b", "a"]);
}

#[test]
fn the_database_holds_no_secret_in_clear_text() {
    let app = TestApp::start();
    app.season("s");
    let person = app.person("ada");
    let kept = refresh(&app, &json!(person.refresh)).expect(200).json();
    let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
    let make = |path: &str, body: &Value| {
        let body = body.to_string();
        app.send_raw("POST", path, Some(&person.token), &headers, Some(body.as_bytes())).expect(201).json()
    };
    let token = make("/me/tokens", &json!({ "name": "laptop" }));
    app.post("/seasons/s/teams", Some(&person.token), &json!({ "name": "team" })).expect(201);
    let headers = [("content-type", "application/json"), ("idempotency-key", "k-2")];
    let answer = app.send_raw("POST", "/seasons/s/teams/team/invitations", Some(&person.token), &headers, Some(b"{}"));
    let code = text(&answer.expect(201).json()["code"]);
    let dump = app.dump();
    assert!(dump.contains("laptop") && dump.contains("$argon2id$"));
    let secret = text(&token["secret"]);
    let secrets = [
        PASSWORD,
        &person.token,
        &person.refresh,
        kept["refresh_token"].as_str().unwrap(),
        secret.strip_prefix("hp_").unwrap(),
        &code,
    ];
    for (i, secret) in secrets.iter().enumerate() {
        assert!(!dump.contains(secret), "secret {i} is in the database");
    }
}

/// Tries a wrong password, from an address behind a proxy.
fn attempt(app: &TestApp, from: &str, email: &str) -> Answer {
    let body = json!({ "email": email, "password": "wrong password" }).to_string();
    let headers = [("content-type", "application/json"), ("x-forwarded-for", from)];
    app.send_raw("POST", "/sessions", None, &headers, Some(body.as_bytes()))
}

#[test]
fn logins_are_limited_for_an_address_and_for_a_person() {
    let mut app = TestApp::start_with(|config| {
        config.rates.logins_per_minute = 3;
        config.rates.trusted_proxies = "127.0.0.1".parse().unwrap();
    });
    within_a_minute();
    // What the client puts before the proxy's entry changes nothing.
    let first = ["1.1.1.1, 192.0.2.1", "2.2.2.2, 192.0.2.1", "192.0.2.1"];
    for (i, from) in first.iter().enumerate() {
        attempt(&app, from, &format!("p{i}@example.org")).expect(401);
    }
    let refused = attempt(&app, "192.0.2.1", "p9@example.org").expect(429);
    assert_eq!(refused.code(), "rate_limited");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert_eq!(refused.json()["error"]["detail"]["retry_after_seconds"], json!(wait));

    // Each address has its own guesses at a person's password, so that nobody is locked out by a
    // guesser elsewhere.
    for _ in 0..3 {
        attempt(&app, "198.51.100.1", "Victim@example.org").expect(401);
    }
    assert_eq!(attempt(&app, "198.51.100.1", "victim@example.org").expect(429).code(), "rate_limited");
    attempt(&app, "198.51.100.4", "victim@example.org").expect(401);
    attempt(&app, "198.51.100.4", "other@example.org").expect(401);

    // The next minute begins again; a server that is started then remembers nothing of the last
    // one.
    app.execute("UPDATE rate_limits SET window_start = window_start - 60000000");
    app.restart();
    attempt(&app, "192.0.2.1", "p0@example.org").expect(401);
}

#[test]
fn registrations_are_limited_over_all_threads() {
    let app = TestApp::start_with(|config| config.rates.registrations_per_minute = 4);
    within_a_minute();
    let register = |i: usize| {
        let account = json!({ "email": format!("p{i}@example.org"), "name": "P", "password": PASSWORD });
        app.post("/accounts", None, &account).status
    };
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let register = &register;
        let threads: Vec<_> = (0..8).map(|i| scope.spawn(move || register(i))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |status: u16| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((count(201), count(429)), (4, 4), "{statuses:?}");
}

/// Waits if the minute is nearly over, so that a test does not run into the next window.
pub fn within_a_minute() {
    let micros = holdout_protocol::Timestamp::now().as_micros().rem_euclid(60_000_000);
    if micros > 45_000_000 {
        std::thread::sleep(std::time::Duration::from_micros(60_100_000 - micros as u64));
    }
}

#[test]
fn other_methods_are_refused() {
    let app = TestApp::start();
    for (method, path) in [("GET", "/accounts"), ("PUT", "/sessions"), ("GET", "/sessions/refresh"), ("POST", "/me")] {
        assert_eq!(app.send(method, path, None, None).expect(405).code(), "method_not_allowed", "{method} {path}");
    }
}

#[test]
fn a_token_is_taken_although_its_use_cannot_be_noted() {
    let app = TestApp::start();
    let ada = app.person("ada");
    let token = app.post("/me/tokens", Some(&ada.token), &json!({ "name": "laptop" })).expect(201).json();
    let secret = token["secret"].as_str().unwrap();
    let refuse = if app.database_url().starts_with("postgres") {
        "ALTER TABLE api_tokens ADD CONSTRAINT no_space CHECK (last_used_at IS NULL)"
    } else {
        "CREATE TRIGGER no_space BEFORE UPDATE OF last_used_at ON api_tokens BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    };
    app.execute(refuse);
    app.get("/me", Some(secret)).expect(200);
}
