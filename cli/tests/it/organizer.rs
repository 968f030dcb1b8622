//! Tokens and the audit log.

use serde_json::json;

use crate::program::{Person, Server, wait_until};

/// The captain of a team whose predictions are scored in the small season.
fn ann_with_a_result(server: &Server) -> Person {
    let ann = server.captain("ann");
    ann.write("mine.txt", crate::program::predictions(1));
    ann.run(&["submit", "mine.txt", "--wait", "--season", "small", "--task", "classification"]).done();
    ann
}

#[test]
fn a_personal_token_works_until_it_is_revoked() {
    let server = Server::up();
    let ann = server.person("ann");
    let created = ann.run(&["token", "create", "laptop", "--days", "3"]).done();
    let secret = created.output.trim().to_owned();
    assert!(secret.starts_with("hp_") && created.output.lines().count() == 1, "{created:?}");
    let elsewhere = Person::at(&server.address).with_token(&secret);
    assert_eq!(elsewhere.json(&["whoami"])["account"]["name"], json!("ann"));
    let tokens = ann.json(&["token", "list"]);
    assert_eq!(tokens[0]["name"], json!("laptop"));
    assert!(!tokens.to_string().contains(&secret));
    ann.run(&["token", "revoke", tokens[0]["id"].as_str().unwrap()]).done();
    elsewhere.run(&["whoami"]).failed(1, "");
    assert_eq!(ann.json(&["token", "list"]), json!([]));
}

#[test]
fn organizers_make_tokens_of_scorers_and_read_the_audit_log() {
    let server = Server::up();
    let organizer = server.organizer();
    let created = organizer.json(&["scorer-token", "create", "gpu-1"]);
    assert!(created["secret"].as_str().unwrap().starts_with("hs_"));
    let id = created["token"]["id"].as_str().unwrap();
    assert!(organizer.run(&["scorer-token", "list"]).done().output.contains("gpu-1"));
    organizer.run(&["scorer-token", "revoke", id]).done();
    organizer.apply_small();
    let audit = organizer.run(&["audit", "--limit", "20"]).done().output;
    assert!(audit.contains("small/classification"), "{audit}");
    let of_season = organizer.run(&["audit", "--season", "small"]).done().output;
    assert!(of_season.contains("small/classification") && !of_season.contains("scorer_token"), "{of_season}");
    let entries = organizer.json(&["audit", "--limit", "2"]);
    assert_eq!(entries.as_array().unwrap().len(), 2);
    let ann = server.person("ann");
    ann.run(&["audit"]).failed(1, "");
    ann.run(&["scorer-token", "create", "mine"]).failed(1, "");
}

#[test]
fn organizers_make_links_that_set_a_new_password() {
    let server = Server::up();
    let (organizer, ann) = (server.organizer(), server.person("ann"));
    let email = ann.json(&["whoami"])["account"]["email"].as_str().unwrap().to_owned();
    let link = organizer.run(&["account", "reset-link", &email]).done().output;
    let code = link.trim().strip_prefix(&format!("{}/reset/", server.address)).unwrap_or_else(|| panic!("{link}"));
    assert!(code.starts_with("hr_") && link.lines().count() == 1, "{link}");
    let made = organizer.json(&["account", "reset-link", &email]);
    assert_ne!(made["code"], json!(code));
    assert!(made["link"].as_str().unwrap().ends_with(made["code"].as_str().unwrap()));
    ann.run(&["account", "reset-link", &email]).failed(1, "");
    organizer.run(&["account", "reset-link", "nobody@example.org"]).failed(1, "nobody@example.org");
}

#[test]
fn the_program_prints_a_link_that_sets_the_first_organizer_up() {
    for server in [Server::up(), Server::without_scorer()] {
        wait_until("the link", || server.said().split_once("/setup/").is_some_and(|(_, rest)| rest.contains('\n')));
        let said = server.said().split_once("/setup/").unwrap().1.lines().next().unwrap().to_owned();
        let organizer = server.organizer();
        let link = organizer.run(&["organizer", "setup-link"]).done().output;
        let code = link.trim().strip_prefix(&format!("{}/setup/", server.address)).unwrap_or_else(|| panic!("{link}"));
        assert!(code.starts_with("hu_") && code != said && said.starts_with("hu_"), "{said} {code}");
        assert!(organizer.run(&["organizer", "list"]).done().output.contains("not set up"));
        let chosen = json!({ "email": "chair@example.org", "name": "Chair", "password": "correct horse battery" });
        let answer = ureq::post(format!("{}/api/v1/setup/{said}", server.address))
            .header("content-type", "application/json")
            .send(chosen.to_string())
            .unwrap();
        assert_eq!(answer.status(), 201);
        assert_eq!(organizer.json(&["whoami"])["account"]["email"], json!("chair@example.org"));
        organizer.run(&["organizer", "setup-link"]).failed(1, "an owner of the server has a password already");
    }
}

