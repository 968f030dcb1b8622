//! The first organizer's set-up, invitations of others, and their removal.

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::bootstrap::bootstrap;
use crate::people::{PASSWORD, Person, text};
use crate::submission_events::Stream;
use crate::test_app::{Answer, TestApp};

const INVITATIONS: &str = "/organizer/invitations";
const ORGANIZERS: &str = "/organizer/organizers";

fn setup_code(app: &TestApp, token: &str) -> String {
    text(&app.post("/organizer/setup-links", Some(token), &json!({})).expect(201).json()["code"])
}

fn set_up(app: &TestApp, code: &str, email: &str) -> Answer {
    app.post(&format!("/setup/{code}"), None, &json!({ "email": email, "name": "Chair", "password": PASSWORD }))
}

fn invite(app: &TestApp, by: &Person, body: &Value) -> (String, String) {
    let made = app.post(INVITATIONS, Some(&by.token), body).expect(201).json();
    (text(&made["invitation"]["id"]), text(&made["code"]))
}

fn accept(app: &TestApp, person: &Person, code: &str) -> Answer {
    app.post(&format!("/organizer-invitations/{code}/accept"), Some(&person.token), &json!({}))
}

fn actions(app: &TestApp, token: &str) -> Vec<(String, Value)> {
    let log = app.get("/organizer/audit?limit=200", Some(token)).expect(200).json();
    let entries = log["items"].as_array().unwrap().iter();
    entries.map(|entry| (text(&entry["action"]), entry["name"].clone())).collect()
}

#[test]
fn the_first_organizer_chooses_name_address_and_password_by_a_link() {
    let app = TestApp::start();
    let (token, _) = bootstrap(&app);
    let (code, other) = (setup_code(&app, &token), setup_code(&app, &token));
    assert!(!app.dump().contains(code.strip_prefix("hu_").unwrap()), "the code is stored as its digest");
    app.get(&format!("/setup/{code}"), None).expect(200);

    let session = set_up(&app, &code, "Chair@Example.org").expect(201).json();
    assert_eq!(session["account"]["email"], "chair@example.org");
    assert_eq!(session["account"]["organizer"], true);
    let me = app.get("/me", session["access_token"].as_str()).expect(200).json();
    assert_eq!(me["account"]["name"], "Chair");
    app.log_in("chair@example.org");
    // The token of the file is the same organizer's, and continues to work, also after another
    // start.
    assert_eq!(app.get("/me", Some(&token)).expect(200).json()["account"]["email"], "chair@example.org");
    assert_eq!(bootstrap(&app).0, token);
    assert_eq!(app.number("SELECT COUNT(*) AS number FROM organizer_roles WHERE ended_at IS NULL"), 1);

    for code in [&code, &other] {
        assert_eq!(set_up(&app, code, "thief@example.org").expect(404).code(), "not_found");
        app.get(&format!("/setup/{code}"), None).expect(404);
    }
    assert_eq!(app.post("/organizer/setup-links", Some(&token), &json!({})).expect(409).code(), "wrong_state");
    assert!(actions(&app, &token).contains(&("organizer.set_up".to_owned(), json!("Chair"))));
}

#[test]
fn a_link_that_lies_about_is_void_once_an_owner_has_a_password() {
    let app = TestApp::start();
    let (token, _) = bootstrap(&app);
    let printed = setup_code(&app, &token);
    let ada = app.person("ada");
    let invited =
        |role: &str| text(&app.post(INVITATIONS, Some(&token), &json!({ "role": role })).expect(201).json()["code"]);
    // Whoever cannot make anybody an owner leaves the way to the set-up open.
    accept(&app, &app.person("olga"), &invited("organizer")).expect(200);
    app.get(&format!("/setup/{printed}"), None).expect(200);
    setup_code(&app, &token);
    accept(&app, &ada, &invited("owner")).expect(200);
    app.get(&format!("/setup/{printed}"), None).expect(404);
    assert_eq!(set_up(&app, &printed, "thief@example.org").expect(404).code(), "not_found");
}

