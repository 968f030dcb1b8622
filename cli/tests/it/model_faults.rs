//! What is killed while a model runs: the scorer, the runner, the whole of `up`. Nothing is lost,
//! nothing scored twice, no process left behind, and never is it the team's fault.

use serde_json::{Value, json};

use crate::models::{ended, submit, wait_for, with_task};
use crate::process_tree::{Process, descendants};
use crate::program::{Person, Server, wait_until};
use crate::said::Scorer;
use crate::shades::{Packing, Shades};

/// Leases that end soon; small batches, so that a slow model is in the middle of its images.
const QUICK: [(&str, &str); 3] = [
    ("HOLDOUT_QUEUE__LEASE_SECONDS", "8"),
    ("HOLDOUT_QUEUE__HEARTBEAT_SECONDS", "1"),
    ("HOLDOUT_QUEUE__REAP_SECONDS", "1"),
];
const SMALL_BATCHES: [(&str, &str); 1] = [("HOLDOUT_SCORER__BATCH", "4")];

/// A server, somebody whose slow model is at work, and the scorer that is at it.
fn at_work() -> (Server, Person, Value, Scorer) {
    let server = Server::without_scorer_with(&QUICK).with_shades(Packing::Zip);
    let ann = server.captain_in("ann", "shades");
    let submission = submit(&ann, "slow.pt", &Shades::slow(3000));
    let scorer = server.scorer(&SMALL_BATCHES);
    wait_for(&ann, &submission, "the model to run", |found| {
        found["progress"]["stage"] == "running" && found["progress"]["done"].as_u64().is_some_and(|seconds| seconds > 0)
    });
    (server, ann, submission, scorer)
}

/// Scored in the second attempt, once, and charged once.
fn assert_scored_once(ann: &Person, submission: &Value) {
    let done = ended(ann, submission);
    assert_eq!((&done["state"], &done["attempts"]), (&json!("scored"), &json!(2)), "{done}");
    assert_eq!(done["scores"]["public"]["wrong"], json!(0));
    assert_eq!(done["charge"]["state"], json!("committed"));
    let board = ann.json(&with_task(&["leaderboard", "--all"]));
    assert_eq!(board["rows"].as_array().unwrap().len(), 1);
}

fn wait_until_gone(processes: impl IntoIterator<Item = Process>) {
    for process in processes {
        wait_until("the runners to end", || !process.lives());
    }
}

#[test]
fn a_scorer_that_is_killed_leaves_no_runner_and_its_work_is_done_again() {
    let (server, ann, submission, scorer) = at_work();
    assert!(scorer.said().contains("cpu: "), "{}", scorer.said());
    let runners = descendants(scorer.process());
    assert!(!runners.is_empty());
    scorer.kill();
    wait_until_gone(runners);
    let second = server.scorer(&SMALL_BATCHES);
    assert_scored_once(&ann, &submission);
    drop(second);
}

#[test]
fn a_runner_that_is_killed_is_no_fault_of_the_model() {
    let (_server, ann, submission, scorer) = at_work();
    for runner in descendants(scorer.process()) {
        // One that keeps another may have taken it along.
        if runner.lives() {
            runner.kill();
        }
    }
    assert_scored_once(&ann, &submission);
    drop(scorer);
}

#[test]
fn a_scorer_that_is_told_to_stop_gives_its_work_back() {
    let (server, ann, submission, scorer) = at_work();
    let runners = descendants(scorer.process());
    scorer.terminate();
    wait_until_gone(runners);
    wait_for(&ann, &submission, "the work to come back", |found| found["state"] == "queued");
    let second = server.scorer(&SMALL_BATCHES);
    assert_scored_once(&ann, &submission);
    drop(second);
}

#[test]
fn stages_are_shown_while_it_runs() {
    let server = Server::without_scorer_with(&QUICK).with_shades(Packing::Zip);
    let ann = server.captain_in("ann", "shades");
    let submission = submit(&ann, "slow.pt", &Shades::slow(3000));
    let id = submission["id"].as_str().unwrap();
    let scorer = server.scorer(&SMALL_BATCHES);
    let mut state = String::new();
    wait_until("a stage with its time", || {
        let told = ann.run(&["status", id]).done().output;
        state = told.lines().find(|line| line.starts_with("  state")).unwrap().to_owned();
        state.contains("running: running the model, for ") && state.ends_with(" s")
    });
    assert!(!state.contains("images"), "how far it is stays hidden: {state}");
    let watched = ann.run(&["status", id, "--watch"]).done();
    let running: Vec<&str> = watched.errors.lines().filter(|line| line.contains("running the model")).collect();
    assert!(!running.is_empty() && !running.iter().any(|line| line.contains("images")), "{watched:?}");
    let organizer = server.organizer();
    drop(scorer);
    assert_eq!(organizer.json(&["status", id])["state"], json!("scored"));
}

#[test]
fn a_damaged_file_of_prepared_images_is_made_anew() {
    let server = Server::up_with_models(&QUICK).with_shades(Packing::Zip);
    let ann = server.captain_in("ann", "shades");
    let first = ended(&ann, &submit(&ann, "first.pt", &Shades::model(3)));
    assert_eq!((&first["state"], &first["attempts"]), (&json!("scored"), &json!(1)), "{first}");
    let folder = std::fs::read_dir(server.data().join("cache/prepared")).unwrap();
    let files =
        folder.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|is| is == "pixels"));
    let [prepared] = files.collect::<Vec<_>>().try_into().unwrap();
    // A byte of the first image.
    let mut bytes = std::fs::read(&prepared).unwrap();
    bytes[4096] ^= 0x80;
    std::fs::write(&prepared, &bytes).unwrap();
    let second = ended(&ann, &submit(&ann, "second.pt", &Shades::model(5)));
    assert_eq!((&second["state"], &second["attempts"]), (&json!("scored"), &json!(2)), "{second}");
    assert_eq!(second["scores"]["public"]["wrong"], json!(25));
    bytes[4096] ^= 0x80;
    assert!(std::fs::read(&prepared).unwrap() == bytes, "the file is as it was before it was damaged");
}
