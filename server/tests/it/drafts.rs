//! A season that is a draft answers like one that does not exist, on every route that names a
//! season.

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::text;

/// What a caller can see of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// The body of an operation that is good enough to get as far as the season.
fn body(operation: &str, upload: &str) -> Value {
    match operation {
        "create_team" => json!({ "name": "Hopeful" }),
        "create_submission" => json!({ "upload": upload, "kind": "predictions" }),
        "preflight_submission" => json!({ "kind": "predictions", "size": 10 }),
        "use_registration_code" => json!({ "code": "hr_x" }),
        "update_season" => json!({ "title": "T" }),
        "create_task" => json!({ "task": "t", "settings": {} }),
        "decide_team" => json!({ "status": "approved" }),
        "merge_team" => json!({ "into": "Alpha", "reason": "One group" }),
        _ => json!({}),
    }
}

/// The answer for the season with this name, in which the name does not appear any more.
fn ask(arena: &Arena, token: Option<&str>, (method, template): (&str, &str), season: &str, body: &Value) -> Seen {
    let path = template.replace("{season}", season);
    let sends = matches!(method, "POST" | "PUT" | "PATCH");
    let answer = arena.app.send(method, &path, token, sends.then_some(body));
    // Those of the moment and of the connection; the rest come in no particular order.
    let own = ["date", "x-request-id", "content-length", "connection"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.clone(), value.replace(season, "SEASON"))).collect();
    headers.sort();
    Seen { status: answer.status, headers, body: answer.text.replace(season, "SEASON") }
}

/// Every route with a season in its path: operation, method and path below `/api/v1`; and the
/// pages, as `get_page`.
fn routes(document: &Value) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(local) = path.strip_prefix("/api/v1").filter(|_| path.contains("{season}")) else { continue };
        for (method, operation) in item.as_object().unwrap() {
            found.push((text(&operation["operationId"]), method.to_uppercase(), local.to_owned()));
        }
    }
    let pages = ["", "/{task}", "/{task}/entries/{submission}", "/{task}/submit", "/teams/{team}", "/organize"];
    let pages = pages.map(|rest| format!("//seasons/{{season}}{rest}")).into_iter();
    found.extend(
        pages.chain(["//embed/{season}/{task}".to_owned()]).map(|path| ("get_page".into(), "GET".into(), path)),
    );
    found
}

#[test]
fn a_draft_answers_like_a_season_that_does_not_exist() {
    let arena = Arena::start();
    let stranger = arena.app.person("stranger");
    let submission = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    arena.score(&arena.claim().unwrap(), [255, 255, 15], [255, 255, 15]).expect(200);
    let invited = arena.app.post("/seasons/demo/teams/Alpha/invitations", Some(&arena.alice.token), &json!({}));
    let code = text(&invited.expect(201).json()["code"]);
    arena.set_season("draft = TRUE, slug = 'hidden-one'");
    // The boards' directory follows within two seconds.
    std::thread::sleep(std::time::Duration::from_millis(2100));

    let document = arena.app.get("/openapi.json", None).expect(200).json();
    let upload = arena.upload(&arena.alice, &predictions());
    let callers = [None, Some(&stranger.token), Some(&arena.alice.token)];
    let there =
        [("task", "classification"), ("team", "Alpha"), ("submission", &submission), ("account", &arena.alice.id)];
    let absent = "01890a5d-ac96-774b-bcce-b302099a8057";
    let not_there = [("task", "nope"), ("team", "Nobody"), ("submission", absent), ("account", absent)];
    let (mut compared, mut different) = (0, Vec::new());
    for (operation, method, template) in routes(&document) {
        for names in [there, not_there] {
            let mut path = template.replace("{table}", "participants");
            for name in ["{id}", "{delivery}"] {
                path = path.replace(name, absent);
            }
            for (name, value) in names {
                path = path.replace(&format!("{{{name}}}"), value);
            }
            assert!(path.matches('{').count() <= 1, "`{template}` has a parameter that this test does not know");
            let body = body(&operation, &upload);
            for token in callers {
                let route = (method.as_str(), path.as_str());
                let draft = ask(&arena, token.map(String::as_str), route, "hidden-one", &body);
                let missing = ask(&arena, token.map(String::as_str), route, "no-such-one", &body);
                // A page is drawn by its script, which then finds nothing.
                assert!(operation == "get_page" || draft.status >= 400, "{operation}: {draft:?}");
                if draft != missing {
                    different.push(format!("{method} {path}: {draft:?} but {missing:?}"));
                }
                compared += 1;
            }
        }
    }
    assert!(compared >= 148, "{compared}");
    assert!(different.is_empty(), "{}", different.join("\n"));
    // Nor do codes tell of it, or lists.
    arena.app.get(&format!("/invitations/{code}"), None).expect(404);
    arena.app.post(&format!("/invitations/{code}/accept"), Some(&stranger.token), &json!({})).expect(404);
    assert_eq!(arena.app.get("/seasons", Some(&arena.alice.token)).expect(200).json()["items"], json!([]));
    // Organizers find everything where it is.
    let board = "/seasons/hidden-one/tasks/classification/leaderboard";
    let rows = arena.app.get(board, Some(&arena.organizer.token)).expect(200).json()["rows"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 1);
}