#[test]
fn organizers_invite_and_remove_each_other() {
    let server = Server::up();
    let (organizer, ann) = (server.organizer(), server.person("ann"));
    let email = ann.json(&["whoami"])["account"]["email"].as_str().unwrap().to_owned();
    ann.run(&["organizer", "invite"]).failed(1, "only organizers");
    let taken_back = organizer.json(&["organizer", "invite", "--days", "3"]);
    let id = taken_back["invitation"]["id"].as_str().unwrap();
    organizer.run(&["organizer", "revoke", id]).done();
    ann.run(&["organizer", "join", taken_back["code"].as_str().unwrap()]).failed(1, "taken back");
    let link = organizer.run(&["organizer", "invite", "--email", &email]).done().output;
    assert!(link.starts_with(&format!("{}/organizer-invitations/", server.address)), "{link}");
    ann.run(&["organizer", "join", &format!("{}x", link.trim())]).failed(1, "no invitation");
    assert!(ann.run(&["organizer", "join", link.trim()]).done().output.contains("You are an organizer"));
    assert!(organizer.run(&["organizer", "invitations"]).done().output.contains("by ann"));
    assert!(ann.run(&["organizer", "list"]).done().output.contains(&email));
    organizer.run(&["organizer", "remove", "nobody@example.org"]).failed(2, "nobody@example.org");
    organizer.run(&["organizer", "remove", &email]).failed(2, "nobody to ask");
    organizer.run(&["organizer", "remove", &email, "--yes"]).done();
    ann.run(&["whoami"]).failed(1, "");
}

#[test]
fn a_judge_of_a_season_is_invited_and_becomes_its_owner() {
    let server = Server::up();
    let (organizer, ann, bea) = (server.organizer(), server.person("ann"), server.person("bea"));
    organizer.apply_small();
    let invite = ["organizers", "invite", "--season", "small", "--role"];
    organizer.run(&[&invite[..], &["king"]].concat()).failed(2, "the roles are observer, judge, organizer and owner");
    let made = organizer.json(&[&invite[..], &["judge"]].concat());
    let joined = ann.run(&["organizer", "join", made["code"].as_str().unwrap()]).done().output;
    assert!(joined.contains("judge of small"), "{joined}");
    assert!(ann.run(&["whoami"]).done().output.contains("judge of small"));
    ann.run(&["season", "pause", "small"]).failed(1, "role `organizer` or a higher one in season `small`");
    ann.run(&["organizer", "list"]).failed(1, "on the whole server");
    let email = ann.json(&["whoami"])["account"]["email"].as_str().unwrap().to_owned();
    organizer.run(&["organizer", "change", &email, "owner"]).failed(2, "--season");
    organizer.run(&["organizer", "change", &email, "owner", "--season", "small"]).done();
    ann.run(&["season", "pause", "small"]).done();

    let made = ann.json(&[&invite[..], &["observer"]].concat());
    bea.run(&["organizer", "join", made["code"].as_str().unwrap()]).done();
    let other = bea.json(&["whoami"])["account"]["email"].as_str().unwrap().to_owned();
    ann.run(&["organizer", "transfer", &other, "--season", "small"]).failed(2, "--yes");
    ann.run(&["organizer", "transfer", &other, "--season", "small", "--yes"]).done();
    let roles: Vec<_> = bea
        .json(&["organizer", "list", "--season", "small"])
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["email"].clone(), one["role"].clone()))
        .collect();
    assert_eq!(roles, [(json!(email), json!("organizer")), (json!(other), json!("owner"))]);
    bea.run(&["organizer", "remove", &email, "--season", "small", "--yes"]).done();
    ann.run(&["whoami"]).failed(1, "");
}

#[test]
fn organizers_submit_for_a_team() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    organizer.write("late.txt", crate::program::predictions(1));
    let task = ["--season", "small", "--task", "classification"];
    let mistyped = ["submit", "late.txt", "--team", "Gamma", "--wait"];
    organizer.run(&[&mistyped[..], &task].concat()).failed(1, "no team `Gamma`");
    let arguments =
        ["submit", "late.txt", "--team", "Gamma", "--create-team", "--note", "came by post", "--method", "m"];
    let arguments = [&arguments[..], &["--wait", "--submitted-at", "2012-09-30T23:00:00Z"]].concat();
    organizer.run(&[&arguments[..], &task].concat()).done();
    let row = organizer.json(&[&["leaderboard"], &task[..]].concat())["rows"][0].clone();
    assert_eq!(row["submitted_at"], json!("2012-09-30T23:00:00Z"));
    assert!(row["entered_at"].is_string(), "{row}");
    let board = organizer.run(&[&["leaderboard"], &task[..]].concat()).done().output;
    assert!(board.contains("Gamma") && board.contains("came by post"), "{board}");
}

