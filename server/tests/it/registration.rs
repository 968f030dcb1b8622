//! The gate of a season: codes, approval, domains.

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::{Person, text};
use crate::test_app::Answer;

const CODES: &str = "/organizer/seasons/demo/registration-codes";
const REGISTRATION: &str = "/seasons/demo/registration";

fn gate(arena: &Arena, registration: Value) -> Answer {
    let body = json!({ "registration": registration });
    arena.app.send("PATCH", "/seasons/demo", Some(&arena.organizer.token), Some(&body))
}

fn found(arena: &Arena, person: &Person, name: &str) -> Answer {
    arena.app.post("/seasons/demo/teams", Some(&person.token), &json!({ "name": name }))
}

fn invite(arena: &Arena, captain: &Person, team: &str) -> String {
    let path = format!("/seasons/demo/teams/{team}/invitations");
    text(&arena.app.post(&path, Some(&captain.token), &json!({})).expect(201).json()["code"])
}

fn accept(arena: &Arena, person: &Person, code: &str) -> Answer {
    arena.app.post(&format!("/invitations/{code}/accept"), Some(&person.token), &json!({}))
}

fn register(arena: &Arena, person: &Person, code: &str) -> Answer {
    arena.app.post(REGISTRATION, Some(&person.token), &json!({ "code": code }))
}

fn new_code(arena: &Arena, request: Value) -> (String, String) {
    let made = arena.app.post(CODES, Some(&arena.organizer.token), &request).expect(201);
    assert_eq!(made.header("cache-control"), Some("private, no-store"));
    let made = made.json();
    (text(&made["registration_code"]["id"]), text(&made["code"]))
}

#[test]
fn a_season_is_open_unless_its_organizers_say_otherwise() {
    let arena = Arena::start();
    let open = json!({ "mode": "open", "domains": [], "teams_per_account": 3 });
    assert_eq!(arena.app.get("/seasons/demo", None).expect(200).json()["registration"], open);
    let carol = arena.app.person("carol");
    let status = arena.app.get(REGISTRATION, Some(&carol.token)).expect(200).json();
    assert_eq!(
        [&status["mode"], &status["needs_code"], &status["email_allowed"]],
        [&json!("open"), &json!(false), &json!(true)]
    );
    let gated = json!({ "mode": "code", "domains": ["*.example.org"], "teams_per_account": 1 });
    assert_eq!(gate(&arena, gated.clone()).expect(200).json()["registration"], gated);
    for (wrong, field) in [
        (json!({ "domains": ["a@b"] }), "registration.domains"),
        (json!({ "teams_per_account": 0 }), "registration.teams_per_account"),
    ] {
        assert_eq!(gate(&arena, wrong).expect(422).json()["error"]["detail"]["field"], field);
    }
    gate(&arena, json!({ "mode": "closed" })).expect(422);
    assert_eq!(arena.app.get("/seasons/demo", None).expect(200).json()["registration"], gated);
}

