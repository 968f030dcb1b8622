//! Every operation of the OpenAPI document is tried as every role.
//!
//! A role that may not call an operation gets 401 without credentials and 403 or 404 with them. A role that may gets
//! anything else: the requests are bare, so that most of them are refused for what they lack, but not for who sends them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::test_app::TestApp;

const ROLES: [&str; 6] = ["anonymous", "stranger", "member", "captain", "organizer", "scorer"];

/// Who may call an operation; every operation of the document has to be here.
fn allowed(operation: &str) -> &'static [&'static str] {
    const ANYONE: &[&str] = &["anonymous", "stranger", "member", "captain", "organizer"];
    const ACCOUNTS: &[&str] = &["stranger", "member", "captain", "organizer"];
    const TEAM: &[&str] = &["member", "captain", "organizer"];
    match operation {
        "create_account" | "create_session" | "refresh_session" | "list_seasons" | "get_season" | "list_tasks"
        | "get_task" | "get_classes" | "get_images" | "list_teams" | "get_team" | "get_leaderboard"
        | "get_leaderboard_csv" | "stream_leaderboard" | "get_openapi" | "discover_uploads" => ANYONE,
        "get_me" | "delete_session" | "list_tokens" | "create_token" | "delete_token" | "create_team"
        | "accept_invitation" | "create_upload" | "get_upload" | "head_upload" | "patch_upload" | "delete_upload" => {
            ACCOUNTS
        }
        "create_submission" | "list_submissions" | "get_submission" | "cancel_submission" | "stream_submission" => TEAM,
        "get_quota" => &["member", "captain"],
        "create_invitation" | "list_invitations" | "delete_invitation" => &["captain"],
        "delete_member" => &["member", "captain"],
        "create_season" | "update_season" | "create_task" | "update_task" | "put_test_set" | "get_labels"
        | "list_scorer_tokens" | "create_scorer_token" | "delete_scorer_token" | "list_scorers" | "list_audit"
        | "requeue_submission" => &["organizer"],
        "create_claim" | "create_heartbeat" | "create_outcome" | "get_blob" => &["scorer"],
        other => panic!("operation `{other}` is not in the table of roles: say who may call it"),
    }
}

/// A server with a season, a team of two and a submission, and a credential for every role.
struct World {
    app: TestApp,
    tokens: BTreeMap<&'static str, String>,
    parameters: BTreeMap<&'static str, String>,
}

impl World {
    fn new() -> Self {
        let app = TestApp::start();
        let organizer = app.organizer();
        app.season(&organizer, "demo");
        let captain = app.account("captain@example.org");
        let member = app.account("member@example.org");
        let stranger = app.account("stranger@example.org");
        let team = app.post("/seasons/demo/teams", Some(&captain), &json!({"name": "Alpha"})).expect(201).json();
        let invite = app.post("/seasons/demo/teams/Alpha/invitations", Some(&captain), &json!({})).expect(201).json();
        let code = invite["code"].as_str().unwrap();
        app.post(&format!("/invitations/{code}/accept"), Some(&member), &json!({})).expect(200);
        let submission = app.submit(&captain, "demo", &app.right_answers("demo")).expect(201).json();
        let scorer = app.scorer_token(&organizer);
        let member_id = app.get("/me", Some(&member)).expect(200).json()["account"]["id"].as_str().unwrap().to_owned();
        let tokens = BTreeMap::from([
            ("stranger", stranger),
            ("member", member),
            ("captain", captain),
            ("organizer", organizer),
            ("scorer", scorer),
        ]);
        let nothing = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
        let parameters = BTreeMap::from([
            ("season", "demo".to_owned()),
            ("task", "classification".to_owned()),
            ("team", team["id"].as_str().unwrap().to_owned()),
            ("submission", submission["id"].as_str().unwrap().to_owned()),
            ("account", member_id),
            ("code", "no-such-code".to_owned()),
            ("sha256", "0".repeat(64)),
            ("id", nothing),
        ]);
        Self { app, tokens, parameters }
    }

    /// The path with its parameters put in. `{id}` of a submission is the one that is there.
    fn path(&self, template: &str) -> String {
        let template = template.strip_prefix("/api/v1").unwrap_or(template);
        let mut path = template.replace("/submissions/{id}", "/submissions/{submission}");
        for (name, value) in &self.parameters {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        assert!(!path.contains('{'), "`{template}` has a parameter that this test does not know");
        path
    }

    fn status(&self, role: &str, method: &str, path: &str) -> u16 {
        let token = self.tokens.get(role).map(String::as_str);
        // A stream would not end by itself: HEAD-like looks are enough, the server decides before the first byte.
        self.app.status(method, path, token, (method != "GET" && method != "HEAD").then(|| json!({})).as_ref())
    }
}

#[test]
fn every_operation_answers_every_role_as_the_table_says() {
    let world = World::new();
    let document = world.app.get("/openapi.json", None).expect(200).json();
    let operations = operations(&document);
    assert!(operations.len() > 40, "the document lists {} operations", operations.len());
    let mut wrong = Vec::new();
    for (operation, method, template) in operations {
        let may = allowed(&operation);
        // Ending one's session would lock the role out of what follows.
        if operation == "delete_session" || operation == "delete_member" {
            let status = world.status("anonymous", &method, &world.path(&template));
            assert_eq!(status, 401, "{operation} as anonymous");
            continue;
        }
        for role in ROLES {
            let status = world.status(role, &method, &world.path(&template));
            let refused = if role == "anonymous" { status == 401 } else { status == 403 || status == 404 };
            // With the id of nothing, a role that may call gets 404 too; one that may not must never get further.
            let fits = if may.contains(&role) { status != 401 && status != 403 } else { refused };
            if !fits || status >= 500 {
                wrong.push(format!("{operation} ({method} {template}) as {role}: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Operation id, method and path of everything in the document.
fn operations(document: &Value) -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "options", "head", "patch"] {
            if let Some(operation) = item.get(method) {
                let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
                found.insert((id.to_owned(), method.to_uppercase(), path.clone()));
            }
        }
    }
    found
}
