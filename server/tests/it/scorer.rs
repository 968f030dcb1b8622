//! The real scorer at work on a real server.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use holdout_scorer::{ScorerConfig, ScorerError, StopSignal};
use serde_json::json;

use crate::people::text;
use crate::queue_world::{World, labels, right_file, scorer};

/// A scorer on a thread of its own; stopped when dropped.
struct Running {
    stop: Arc<StopSignal>,
    ended: Receiver<Result<(), ScorerError>>,
    cache: tempfile::TempDir,
}

impl Running {
    fn start(world: &World) -> Self {
        Self::start_with(&world.app.origin, &world.token, |_| ())
    }

    fn start_with(server: &str, token: &str, configure: impl FnOnce(&mut ScorerConfig)) -> Self {
        let cache = tempfile::tempdir().unwrap();
        let stop = Arc::new(StopSignal::new());
        let mut config = ScorerConfig::new(server, token, cache.path().join("files"));
        configure(&mut config);
        let (sender, ended) = channel();
        let stopping = Arc::clone(&stop);
        std::thread::spawn(move || sender.send(holdout_scorer::run(config, stopping)));
        Self { stop, ended, cache }
    }

    /// How it ended by itself.
    #[track_caller]
    fn end(&self) -> ScorerError {
        self.ended.recv_timeout(Duration::from_secs(20)).expect("the scorer ends").expect_err("with an error")
    }

    /// Stops it; how long that took.
    #[track_caller]
    fn stop(&self) -> Duration {
        let begun = Instant::now();
        self.stop.stop();
        self.ended.recv_timeout(Duration::from_secs(20)).expect("the scorer stops").expect("without an error");
        begun.elapsed()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

const COUNTS: &str = "SELECT CAST(n AS TEXT) || ' ' || CAST(top1_wrong AS TEXT) || ' ' || CAST(top5_wrong AS TEXT) || ' ' \
                      || CAST(public_n AS TEXT) || ' ' || CAST(public_top5_wrong AS TEXT) AS text FROM results";

#[test]
fn it_scores_what_is_right_and_rejects_what_is_wrong() {
    let world = World::start();
    let good = world.submit(&world.team("a"), &right_file());
    let csv: String = labels().shape().images.iter().map(|image| format!("{image},6 5 4 3 2\n")).collect();
    let partly = world.submit(&world.team("b"), &format!("image,labels\n{csv}"));
    let bad = world.submit(&world.team("c"), "7\n");
    let running = Running::start(&world);
    for (sent, end) in [(&good, "scored 1 0"), (&partly, "scored 1 0"), (&bad, "rejected 1 0")] {
        world.wait_for(&sent.evaluation, end);
    }
    let of = |evaluation: &str| world.value(&format!("{COUNTS} WHERE evaluation_id = '{evaluation}'"));
    assert_eq!(of(&good.evaluation), "10 1 1 3 1");
    // Images 0 and 6 are of class 1, image 5 alone of class 6; 0 is public.
    assert_eq!(of(&partly.evaluation), "10 9 2 3 1");
    let verdict = world.value(&format!("SELECT verdict AS text FROM evaluations WHERE id = '{}'", bad.evaluation));
    assert!(verdict.contains("label_out_of_range"), "{verdict}");
    assert_eq!(world.charge(&bad), "refunded format");
    running.stop();
    // What it fetched lies in its folder under its name.
    let names: Vec<String> = std::fs::read_dir(running.cache.path().join("files"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names.contains(&world.test_set) && names.contains(&good.sha256));
}

#[test]
fn work_of_a_scorer_that_was_killed_is_done_by_another() {
    let world = World::start_with(|queue| queue.lease_seconds = 1);
    let sent = world.submit_one();
    // A killed scorer is one that says nothing more.
    world.claim(&scorer());
    let _running = Running::start(&world);
    world.wait_for(&sent.evaluation, "scored 2 1");
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_a_fault_and_the_scorer_withdraws() {
    let world = World::start();
    let sent = world.submit_one();
    let blob = world.app.data.path().join("blobs/blobs").join(&sent.sha256[..2]).join(&sent.sha256);
    std::fs::write(&blob, right_file().replace('1', "2")).unwrap();
    let running = Running::start(&world);
    assert!(matches!(running.end(), ScorerError::Withdrawn(cause) if cause.contains("another file")));
    assert_eq!(world.standing(&sent.evaluation), "queued 2 2");
    // Repaired, it is scored by the next one.
    std::fs::write(&blob, right_file()).unwrap();
    let _running = Running::start(&world);
    world.wait_for(&sent.evaluation, "scored 3 2");
}

#[test]
fn a_waiting_scorer_stops_soon_and_takes_nothing_with_it() {
    let world = World::start();
    let running = Running::start(&world);
    std::thread::sleep(Duration::from_millis(500));
    assert!(running.stop() < Duration::from_secs(4));
    let sent = world.submit_one();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(world.standing(&sent.evaluation), "queued 0 0");
}

#[test]
fn work_that_comes_to_a_scorer_that_stops_is_given_back() {
    let world = World::start();
    let sent = world.submit_one();
    world.claim(&scorer());
    let running = Running::start_with(&world.app.origin, &world.token, |config| config.wait_seconds = 30);
    std::thread::sleep(Duration::from_millis(500));
    running.stop.stop();
    std::thread::sleep(Duration::from_millis(200));
    let gave_back = json!({ "kind": "gave_back" });
    world.report(&sent.evaluation, 1, &gave_back).expect(200);
    world.wait_for(&sent.evaluation, "queued 2 0");
    running.stop();
}

#[test]
fn a_scorer_that_is_not_welcome_says_so() {
    let world = World::start();
    let running = Running::start_with(&world.app.origin, "hs_nothing", |_| ());
    assert!(matches!(running.end(), ScorerError::Refused(_)));
    let running = Running::start_with(&world.app.origin, &world.token, |config| config.name = String::new());
    assert!(matches!(running.end(), ScorerError::Refused(reason) if reason.contains("name")));
    let running = Running::start_with("127.0.0.1:8080", &world.token, |_| ());
    assert!(matches!(running.end(), ScorerError::Address(_)));
    let running = Running::start_with("http://127.0.0.1:1", &world.token, |config| config.cache = "/dev/null/x".into());
    assert!(matches!(running.end(), ScorerError::Cache { .. }));
}

#[test]
fn a_scorer_waits_for_a_server_that_is_not_there() {
    // A port where nobody answers.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let running = Running::start_with(&format!("http://{nobody}"), "hs_x", |_| ());
    assert!(running.ended.recv_timeout(Duration::from_secs(2)).is_err(), "it goes on trying");
    assert!(running.stop() < Duration::from_secs(1));
}

#[test]
fn many_scorers_score_everything_once() {
    let world = World::start();
    let sent: Vec<_> = (0..30).map(|team| world.submit(&world.team(&format!("team {team}")), &right_file())).collect();
    let running: Vec<_> = (0..3).map(|_| Running::start(&world)).collect();
    for sent in &sent {
        world.wait_for(&sent.evaluation, "scored 1 0");
    }
    assert_eq!(world.value("SELECT CAST(COUNT(*) AS TEXT) AS text FROM results"), "30");
    drop(running);
    let list = world.app.get("/organizer/scorers", Some(&world.organizer.token)).expect(200).json();
    let seen = list["items"].as_array().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|scorer| scorer["faults"] == json!(0) && text(&scorer["name"]) == "scorer"));
}
