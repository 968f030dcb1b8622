//! The way of a team: register, make a team, check, submit, look.

use serde_json::json;

use crate::program::{Server, predictions};

const TASK: [&str; 4] = ["--season", "small", "--task", "classification"];

fn with_task<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &TASK].concat()
}

#[test]
fn a_team_submits_and_stands_on_the_board() {
    let server = Server::up();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    ann.write("mine.txt", predictions(2));
    let checked = ann.run(&with_task(&["check", "mine.txt"])).done();
    assert!(checked.output.contains("well formed: labels for 40 images"), "{checked:?}");

    let ended = ann.run(&with_task(&["submit", "mine.txt", "--method", "mine", "--wait"])).done();
    assert!(ended.output.contains("2 of 3 submissions left"), "{ended:?}");
    assert!(!ended.output.contains("next slot"), "nobody has to wait while slots are left: {ended:?}");
    assert!(ended.output.contains("2 of 40 images wrong"), "{ended:?}");

    let mine = ann.json(&with_task(&["submissions"]));
    assert_eq!(mine.as_array().unwrap().len(), 1);
    assert_eq!((&mine[0]["state"], &mine[0]["method"]), (&json!("scored"), &json!("mine")));
    let id = mine[0]["id"].as_str().unwrap().to_owned();
    let status = ann.run(&["status", &id, "--watch"]).done();
    assert!(status.output.contains("5.0 %"), "{status:?}");
    assert_eq!(ann.json(&["status", &id])["id"], json!(id));
    assert_eq!(ann.json(&with_task(&["status"]))["id"], json!(id), "the latest");
    ann.run(&["status"]).failed(2, "which submission?");
    server.captain("bob").run(&with_task(&["status"])).failed(1, "your team has no submission of small/classification");

    let again =
        ann.run(&with_task(&["submit", "mine.txt", "--method", "other", "--link", "https://example.org"])).done();
    let said = format!("what you gave with --method, --link is not saved; `holdout edit {id}`");
    assert!(again.errors.contains(&said), "{again:?}");
    let again = ann.run(&with_task(&["submit", "mine.txt", "--method", "mine"])).done();
    assert!(!again.errors.contains("not saved"), "{again:?}");

    let board = ann.run(&with_task(&["leaderboard"])).done().output;
    let rows: Vec<&str> = board.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert!(board.starts_with("A small season · Classification\nTop-1 error"), "{board}");
    assert!(rows.iter().any(|row| row.contains("Team ann") && row.contains("mine")), "{board}");
    let as_json = ann.json(&with_task(&["leaderboard"]));
    assert_eq!(as_json["rows"][0]["team"], json!("Team ann"));
    assert_eq!(ann.json(&with_task(&["leaderboard", "--format", "json"])), as_json);
    let csv = ann.run(&with_task(&["leaderboard", "--format", "csv"])).done().output;
    assert!(csv.starts_with("rank,") && csv.contains("Team ann"), "{csv}");
}

#[test]
fn a_refused_file_is_not_sent_and_says_why() {
    let server = Server::up();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    ann.write("bad.txt", predictions(0).replacen("3\n", "9\n", 2));
    let ended = ann.run(&with_task(&["submit", "bad.txt"])).failed(1, "line 3");
    assert!(ended.errors.contains("line 7: label_out_of_range `9`") && ended.errors.contains("advice: "), "{ended:?}");
    assert!(ended.output.is_empty(), "{ended:?}");
    let ended = ann.run(&with_task(&["check", "bad.txt", "--json"]));
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.error_json()["error"]["code"], json!("label_out_of_range"));
    assert_eq!(ann.json(&with_task(&["submissions"])), json!([]));

    // If it is sent anyway, it is rejected and not charged.
    let ended = ann.run(&with_task(&["submit", "bad.txt", "--no-check", "--wait"])).failed(1, "rejected");
    assert!(
        ended.output.contains("not charged: the file was refused before anything ran on hidden images"),
        "{ended:?}"
    );
    let quota = ann.json(&with_task(&["quota"]));
    assert_eq!((&quota["remaining"], &quota["used"]), (&json!(3), &json!(0)));
}

#[test]
fn what_the_task_cannot_take_is_not_uploaded() {
    let server = Server::up();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    std::fs::File::create(ann.write("large.txt", "")).unwrap().set_len(65 << 20).unwrap();
    ann.run(&with_task(&["submit", "large.txt", "--no-check"])).failed(1, "of at most 64 MiB");
    ann.write("model.pt", b"PK\x03\x04");
    ann.run(&with_task(&["submit", "model.pt"])).failed(1, "does not take");
    assert!(!ann.home.path().join(".local/state/holdout/uploads").exists());
}

