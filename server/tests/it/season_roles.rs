//! What organizers of one season see of it, and what they may not be in it.

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::organizer_roles::with;
use crate::people::text;
use crate::test_app::Answer;

const TEAMS: &str = "/seasons/demo/teams";

#[track_caller]
fn reason(answer: Answer, status: u16) -> String {
    text(&answer.expect(status).json()["error"]["reason"])
}

#[test]
fn evaluations_of_a_submission_are_for_the_organizers_of_its_season() {
    let arena = Arena::start();
    let app = &arena.app;
    app.season("other");
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let (own, foreign) =
        (with(&arena.app, "olga", "observer", Some("demo")), with(&arena.app, "fred", "owner", Some("other")));
    let path = format!("/organizer/evaluations?submission={id}");
    let seen = app.get(&path, Some(&own.token)).expect(200).json();
    assert_eq!(seen["items"][0]["submission"], json!(id));
    app.get(&path, Some(&foreign.token)).expect(403);
    // A season that is not the submission's shows nothing of it.
    let nothing = app.get(&format!("{path}&season=other"), Some(&foreign.token)).expect(200).json();
    assert_eq!(nothing["items"], json!([]));
    app.get(&format!("{path}&season=demo"), Some(&foreign.token)).expect(403);

    // The audit log cannot be asked for a submission: it would show everything.
    let judge = with(&arena.app, "jude", "judge", Some("demo"));
    let refused = app.get(&format!("/organizer/audit?submission={id}"), Some(&judge.token)).expect(403).json();
    assert!(text(&refused["error"]["message"]).contains("season=NAME"), "{refused}");
    app.get("/organizer/audit?season=demo", Some(&judge.token)).expect(200);
}

#[test]
fn organizers_of_a_season_neither_found_nor_join_teams_of_it() {
    let arena = Arena::start();
    let app = &arena.app;
    app.season("other");
    let invitation = app.post(&format!("{TEAMS}/Alpha/invitations"), Some(&arena.alice.token), &json!({})).expect(201);
    let code = text(&invitation.json()["code"]);
    let roles = ["observer", "judge", "organizer", "owner"];
    let people = roles.map(|role| with(&arena.app, &format!("{role}-of-demo"), role, Some("demo")));
    for person in people.iter().chain([&arena.organizer]) {
        let found = app.post(TEAMS, Some(&person.token), &json!({ "name": "Committee" }));
        assert_eq!(reason(found, 403), "organizes_season");
        let joined = app.post(&format!("/invitations/{code}/accept"), Some(&person.token), &json!({}));
        assert_eq!(reason(joined, 403), "organizes_season");
    }
    app.post("/seasons/other/teams", Some(&people[0].token), &json!({ "name": "Guests" })).expect(201);
}

#[test]
fn what_is_not_settled_in_a_season_is_counted() {
    let arena = Arena::start();
    let app = &arena.app;
    app.season("other");
    let observer = with(&arena.app, "olga", "observer", Some("demo"));
    let look = |season: &str| app.get(&format!("/organizer/seasons/{season}/open-matters"), Some(&observer.token));
    let nothing = json!({ "pending_teams": 0, "held_results": 0, "open_questions": 0, "rescorings": [], "stalled": 0,
        "disabled_webhooks": 0, "queued": 0, "running": 0, "uploads": 0, "choices_until": null });
    assert_eq!(look("demo").expect(200).json(), nothing);
    look("other").expect(403);

    app.execute("UPDATE tasks SET settings = REPLACE(settings, '\"title\"', '\"approval\":true,\"title\"')");
    for person in [&arena.alice, &arena.alice, &arena.bob] {
        arena.submit(person, &predictions()).expect(201);
    }
    let rejected = arena.claim().unwrap();
    let verdict = json!({ "kind": "rejected", "code": "bad_label", "message": "m", "detail": { "lines": [], "faults": 1, "hints": [] } });
    arena.report(&rejected, verdict, json!({})).expect(200);
    arena.claim().unwrap();
    app.execute("UPDATE teams SET status = 'pending' WHERE name = 'Beta'");
    app.post("/seasons/demo/questions", Some(&arena.alice.token), &json!({ "text": "Which size?" })).expect(201);
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", "10")];
    app.send_raw("POST", "/uploads", Some(&arena.alice.token), &headers, None).expect(201);
    app.execute(&format!(
        "INSERT INTO rescorings (id, task_id, from_id, to_id, created_by, created_at) \
         SELECT '{}', id, test_set_id, test_set_id, '{}', 1 FROM tasks",
        uuid::Uuid::now_v7(),
        arena.organizer.id
    ));
    let seen = look("demo").expect(200).json();
    let expected = json!({ "pending_teams": 1, "held_results": 2, "open_questions": 1,
        "rescorings": ["classification"], "stalled": 0, "disabled_webhooks": 0, "queued": 1, "running": 1, "uploads": 1, "choices_until": null });
    assert_eq!(seen, expected);

    // Nothing waits for approval where there is no result, and so there is nothing to approve.
    let id = text(&rejected["submission"]);
    assert_eq!(arena.submission(&arena.organizer, &id)["judgement"], Value::Null);
    let approve = json!({ "submission": id, "action": "approve" });
    let reply = app.post("/organizer/judgements", Some(&arena.organizer.token), &approve).expect(200).json();
    assert_eq!(reply["submissions"], json!([]));
    let list = "/seasons/demo/tasks/classification/submissions?ruling=held";
    let held = app.get(list, Some(&observer.token)).expect(200).json();
    assert_eq!(held["items"].as_array().unwrap().len(), 2);
}

#[test]
fn a_published_season_is_not_frozen() {
    let arena = Arena::start();
    arena.set_season("opens_at = 1, closes_at = 2");
    let change = |body: Value| arena.app.send("PATCH", "/seasons/demo", Some(&arena.organizer.token), Some(&body));
    change(json!({ "published": true })).expect(200);
    assert_eq!(reason(change(json!({ "frozen": true })), 409), "season_over");
}

#[test]
fn a_published_board_keeps_its_metric_and_its_finals() {
    let arena = Arena::start();
    arena.set_season("opens_at = 1, closes_at = 2");
    let organizer = Some(arena.organizer.token.as_str());
    let season = |body: Value| arena.app.send("PATCH", "/seasons/demo", organizer, Some(&body)).expect(200);
    season(json!({ "published": true }));
    let task = "/seasons/demo/tasks/classification";
    let present = arena.app.get(task, None).expect(200).json();
    let put = |name: &str, value: Value| {
        let mut settings = json!({});
        for field in ["title", "metric", "accepts", "input", "split", "quota", "limits", "finals", "approval"] {
            settings[field] = present[field].clone();
        }
        settings[name] = value;
        arena.app.send("PUT", task, organizer, Some(&settings))
    };
    for (field, value) in [("metric", json!("top1_error")), ("finals", json!(0))] {
        let refused = put(field, value).expect(409).json();
        assert_eq!(refused["error"]["reason"], "published_board", "{refused}");
        assert_eq!(refused["error"]["detail"]["field"], field);
    }
    put("title", json!("Other")).expect(200);
    season(json!({ "published": false }));
    put("metric", json!("top1_error")).expect(200);
}
