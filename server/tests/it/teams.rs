//! Teams, members, invitations.

use serde_json::{Value, json};

use crate::people::{Person, text};
use crate::test_app::{Answer, TestApp};

fn make_team(app: &TestApp, person: &Person, name: &str) -> Value {
    app.post("/seasons/s/teams", Some(&person.token), &json!({ "name": name })).expect(201).json()
}

fn invite(app: &TestApp, captain: &Person, team: &str, body: &Value) -> (String, String) {
    let path = format!("/seasons/s/teams/{team}/invitations");
    let created = app.post(&path, Some(&captain.token), body).expect(201).json();
    (text(&created["invitation"]["id"]), text(&created["code"]))
}

fn accept(app: &TestApp, person: &Person, code: &str) -> Answer {
    app.send("POST", &format!("/invitations/{code}/accept"), Some(&person.token), None)
}

fn remove(app: &TestApp, by: &Person, team: &str, person: &Person) -> Answer {
    app.send("DELETE", &format!("/seasons/s/teams/{team}/members/{}", person.id), Some(&by.token), None)
}

/// A server with the season `s`, a captain of the team `a`, and somebody without a team.
fn with_team() -> (TestApp, Person, Person) {
    let app = TestApp::start();
    app.season("s");
    let (captain, other) = (app.person("cap"), app.person("other"));
    make_team(&app, &captain, "a");
    (app, captain, other)
}

#[test]
fn only_members_and_organizers_see_who_is_in_a_team() {
    let app = TestApp::start();
    app.season("s");
    let (captain, other, organizer) = (app.person("cap"), app.person("other"), app.organizer());
    let body = json!({ "name": "Ünï / 100 % a+b", "affiliation": " ETH " });
    let team = app.post("/seasons/s/teams", Some(&captain.token), &body).expect(201).json();
    assert_eq!((&team["season"], &team["affiliation"], &team["submissions"]), (&json!("s"), &json!("ETH"), &json!(0)));
    assert_eq!(team["members"][0]["account"], json!(captain.id));
    assert_eq!((&team["members"][0]["name"], &team["members"][0]["role"]), (&json!("cap"), &json!("captain")));

    let by_name = "/seasons/s/teams/%C3%BCn%C3%AF%20%2F%20100%20%25%20A%2Bb";
    let by_id = format!("/seasons/s/teams/{}", text(&team["id"]));
    let mut hidden = team.clone();
    hidden["members"] = Value::Null;
    for path in [by_name, &by_id] {
        assert_eq!(app.get(path, None).expect(200).json(), hidden);
        assert_eq!(app.get(path, Some(&other.token)).expect(200).json(), hidden);
        assert_eq!(app.get(path, Some(&captain.token)).expect(200).json(), team);
        assert_eq!(app.get(path, Some(&organizer.token)).expect(200).json(), team);
    }
    let second = make_team(&app, &other, "b");
    let list = |token: Option<&str>| app.get("/seasons/s/teams", token).expect(200).json()["items"].clone();
    let mut second_hidden = second.clone();
    second_hidden["members"] = Value::Null;
    assert_eq!(list(None), json!([hidden, second_hidden]));
    assert_eq!(list(Some(&captain.token)), json!([team, second_hidden]));
    assert_eq!(list(Some(&organizer.token)), json!([team, second]));
    let me = app.get("/me", Some(&captain.token)).expect(200).json();
    assert_eq!(
        me["teams"],
        json!([{ "id": team["id"], "season": "s", "team": "Ünï / 100 % a+b", "role": "captain", "extended_until": null }])
    );
    app.get("/seasons/s/teams/c", None).expect(404);
    app.get("/seasons/t/teams", None).expect(404);
}

#[test]
fn teams_with_values_that_are_not_allowed_are_refused() {
    let app = TestApp::start();
    app.season("s");
    let person = app.person("cap");
    let make = |body: Value| app.post("/seasons/s/teams", Some(&person.token), &body);
    for name in ["", " a", "a\u{200b}", "01890a5d-ac96-774b-bcce-b302099a8057", &"x".repeat(65)] {
        assert_eq!(make(json!({ "name": name })).expect(422).code(), "invalid_value", "{name}");
    }
    make(json!({ "name": "a", "affiliation": "x".repeat(201) })).expect(422);
    app.post("/seasons/s/teams", None, &json!({ "name": "a" })).expect(401);
    app.post("/seasons/none/teams", Some(&person.token), &json!({ "name": "a" })).expect(404);
}

