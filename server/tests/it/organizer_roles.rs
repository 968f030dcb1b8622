//! What organizers of each role may do, on the server and in a season.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::{Person, text};
use crate::test_app::{Answer, TestApp};

const ROLES: [&str; 4] = ["observer", "judge", "organizer", "owner"];

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    /// One season: its organizers may call it.
    Season,
    /// The server: only organizers of the server may call it.
    Server,
    /// The server, or the season that the query names.
    Named,
    /// The season that the body names: the role may be in any, until the body is read.
    Body,
}

/// The least role for an operation, and what it is about; every operation for organizers has to be
/// here.
fn row(operation: &str) -> (&'static str, About) {
    use About::{Body, Named, Season, Server};
    match operation {
        "get_queue" | "list_scorers" | "list_scorer_tokens" | "list_organizers" => ("observer", Server),
        "list_evaluations" => ("observer", Named),
        "create_judgement" => ("judge", Body),
        "create_ban" => ("organizer", Body),
        "list_bans" => ("organizer", Named),
        "delete_ban" => ("organizer", Season),
        "create_extension" | "delete_extension" | "list_extensions" => ("organizer", Season),
        "create_webhook"
        | "delete_webhook"
        | "list_webhook_deliveries"
        | "list_webhooks"
        | "replace_webhook_secret"
        | "send_webhook_delivery"
        | "test_webhook"
        | "update_webhook" => ("organizer", Season),
        "export_season" | "get_open_matters" | "get_rescoring" | "get_season_log" | "list_season_organizers" => {
            ("observer", Season)
        }
        "list_audit_entries" => ("judge", Named),
        "get_identical_submissions" | "get_similar_submissions" => ("judge", Season),
        "answer_question"
        | "export_audit"
        | "list_team_changes"
        | "apply_rescoring"
        | "create_rescoring"
        | "delete_rescoring"
        | "get_commitment"
        | "get_image_archive"
        | "get_labels"
        | "get_submission_file"
        | "requeue_submission" => ("judge", Season),
        "create_password_reset"
        | "create_scorer_token"
        | "create_season"
        | "delete_scorer_token"
        | "list_messages"
        | "send_message" => ("organizer", Server),
        "create_announcement"
        | "update_announcement"
        | "create_registration_code"
        | "create_task"
        | "decide_team"
        | "merge_team"
        | "delete_registration_code"
        | "list_registration_codes"
        | "list_season_messages"
        | "send_season_message"
        | "put_test_set"
        | "update_season"
        | "update_task" => ("organizer", Season),
        "create_log_key"
        | "create_organizer_invitation"
        | "create_setup_link"
        | "delete_organizer"
        | "delete_organizer_invitation"
        | "list_organizer_invitations"
        | "transfer_ownership"
        | "update_organizer" => ("owner", Server),
        "create_season_invitation"
        | "delete_season_invitation"
        | "delete_season_organizer"
        | "list_season_invitations"
        | "transfer_season_ownership"
        | "update_season_organizer" => ("owner", Season),
        other => panic!("operation `{other}` is not in the table: say which role may call it, and where"),
    }
}

fn rank(role: &str) -> usize {
    ROLES.iter().position(|known| *known == role).unwrap()
}

/// Name, method and path of every operation that is for organizers, with the role that the document
/// names.
fn operations(document: &Value) -> Vec<(String, String, String, String)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let refusal = operation["responses"]["403"]["description"].as_str().unwrap_or_default();
            let Some(rest) = refusal.strip_prefix("`forbidden`: for organizers with the role `") else { continue };
            let role = rest.split('`').next().unwrap().to_owned();
            found.push((text(&operation["operationId"]), method.to_uppercase(), path.clone(), role));
        }
    }
    found
}

/// Everybody who calls: a role and the place where it counts.
fn people(arena: &Arena) -> Vec<(&'static str, &'static str, Person)> {
    let mut people = Vec::new();
    for role in ROLES {
        for place in ["server", "demo", "other"] {
            let person = arena.app.person(&format!("{role}-{place}"));
            arena.app.appoint(&person, role, Some(place).filter(|place| *place != "server"));
            people.push((role, place, person));
        }
    }
    people
}

