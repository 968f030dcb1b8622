//! One's own account: its name and its password.

use serde_json::json;

use crate::program::{Ended, Person, Server};

/// The password of [`Person::register`].
const PRESENT: &str = "correct horse battery";
const NEW: &str = "another good password";

fn change(person: &Person, present: &str, new: &str) -> Ended {
    person.run_with_input(&["account", "password", "--password-stdin"], &format!("{present}\n{new}\n"))
}

#[test]
fn a_person_changes_their_name() {
    let server = Server::without_scorer();
    let ann = server.person("ann");
    let renamed = ann.run(&["account", "rename", " Ann Lee "]).done();
    assert_eq!(renamed.output, "Your name is Ann Lee now.\n");
    assert!(ann.run(&["whoami"]).done().output.starts_with("Ann Lee <ann@example.org>"));
    assert_eq!(ann.json(&["account", "rename", "Ann Lee"])["account"]["name"], json!("Ann Lee"), "again");
    ann.run(&["account", "rename", "  "]).failed(2, "the name is empty");
    ann.run(&["account", "rename", &"n".repeat(101)]).failed(1, "`name` has 101 characters; at most 100 are allowed");
    assert!(ann.run(&["whoami"]).done().output.starts_with("Ann Lee <"));
}

#[test]
fn a_changed_password_ends_other_sessions_and_no_token() {
    let server = Server::without_scorer();
    let (ann, elsewhere) = (server.person("ann"), Person::at(&server.address));
    elsewhere.login("ann").done();
    let created = ann.json(&["token", "create", "laptop"]);
    let by_token = Person::at(&server.address).with_token(created["secret"].as_str().unwrap());

    let wrong = change(&ann, "not the password", NEW).failed(1, "the present password is another one");
    assert!(wrong.errors.contains("advice: Give the password with which you log in."), "{wrong:?}");
    change(&ann, PRESENT, "ninechars").failed(1, "a password of 9 characters is not allowed");
    elsewhere.run(&["whoami"]).done();

    let changed = change(&ann, PRESENT, NEW).done();
    assert_eq!(changed.output, "The password is changed. All other sessions have ended; API tokens stay valid.\n");
    ann.run(&["whoami"]).done();
    elsewhere.run(&["whoami"]).failed(1, "has ended");
    by_token.run(&["whoami"]).done();
    elsewhere.login("ann").failed(1, "");

    // A token has no session of its own to keep.
    let arguments = ["account", "password", "--password-stdin", "--json"];
    let changed = by_token.run_with_input(&arguments, &format!("{NEW}\n{PRESENT}")).done();
    let changed: serde_json::Value = serde_json::from_str(&changed.output).unwrap();
    assert_eq!(changed, json!({ "changed": true }));
    ann.run(&["whoami"]).failed(1, "has ended");
    assert!(change(&by_token, PRESENT, NEW).done().output.contains("All sessions have ended"));
}

#[test]
fn a_person_sees_where_they_are_logged_in_and_ends_it_there() {
    let server = Server::without_scorer();
    let (ann, elsewhere) = (server.person("ann"), Person::at(&server.address));
    elsewhere.login("ann").done();
    let listed = ann.json(&["account", "sessions"]);
    let listed = listed.as_array().unwrap();
    let current: Vec<&serde_json::Value> = listed.iter().map(|session| &session["current"]).collect();
    assert_eq!(current, [false, true], "newest first");
    let shown = ann.run(&["account", "sessions"]).done().output;
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("id") && lines[0].contains("last renewed"), "{shown}");
    assert!(!lines[1].contains("this one") && lines[2].contains("this one"), "{shown}");
    assert!(lines[1].trim_end().ends_with(concat!("holdout/", env!("CARGO_PKG_VERSION"))), "{shown}");

    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(
        ann.run(&["account", "end-session", id]).done().output,
        "The session has ended. API tokens that were made in it stay valid.\n"
    );
    elsewhere.run(&["whoami"]).failed(1, "has ended");
    ann.run(&["account", "end-session", id]).failed(1, "there is no session");
    elsewhere.login("ann").done();
    let ended = ann.json(&["account", "end-session", "--others"]);
    assert_eq!(ended, json!({ "others": true, "ended": true }));
    elsewhere.run(&["whoami"]).failed(1, "has ended");
    ann.run(&["whoami"]).done();
    ann.run(&["account", "end-session"]).failed(2, "<ID|--others>");
    let token = ann.json(&["token", "create", "laptop"]);
    let by_token = Person::at(&server.address).with_token(token["secret"].as_str().unwrap());
    let ended = by_token.run(&["account", "end-session", "--others"]).done();
    assert_eq!(ended.output, "All sessions have ended. API tokens stay valid.\n");
    ann.run(&["whoami"]).failed(1, "has ended");
    ann.login("ann").done();
    ann.run(&["account", "end-session", id, "--others"]).failed(2, "cannot be used with");
    ann.run(&["account", "end-session", "x"]).failed(2, "invalid value 'x'");
}

#[test]
fn a_person_gets_all_that_is_kept_of_them() {
    let server = Server::without_scorer();
    let ann = server.person("ann");
    let printed: serde_json::Value = serde_json::from_str(&ann.run(&["account", "export"]).done().output).unwrap();
    assert_eq!(printed["me"]["account"]["email"], json!("ann@example.org"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("me.json");
    let arguments = ["account", "export", "--output", file.to_str().unwrap()];
    assert_eq!(ann.run(&arguments).done().output, format!("Wrote {}.\n", file.display()));
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["me"], printed["me"]);
    ann.run(&arguments).failed(1, "exists already, and is not overwritten");
}

#[test]
fn an_account_is_deleted_once_its_owner_agrees() {
    let server = Server::without_scorer();
    let ann = server.person("ann");
    let asked = ann.run(&["account", "delete"]).failed(2, "delete the account ann@example.org at http://");
    assert!(asked.errors.contains("advice: `--yes` deletes without asking."), "{asked:?}");
    let arguments = ["account", "delete", "--yes", "--password-stdin"];
    let wrong = ann.run_with_input(&arguments, "not the password\n").failed(1, "the present password is another one");
    assert!(wrong.errors.contains("advice: Give the password with which you log in."), "{wrong:?}");
    ann.run(&["whoami"]).done();

    let deleted = ann.run_with_input(&arguments, PRESENT).done();
    assert_eq!(deleted.output, "The account ann@example.org is deleted.\n");
    ann.run(&["whoami"]).failed(1, "you are not logged in");
    ann.login("ann").failed(1, "");
}

#[test]
fn both_passwords_have_to_be_there() {
    let nobody = Person::at("http://holdout.invalid");
    let asked =
        nobody.run(&["account", "password"]).failed(2, "there is no terminal to ask on: Your present password:");
    assert!(asked.errors.contains("`--password-stdin`"), "{asked:?}");
    for given in ["", "\n", "one password", "one password\n\n", "\none password\n"] {
        let arguments = ["account", "password", "--password-stdin"];
        nobody.run_with_input(&arguments, given).failed(2, "standard input has fewer than two passwords");
    }
}

#[test]
fn a_password_that_would_be_sent_in_the_clear_is_warned_of_before_it_is_asked_for() {
    let afar = Person::at("http://holdout.invalid");
    for arguments in [&["account", "password"][..], &["account", "email", "ann@example.com"]] {
        let asked = afar.run(arguments).failed(2, "there is no terminal to ask on");
        assert!(asked.errors.starts_with("note: http://holdout.invalid is not encrypted"), "{asked:?}");
    }
}