#[test]
fn a_corrected_label_that_discards_results_has_the_organizers_entries_entered_again() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let (ann, task) = (ann_with_a_result(&server), ["--season", "small", "--task", "classification"]);
    let rows = || ann.json(&[&["leaderboard"], &task[..]].concat())["rows"].as_array().unwrap().len();
    crate::program::wait_until("three results", || rows() == 3);
    let path = organizer.home.path().join("small/labels.csv");
    let before = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, before.replacen("image-00.png,1", "image-00.png,2", 1)).unwrap();
    let plan = organizer.run(&["season", "apply", "small", "--dry-run"]).done().output;
    assert!(plan.contains("results: 3 on the board → counted for the new version"), "{plan}");
    let discarding = organizer.run(&["season", "apply", "small", "--dry-run", "--discard-results"]).done().output;
    assert!(discarding.contains("results: 3 on the board → none"), "{discarding}");
    assert_eq!(rows(), 3);
    organizer.run(&["season", "apply", "small", "--yes", "--discard-results"]).done();
    // The organizers' own entries are entered again; Ann's is hers to send.
    crate::program::wait_until("the organizers' entries", || rows() == 2);
    let own = || organizer.json(&[&["submissions"], &task[..]].concat()).as_array().unwrap().len();
    assert_eq!(own(), 5);
    organizer.run(&["season", "apply", "small", "--yes"]).done();
    assert_eq!(own(), 5, "once");
    std::fs::write(&path, before).unwrap();
    organizer.run(&["season", "apply", "small", "--yes", "--discard-results"]).done();
    crate::program::wait_until("the board of before", || rows() == 3);
    assert_eq!(own(), 5, "what came back is not entered again");
}

#[test]
fn a_corrected_label_is_rescored_looked_at_and_applied() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let (ann, task) = (ann_with_a_result(&server), ["--season", "small", "--task", "classification"]);
    let board = |more: &[&str]| ann.json(&[&["leaderboard"], &task[..], more].concat());
    let wrong = |board: &serde_json::Value| -> u64 {
        board["rows"].as_array().unwrap().iter().map(|row| row["wrong"].as_u64().unwrap()).sum()
    };
    wait_until("three results", || board(&[])["rows"].as_array().unwrap().len() == 3);
    let before = board(&[]);
    let path = organizer.home.path().join("small/labels.csv");
    let labels = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, labels.replacen("image-00.png,1", "image-00.png,2", 1)).unwrap();
    let applied = organizer.run(&["season", "apply", "small", "--yes"]).done();
    assert!(applied.errors.contains("holdout season rescore small"), "{applied:?}");

    let again = organizer.run(&["season", "apply", "small", "--yes"]).done().output;
    assert!(again.contains("version 2 is staged") && again.ends_with("Nothing to change.\n"), "{again}");
    let labels = |version: &[&str]| {
        let arguments = [&["season", "labels", "small", "--task", "classification"][..], version].concat();
        organizer.run(&arguments).done().output
    };
    assert!(labels(&[]).contains("image-00.png,1") && labels(&["--test-set", "2"]).contains("image-00.png,2"));
    let unknown = ["season", "labels", "small", "--task", "classification", "--test-set", "9"];
    organizer.run(&unknown).failed(1, "there is no version of this test set `9`");
    let shown = organizer.run(&["season", "rescore", "small", "--wait"]).done().output;
    assert!(shown.contains("version 1 of the test set → version 2"), "{shown}");
    assert!(shown.contains("3 of 3 results counted"), "{shown}");
    assert_eq!((&board(&[])["version"], wrong(&board(&[]))), (&json!(1), wrong(&before)), "nothing is applied yet");
    organizer.run(&["season", "rescore", "small", "--apply"]).failed(2, "--yes");
    ann.run(&["season", "rescore", "small"]).failed(1, "");
    let applied = organizer.run(&["season", "rescore", "small", "--apply", "--yes"]).done().output;
    assert!(applied.contains("shows version 2"), "{applied}");
    wait_until("the new version", || board(&[])["version"] == 2);
    assert_eq!(board(&[])["rows"].as_array().unwrap().len(), 3);
    assert_ne!(wrong(&board(&[])), wrong(&before));
    assert_eq!(wrong(&board(&["--test-set", "1"])), wrong(&before), "the version before can be shown");
    let again = organizer.run(&["season", "apply", "small", "--yes"]).done();
    assert!(again.output.ends_with("Nothing to change.\n"), "{again:?}");
    organizer.run(&["season", "rescore", "small"]).failed(1, "not being re-scored");

    // Back, and after all not.
    let back = organizer.json(&["season", "rescore", "small", "--to", "1"]);
    assert_eq!((&back["to_version"], &back["ready"]), (&json!(1), &json!(true)), "{back}");
    let dropped = organizer.run(&["season", "rescore", "small", "--drop"]).done().output;
    assert!(dropped.contains("shows version 2 as before"), "{dropped}");
    organizer.run(&["season", "rescore", "small", "--to", "9"]).failed(1, "9");
    assert!(!shown.contains("private part"), "there is none: {shown}");

    // With a private part, both are looked at, because a published season shows both.
    let split = crate::program::SMALL.replace("    quota:", "    split: { public: 0.5, seed: 3 }\n    quota:");
    organizer.write("small/season.yaml", split);
    organizer.run(&["season", "apply", "small", "--yes"]).done();
    organizer.run(&["season", "rescore", "small", "--apply", "--yes"]).done();
    organizer.run(&["season", "rescore", "small", "--to", "1"]).done();
    let both = organizer.run(&["season", "rescore", "small"]).done().output;
    let private = organizer.run(&["season", "rescore", "small", "--private"]).done().output;
    assert!(both.contains("public part") && both.contains("private part"), "{both}");
    assert!(!private.contains("public part") && private.contains("private part"), "{private}");
}

