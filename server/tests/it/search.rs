//! Searching in teams, submissions and the audit log.

use serde_json::{Value, json};

use crate::arena::{Arena, SUBMISSIONS, predictions};
use crate::people::{Person, text};
use crate::test_app::TestApp;

/// A text as a value of a query.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn items(app: &TestApp, path: &str, person: Option<&Person>) -> Vec<Value> {
    let page = app.get(path, person.map(|person| person.token.as_str())).expect(200).json();
    page["items"].as_array().unwrap().clone()
}

fn column(items: &[Value], name: &str) -> Vec<String> {
    items.iter().map(|item| text(&item[name])).collect()
}

#[test]
fn teams_are_found_by_parts_of_name_and_affiliation() {
    let app = TestApp::start();
    app.season("s");
    let teams = [
        ("SuperVision", "University of Toronto"),
        ("100% pure_noise", "ETH Zürich"),
        ("back\\slash", ""),
        ("Ärzte ohne Netz", "ÉCOLE"),
        ("vision 2", ""),
    ];
    for (place, (name, affiliation)) in teams.iter().enumerate() {
        let person = app.person(&format!("p{place}"));
        let body = json!({ "name": name, "affiliation": affiliation });
        app.post("/seasons/s/teams", Some(&person.token), &body).expect(201);
    }
    let found = |q: &str| column(&items(&app, &format!("/seasons/s/teams?q={}", encoded(q)), None), "name");
    let all: Vec<&str> = teams.iter().map(|(name, _)| *name).collect();
    assert_eq!(found("vision"), [all[0], all[4]]);
    assert_eq!(found(" VISION "), [all[0], all[4]]);
    assert_eq!(found("toronto"), [all[0]]);
    assert_eq!(found("zürich"), [all[1]]);
    assert_eq!(found("ärzte  OHNE"), [all[3]], "names are looked at as they are told apart");
    // Wildcards of SQL are letters here.
    for (q, place) in [("%", 1), ("_", 1), ("0% p", 1), ("\\", 2), ("\\s", 2)] {
        assert_eq!(found(q), [all[place]], "{q}");
    }
    for none in ["x%", "%vision%", "' OR 1=1 --", "supervision2"] {
        assert!(found(none).is_empty(), "{none}");
    }
    assert_eq!(found(""), all);
    assert_eq!(app.get(&format!("/seasons/s/teams?q={}", "x".repeat(201)), None).expect(422).code(), "invalid_value");
    app.get("/seasons/s/teams?q=%00", None).expect(422);

    let first = app.get("/seasons/s/teams?q=vision&limit=1", None).expect(200).json();
    let cursor = text(&first["next_cursor"]);
    let path = format!("/seasons/s/teams?q=vision&limit=1&cursor={cursor}");
    let second = app.get(&path, None).expect(200).json();
    assert_eq!((&second["items"][0]["name"], &second["next_cursor"]), (&json!("vision 2"), &Value::Null));
}

#[test]
fn submissions_are_found_by_method_team_and_state() {
    let arena = Arena::start();
    let submit = |person: &Person, method: Value| {
        let upload = arena.upload(person, &predictions());
        let made = arena.submit_upload(person, &upload, json!({ "method": method }), None).expect(201);
        text(&made.json()["id"])
    };
    let plain = submit(&arena.alice, json!("ResNet 50"));
    let unnamed = submit(&arena.bob, Value::Null);
    let wide = submit(&arena.bob, json!("Wide RESNET"));
    arena.score(&arena.claim().unwrap(), [0; 3], [0; 3]).expect(200);
    let found = |person: &Person, query: &str| {
        column(&items(&arena.app, &format!("{SUBMISSIONS}?{query}"), Some(person)), "id")
    };
    let (plain, unnamed, wide) = (plain.as_str(), unnamed.as_str(), wide.as_str());
    let boss = &arena.organizer;
    assert_eq!(found(boss, "q=resnet"), [wide, plain]);
    assert_eq!(found(boss, "q=beta"), [wide, unnamed]);
    assert_eq!(found(boss, "q=beta&state=queued"), [wide, unnamed]);
    assert_eq!(found(boss, "state=scored"), [plain]);
    assert_eq!(found(boss, "team=beta&q=wide"), [wide]);
    let alpha = items(&arena.app, "/seasons/demo/teams?q=alpha", None);
    assert_eq!(found(boss, &format!("team={}", text(&alpha[0]["id"]))), [plain]);
    assert_eq!(found(boss, "q=resnet&limit=1"), [wide]);
    assert_eq!(found(boss, &format!("q=resnet&limit=1&cursor={wide}")), [plain]);
    assert!(found(boss, "team=gamma").is_empty());
    // A team searches among its own.
    assert_eq!(found(&arena.alice, "q=resnet"), [plain]);
    assert!(found(&arena.alice, "team=Beta").is_empty());
    assert_eq!(found(&arena.bob, "team=Beta&state=queued"), [wide, unnamed]);
    let refused = arena.app.get(&format!("{SUBMISSIONS}?state=done"), Some(&boss.token)).expect(422);
    assert_eq!(refused.code(), "invalid_value");
}

#[test]
fn the_audit_log_names_people_and_is_searched() {
    let arena = Arena::start();
    let log = |query: &str| items(&arena.app, &format!("/organizer/audit{query}"), Some(&arena.organizer));
    let made = log("?q=TEAM.create");
    assert_eq!(made.len(), 2);
    assert_eq!(column(&made, "name"), ["bob", "alice"]);
    assert!(made.iter().all(|entry| entry["action"] == "team.create"));
    let by_person = log("?q=Alice");
    assert!(!by_person.is_empty() && by_person.iter().all(|entry| entry["account"] == json!(arena.alice.id)));
    assert!(!log("?q=demo%2F").is_empty() && log("?q=nothing%20like%20it").is_empty());
    let first =
        arena.app.get("/organizer/audit?q=team.create&limit=1", Some(&arena.organizer.token)).expect(200).json();
    let rest = log(&format!("?q=team.create&limit=1&cursor={}", text(&first["next_cursor"])));
    assert_eq!(column(&rest, "name"), ["alice"]);
    // What the program itself did is nobody's.
    arena.app.execute("UPDATE audit_log SET account_id = NULL WHERE action = 'team.create'");
    assert_eq!(log("?q=team.create")[0]["name"], Value::Null);
}