#[test]
fn set_up_links_are_bounded() {
    let app = TestApp::start_with(|config| config.rates.secrets_per_hour = 25);
    let (token, _) = bootstrap(&app);
    let first = setup_code(&app, &token);
    let codes: Vec<String> = (0..24).map(|_| setup_code(&app, &token)).collect();
    app.post("/organizer/setup-links", Some(&token), &json!({})).expect(429);
    assert_eq!(app.number("SELECT COUNT(*) AS number FROM setup_codes"), 20);
    app.get(&format!("/setup/{first}"), None).expect(404);
    app.get(&format!("/setup/{}", codes[23]), None).expect(200);
}

#[test]
fn nobody_without_the_code_sets_the_server_up() {
    let app = TestApp::start();
    let (token, _) = bootstrap(&app);
    let person = app.person("ada");
    app.post("/organizer/setup-links", None, &json!({})).expect(401);
    app.post("/organizer/setup-links", Some(&person.token), &json!({})).expect(403);
    for guess in ["", "x", "hu_", "hu_0000000000000000000000000000000000000000000"] {
        assert_eq!(set_up(&app, guess, "thief@example.org").status, 404, "{guess}");
    }
    let code = setup_code(&app, &token);
    assert_eq!(set_up(&app, &code, &person.email).expect(409).code(), "already_exists");
    let short = json!({ "email": "chair@example.org", "name": "Chair", "password": "short" });
    app.post(&format!("/setup/{code}"), None, &short).expect(422);
    app.execute("UPDATE setup_codes SET expires_at = 1");
    assert_eq!(set_up(&app, &code, "chair@example.org").expect(410).code(), "gone");
    assert_eq!(
        app.number(
            "SELECT COUNT(*) AS number FROM accounts WHERE has_password \
             AND id IN (SELECT account_id FROM organizer_roles)"
        ),
        0
    );
}