#[test]
fn teams_form_from_the_announcement_of_a_season_until_it_closes() {
    let app = TestApp::start();
    app.season("s");
    let (person, organizer) = (app.person("cap"), app.organizer());
    let make = |person: &Person| app.post("/seasons/s/teams", Some(&person.token), &json!({ "name": person.email }));
    app.execute("UPDATE seasons SET draft = TRUE");
    make(&person).expect(404);
    app.get("/seasons/s/teams", Some(&person.token)).expect(404);
    assert_eq!(make(&organizer).expect(409).code(), "wrong_state");
    app.get("/seasons/s/teams", Some(&organizer.token)).expect(200);
    app.execute("UPDATE seasons SET draft = FALSE, closes_at = 2");
    assert_eq!(make(&person).expect(409).code(), "wrong_state");
    app.execute("UPDATE seasons SET closes_at = NULL, published_at = 2");
    assert_eq!(make(&person).expect(409).code(), "wrong_state");
    app.execute("UPDATE seasons SET published_at = NULL, opens_at = 99999999999999999");
    make(&person).expect(201);
}

#[test]
fn a_name_is_taken_once_and_a_person_has_one_team_a_season() {
    let (app, captain, other) = with_team();
    app.season("t");
    let make = |season: &str, person: &Person, name: &str| {
        app.post(&format!("/seasons/{season}/teams"), Some(&person.token), &json!({ "name": name }))
    };
    assert_eq!(make("s", &other, "A").expect(409).code(), "already_exists");
    assert_eq!(make("s", &captain, "b").expect(409).code(), "already_exists");
    make("t", &captain, "A").expect(201);
    make("s", &other, "b").expect(201);
}

#[test]
fn a_team_request_that_is_repeated_makes_one_team() {
    let app = TestApp::start();
    app.season("s");
    let person = app.person("cap");
    let make = |name: &str| {
        let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
        let body = json!({ "name": name }).to_string();
        app.send_raw("POST", "/seasons/s/teams", Some(&person.token), &headers, Some(body.as_bytes()))
    };
    let made: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| make("a").expect(201).json())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(made.iter().all(|team| *team == made[0]));
    assert_eq!(make("b").expect(409).code(), "idempotency_mismatch");
}