#[test]
fn a_code_lets_so_many_people_in() {
    let arena = Arena::start();
    gate(&arena, json!({ "mode": "code" })).expect(200);
    let [carol, dave, erin] = ["carol", "dave", "erin"].map(|name| arena.app.person(name));
    let refused = found(&arena, &carol, "Gamma").expect(403);
    assert_eq!(refused.json()["error"]["detail"]["field"], json!("code"));
    let invitation = invite(&arena, &arena.alice, "Alpha");
    accept(&arena, &dave, &invitation).expect(403);

    let (id, code) = new_code(&arena, json!({ "label": "two labs", "uses": 2, "days": 7 }));
    let wrong = register(&arena, &carol, "hr_wrong").expect(422);
    assert_eq!(wrong.json()["error"]["detail"]["field"], json!("code"));
    assert_eq!(arena.app.get(REGISTRATION, Some(&carol.token)).expect(200).json()["needs_code"], json!(true));
    register(&arena, &carol, &code).expect(204);
    register(&arena, &carol, &code).expect(204);
    assert_eq!(arena.app.get(REGISTRATION, Some(&carol.token)).expect(200).json()["needs_code"], json!(false));
    found(&arena, &carol, "Gamma").expect(201);
    register(&arena, &dave, &format!(" {code}\n")).expect(204);
    accept(&arena, &dave, &invitation).expect(200);
    register(&arena, &erin, &code).expect(422);
    let listed = arena.app.get(CODES, Some(&arena.organizer.token)).expect(200).json();
    let item = &listed["items"][0];
    assert_eq!([&item["id"], &item["label"]], [&json!(id), &json!("two labs")]);
    assert_eq!([&item["uses"], &item["max_uses"]], [2, 2]);
    assert!(!listed.to_string().contains(&code) && !arena.app.dump().contains(&code), "a code is shown once");

    // Revoked, expired, of another season.
    let (revoked, code) = new_code(&arena, json!({}));
    arena.app.send("DELETE", &format!("{CODES}/{revoked}"), Some(&arena.organizer.token), None).expect(204);
    arena.app.send("DELETE", &format!("{CODES}/{revoked}"), Some(&arena.organizer.token), None).expect(404);
    register(&arena, &erin, &code).expect(422);
    let (_, code) = new_code(&arena, json!({}));
    arena.app.execute("UPDATE registration_codes SET expires_at = 1");
    register(&arena, &erin, &code).expect(422);
    arena.app.season("other");
    let (_, code) = new_code(&arena, json!({}));
    arena.app.post("/seasons/other/registration", Some(&erin.token), &json!({ "code": code })).expect(422);
    register(&arena, &erin, &code).expect(204);
    for wrong in [json!({ "uses": 0 }), json!({ "uses": 10_001 }), json!({ "days": 0 }), json!({ "label": "a\nb" })] {
        arena.app.post(CODES, Some(&arena.organizer.token), &wrong).expect(422);
    }
    for (method, path) in [("GET", CODES.to_owned()), ("POST", CODES.to_owned()), ("DELETE", format!("{CODES}/{id}"))] {
        arena.app.send(method, &path, Some(&arena.alice.token), Some(&json!({}))).expect(403);
    }
}

