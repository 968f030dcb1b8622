//! What becomes of `holdout up` when its scorer is in trouble: the board stays, and the scorer
//! returns by itself.

use serde_json::{Value, json};

use crate::program::{Person, Server, predictions, wait_until};

const TASK: [&str; 4] = ["--season", "small", "--task", "classification"];

fn submit(person: &Person, name: &str, wrong: usize) -> Value {
    person.write(name, predictions(wrong));
    person.json(&[&["submit", name, "--method", name], &TASK[..]].concat())
}

fn state(person: &Person, submission: &Value) -> Value {
    person.json(&["status", submission["id"].as_str().unwrap()])["state"].clone()
}

#[test]
fn up_goes_on_while_its_scorer_is_refused() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let tokens = organizer.json(&["scorer-token", "list"]);
    organizer.run(&["scorer-token", "revoke", tokens[0]["id"].as_str().unwrap()]).done();
    wait_until("the scorer to be started again", || server.said().matches("it is started again").count() >= 2);
    // The board is there, and so is everything else.
    organizer.run(&[&["leaderboard"], &TASK[..]].concat()).done();
    let ann = server.captain("ann");
    assert_eq!(state(&ann, &submit(&ann, "a.txt", 3)), json!("queued"));
}

#[test]
fn a_scorer_without_its_cache_folder_returns_when_the_folder_does() {
    let settings = [("HOLDOUT_SCORER__SELF_TEST_SECONDS", "1"), ("HOLDOUT_QUEUE__RETRY_SECONDS", "1")];
    let server = Server::up_with(&settings);
    server.organizer().apply_small();
    let cache = server.data().join("cache");
    std::fs::remove_dir_all(&cache).unwrap();
    std::fs::write(&cache, b"in the way").unwrap();
    let sent = ["ann", "ben", "cat"].map(|name| {
        let person = server.captain(name);
        let submission = submit(&person, &format!("{name}.txt"), name.len() + usize::from(name.as_bytes()[0]) % 7);
        (person, submission)
    });
    wait_until("the scorer to withdraw", || server.said().contains("this scorer takes no work"));
    std::fs::remove_file(&cache).unwrap();
    for (person, submission) in &sent {
        wait_until("the file to be scored", || state(person, submission) == json!("scored"));
    }
    assert!(server.said().contains("takes work again"));
}

/// Calls a route of scorers.
fn as_scorer(server: &Server, path: &str, body: &Value) -> Option<Value> {
    let token = std::fs::read_to_string(server.data().join("scorer-token")).unwrap();
    let request = ureq::post(format!("{}/api/v1/scorer/{path}", server.address))
        .header("authorization", format!("Bearer {}", token.trim()));
    let text = request.send_json(body).unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str(&text).ok()
}

#[test]
fn organizers_are_told_why_a_submission_is_stalled_and_teams_are_not() {
    let server =
        Server::without_scorer_with(&[("HOLDOUT_QUEUE__ATTEMPTS", "1"), ("HOLDOUT_QUEUE__SCORER_FAULTS", "9")]);
    let organizer = server.organizer();
    organizer.apply_small();
    let captain = server.captain("ada");
    captain.write("file.txt", predictions(3));
    let sent = captain.json(&["submit", "file.txt", "--season", "small", "--task", "classification"]);
    let id = sent["id"].as_str().unwrap().to_owned();
    let scorer = json!({ "scorer": uuid::Uuid::now_v7().to_string(), "name": "gpu", "version": "1", "protocol": 1, "devices": [],
        "kinds": ["predictions"], "wait_seconds": 0 });
    while let Some(claim) = as_scorer(&server, "claims", &scorer) {
        let report = json!({ "attempt": claim["attempt"], "scorer_version": "1", "measures": {},
            "outcome": { "kind": "fault", "cause": "the disk is broken" } });
        let evaluation = claim["evaluation"].as_str().unwrap();
        as_scorer(&server, &format!("evaluations/{evaluation}/outcome"), &report);
        if claim["submission"] == id.as_str() {
            break;
        }
    }
    let told = organizer.run(&["status", &id]).done().output;
    assert!(told.contains("fault on gpu: the disk is broken"), "{told}");
    let told = captain.run(&["status", &id]).done().output;
    assert!(told.contains("stalled") && !told.contains("broken"), "{told}");
    captain.run(&["requeue", &id]).failed(1, "");
    let again = organizer.run(&["requeue", &id]).done().output;
    assert!(again.contains("queued"), "{again}");
    assert_eq!(captain.json(&["status", &id])["state"], "queued");
}

#[test]
fn what_has_begun_is_cancelled_only_by_somebody_who_knows_what_it_costs() {
    let server = Server::without_scorer();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    ann.write("mine.txt", predictions(2));
    let id =
        ann.json(&["submit", "mine.txt", "-s", "small", "-t", "classification"])["id"].as_str().unwrap().to_owned();
    // The entries of the season wait as well.
    wait_until("a scorer to have it", || {
        let scorer = json!({ "scorer": uuid::Uuid::now_v7().to_string(), "name": "a", "version": "1", "protocol": 1, "devices": [],
            "kinds": ["predictions"], "wait_seconds": 0 });
        as_scorer(&server, "claims", &scorer).is_some_and(|claim| claim["submission"] == json!(id))
    });
    ann.run(&["cancel", &id]).failed(2, "it keeps its slot of the quota");
    assert_eq!(ann.json(&["status", &id])["state"], "running");
    let ended = ann.run(&["cancel", &id, "--yes"]).done().output;
    assert!(ended.contains("cancelled"), "{ended}");
    let quota = ann.json(&["quota", "-s", "small", "-t", "classification"]);
    assert_eq!(quota["used"], 1, "{quota}");
}
