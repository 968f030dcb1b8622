//! Every operation of the OpenAPI document is tried as every role.
//!
//! A role that may not call an operation gets 401 without credentials, and 403 or 404 with them. A
//! role that may gets anything else: the requests are bare, so that most of them are refused for
//! what they lack, but not for who sends them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::arena::Arena;
use crate::people::text;

const ROLES: [&str; 6] = ["anonymous", "stranger", "member", "captain", "organizer", "scorer"];

/// Returns who may call an operation; every operation of the document has to be here.
fn allowed(operation: &str) -> &'static [&'static str] {
    const ANYONE: &[&str] = &["anonymous", "stranger", "member", "captain", "organizer"];
    const EVERY_ROLE: &[&str] = &ROLES;
    const ACCOUNTS: &[&str] = &["stranger", "member", "captain", "organizer"];
    const TEAM: &[&str] = &["member", "captain", "organizer"];
    match operation {
        "get_bibtex"
        | "get_citation_file"
        | "get_feed"
        | "get_health"
        | "get_openapi"
        | "get_readiness"
        | "get_checkpoint"
        | "get_consistency_proof"
        | "get_inclusion_proof"
        | "get_log_key"
        | "list_log_entries"
        | "list_log_keys"
        | "discover_uploads"
        | "create_account"
        | "create_session"
        | "refresh_session"
        | "get_invitation"
        | "get_password_reset"
        | "request_password_reset"
        | "reset_password"
        | "verify_email"
        | "get_unsubscription"
        | "unsubscribe"
        | "get_setup_link"
        | "set_up_organizer"
        | "get_organizer_invitation" => EVERY_ROLE,
        "get_entry"
        | "get_comparison"
        | "get_receipts"
        | "get_leaderboard"
        | "get_leaderboard_csv"
        | "get_season"
        | "get_task"
        | "get_team"
        | "list_classes"
        | "list_images"
        | "list_seasons"
        | "list_announcements"
        | "list_events"
        | "list_questions"
        | "list_tasks"
        | "list_teams"
        | "watch_leaderboard" => ANYONE,
        "get_me"
        | "mark_news_seen"
        | "update_me"
        | "change_password"
        | "delete_account"
        | "create_email_verification"
        | "get_mail_settings"
        | "put_mail_settings"
        | "put_email"
        | "list_my_messages"
        | "list_api_tokens"
        | "create_api_token"
        | "delete_api_token"
        | "list_sessions"
        | "delete_own_session"
        | "delete_other_sessions"
        | "get_own_data"
        | "create_team"
        | "get_registration"
        | "use_registration_code"
        | "accept_invitation"
        | "accept_organizer_invitation"
        | "create_upload"
        | "get_upload"
        | "head_upload"
        | "patch_upload"
        | "override_upload"
        | "delete_upload" => ACCOUNTS,
        "create_submission"
        | "list_submissions"
        | "get_submission"
        | "update_submission"
        | "cancel_submission"
        | "withdraw_submission"
        | "stream_submission"
        | "preflight_submission" => TEAM,
        "get_quota" | "create_question" => &["member", "captain"],
        "create_invitation" | "list_invitations" | "delete_invitation" => &["captain"],
        "update_team" => &["captain", "organizer"],
        "create_season"
        | "update_season"
        | "create_task"
        | "update_task"
        | "put_test_set"
        | "get_image_archive"
        | "get_labels"
        | "get_commitment"
        | "create_password_reset"
        | "answer_question"
        | "create_announcement"
        | "update_announcement"
        | "export_audit"
        | "export_season"
        | "list_organizers"
        | "update_organizer"
        | "transfer_ownership"
        | "list_season_organizers"
        | "update_season_organizer"
        | "delete_season_organizer"
        | "transfer_season_ownership"
        | "list_season_invitations"
        | "create_season_invitation"
        | "delete_season_invitation"
        | "delete_organizer"
        | "list_organizer_invitations"
        | "create_organizer_invitation"
        | "delete_organizer_invitation"
        | "create_setup_link"
        | "list_scorer_tokens"
        | "create_scorer_token"
        | "delete_scorer_token"
        | "list_scorers"
        | "get_metrics"
        | "list_audit_entries"
        | "list_evaluations"
        | "get_queue"
        | "requeue_submission"
        | "create_ban"
        | "create_extension"
        | "create_webhook"
        | "delete_webhook"
        | "list_webhook_deliveries"
        | "list_webhooks"
        | "replace_webhook_secret"
        | "send_webhook_delivery"
        | "test_webhook"
        | "update_webhook"
        | "delete_extension"
        | "list_extensions"
        | "delete_ban"
        | "list_bans"
        | "create_judgement"
        | "get_submission_file"
        | "apply_rescoring"
        | "create_rescoring"
        | "delete_rescoring"
        | "get_rescoring"
        | "get_identical_submissions"
        | "get_similar_submissions"
        | "get_open_matters"
        | "get_season_log"
        | "create_registration_code"
        | "decide_team"
        | "merge_team"
        | "delete_registration_code"
        | "list_registration_codes"
        | "list_messages"
        | "list_season_messages"
        | "send_message"
        | "send_season_message"
        | "create_log_key"
        | "list_team_changes" => &["organizer"],
        "create_claim" | "create_heartbeat" | "create_outcome" | "get_blob" => &["scorer"],
        other => panic!("operation `{other}` is not in the table of roles: say who may call it"),
    }
}

