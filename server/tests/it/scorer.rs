//! The real scorer at work on a real server.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use holdout_scorer::{ScorerConfig, ScorerError, StopSignal};
use serde_json::json;

use crate::people::text;
use crate::queue_world::{World, labels, right_file, scorer, short_leases};

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

    /// Returns how it ended by itself.
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
    let world = World::start_with(short_leases);
    let sent = world.submit_one();
    // A killed scorer is one that says nothing more.
    world.claim(&scorer());
    let _running = Running::start(&world);
    world.wait_for(&sent.evaluation, "scored 2 1");
}

#[test]
fn a_file_that_is_not_what_its_name_says_costs_nobody_else_anything() {
    let world = World::start();
    let sent = world.submit_one();
    let blob = world.app.data.path().join("blobs/blobs").join(&sent.sha256[..2]).join(&sent.sha256);
    std::fs::write(&blob, right_file().replace('1', "2")).unwrap();
    let running = Running::start(&world);
    world.wait_for(&sent.evaluation, "stalled 3 3");
    assert_eq!(world.charge(&sent), "refunded platform_fault");
    // The same scorer takes the next file.
    let next = world.submit(&world.team("b"), &"1\n".repeat(10));
    world.wait_for(&next.evaluation, "scored 1 0");
    running.stop();
}

#[test]
fn a_scorer_that_has_withdrawn_tests_itself_and_returns() {
    let world = World::start_with(|queue| queue.attempts = 100);
    let running = Running::start_with(&world.app.origin, &world.token, |config| config.self_test_seconds = 1);
    let first = world.submit_one();
    world.wait_for(&first.evaluation, "scored 1 0");
    // A file where the cache folder should be: nothing can be fetched.
    let folder = running.cache.path().join("files");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, b"in the way").unwrap();
    let sent = ["b", "c"].map(|team| world.submit(&world.team(team), &"1\n".repeat(10)));
    let fleet = || {
        let list = world.app.get("/organizer/scorers", Some(&world.organizer.token)).expect(200).json();
        list["items"][0].clone()
    };
    let wait = |what: &str, holds: &dyn Fn() -> bool| {
        let until = Instant::now() + Duration::from_secs(30);
        while !holds() {
            assert!(Instant::now() < until, "not in time: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    wait("it withdraws", &|| fleet()["withdrawn_at"].is_string() && fleet()["trouble"].is_string());
    wait("it says what is wrong", &|| text(&fleet()["trouble"]).contains("cache folder"));
    std::fs::remove_file(&folder).unwrap();
    for sent in &sent {
        let ended = || world.standing(&sent.evaluation);
        wait("it returns by itself", &|| ended().starts_with("scored"));
    }
    wait("it says so", &|| fleet()["withdrawn_at"].is_null() && fleet()["trouble"].is_null());
    running.stop();
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
fn a_scorer_that_stops_signs_off_and_the_next_of_its_name_takes_its_place() {
    let world = World::start();
    let list = || {
        let page = world.app.get("/organizer/scorers", Some(&world.organizer.token)).expect(200).json();
        let told = |one: &serde_json::Value| format!("{} {}", text(&one["name"]), text(&one["state"]));
        page["items"].as_array().unwrap().iter().map(told).collect::<Vec<_>>()
    };
    let ready = || world.app.get("//readyz", None).expect(200).json()["scorers"]["predictions"].clone();
    for round in 0..3 {
        let running = Running::start(&world);
        let sent = world.submit(&world.team(&format!("t{round}")), &right_file());
        world.wait_for(&sent.evaluation, "scored 1 0");
        assert_eq!((list(), ready()), (vec!["scorer ready".to_owned()], json!(1)), "round {round}");
        running.stop();
        assert_eq!((list(), ready()), (vec!["scorer stopped".to_owned()], json!(0)), "round {round}");
    }
    let other = Running::start_with(&world.app.origin, &world.token, |config| config.name = "other".to_owned());
    let sent = world.submit(&world.team("other"), &right_file());
    world.wait_for(&sent.evaluation, "scored 1 0");
    assert_eq!(list(), ["other ready", "scorer stopped"]);
    other.stop();
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

/// A way to the server on which no file arrives: requests for one are taken and never answered.
fn way_without_files(origin: &str) -> String {
    let server = origin.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let onward = TcpStream::connect(&server).unwrap();
            let (mut from, mut to) = (onward.try_clone().unwrap(), client.as_ref().unwrap().try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            std::thread::spawn(move || pass_all_but_files(client.unwrap(), onward));
        }
    });
    address
}

fn pass_all_but_files(mut client: TcpStream, mut onward: TcpStream) {
    let mut bytes = [0; 4096];
    while let Ok(length @ 1..) = client.read(&mut bytes) {
        if bytes.starts_with(b"GET /api/v1/scorer/blobs/") {
            std::thread::sleep(Duration::from_secs(600));
        }
        onward.write_all(&bytes[..length]).ok();
    }
}

#[test]
fn a_fetch_that_hangs_obeys_cancel_and_stop() {
    let world = World::start();
    let sent = world.submit_one();
    let way = way_without_files(&world.app.origin);
    let running = Running::start_with(&way, &world.token, |_| ());
    world.wait_for(&sent.evaluation, "running 1 0");
    world.app.post(&format!("/submissions/{}/cancel", sent.id), Some(&world.organizer.token), &json!({})).expect(200);
    // The scorer hears of it with its next heartbeat, and takes the next one.
    let next = world.submit(&world.team("b"), &right_file());
    let begun = Instant::now();
    world.wait_for(&next.evaluation, "running 1 0");
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert!(running.stop() < Duration::from_secs(5), "the step is left behind");
    assert_eq!(world.standing(&next.evaluation), "queued 1 0", "the work is given back");
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
}

#[test]
fn a_scorer_waits_for_a_server_that_is_not_there() {
    // A port where nobody answers.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let running = Running::start_with(&format!("http://{nobody}"), "hs_x", |_| ());
    assert!(running.ended.recv_timeout(Duration::from_secs(2)).is_err(), "it keeps trying");
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