#[test]
fn the_quota_ends_and_says_when_the_next_slot_opens() {
    let server = Server::up();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    for wrong in 0..3 {
        ann.write("mine.txt", predictions(wrong));
        ann.run(&with_task(&["submit", "mine.txt", "--wait"])).done();
    }
    ann.write("mine.txt", predictions(7));
    let ended = ann.run(&with_task(&["submit", "mine.txt", "--json"]));
    assert_eq!(ended.code, Some(1));
    let error = &ended.error_json()["error"];
    assert_eq!(error["code"], json!("quota_exhausted"));
    assert!(error["detail"]["next_slot"].is_string(), "{error}");
    assert!(error["advice"].as_str().unwrap().contains("in 6 d 23 h"), "{error}");
    let quota = ann.run(&with_task(&["quota"])).done();
    assert!(quota.output.contains("0 of 3 submissions left") && quota.output.contains("next slot"), "{quota:?}");
}

#[test]
fn a_queued_submission_is_cancelled() {
    let server = Server::without_scorer();
    server.organizer().write_small();
    let organizer = server.organizer();
    organizer.write_small();
    organizer.write("small/season.yaml", crate::program::SMALL.split("entries:").next().unwrap());
    organizer.run(&["season", "apply", "small", "--yes"]).done();
    let ann = server.captain("ann");
    ann.write("mine.txt", predictions(2));
    let made = ann.json(&with_task(&["submit", "mine.txt"]));
    assert_eq!((&made["state"], &made["quota"]["remaining"]), (&json!("queued"), &json!(2)));
    let id = made["id"].as_str().unwrap();
    assert!(ann.run(&["status", id]).done().output.contains("queued: place 1"));
    assert!(ann.run(&["cancel", id]).done().output.contains("cancelled"));
    assert_eq!(ann.json(&with_task(&["quota"]))["remaining"], json!(3));
    ann.run(&["status", id, "--watch"]).failed(1, "was cancelled");
    // What the server would refuse of the words is refused before the file is sent.
    let unsent =
        |more: &[&str], part: &str| ann.run(&[&with_task(&["submit", "mine.txt"])[..], more].concat()).failed(2, part);
    unsent(&["--link", "ftp://example.org"], "`ftp://example.org` is not a link");
    unsent(&["--method", &"m".repeat(500)], "`method` has 500 characters");
    ann.run(&["edit", id, "--link", "mailto:a"]).failed(2, "`mailto:a` is not a link");
}

#[test]
fn a_second_member_joins_by_code() {
    let server = Server::up();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    let code = ann.run(&["team", "invite", "--season", "small"]).done().output.trim().to_owned();
    let bob = server.person("bob");
    bob.run(&["team", "show", "--season", "small"]).failed(1, "no team");
    bob.run(&["team", "join", &code]).done();
    let shown = bob.run(&["team", "show", "--season", "small"]).done();
    assert!(shown.output.contains("captain: ann") && shown.output.contains("member: bob"), "{shown:?}");
    server.person("eve").run(&["team", "join", &code]).failed(1, "");
    assert_eq!(bob.json(&["whoami"])["teams"][0]["team"], json!("Team ann"));
}

#[test]
fn exit_codes_tell_usage_refusal_and_no_server_apart() {
    let server = Server::up();
    let ann = server.person("ann");
    assert_eq!(ann.run(&["frobnicate"]).code, Some(2));
    assert_eq!(ann.run(&["submit", "x.txt"]).code, Some(2));
    let usage = ann.run(&["check"]).failed(2, "holdout check FILE --season SEASON --task TASK [--kind KIND]");
    assert!(
        usage.errors.contains("holdout check FILE --task-file season.yaml [--task TASK] [--kind KIND]"),
        "{usage:?}"
    );
    assert!(usage.errors.contains("KIND is `predictions` or `torchscript`"), "{usage:?}");
    let missing = ann.run(&["check", "x.txt", "--json"]).error_json()["error"]["message"].clone();
    assert!(missing.as_str().unwrap().ends_with("were not provided: --season <SEASON> --task <TASK>"), "{missing}");
    ann.run(&["token", "create", "x", "--days", "many"]).failed(2, "not a whole number");
    ann.run(&["season", "show", "none"]).failed(1, "none");
    ann.run(&["login"]).failed(2, "--email");
    let away = crate::program::Person::at("http://127.0.0.1:9");
    let ended = away.run(&["season", "list"]).failed(3, "127.0.0.1:9");
    assert!(ended.errors.contains("advice: "), "{ended:?}");
    let ended = away.run(&["season", "list", "--json"]);
    assert_eq!((ended.code, ended.error_json()["error"]["code"].clone()), (Some(3), json!("unreachable")));
    assert_eq!(away.run(&["--help"]).done().errors, "");
}