#[test]
fn of_many_who_set_up_at_once_one_becomes_the_organizer() {
    let app = TestApp::start();
    let (token, _) = bootstrap(&app);
    let codes: Vec<String> = (0..4).map(|_| setup_code(&app, &token)).collect();
    let app = &app;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let email = |i: usize| format!("p{i}@example.org");
        let threads: Vec<_> = (0..codes.len())
            .map(|i| {
                let code = &codes[i];
                scope.spawn(move || set_up(app, code, &email(i)).status)
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(app.number("SELECT COUNT(*) AS number FROM organizer_roles WHERE ended_at IS NULL"), 1);
}

#[test]
fn a_server_without_any_organizer_is_set_up_by_its_link_too() {
    let app = TestApp::start();
    let code = "hu_of-a-server-without-tokens";
    let hash = holdout_protocol::Sha256::from_bytes(<sha2::Sha256 as sha2::Digest>::digest(code).into());
    app.execute(&format!("INSERT INTO setup_codes (code_hash, expires_at) VALUES ('{hash}', 9000000000000000)"));
    let session = set_up(&app, code, "chair@example.org").expect(201).json();
    let listed = app.get(ORGANIZERS, session["access_token"].as_str()).expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["has_password"], true);
}

#[test]
fn an_organizer_who_set_a_password_by_a_reset_link_needs_no_set_up() {
    let app = TestApp::start();
    let (token, _) = bootstrap(&app);
    let email = json!({ "email": "organizer@localhost" });
    let reset = app.post("/organizer/password-resets", Some(&token), &email).expect(201).json();
    let path = format!("/password-resets/{}", text(&reset["code"]));
    app.post(&path, None, &json!({ "password": PASSWORD })).expect(204);
    let session = app.log_in("organizer@localhost");
    let again = app.post("/organizer/setup-links", session["access_token"].as_str(), &json!({}));
    assert_eq!(again.expect(409).code(), "wrong_state");
}

#[test]
fn an_invited_person_becomes_an_organizer_once() {
    let app = TestApp::start();
    let (chair, ada, eve) = (app.organizer(), app.person("ada"), app.person("eve"));
    let (_, code) = invite(&app, &chair, &json!({ "email": "Ada@example.org", "role": "owner" }));
    assert!(!app.dump().contains(code.strip_prefix("ho_").unwrap()));
    let preview = app.get(&format!("/organizer-invitations/{code}"), None).expect(200).json();
    assert_eq!((&preview["invited_by"], &preview["email"]), (&json!("organizer"), &json!("ada@example.org")));

    app.post(&format!("/organizer-invitations/{code}/accept"), None, &json!({})).expect(401);
    assert_eq!(accept(&app, &eve, &code).expect(403).code(), "forbidden");
    assert_eq!(accept(&app, &ada, "ho_unknown").expect(404).code(), "not_found");
    let me = accept(&app, &ada, &code).expect(200).json();
    assert_eq!(me["account"]["organizer"], true);
    accept(&app, &ada, &code).expect(200);
    app.get("/organizer/audit", Some(&ada.token)).expect(200);
    assert_eq!(accept(&app, &eve, &code).expect(409).code(), "wrong_state");
    app.get(&format!("/organizer-invitations/{code}"), None).expect(410);

    let listed = app.get(ORGANIZERS, Some(&ada.token)).expect(200).json();
    let names: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|one| &one["invited_by"]).collect();
    assert_eq!(names, [&Value::Null, &json!("organizer")]);
    let (_, open) = invite(&app, &ada, &json!({}));
    assert_eq!(accept(&app, &chair, &open).expect(409).code(), "already_exists", "not used up by an organizer");
    accept(&app, &eve, &open).expect(200);
    let log = actions(&app, &chair.token);
    for (action, by) in [("organizer_invitation.create", "ada"), ("organizer.join", "eve"), ("organizer.join", "ada")] {
        assert!(log.contains(&(action.to_owned(), json!(by))), "{action} by {by}: {log:?}");
    }
}

#[test]
fn invitations_end_and_can_be_taken_back() {
    let app = TestApp::start();
    let (chair, ada) = (app.organizer(), app.person("ada"));
    for body in [json!({ "days": 0 }), json!({ "days": 31 }), json!({ "email": "x" }), json!({ "role": "admin" })] {
        app.post(INVITATIONS, Some(&chair.token), &body).expect(422);
    }
    app.post(INVITATIONS, Some(&ada.token), &json!({})).expect(403);
    let (revoked, code) = invite(&app, &chair, &json!({}));
    app.send("DELETE", &format!("{INVITATIONS}/{revoked}"), Some(&ada.token), None).expect(403);
    app.send("DELETE", &format!("{INVITATIONS}/{revoked}"), Some(&chair.token), None).expect(204);
    assert_eq!(accept(&app, &ada, &code).expect(409).code(), "wrong_state");
    app.get(&format!("/organizer-invitations/{code}"), None).expect(410);
    app.send("DELETE", &format!("{INVITATIONS}/{revoked}"), Some(&chair.token), None).expect(404);

    let (_, old) = invite(&app, &chair, &json!({}));
    app.execute("UPDATE organizer_invitations SET expires_at = 1");
    assert_eq!(accept(&app, &ada, &old).expect(409).code(), "wrong_state");
    app.get(&format!("/organizer-invitations/{old}"), None).expect(410);

    let key = [("idempotency-key", "k"), ("content-type", "application/json")];
    let send = || app.send_raw("POST", INVITATIONS, Some(&chair.token), &key, Some(b"{}")).expect(201).json();
    let (first, second) = (send(), send());
    assert_eq!(first["invitation"], second["invitation"]);
    assert_eq!(accept(&app, &ada, &text(&first["code"])).expect(404).code(), "not_found");
    accept(&app, &ada, &text(&second["code"])).expect(200);
    let accepted = text(&first["invitation"]["id"]);
    let taken = app.send("DELETE", &format!("{INVITATIONS}/{accepted}"), Some(&chair.token), None);
    assert_eq!(taken.expect(409).code(), "wrong_state");
    let listed = app.get(INVITATIONS, Some(&chair.token)).expect(200).json();
    assert_eq!(listed["items"][0]["accepted_by"], "ada");
    assert!(!listed.to_string().contains("ho_"));
}