/// These end what the test stands on; tests of their own try them as every role.
const ENDING: [&str; 3] = ["delete_session", "delete_member", "update_member"];

/// A server with a season, a team of two and a submission, and a credential for every role.
struct World {
    arena: Arena,
    tokens: BTreeMap<&'static str, String>,
    parameters: BTreeMap<&'static str, String>,
}

impl World {
    fn new() -> Self {
        let arena = Arena::start();
        let app = &arena.app;
        let (member, stranger) = (app.person("carol"), app.person("dave"));
        let captain = &arena.alice;
        let invited = app.post("/seasons/demo/teams/Alpha/invitations", Some(&captain.token), &json!({})).expect(201);
        let code = text(&invited.json()["code"]);
        app.post(&format!("/invitations/{code}/accept"), Some(&member.token), &json!({})).expect(200);
        let team = app.get("/seasons/demo/teams/Alpha", Some(&captain.token)).expect(200).json();
        let file = "1 2 3 4 5\n".repeat(20);
        let submission = arena.submit(captain, file.as_bytes()).expect(201).json();
        let name = json!({ "name": "roles" });
        let scorer = app.post("/organizer/scorer-tokens", Some(&arena.organizer.token), &name).expect(201).json();
        let tokens = BTreeMap::from([
            ("stranger", stranger.token),
            ("member", member.token),
            ("captain", captain.token.clone()),
            ("organizer", arena.organizer.token.clone()),
            ("scorer", text(&scorer["secret"])),
        ]);
        let parameters = BTreeMap::from([
            ("season", "demo".to_owned()),
            ("task", "classification".to_owned()),
            ("team", text(&team["id"])),
            ("submission", text(&submission["id"])),
            ("code", "no-such-code".to_owned()),
            ("token", "no-such-token".to_owned()),
            ("sha256", "0".repeat(64)),
            ("account", "01890a5d-ac96-774b-bcce-b302099a8057".to_owned()),
            ("id", "01890a5d-ac96-774b-bcce-b302099a8057".to_owned()),
            ("delivery", "01890a5d-ac96-774b-bcce-b302099a8057".to_owned()),
            ("table", "participants".to_owned()),
        ]);
        Self { arena, tokens, parameters }
    }

    /// The path with its parameters put in; `{id}` of a submission is the one that is there.
    fn path(&self, template: &str) -> String {
        let local = template.strip_prefix("/api/v1").map_or_else(|| format!("/{template}"), str::to_owned);
        let mut path = local.replace("/submissions/{id}", "/submissions/{submission}");
        for (name, value) in &self.parameters {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        assert!(!path.contains('{'), "`{template}` has a parameter that this test does not know");
        path
    }

    /// The status that the server decides on. The body of an answer is not waited for: streams do
    /// not end.
    fn status(&self, role: &str, method: &str, path: &str) -> u16 {
        let token = self.tokens.get(role).map(String::as_str);
        let body = matches!(method, "POST" | "PUT" | "PATCH").then(|| json!({}));
        self.arena.app.status(method, path, token, body.as_ref())
    }
}

#[test]
fn every_operation_answers_every_role_as_the_table_says() {
    let world = World::new();
    let document = world.arena.app.get("/openapi.json", None).expect(200).json();
    let operations = operations(&document);
    assert!(operations.len() > 40, "the document lists {} operations", operations.len());
    let mut wrong = Vec::new();
    for (operation, method, template) in operations {
        if ENDING.contains(&operation.as_str()) {
            continue;
        }
        let may = allowed(&operation);
        for role in ROLES {
            let status = world.status(role, &method, &world.path(&template));
            let refused = if role == "anonymous" { status == 401 } else { status == 403 || status == 404 };
            // Things that are not there are 404 for a role that may, too. A bare login or refresh
            // is 401 or less for all.
            let own = matches!(operation.as_str(), "create_session" | "refresh_session");
            let fits = if may.contains(&role) { own || (status != 401 && status != 403) } else { refused };
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