#[test]
fn the_plan_counts_submissions_that_wait_while_labels_are_corrected() {
    let server = Server::without_scorer();
    let organizer = server.organizer();
    organizer.apply_small();
    let path = organizer.home.path().join("small/labels.csv");
    let before = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, before.replacen("image-00.png,1", "image-00.png,2", 1)).unwrap();
    let plan = organizer.run(&["season", "apply", "small", "--dry-run"]).done().output;
    assert!(plan.contains("waiting submissions: 2 for the present version → scored on the new version"), "{plan}");
    organizer.run(&["season", "apply", "small", "--yes"]).done();
}

#[test]
fn organizers_see_the_queue() {
    let server = Server::without_scorer();
    let organizer = server.organizer();
    organizer.apply_small();
    let entries = organizer.run(&["queue"]).done().output;
    assert!(entries.contains("Alpha") && entries.contains("Beta"), "{entries}");
    let ann = server.captain("ann");
    ann.write("mine.txt", crate::program::predictions(1));
    let submit = ["submit", "mine.txt", "--season", "small", "--task", "classification"];
    ann.run(&submit).done();
    let queue = organizer.json(&["queue"]);
    let row = queue["rows"].as_array().unwrap().iter().find(|row| row["team"] == "Team ann").unwrap();
    let id = row["submission"].as_str().unwrap().to_owned();
    let table = organizer.run(&["queue"]).done().output;
    assert!(table.contains("Team ann") && table.contains(&id), "{table}");
    organizer.run(&["requeue", &id]).failed(1, "stalled");
    ann.run(&["queue"]).failed(1, "");
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let person = crate::program::Person::at("http://127.0.0.1:9");
    for shell in ["bash", "zsh", "fish"] {
        let script = person.run(&["completions", shell]).done().output;
        assert!(script.contains("leaderboard") && script.contains("requeue"), "{shell}");
    }
    person.run(&["man", "pages"]).done();
    let pages = person.home.path().join("pages");
    let submit = std::fs::read_to_string(pages.join("holdout-submit.1")).unwrap();
    assert!(submit.contains("method") && pages.join("holdout.1").is_file(), "{submit}");
}

#[test]
fn organizers_see_evaluations_and_scorers() {
    let server = Server::without_scorer();
    let organizer = server.organizer();
    organizer.apply_small();
    assert_eq!(organizer.run(&["scorers"]).done().output.trim(), "No scorer was seen.");
    let all = organizer.json(&["evaluations", "--season", "small", "--task", "classification"]);
    assert_eq!(all.as_array().unwrap().len(), 2);
    let submission = all[0]["submission"].as_str().unwrap();
    let one = organizer.run(&["evaluations", "--submission", submission]).done().output;
    assert!(one.contains(submission) && one.contains("queued"), "{one}");
    let of_alpha = organizer.json(&["evaluations", "--team", "Alpha", "--state", "queued"]);
    assert_eq!(of_alpha.as_array().unwrap().len(), 1, "{of_alpha}");
    assert_eq!(organizer.json(&["evaluations", "--state", "stalled"]), json!([]));
    assert!(one.contains("version 1"), "{one}");
    organizer.run(&["evaluations", "--season", "other"]).failed(1, "there is no season `other`");
    let no_task = organizer.run(&["evaluations", "--season", "small", "--task", "clasification"]);
    no_task.failed(1, "season `small` has no task `clasification`");
    let nobody = organizer.run(&["evaluations", "--season", "small", "--team", "nobody"]).done();
    assert_eq!(nobody.output.trim(), "No evaluations.");
    let ann = server.person("ann");
    for command in [["evaluations"], ["scorers"]] {
        ann.run(&command).failed(1, "");
    }
}