#[test]
fn of_two_teams_with_one_name_at_once_one_is_made() {
    let app = TestApp::start();
    app.season("s");
    let people: Vec<Person> = (0..5).map(|i| app.person(&format!("p{i}"))).collect();
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let make = |person| app.post("/seasons/s/teams", Some(person), &json!({ "name": "a" }));
        let threads: Vec<_> = people.iter().map(|person| scope.spawn(move || make(&person.token))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(answers.iter().filter(|answer| answer.status != 201).all(|answer| answer.code() == "already_exists"));
}

#[test]
fn an_invitation_lets_one_person_in() {
    let (app, captain, other) = with_team();
    let third = app.person("third");
    let (_, code) = invite(&app, &captain, "a", &json!({}));
    assert_eq!(accept(&app, &other, "nonsense").expect(404).code(), "not_found");
    let joined = accept(&app, &other, &code).expect(200).json();
    assert_eq!(joined["members"][1]["account"], json!(other.id));
    assert_eq!(joined["members"][1]["role"], "member");
    assert_eq!(accept(&app, &other, &code).expect(200).json(), joined);
    assert_eq!(accept(&app, &third, &code).expect(409).code(), "wrong_state");
    let listed = app.get("/seasons/s/teams/a/invitations", Some(&captain.token)).expect(200).json();
    assert!(listed["items"][0]["accepted_at"].is_string());
    assert!(!listed.to_string().contains(&code));
    // Out again, and the code does not open the door a second time.
    remove(&app, &other, "a", &other).expect(204);
    assert_eq!(accept(&app, &other, &code).expect(409).code(), "wrong_state");
}

#[test]
fn the_holder_of_a_code_sees_what_it_is_for() {
    let (app, captain, other) = with_team();
    let look = |code: &str| app.get(&format!("/invitations/{code}"), None);
    let (id, taken_back) = invite(&app, &captain, "a", &json!({}));
    let shown = look(&taken_back).expect(200).json();
    assert!(shown["expires_at"].is_string());
    assert_eq!(
        (&shown["season"], &shown["season_title"], &shown["team"]),
        (&json!("s"), &json!("Season"), &json!("a"))
    );
    app.send("DELETE", &format!("/seasons/s/teams/a/invitations/{id}"), Some(&captain.token), None).expect(204);
    assert_eq!(look(&taken_back).expect(410).code(), "gone");

    // Of an invitation for somebody the address stays with the captain.
    let (_, used) = invite(&app, &captain, "a", &json!({ "email": other.email }));
    assert!(!look(&used).expect(200).text.contains(&other.email));
    accept(&app, &other, &used).expect(200);
    assert_eq!(look(&used).expect(410).code(), "gone");

    let (_, over) = invite(&app, &captain, "a", &json!({}));
    app.execute("UPDATE invitations SET expires_at = 1 WHERE accepted_at IS NULL");
    assert_eq!(look(&over).expect(410).code(), "gone");
    let unknown = look("hi_nonsense").expect(404);
    assert!(unknown.code() == "not_found" && !unknown.text.contains("hi_nonsense"));
}

#[test]
fn of_two_who_accept_at_once_one_joins() {
    let (app, captain, _) = with_team();
    let people: Vec<Person> = (0..5).map(|i| app.person(&format!("p{i}"))).collect();
    let (_, code) = invite(&app, &captain, "a", &json!({}));
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let accept = |person| accept(&app, person, &code);
        let threads: Vec<_> = people.iter().map(|person| scope.spawn(move || accept(person))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().filter(|answer| answer.status != 200).all(|answer| answer.code() == "wrong_state"));
    let team = app.get("/seasons/s/teams/a", Some(&captain.token)).expect(200).json();
    assert_eq!(team["members"].as_array().unwrap().len(), 2);
}

#[test]
fn a_person_who_accepts_twice_at_once_joins_once() {
    let (app, captain, other) = with_team();
    let second = app.person("second");
    make_team(&app, &second, "b");
    let (_, code) = invite(&app, &captain, "a", &json!({}));
    let (_, code_b) = invite(&app, &second, "b", &json!({}));
    let same: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| accept(&app, &other, &code).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(same, [200; 4]);
    assert_eq!(accept(&app, &other, &code_b).expect(409).code(), "already_exists");
    // The refusal has not used the invitation up.
    remove(&app, &captain, "a", &other).expect(204);
    accept(&app, &other, &code_b).expect(200);
}

#[test]
fn invitations_end_are_taken_back_and_are_for_somebody() {
    let (app, captain, other) = with_team();
    let third = app.person("third");
    let (_, bound) = invite(&app, &captain, "a", &json!({ "email": " OTHER@example.org" }));
    assert_eq!(accept(&app, &third, &bound).expect(403).code(), "forbidden");
    let (id, revoked) = invite(&app, &captain, "a", &json!({}));
    let path = format!("/seasons/s/teams/a/invitations/{id}");
    app.send("DELETE", &path, Some(&other.token), None).expect(403);
    app.send("DELETE", &path, Some(&captain.token), None).expect(204);
    app.send("DELETE", &path, Some(&captain.token), None).expect(404);
    assert_eq!(accept(&app, &other, &revoked).expect(409).code(), "wrong_state");
    let (id, old) = invite(&app, &captain, "a", &json!({ "days": 90 }));
    app.execute(&format!("UPDATE invitations SET expires_at = 1 WHERE id = '{id}'"));
    assert!(accept(&app, &third, &old).expect(409).text.contains("1970-01-01"));
    accept(&app, &other, &bound).expect(200);

    let listed = app.get("/seasons/s/teams/a/invitations", Some(&captain.token)).expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    let accepted = text(&listed["items"][1]["id"]);
    let path = format!("/seasons/s/teams/a/invitations/{accepted}");
    assert_eq!(app.send("DELETE", &path, Some(&captain.token), None).expect(409).code(), "wrong_state");
    for body in [json!({ "days": 0 }), json!({ "days": 91 }), json!({ "email": "nobody" })] {
        app.post("/seasons/s/teams/a/invitations", Some(&captain.token), &body).expect(422);
    }
}

#[test]
fn only_the_captain_of_the_team_invites_and_removes() {
    let (app, captain, other) = with_team();
    let stranger = app.person("stranger");
    make_team(&app, &stranger, "b");
    let (_, code) = invite(&app, &captain, "a", &json!({}));
    accept(&app, &other, &code).expect(200);
    let path = "/seasons/s/teams/a/invitations";
    for person in [&other, &stranger] {
        assert_eq!(app.get(path, Some(&person.token)).expect(403).code(), "forbidden");
        assert_eq!(app.post(path, Some(&person.token), &json!({})).expect(403).code(), "forbidden");
        assert_eq!(remove(&app, person, "a", &captain).expect(403).code(), "forbidden");
    }
    app.get(path, None).expect(401);
    app.get("/seasons/s/teams/none/invitations", Some(&captain.token)).expect(404);
    assert_eq!(remove(&app, &captain, "a", &stranger).expect(404).code(), "not_found");
    remove(&app, &captain, "b", &stranger).expect(403);
}

#[test]
fn a_captain_leaves_last_and_an_empty_team_gives_its_name_back() {
    let (app, captain, other) = with_team();
    let (_, code) = invite(&app, &captain, "a", &json!({}));
    let (_, unused) = invite(&app, &captain, "a", &json!({}));
    accept(&app, &other, &code).expect(200);
    assert_eq!(remove(&app, &captain, "a", &captain).expect(409).code(), "wrong_state");
    remove(&app, &captain, "a", &other).expect(204);
    assert_eq!(app.get("/me", Some(&other.token)).expect(200).json()["teams"], json!([]));
    remove(&app, &captain, "a", &captain).expect(204);
    app.get("/seasons/s/teams/a", None).expect(404);
    accept(&app, &other, &unused).expect(404);
    make_team(&app, &other, "A");
}

#[test]
fn an_invitation_request_that_is_repeated_makes_one_invitation() {
    let (app, captain, other) = with_team();
    let make = || {
        let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
        app.send_raw("POST", "/seasons/s/teams/a/invitations", Some(&captain.token), &headers, Some(b"{}"))
    };
    let (first, second) = (make().expect(201).json(), make().expect(201).json());
    assert_eq!(first["invitation"], second["invitation"]);
    accept(&app, &other, &text(&first["code"])).expect(404);
    accept(&app, &other, &text(&second["code"])).expect(200);
    assert_eq!(make().expect(409).code(), "wrong_state");
}

#[test]
fn organizers_read_in_the_audit_log_who_joined_what() {
    let (app, captain, other) = with_team();
    let organizer = app.organizer();
    let (_, code) = invite(&app, &captain, "a", &json!({}));
    accept(&app, &other, &code).expect(200);
    app.get("/organizer/audit", None).expect(401);
    app.get("/organizer/audit", Some(&captain.token)).expect(403);
    let log = app.get("/organizer/audit?limit=2", Some(&organizer.token)).expect(200).json();
    let entry = |i: usize| (text(&log["items"][i]["action"]), text(&log["items"][i]["account"]));
    assert_eq!(entry(0), ("team.join".to_owned(), other.id));
    assert_eq!(entry(1), ("invitation.create".to_owned(), captain.id));
    let next = format!("/organizer/audit?cursor={}", text(&log["next_cursor"]));
    let rest = app.get(&next, Some(&organizer.token)).expect(200).json();
    assert_eq!(rest["items"][0]["action"], "team.create");
    assert!(!rest.to_string().contains(&code) && !log.to_string().contains(&code));
}

#[test]
fn the_last_one_who_left_gets_the_team_back_by_its_name() {
    let arena = crate::arena::Arena::start();
    let me = |person: &crate::people::Person| arena.app.get("/me", Some(&person.token)).expect(200).json();
    let submission = arena.submit(&arena.alice, &crate::arena::predictions()).expect(201).json();
    let account = me(&arena.alice)["account"]["id"].as_str().unwrap().to_owned();
    let path = format!("/seasons/demo/teams/Alpha/members/{account}");
    arena.app.send("DELETE", &path, Some(&arena.alice.token), None).expect(204);
    let alpha = json!({ "name": "alpha" });
    let stranger = arena.app.person("stranger");
    arena.app.post("/seasons/demo/teams", Some(&stranger.token), &alpha).expect(409);
    let back = arena.app.post("/seasons/demo/teams", Some(&arena.alice.token), &alpha).expect(201).json();
    assert_eq!((&back["name"], &back["submissions"]), (&json!("Alpha"), &json!(1)));
    let status = arena.app.get("/seasons/demo/registration", Some(&arena.alice.token)).expect(200).json();
    assert_eq!(status["teams_founded"], 1, "getting a team back is not founding one");
    assert_eq!(back["members"][0]["role"], "captain");
    let seen = format!("/submissions/{}", submission["id"].as_str().unwrap());
    arena.app.get(&seen, Some(&arena.alice.token)).expect(200);
}

#[test]
fn whoever_left_an_own_team_empty_gets_it_back_after_the_season_closed() {
    let arena = crate::arena::Arena::start();
    let submission = arena.submit(&arena.alice, &crate::arena::predictions()).expect(201).json();
    let me = arena.app.get("/me", Some(&arena.alice.token)).expect(200).json();
    let path = format!("/seasons/demo/teams/Alpha/members/{}", me["account"]["id"].as_str().unwrap());
    arena.set_season("closes_at = 2");
    arena.app.send("DELETE", &path, Some(&arena.alice.token), None).expect(204);
    let seen = format!("/submissions/{}", submission["id"].as_str().unwrap());
    arena.app.get(&seen, Some(&arena.alice.token)).expect(404);

    let found = |person: &crate::people::Person, name: &str| {
        arena.app.post("/seasons/demo/teams", Some(&person.token), &json!({ "name": name }))
    };
    assert_eq!(found(&arena.app.person("stranger"), "Alpha").expect(409).code(), "wrong_state");
    assert_eq!(found(&arena.alice, "Another").expect(409).code(), "wrong_state");
    assert_eq!(found(&arena.alice, "Alpha").expect(201).json()["members"][0]["role"], "captain");
    arena.app.get(&seen, Some(&arena.alice.token)).expect(200);

    let rename = json!({ "name": "Later" });
    let refused = arena.app.send("PATCH", "/seasons/demo/teams/Alpha", Some(&arena.alice.token), Some(&rename));
    let refused = refused.expect(409);
    assert!(refused.text.contains("keep their names"), "{}", refused.text);
}

#[test]
fn a_captain_hands_the_team_over_and_can_leave_then() {
    let arena = crate::arena::Arena::start();
    let app = &arena.app;
    let carol = app.person("carol");
    let invited = app.post("/seasons/demo/teams/Alpha/invitations", Some(&arena.alice.token), &json!({})).expect(201);
    let code = invited.json()["code"].as_str().unwrap().to_owned();
    app.post(&format!("/invitations/{code}/accept"), Some(&carol.token), &json!({})).expect(200);
    let id = |token: &str| app.get("/me", Some(token)).expect(200).json()["account"]["id"].as_str().unwrap().to_owned();
    let (alice, carols) = (id(&arena.alice.token), id(&carol.token));
    let path = |account: &str| format!("/seasons/demo/teams/Alpha/members/{account}");
    let captain = json!({ "role": "captain" });
    app.send("PATCH", &path(&carols), Some(&carol.token), Some(&captain)).expect(403);
    app.send("PATCH", &path(&id(&arena.bob.token)), Some(&arena.alice.token), Some(&captain)).expect(404);
    app.send("PATCH", &path(&carols), Some(&arena.alice.token), Some(&json!({ "role": "member" }))).expect(422);
    app.send("DELETE", &path(&alice), Some(&arena.alice.token), None).expect(409);
    app.send("PATCH", &path(&carols), Some(&arena.alice.token), Some(&captain)).expect(204);
    let roles = |token: &str| app.get("/me", Some(token)).expect(200).json()["teams"][0]["role"].clone();
    assert_eq!((roles(&arena.alice.token), roles(&carol.token)), (json!("member"), json!("captain")));
    app.send("DELETE", &path(&alice), Some(&arena.alice.token), None).expect(204);
}

#[test]
fn names_can_be_corrected_and_the_audit_log_says_so() {
    let arena = crate::arena::Arena::start();
    let app = &arena.app;
    let rename = |token: &str, team: &str, body: Value| {
        app.send("PATCH", &format!("/seasons/demo/teams/{team}"), Some(token), Some(&body))
    };
    let named = json!({ "name": "Alpha Lab", "affiliation": " Uni " });
    rename(&arena.bob.token, "Alpha", named.clone()).expect(403);
    let team = rename(&arena.alice.token, "Alpha", named).expect(200).json();
    assert_eq!((&team["name"], &team["affiliation"]), (&json!("Alpha Lab"), &json!("Uni")));
    assert_eq!(
        rename(&arena.alice.token, "Alpha%20Lab", json!({ "name": "BETA" })).expect(409).code(),
        "already_exists"
    );
    rename(&arena.alice.token, "Alpha%20Lab", json!({ "name": uuid::Uuid::now_v7().to_string() })).expect(422);
    let team = rename(&arena.organizer.token, "Alpha%20Lab", json!({ "affiliation": "" })).expect(200).json();
    assert_eq!((&team["name"], &team["affiliation"]), (&json!("Alpha Lab"), &Value::Null));
    // The case of one's own name is one's own affair.
    rename(&arena.alice.token, "Alpha%20Lab", json!({ "name": "ALPHA Lab" })).expect(200);
    app.send("PATCH", "/me", Some(&arena.alice.token), Some(&json!({ "name": "" }))).expect(422);
    let me =
        app.send("PATCH", "/me", Some(&arena.alice.token), Some(&json!({ "name": "Alice A." }))).expect(200).json();
    assert_eq!(me["account"]["name"], "Alice A.");
    let audit = app.get("/organizer/audit?limit=200", Some(&arena.organizer.token)).expect(200).json();
    let count =
        |action: &str| audit["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == action).count();
    assert_eq!((count("team.update"), count("account.rename")), (3, 1));
    arena.set_season("closes_at = 2");
    assert_eq!(rename(&arena.alice.token, "Alpha%20Lab", json!({ "name": "Late" })).expect(409).code(), "wrong_state");
    rename(&arena.organizer.token, "Alpha%20Lab", json!({ "name": "Late" })).expect(200);
}

#[test]
fn a_name_that_looks_like_that_of_another_team_is_taken() {
    let (mut app, captain, other) = with_team();
    let organizer = app.organizer();
    let route = "/seasons/s/teams/a";
    app.send("PATCH", route, Some(&captain.token), Some(&json!({ "name": "Zoë Lab" }))).expect(200);
    for name in ["Zoe\u{308} Lab", "ＺＯË  lab", "Zoë\u{ad} Lab", "Ζоë Lab"] {
        let refused = app.post("/seasons/s/teams", Some(&other.token), &json!({ "name": name })).expect(409);
        assert_eq!(refused.json()["error"]["detail"]["team"], json!("Zoë Lab"), "{name}");
    }
    for (name, code) in
        [("\u{3164}", "U+3164"), ("\u{2800}", "U+2800"), ("ab\u{200d}c", "U+200D"), ("a\u{202e}b", "U+202E")]
    {
        let refused = app.post("/seasons/s/teams", Some(&other.token), &json!({ "name": name })).expect(422);
        assert!(refused.text.contains(code), "{}", refused.text);
    }
    app.post("/seasons/s/teams", Some(&other.token), &json!({ "name": "می\u{200c}خواهم" })).expect(201);
    // Names from before they were compared by their looks stay, and both teams keep working.
    app.execute("UPDATE teams SET look_key = '', name = 'Zоë Lab', name_key = 'zоë lab' WHERE name <> 'Zoë Lab'");
    app.execute("UPDATE teams SET look_key = '', name_key = 'zoë lab' WHERE name = 'Zoë Lab'");
    app.restart();
    for name in ["Zoë Lab", "Zоë Lab"] {
        let path =
            format!("/seasons/s/teams/{}", name.replace(' ', "%20").replace('ë', "%C3%AB").replace('о', "%D0%BE"));
        assert_eq!(app.get(&path, Some(&organizer.token)).expect(200).json()["name"], json!(name));
    }
    assert_eq!(app.number("SELECT COUNT(*) AS number FROM teams WHERE look_key <> ''"), 1);
}

#[test]
fn what_turns_the_direction_of_writing_stands_in_no_name() {
    let (app, _, _) = with_team();
    let organizer = app.organizer();
    let turned = "gpu\u{202e}1";
    let season = json!({ "season": "t", "title": turned, "rules": "", "opens": "2026-01-01T00:00:00Z" });
    let code = json!({ "label": turned, "uses": 1, "days": 1 });
    for (path, field, body) in [
        ("/organizer/scorer-tokens", "name", json!({ "name": turned })),
        ("/me/tokens", "name", json!({ "name": turned })),
        ("/organizer/seasons/s/registration-codes", "label", code),
        ("/seasons", "title", season),
    ] {
        let refused = app.post(path, Some(&organizer.token), &body).expect(422).json();
        assert_eq!(refused["error"]["detail"]["field"], json!(field), "{path}: {refused}");
    }
}