#[test]
fn a_file_is_checked_and_scored_without_a_server() {
    let person = crate::program::Person::at("http://127.0.0.1:9");
    person.write_small();
    person.write("mine.txt", predictions(10));
    let ended = person.run(&["check", "mine.txt", "--task-file", "small/season.yaml"]).done();
    assert!(ended.output.contains("top-1 error 25.0 % (10 wrong)"), "{ended:?}");
    let found = person.json(&["check", "mine.txt", "--task-file", "small"]);
    assert_eq!(found["scores"][0]["top1"]["wrong"], json!(10));
    person.write("model.pt", b"PK\x03\x04");
    person.run(&["check", "model.pt", "--task-file", "small"]).failed(1, "does not take models");
}

#[test]
fn names_cannot_control_the_terminal() {
    let server = Server::up();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    ann.write("mine.txt", predictions(1));
    let method = "evil \u{1b}[2J\u{1b}]0;title\u{7} method";
    let ended = ann.run(&with_task(&["submit", "mine.txt", "--method", method, "--wait"]));
    // A server that refuses such a name is right as well.
    let shown = if ended.code == Some(0) { ann.run(&with_task(&["leaderboard"])).done() } else { ended };
    assert!(!shown.output.contains('\u{1b}') && !shown.errors.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn a_season_lets_people_in_by_codes_and_teams_by_approval() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.write_small();
    let gated =
        |mode: &str| crate::program::SMALL.replacen("tasks:", &format!("registration: {{ mode: {mode} }}\ntasks:"), 1);
    organizer.write("small/season.yaml", gated("code"));
    organizer.run(&["season", "apply", "small", "--yes"]).done();
    let shown = organizer.run(&["season", "show", "small"]).done().output;
    assert!(shown.contains("registration needs a code; one person may found 3 teams"), "{shown}");

    let (ann, bob) = (server.person("ann"), server.person("bob"));
    let create = ["team", "create", "Ann and Bob", "--season", "small"];
    ann.run(&create).failed(1, "with a registration code only");
    let made = organizer.run(&["season", "code", "create", "small", "--label", "lab", "--uses", "2"]).done();
    let code = made.output.trim().to_owned();
    assert!(code.starts_with("hr_"), "{made:?}");
    ann.run(&[&create[..], &["--code", "hr_wrong"]].concat()).failed(1, "does not let you into season");
    let founded = ann.run(&[&create[..], &["--code", &code]].concat()).done();
    assert!(founded.output.contains("takes part in small"), "{founded:?}");
    let invitation = ann.run(&["team", "invite", "--season", "small"]).done().output.trim().to_owned();
    bob.run(&["team", "join", &invitation]).failed(1, "with a registration code only");
    bob.run(&["team", "join", &invitation, "--code", &code]).done();
    let codes = organizer.json(&["season", "code", "list", "small"]);
    assert_eq!((&codes[0]["label"], &codes[0]["uses"]), (&json!("lab"), &json!(2)));
    organizer.run(&["season", "code", "revoke", "small", codes[0]["id"].as_str().unwrap()]).done();
    assert_eq!(organizer.json(&["season", "team-changes", "small"]), json!([]));
    let changes = organizer.run(&["season", "team-changes", "small", "--all"]).done().output;
    assert!(changes.contains("bob") && changes.contains("joined"), "{changes}");

    organizer.write("small/season.yaml", gated("approval"));
    let plan = organizer.run(&["season", "apply", "small", "--yes"]).done();
    assert!(format!("{plan:?}").contains("registration: "), "{plan:?}");
    let cy = server.person("cy");
    let founded = cy.run(&["team", "create", "Cy", "--season", "small"]).done();
    assert!(founded.output.contains("waits for an organizer of small to approve it"), "{founded:?}");
    cy.write("mine.txt", predictions(2));
    cy.run(&with_task(&["submit", "mine.txt"])).failed(1, "waits for an organizer");
    organizer.run(&["season", "decline", "small", "Cy", "--note", "who are you?"]).done();
    assert!(cy.run(&["team", "show", "--season", "small"]).done().output.contains("who are you?"));
    organizer.run(&["season", "approve", "small", "Cy"]).done();
    cy.run(&with_task(&["submit", "mine.txt", "--wait"])).done();
}

#[test]
fn a_team_changes_its_members_and_names_from_the_command_line() {
    let server = Server::without_scorer();
    server.organizer().apply_small();
    let (ann, bob) = (server.captain("ann"), server.person("bob"));
    let small = ["--season", "small"];
    let invite =
        |person: &crate::program::Person| person.run(&[&["team", "invite"], &small[..]].concat()).done().output;
    let code = invite(&ann).trim().to_owned();
    bob.run(&["team", "join", &code]).done();
    invite(&ann);
    let listed = ann.json(&[&["team", "invitations"], &small[..]].concat());
    let open = listed.as_array().unwrap().iter().find(|one| one["accepted_at"].is_null()).unwrap();
    let id = open["id"].as_str().unwrap().to_owned();
    ann.run(&[&["team", "revoke", &id], &small[..]].concat()).done();

    ann.run(&[&["team", "rename"], &small[..]].concat()).failed(2, "--name");
    let renamed = ann.run(&[&["team", "rename", "--name", "Our Lab"], &small[..]].concat()).done();
    assert!(renamed.output.starts_with("Our Lab"), "{renamed:?}");
    ann.run(&[&["team", "leave", "--yes"], &small[..]].concat()).failed(1, "make one of them the captain first");
    ann.run(&[&["team", "captain", "nobody"], &small[..]].concat()).failed(1, "`nobody`");
    ann.run(&[&["team", "captain", "bob"], &small[..]].concat()).done();
    bob.run(&[&["team", "remove", "ann"], &small[..]].concat()).done();
    ann.run(&[&["team", "show"], &small[..]].concat()).failed(1, "no team");
    let asked = bob.run(&[&["team", "leave"], &small[..]].concat());
    asked.failed(2, "leave the team Our Lab? It has no other member");
    let left = bob.run(&[&["team", "leave", "--yes"], &small[..]].concat()).done();
    assert!(left.output.starts_with("You have left the team Our Lab."), "{left:?}");
}

#[test]
fn finals_and_texts_are_changed_from_the_command_line() {
    let server = Server::up();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    ann.write("mine.txt", predictions(2));
    ann.run(&with_task(&["submit", "mine.txt", "--wait"])).done();
    let id = ann.json(&with_task(&["submissions"]))[0]["id"].as_str().unwrap().to_owned();
    ann.run(&["edit", &id]).failed(2, "--method");
    let edited = ann.json(&["edit", &id, "--method", "net", "--link", "https://example.org/a", "--description", "d"]);
    assert_eq!((&edited["method"], &edited["links"]), (&json!("net"), &json!(["https://example.org/a"])));
    let cleared = ann.json(&["edit", &id, "--description", "", "--no-links"]);
    assert_eq!((&cleared["description"], &cleared["links"]), (&json!(null), &json!([])));
    assert_eq!(cleared["method"], json!("net"), "what is not named stays");
    let said = ann.json(&["edit", &id, "--training-data", "outside", "--ensemble", "no"]);
    assert_eq!((&said["training_data"], &said["ensemble"]), (&json!("outside"), &json!(false)));
    let shown = ann.run(&["status", &id]).done().output;
    assert!(shown.contains("  trained  with outside data too") && shown.contains("  ensemble no"), "{shown}");
    ann.run(&["edit", &id, "--training-data", "mine"]).failed(2, "supplied");
    let track = |kind: &str| {
        let board = ann.json(&with_task(&["leaderboard", "--training-data", kind]));
        board["rows"].as_array().unwrap().iter().filter(|row| row["submission"] == json!(id)).count()
    };
    assert_eq!([track("outside"), track("supplied")], [1, 0]);
    let chosen = |arguments: &[&str]| {
        ann.run(arguments).done();
        ann.json(&["status", &id])["final"].clone()
    };
    assert_eq!(chosen(&["final", &id]), json!(true));
    assert_eq!(chosen(&["final", &id, "--undo"]), json!(false));

    let says = |arguments: &[&str]| ann.run(arguments).done().output;
    let output = says(&["final", &id]);
    assert!(output.starts_with("Chosen as a final") && output.contains("  final    yes"), "{output}");
    let output = says(&["final", &id, "--undo"]);
    assert!(output.starts_with("Not a final any more.") && !output.contains("  final "), "{output}");
    let output = says(&["edit", &id, "--description", "five nets", "--link", "https://example.org/b"]);
    assert!(output.starts_with("Saved: description, links."), "{output}");
    let output = says(&["status", &id]);
    assert!(output.contains("  about    five nets") && output.contains("  link     https://example.org/b"), "{output}");
}