#[test]
fn of_ten_people_at_once_a_code_of_three_uses_lets_three_in() {
    let arena = Arena::start();
    gate(&arena, json!({ "mode": "code" })).expect(200);
    let people: Vec<Person> = (0..10).map(|number| arena.app.person(&format!("p{number}"))).collect();
    let (_, code) = new_code(&arena, json!({ "uses": 3 }));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let (arena, code) = (&arena, code.as_str());
        let threads: Vec<_> =
            people.iter().map(|person| scope.spawn(move || register(arena, person, code).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 3, "{statuses:?}");
}

#[test]
fn a_repeated_request_makes_one_code_with_a_new_text() {
    let arena = Arena::start();
    gate(&arena, json!({ "mode": "code" })).expect(200);
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    let send = || arena.app.send_raw("POST", CODES, Some(&arena.organizer.token), &headers, Some(b"{}"));
    let (first, second) = (send().expect(201).json(), send().expect(201).json());
    assert_eq!(first["registration_code"]["id"], second["registration_code"]["id"]);
    let carol = arena.app.person("carol");
    register(&arena, &carol, &text(&first["code"])).expect(422);
    register(&arena, &carol, &text(&second["code"])).expect(204);
}

#[test]
fn what_a_team_had_scored_stays_on_the_board_when_it_is_declined() {
    let arena = Arena::start();
    gate(&arena, json!({ "mode": "approval" })).expect(200);
    arena.submit(&arena.alice, &predictions()).expect(201);
    let claim = arena.claim().unwrap();
    arena.score(&claim, [0; 3], [0; 3]).expect(200);
    let waiting = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let body = json!({ "status": "declined" });
    let path = "/organizer/seasons/demo/teams/Alpha";
    arena.app.send("PATCH", path, Some(&arena.organizer.token), Some(&body)).expect(200);
    arena.submit(&arena.alice, &predictions()).expect(409);
    assert_eq!(text(&arena.claim().unwrap()["submission"]), waiting, "what waits is still scored");
    let board = "/seasons/demo/tasks/classification/leaderboard";
    let began = std::time::Instant::now();
    while arena.app.get(board, None).expect(200).json()["rows"][0]["team"] != "Alpha" {
        assert!(began.elapsed().as_secs() < 5, "the row is not there");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn a_team_waits_for_an_organizer() {
    let arena = Arena::start();
    gate(&arena, json!({ "mode": "approval" })).expect(200);
    arena.submit(&arena.alice, &predictions()).expect(201);
    let (carol, dave) = (arena.app.person("carol"), arena.app.person("dave"));
    assert_eq!(found(&arena, &carol, "Gamma").expect(201).json()["status"], json!("pending"));
    let refused = arena.submit(&carol, &predictions()).expect(409).json();
    assert_eq!(refused["error"]["detail"]["team_status"], json!("pending"));
    // Nobody but its members and organizers sees it.
    let team = "/seasons/demo/teams/Gamma";
    arena.app.get(team, None).expect(404);
    arena.app.get(team, Some(&arena.alice.token)).expect(404);
    arena.app.get(team, Some(&carol.token)).expect(200);
    let names = |token: Option<&str>, query: &str| -> Vec<String> {
        let listed = arena.app.get(&format!("/seasons/demo/teams{query}"), token).expect(200).json();
        listed["items"].as_array().unwrap().iter().map(|team| text(&team["name"])).collect()
    };
    assert_eq!(names(None, ""), ["Alpha", "Beta"]);
    assert_eq!(names(Some(&carol.token), ""), ["Alpha", "Beta", "Gamma"]);
    assert_eq!(names(Some(&arena.organizer.token), "?status=pending"), ["Gamma"]);
    assert!(names(None, "?status=pending").is_empty());

    let decide = |status: &str, note: Value| {
        let body = json!({ "status": status, "note": note });
        let path = "/organizer/seasons/demo/teams/Gamma";
        arena.app.send("PATCH", path, Some(&arena.organizer.token), Some(&body))
    };
    decide("pending", Value::Null).expect(422);
    decide("declined", json!("x".repeat(501))).expect(422);
    assert_eq!(decide("declined", json!(" who are you? ")).expect(200).json()["status"], json!("declined"));
    let seen = arena.app.get(team, Some(&carol.token)).expect(200).json();
    assert_eq!([&seen["status"], &seen["status_note"]], ["declined", "who are you?"]);
    let refused = arena.submit(&carol, &predictions()).expect(409).json();
    assert!(text(&refused["error"]["message"]).contains("who are you?"), "{refused}");
    let invitation = invite(&arena, &carol, "Gamma");
    accept(&arena, &dave, &invitation).expect(409);

    assert_eq!(decide("approved", Value::Null).expect(200).json()["status_note"], Value::Null);
    arena.submit(&carol, &predictions()).expect(201);
    arena.app.get(team, None).expect(200);
    // A new member needs an organizer's consent as well.
    assert_eq!(accept(&arena, &dave, &invitation).expect(200).json()["status"], json!("pending"));
    arena.submit(&carol, &predictions()).expect(409);
    decide("approved", Value::Null).expect(200);
    arena.submit(&dave, &predictions()).expect(201);
    let audit = arena.app.get("/organizer/audit?q=team.", Some(&arena.organizer.token)).expect(200).json();
    let actions: Vec<String> = audit["items"].as_array().unwrap().iter().map(|entry| text(&entry["action"])).collect();
    assert_eq!(actions[..4], ["team.approve", "team.join", "team.approve", "team.decline"]);
    let path = "/organizer/seasons/demo/teams/Gamma";
    arena.app.send("PATCH", path, Some(&carol.token), Some(&json!({ "status": "approved" }))).expect(403);
}

#[test]
fn only_allowed_domains_found_and_join() {
    let arena = Arena::start();
    gate(&arena, json!({ "domains": ["uni.example", "*.lab.example"] })).expect(200);
    let carol = arena.app.person("carol");
    let refused = found(&arena, &carol, "Gamma").expect(403).json();
    let facts = json!({ "field": "email", "email": carol.email, "domains": ["uni.example", "*.lab.example"] });
    assert_eq!((&refused["error"]["reason"], &refused["error"]["detail"]), (&json!("email_domain"), &facts));
    let invitation = invite(&arena, &arena.alice, "Alpha");
    accept(&arena, &carol, &invitation).expect(403);
    arena.app.execute(&format!("UPDATE accounts SET email = 'carol@a.lab.example' WHERE id = '{}'", carol.id));
    accept(&arena, &carol, &invitation).expect(200);
    // Who is in already stays in.
    arena.submit(&arena.alice, &predictions()).expect(201);
}
