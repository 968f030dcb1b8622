//! Sessions: stored for the user alone, refreshed by themselves, by many programs at once.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::program::{Ended, Person, Server};

#[test]
fn a_session_is_stored_for_the_user_alone_and_forgotten_by_logout() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::up();
    let ann = server.person("ann");
    let path = ann.home.path().join(".config/holdout/credentials.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(ann.run(&["whoami"]).done().output.starts_with("ann <ann@example.org> at http://"));
    ann.run(&["logout"]).done();
    ann.run(&["whoami"]).failed(1, "");
    assert!(!fs::read_to_string(&path).unwrap().contains("access_token"));
    ann.login("ann").done();
    ann.run(&["whoami"]).done();
    let wrong = ann.run_with_input(&["login", "--email", "ann@example.org", "--password-stdin"], "wrong password");
    wrong.failed(1, "");
    // A failed login leaves the session that there is.
    ann.run(&["whoami"]).done();
}

#[test]
fn many_programs_refresh_the_session_once() {
    let server = Server::up_with(&[("HOLDOUT_SESSIONS__ACCESS_SECONDS", "1")]);
    let ann = server.person("ann");
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(1200));
        let running: Vec<_> = (0..6).map(|_| ann.command(&["whoami", "--json"]).spawn().unwrap()).collect();
        for child in running {
            let ended = Ended::of(child.wait_with_output().unwrap()).done();
            assert!(ended.output.contains("\"ann\""), "{ended:?}");
        }
    }
}

#[test]
fn a_command_at_a_server_without_a_login_says_where_to_log_in_and_where_one_is() {
    let server = Server::up();
    let ann = server.person("ann");
    let elsewhere = server.address.replace("127.0.0.1", "localhost");
    let ended =
        ann.run(&["whoami", "--server", &elsewhere]).failed(1, &format!("you are not logged in at {elsewhere}"));
    assert!(ended.errors.contains(&format!("`holdout login --server {elsewhere}`")), "{ended:?}");
    assert!(ended.errors.contains(&format!("add `--server {}`", server.address)), "{ended:?}");
    ann.run(&["whoami", "--server", &elsewhere, "--json"]).failed_as("unauthenticated");
    let left = ann.run(&["logout", "--server", &elsewhere]).done();
    assert!(left.errors.contains(&format!("you are logged in at {}", server.address)), "{left:?}");

    let nobody = Person::at(&server.address).run(&["whoami"]).failed(1, "you are not logged in at");
    assert!(!nobody.errors.contains("add `--server"), "{nobody:?}");
    let other = Person::at(&server.address).with_token("hp_nonsense").run(&["whoami"]).failed(1, "this API token");
    assert!(other.errors.contains("If you set HOLDOUT_TOKEN"), "{other:?}");
    assert!(other.errors.contains("`organizer-token`"), "{other:?}");
}

#[test]
fn the_server_last_logged_in_to_is_the_default() {
    let server = Server::up();
    let ann = server.person("ann");
    let mut command = ann.command(&["whoami", "--json"]);
    command.env_remove("HOLDOUT_SERVER");
    let ended = Ended::of(command.output().unwrap()).done();
    let me: serde_json::Value = serde_json::from_str(&ended.output).unwrap();
    assert_eq!(me["account"]["email"], json!("ann@example.org"));
    let lost = Person::at("not an address");
    lost.run(&["season", "list"]).failed(2, "HOLDOUT_SERVER: ");
    // What is set is not listed among the arguments that are missing.
    let usage = lost.run(&["submit"]).failed(2, "Usage: holdout submit").errors;
    assert!(!usage.contains("--server"), "{usage}");
    // A different person who signs in on this machine is told whose session they replace.
    let said = ann.register("bob").done().errors;
    assert!(said.contains("takes the place of your session as ann@example.org"), "{said}");
    assert!(!ann.login("bob").done().errors.contains("takes the place"));
}