#[test]
fn guesses_at_invitations_are_limited() {
    let app = TestApp::start_with(|config| config.rates.logins_per_minute = 10);
    let ada = app.person("ada");
    let statuses: Vec<u16> = (0..40).map(|i| accept(&app, &ada, &format!("ho_{i}")).status).collect();
    assert!(statuses.contains(&429) && statuses[0] == 404, "{statuses:?}");
}

#[test]
fn who_competes_in_a_season_that_is_not_over_cannot_become_an_organizer() {
    let arena = Arena::start();
    let app = &arena.app;
    let (_, code) = invite(app, &arena.organizer, &json!({}));
    let refused = accept(app, &arena.alice, &code).expect(409);
    assert_eq!(
        (refused.code(), refused.json()["error"]["detail"]["seasons"].clone()),
        ("wrong_state".to_owned(), json!(["demo"]))
    );

    // Leaving the team does not help who has submitted.
    arena.submit(&arena.alice, &predictions()).expect(201);
    let leave = |person: &Person, team: &str| {
        let path = format!("/seasons/demo/teams/{team}/members/{}", person.id);
        app.send("DELETE", &path, Some(&person.token), None).expect(204);
    };
    leave(&arena.alice, "Alpha");
    accept(app, &arena.alice, &code).expect(409);
    // It does help who has not.
    leave(&arena.bob, "Beta");
    accept(app, &arena.bob, &code).expect(200);

    app.execute("UPDATE seasons SET closes_at = 2");
    let (_, later) = invite(app, &arena.organizer, &json!({}));
    accept(app, &arena.alice, &later).expect(200);
}

#[test]
fn a_team_with_an_organizer_in_it_does_not_submit() {
    let arena = Arena::start();
    arena.submit(&arena.alice, &predictions()).expect(201);
    // As in a season that was over when its member became an organizer, and was opened again.
    arena.app.appoint(&arena.alice, "observer", None);
    let refused = arena.submit(&arena.alice, &predictions()).expect(403);
    assert!(refused.text.contains("`alice` is in your team and is an organizer"), "{}", refused.text);
    arena.submit(&arena.bob, &predictions()).expect(201);
}

#[test]
fn who_was_an_organizer_joins_no_team_of_a_season_of_that_time() {
    let arena = Arena::start();
    let app = &arena.app;
    let eve = app.person("eve");
    let (_, code) = invite(app, &arena.organizer, &json!({}));
    accept(app, &eve, &code).expect(200);
    app.send("DELETE", &format!("{ORGANIZERS}/{}", eve.id), Some(&arena.organizer.token), None).expect(204);
    let token = text(&app.log_in(&eve.email)["access_token"]);
    let refused = app.post("/seasons/demo/teams", Some(&token), &json!({ "name": "Gamma" })).expect(403);
    assert!(refused.text.contains("you were an organizer until"), "{}", refused.text);
    let invited = app.post("/seasons/demo/teams/Alpha/invitations", Some(&arena.alice.token), &json!({})).expect(201);
    let path = format!("/invitations/{}/accept", text(&invited.json()["code"]));
    app.post(&path, Some(&token), &json!({})).expect(403);
    // A season that is made later is as secret to them as to everybody.
    let (opens, season) = ("2020-01-01T00:00:00Z", "later");
    let body = json!({ "season": season, "title": "Later", "opens": opens, "draft": false });
    app.post("/seasons", Some(&arena.organizer.token), &body).expect(201);
    app.post("/seasons/later/teams", Some(&token), &json!({ "name": "Gamma" })).expect(201);
}