#[test]
fn every_operation_for_organizers_answers_every_role_as_the_table_says() {
    let arena = Arena::start();
    let app = &arena.app;
    app.season("other");
    let submission = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let rescoring = uuid::Uuid::now_v7().to_string();
    app.execute(&format!(
        "INSERT INTO rescorings (id, task_id, from_id, to_id, created_by, created_at) \
         SELECT '{rescoring}', id, test_set_id, test_set_id, '{}', 1 FROM tasks",
        arena.organizer.id
    ));
    let ban = uuid::Uuid::now_v7().to_string();
    app.execute(&format!(
        "INSERT INTO bans (id, season_id, reason, created_by, created_at) SELECT '{ban}', id, 'r', '{}', 1 FROM seasons \
         WHERE slug = 'demo'",
        arena.organizer.id
    ));
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    let parameters = BTreeMap::from([
        ("/submissions/{id}", format!("/submissions/{submission}")),
        ("/rescorings/{id}", format!("/rescorings/{rescoring}")),
        ("/bans/{id}", format!("/bans/{ban}")),
        ("{season}", "demo".to_owned()),
        ("{task}", "classification".to_owned()),
        ("{team}", "Alpha".to_owned()),
        ("{account}", nobody.to_owned()),
        ("{id}", nobody.to_owned()),
        ("{delivery}", nobody.to_owned()),
        ("{table}", "participants".to_owned()),
    ]);
    let people = people(&arena);
    let document = app.get("/openapi.json", None).expect(200).json();
    let operations = operations(&document);
    assert!(operations.len() > 30, "{} operations are for organizers", operations.len());
    let mut wrong = Vec::new();
    for (operation, method, template, said) in operations {
        let (least, about) = row(&operation);
        assert_eq!(said, least, "the document says this of {operation}");
        // The longer ones first: a submission's id is another one than nobody's.
        let mut path = template.strip_prefix("/api/v1").unwrap().to_owned();
        for (name, value) in &parameters {
            path = path.replace(name, value);
        }
        let body = matches!(method.as_str(), "POST" | "PUT" | "PATCH").then(|| json!({}));
        let status = |path: &str, token: Option<&str>| app.status(&method, path, token, body.as_ref());
        for (who, token, expected) in [("anonymous", None, 401), ("a member", Some(arena.alice.token.as_str()), 403)] {
            let got = status(&path, token);
            if got != expected {
                wrong.push(format!("{operation} as {who}: {got}"));
            }
        }
        for (role, place, person) in &people {
            let named = about == About::Named;
            let asked = if named { vec![path.clone(), format!("{path}?season=demo")] } else { vec![path.clone()] };
            for path in asked {
                let of_season = about == About::Season || path.ends_with("?season=demo");
                let may = rank(role) >= rank(least)
                    && (*place == "server" || (*place == "demo" && of_season) || about == About::Body);
                let got = status(&path, Some(&person.token));
                if (got == 403) == may || got == 401 || got >= 500 {
                    wrong.push(format!("{operation} ({method} {path}) as {role} of {place}: {got}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Somebody new with a role in a season, or on the server.
pub fn with(app: &TestApp, name: &str, role: &str, season: Option<&str>) -> Person {
    let person = app.person(name);
    app.appoint(&person, role, season);
    person
}

#[test]
fn an_observer_sees_submissions_and_changes_none() {
    let arena = Arena::start();
    let app = &arena.app;
    app.season("other");
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let path = format!("/submissions/{id}");
    let (observer, judge) = (with(app, "olga", "observer", Some("demo")), with(app, "jude", "judge", Some("demo")));
    let foreign = with(app, "fred", "owner", Some("other"));

    arena.submission(&observer, &id);
    app.get(&path, Some(&foreign.token)).expect(404);
    let list = "/seasons/demo/tasks/classification/submissions";
    assert_eq!(app.get(list, Some(&observer.token)).expect(200).json()["items"].as_array().unwrap().len(), 1);
    app.get(list, Some(&foreign.token)).expect(403);

    let note = json!({ "note": "seen by a judge" });
    let refused = app.send("PATCH", &path, Some(&observer.token), Some(&note)).expect(403);
    let error = refused.json()["error"].clone();
    assert_eq!((&error["reason"], &error["detail"]["role"]), (&json!("role_needed"), &json!("judge")), "{error}");
    app.post(&format!("{path}/cancel"), Some(&observer.token), &json!({})).expect(403);
    app.send("PATCH", "/seasons/demo/teams/Alpha", Some(&judge.token), Some(&json!({ "name": "A" }))).expect(403);
    app.send("PATCH", &path, Some(&judge.token), Some(&note)).expect(200);
    app.post(&format!("{path}/cancel"), Some(&judge.token), &json!({})).expect(200);
    // The team itself changes what is its own, whatever organizers there are.
    app.send("PATCH", &path, Some(&arena.alice.token), Some(&json!({ "method": "m" }))).expect(200);
}

#[test]
fn an_organizer_of_a_season_bans_from_it_and_from_nothing_else() {
    const BANS: &str = "/organizer/bans";
    let arena = Arena::start();
    let app = &arena.app;
    app.season("other");
    let (own, judge) = (with(app, "olga", "organizer", Some("demo")), with(app, "jude", "judge", Some("demo")));
    let ban = |by: &Person, body: Value| app.post(BANS, Some(&by.token), &body);
    let alice = &arena.alice.email;
    let in_demo = json!({ "email": alice, "season": "demo", "reason": "two accounts" });
    let made = text(&ban(&own, in_demo.clone()).expect(200).json()["id"]);
    ban(&judge, in_demo).expect(403);
    for refused in [
        json!({ "email": alice, "everywhere": true, "reason": "r" }),
        json!({ "email": alice, "season": "other", "reason": "r" }),
        json!({ "email": alice, "season": "nowhere", "reason": "r", "dry_run": true }),
        json!({ "team": "Beta", "season": "demo", "everywhere": true, "reason": "r" }),
    ] {
        let error = ban(&own, refused.clone()).expect(403).json()["error"].clone();
        assert_eq!(
            (&error["reason"], &error["detail"]["role"]),
            (&json!("role_needed"), &json!("organizer")),
            "{refused}"
        );
    }
    let list = |query: &str| app.get(&format!("{BANS}{query}"), Some(&own.token));
    assert_eq!(list("?season=demo").expect(200).json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(list("").expect(403).json()["error"]["detail"]["field"], json!("season"));
    list("?season=other").expect(403);
    // What the server's organizers decided for the whole server is not lifted by those of one
    // season.
    let everywhere = json!({ "email": arena.bob.email, "everywhere": true, "reason": "r" });
    let of_server = text(&ban(&arena.organizer, everywhere).expect(200).json()["id"]);
    let lift = |id: &str| app.send("DELETE", &format!("{BANS}/{id}"), Some(&own.token), None);
    let refused = app.send("DELETE", &format!("{BANS}/{made}"), Some(&judge.token), None).expect(403).json();
    assert_eq!(refused["error"]["detail"]["season"], "demo", "a higher role in this season suffices: {refused}");
    lift(&of_server).expect(403);
    lift(&made).expect(204);
    lift(&made).expect(409);
}

#[test]
fn a_draft_is_there_for_its_own_organizers_only() {
    let arena = Arena::start();
    let app = &arena.app;
    app.season("other");
    app.execute("UPDATE seasons SET draft = TRUE");
    let (own, server) = (with(app, "olga", "observer", Some("demo")), with(app, "sam", "observer", None));
    let listed = |token: Option<&str>| -> Vec<String> {
        let seasons = app.get("/seasons", token).expect(200).json();
        seasons["items"].as_array().unwrap().iter().map(|season| text(&season["season"])).collect()
    };
    assert_eq!(listed(Some(&own.token)), ["demo"]);
    assert_eq!(listed(Some(&server.token)), ["other", "demo"]);
    assert!(listed(Some(&arena.alice.token)).is_empty() && listed(None).is_empty());
    app.get("/seasons/demo", Some(&own.token)).expect(200);
    app.get("/seasons/demo/tasks/classification/leaderboard", Some(&own.token)).expect(200);
    app.get("/seasons/other", Some(&own.token)).expect(404);
    // What is written into the page follows the same rule.
    let cookie = format!("holdout_access={}", own.token);
    for (season, status) in [("demo", 200), ("other", 404)] {
        let page = app.send_raw("GET", &format!("//seasons/{season}"), None, &[("cookie", &cookie)], None);
        assert_eq!(page.status, status, "the page of {season}");
    }
}

fn invite(app: &TestApp, by: &Person, path: &str, body: &Value) -> String {
    text(&app.post(path, Some(&by.token), body).expect(201).json()["code"])
}

fn accept(app: &TestApp, person: &Person, code: &str) -> Answer {
    app.post(&format!("/organizer-invitations/{code}/accept"), Some(&person.token), &json!({}))
}

#[test]
fn an_invitation_names_role_and_season() {
    let arena = Arena::start();
    let (app, chair) = (&arena.app, &arena.organizer);
    app.season("other");
    let (ada, eve) = (app.person("ada"), app.person("eve"));
    let path = "/organizer/seasons/demo/invitations";
    app.post("/organizer/seasons/nowhere/invitations", Some(&chair.token), &json!({})).expect(404);
    app.post(path, Some(&chair.token), &json!({ "role": "king" })).expect(422);
    let code = invite(app, chair, path, &json!({ "role": "owner" }));
    let preview = app.get(&format!("/organizer-invitations/{code}"), None).expect(200).json();
    assert_eq!((&preview["role"], &preview["season"]), (&json!("owner"), &json!("demo")));
    // Bob competes in this season; Ada does not.
    assert_eq!(accept(app, &arena.bob, &code).expect(409).json()["error"]["reason"], "competes");
    let me = accept(app, &ada, &code).expect(200).json();
    assert_eq!(me["roles"], json!([{ "season": "demo", "role": "owner" }]));
    assert_eq!(me["account"]["organizer"], true);

    // The owner of a season invites others to it, and to nothing else.
    app.post("/organizer/invitations", Some(&ada.token), &json!({})).expect(403);
    app.post("/organizer/seasons/other/invitations", Some(&ada.token), &json!({})).expect(403);
    let code = invite(app, &ada, path, &json!({ "role": "judge" }));
    accept(app, &eve, &code).expect(200);
    let listed = app.get("/organizer/seasons/demo/organizers", Some(&eve.token)).expect(200).json();
    let roles: Vec<(String, String)> =
        listed["items"].as_array().unwrap().iter().map(|one| (text(&one["name"]), text(&one["role"]))).collect();
    assert_eq!(roles, [("ada".to_owned(), "owner".to_owned()), ("eve".to_owned(), "judge".to_owned())]);
    // An organizer of this season may compete in another one, but not here.
    app.post("/seasons/other/teams", Some(&eve.token), &json!({ "name": "Eves" })).expect(201);
    let code = invite(app, chair, "/organizer/seasons/other/invitations", &json!({}));
    accept(app, &eve, &code).expect(409);
    // An invitation to one season is not taken back by the owner of another one.
    let made = app.post("/organizer/seasons/other/invitations", Some(&chair.token), &json!({})).expect(201).json();
    let foreign = text(&made["invitation"]["id"]);
    app.send("DELETE", &format!("{path}/{foreign}"), Some(&ada.token), None).expect(404);
    app.send("DELETE", &format!("/organizer/invitations/{foreign}"), Some(&chair.token), None).expect(204);
}

#[test]
fn roles_are_changed_and_end_and_the_last_owner_stays() {
    let arena = Arena::start();
    let (app, chair) = (&arena.app, &arena.organizer);
    let (ada, eve) = (with(app, "ada", "judge", None), with(app, "eve", "owner", Some("demo")));
    let put = |person: &Person, by: &Person, role: &str| {
        app.send(
            "PUT",
            &format!("/organizer/organizers/{}", person.id),
            Some(&by.token),
            Some(&json!({ "role": role })),
        )
    };
    put(&ada, &ada, "owner").expect(403);
    put(&ada, &eve, "observer").expect(403);
    let refused = put(chair, chair, "organizer").expect(409);
    assert_eq!(refused.json()["error"]["reason"], "only_owner");
    put(&eve, chair, "judge").expect(404);
    put(&ada, chair, "organizer").expect(204);
    app.post("/organizer/scorer-tokens", Some(&ada.token), &json!({ "name": "s" })).expect(201);

    // Handed over in one step: there is an owner at every moment.
    let transfer = |to: &Person, by: &Person| {
        app.post(&format!("/organizer/organizers/{}/transfer", to.id), Some(&by.token), &json!({}))
    };
    transfer(chair, chair).expect(422);
    transfer(&eve, chair).expect(404);
    let code = invite(app, chair, "/organizer/invitations", &json!({ "role": "owner" }));
    transfer(&ada, chair).expect(204);
    app.post("/organizer/invitations", Some(&chair.token), &json!({})).expect(403);
    // What the owner of before offered is void.
    app.get(&format!("/organizer-invitations/{code}"), None).expect(410);
    put(&ada, &ada, "judge").expect(409);

    // In a season: it does without an owner of its own, because those of the server are.
    let path = format!("/organizer/seasons/demo/organizers/{}", eve.id);
    app.send("PUT", &path, Some(&eve.token), Some(&json!({ "role": "observer" }))).expect(204);
    app.send("DELETE", &path, Some(&eve.token), None).expect(403);
    app.send("DELETE", &path, Some(&ada.token), None).expect(204);
    app.get("/me", Some(&eve.token)).expect(401);
    let token = text(&app.log_in(&eve.email)["access_token"]);
    let refused = app.post("/seasons/demo/teams", Some(&token), &json!({ "name": "Eves" })).expect(403);
    assert_eq!(refused.json()["error"]["reason"], "was_organizer");

    let log = app.get("/organizer/audit?limit=200", Some(&ada.token)).expect(200).json();
    let changes: Vec<(String, Value)> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "organizer.change")
        .map(|entry| (text(&entry["object"]), entry["detail"]["after"].clone()))
        .collect();
    assert!(changes.contains(&(format!("demo/{}", eve.id), json!("observer"))), "{changes:?}");
    assert!(changes.contains(&(ada.id, json!("owner"))), "{changes:?}");
}

#[test]
fn nobody_gets_a_higher_role_by_a_password_link() {
    let arena = Arena::start();
    let app = &arena.app;
    let (low, judge) = (with(app, "low", "organizer", None), with(app, "jude", "judge", Some("demo")));
    let link = |email: &str| app.post("/organizer/password-resets", Some(&low.token), &json!({ "email": email }));
    for email in [&arena.organizer.email, &judge.email] {
        assert_eq!(link(email).expect(403).json()["error"]["detail"]["role"], "owner");
    }
    // A link for somebody who becomes an organizer afterwards is void from then on.
    let later = app.person("later");
    let code = text(&link(&later.email).expect(201).json()["code"]);
    let invitation = invite(app, &arena.organizer, "/organizer/invitations", &json!({ "role": "owner" }));
    accept(app, &later, &invitation).expect(200);
    app.get(&format!("/password-resets/{code}"), None).expect(410);
}

#[test]
fn the_audit_log_of_a_season_is_its_own() {
    let arena = Arena::start();
    let (app, chair) = (&arena.app, &arena.organizer);
    for season in ["one", "one-more"] {
        let body = json!({ "season": season, "title": season, "opens": "2020-01-01T00:00:00Z" });
        app.post("/seasons", Some(&chair.token), &body).expect(201);
        let invitation = format!("/organizer/seasons/{season}/invitations");
        app.post(&invitation, Some(&chair.token), &json!({})).expect(201);
    }
    let judge = with(app, "jude", "judge", Some("one"));
    let log = app.get("/organizer/audit?season=one", Some(&judge.token)).expect(200).json();
    let objects: Vec<String> = log["items"].as_array().unwrap().iter().map(|entry| text(&entry["object"])).collect();
    assert_eq!(objects.len(), 2, "{objects:?}");
    assert!(objects.iter().all(|object| object == "one" || object.starts_with("one/")), "{objects:?}");
    app.get("/organizer/audit?season=one-more", Some(&judge.token)).expect(403);
    // The right and the query are read in no certain order.
    let both = app.get("/organizer/audit?season=one&season=one-more", Some(&judge.token));
    assert!(both.status == 403 || both.status == 422, "{}", both.text);
}

#[test]
fn a_judge_disqualifies_in_the_own_season_only() {
    let arena = Arena::start();
    let app = &arena.app;
    app.season("other");
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let (own, foreign) = (with(app, "jude", "judge", Some("demo")), with(app, "fred", "owner", Some("other")));
    let body = json!({ "submission": id, "action": "disqualify", "reason": "Two accounts" });
    let refused = app.post("/organizer/judgements", Some(&foreign.token), &body).expect(403);
    assert_eq!(refused.json()["error"]["detail"], json!({ "role": "judge", "season": "demo" }));
    app.post("/organizer/judgements", Some(&own.token), &body).expect(200);
    app.post(&format!("/submissions/{id}/withdraw"), Some(&foreign.token), &json!({})).expect(404);
    // A draft that the judge of another season may not see is like a season that there is not.
    app.send("PATCH", "/seasons/demo", Some(&arena.organizer.token), Some(&json!({ "draft": true }))).expect(200);
    for body in [body, json!({ "season": "demo", "action": "approve", "reason": "All checked" })] {
        app.post("/organizer/judgements", Some(&foreign.token), &body).expect(404);
    }
}