#[test]
fn a_removed_organizer_loses_everything_at_once() {
    let arena = Arena::start();
    let app = &arena.app;
    let (chair, eve) = (&arena.organizer, app.person("eve"));
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let (_, code) = invite(app, chair, &json!({ "role": "owner" }));
    accept(app, &eve, &code).expect(200);
    let token = text(&app.post("/me/tokens", Some(&eve.token), &json!({ "name": "t" })).expect(201).json()["secret"]);
    let (_, of_eve) = invite(app, &eve, &json!({}));
    let reset = app.post("/organizer/password-resets", Some(&eve.token), &json!({ "email": arena.bob.email }));
    let reset = text(&reset.expect(201).json()["code"]);
    let mut streams = [Stream::open(&arena, &eve.token, &id), Stream::open(&arena, &token, &id)];
    for stream in &mut streams {
        assert!(stream.event().is_some());
    }

    let path = format!("{ORGANIZERS}/{}", eve.id);
    app.send("DELETE", &path, Some(&arena.alice.token), None).expect(403);
    app.send("DELETE", &path, Some(&chair.token), None).expect(204);
    let began = std::time::Instant::now();
    for dead in [&eve.token, &token] {
        app.get("/organizer/audit", Some(dead)).expect(401);
    }
    for stream in &mut streams {
        assert!(stream.event().is_none(), "an open stream outlived its organizer");
    }
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    app.get(&format!("/organizer-invitations/{of_eve}"), None).expect(410);
    app.get(&format!("/password-resets/{reset}"), None).expect(410);
    let again = text(&app.log_in(&eve.email)["access_token"]);
    app.get("/organizer/audit", Some(&again)).expect(403);
    app.send("DELETE", &path, Some(&chair.token), None).expect(404);
    assert!(actions(app, &chair.token).contains(&("organizer.remove".to_owned(), json!("organizer"))));
}

#[test]
fn the_last_owner_stays() {
    let app = TestApp::start();
    let (chair, ada) = (app.organizer(), app.person("ada"));
    let own = format!("{ORGANIZERS}/{}", chair.id);
    assert_eq!(app.send("DELETE", &own, Some(&chair.token), None).expect(409).code(), "wrong_state");
    let (_, code) = invite(&app, &chair, &json!({ "role": "owner" }));
    accept(&app, &ada, &code).expect(200);
    // Of two who remove each other at once, one stays.
    let app = &app;
    let pairs = [(&chair, &ada), (&ada, &chair)];
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads = pairs.map(|(by, whom)| {
            let path = format!("{ORGANIZERS}/{}", whom.id);
            scope.spawn(move || app.send("DELETE", &path, Some(&by.token), None).status)
        });
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.contains(&204), "{statuses:?}");
    assert_eq!(app.number("SELECT COUNT(*) AS number FROM organizer_roles WHERE ended_at IS NULL"), 1);
}

#[test]
fn whoever_starts_the_server_has_an_organizer_again() {
    let app = TestApp::start();
    let (token, _) = bootstrap(&app);
    let session = set_up(&app, &setup_code(&app, &token), "chair@example.org").expect(201).json();
    let (chair, ada) = (text(&session["account"]["id"]), app.person("ada"));
    let code = text(&app.post(INVITATIONS, Some(&token), &json!({ "role": "owner" })).expect(201).json()["code"]);
    accept(&app, &ada, &code).expect(200);
    app.send("DELETE", &format!("{ORGANIZERS}/{chair}"), Some(&ada.token), None).expect(204);
    app.get("/me", Some(&token)).expect(401);
    let (again, _) = bootstrap(&app);
    assert_eq!(app.get("/me", Some(&again)).expect(200).json()["account"]["email"], "organizer@localhost");
    // Chair stays what Ada made of them.
    let own = text(&app.log_in("chair@example.org")["access_token"]);
    app.get("/organizer/audit", Some(&own)).expect(403);
}
