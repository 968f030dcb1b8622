//! Uploads over a bad network, with clients that are killed, files that change, and uploads that
//! expire.

use std::process::Child;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Ended, Person, Server, predictions, wait_until};
use crate::proxy::proxy;

const SUBMIT: [&str; 7] = ["submit", "big.txt", "--no-check", "--season", "small", "--task", "classification"];

/// Predictions in three pieces of an upload: what the labels leave of each line is blanks.
fn big(wrong: usize) -> String {
    predictions(wrong).lines().map(|label| format!("{label}{}\n", " ".repeat(500_000))).collect()
}

fn submissions(person: &Person) -> Vec<Value> {
    let list = person.json(&["submissions", "--season", "small", "--task", "classification"]);
    list.as_array().unwrap().clone()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn broken_connections_cost_no_more_than_a_piece() {
    let server = Server::up();
    server.organizer().apply_small();
    let (address, weather) = proxy(&server.address);
    let ann = server.captain("ann").over(&address);
    ann.login("ann").done();
    ann.write("big.txt", big(2));
    weather.cut_after.store(9 << 20, Ordering::SeqCst);
    let ended = ann.run(&SUBMIT);
    assert!(weather.cuts.load(Ordering::SeqCst) >= 2, "the network was bad");
    // Blanks to that length are refused or not as the format has it; the bytes arrived in any case.
    assert!(ended.output.contains("receipt    SHA-256"), "{ended:?}");
    assert_eq!(submissions(&ann).len(), 1);
    assert!(weather.carried.load(Ordering::SeqCst) < 45 << 20, "{weather:?}");
}

#[test]
fn a_killed_client_goes_on_where_it_stopped() {
    let server = Server::up();
    server.organizer().apply_small();
    let (address, weather) = proxy(&server.address);
    let ann = server.captain("ann").over(&address);
    ann.login("ann").done();
    ann.write("big.txt", big(2));
    weather.pause.store(2, Ordering::SeqCst);
    let child = ann.command(&SUBMIT).spawn().unwrap();
    wait_until("more than a piece", || weather.carried.load(Ordering::SeqCst) > 11 << 20);
    kill(child);
    weather.pause.store(0, Ordering::SeqCst);
    // What was still on its way does not count.
    let mut before = 0;
    wait_until("the network to be quiet", || {
        std::thread::sleep(Duration::from_millis(200));
        before == std::mem::replace(&mut before, weather.carried.load(Ordering::SeqCst))
    });
    weather.carried.store(0, Ordering::SeqCst);
    let ended = ann.run(&SUBMIT);
    assert!(ended.errors.contains("resuming the upload of `big.txt` at "), "{ended:?}");
    assert!(weather.carried.load(Ordering::SeqCst) < 13 << 20, "{weather:?}");
    assert_eq!(submissions(&ann).len(), 1);
    // The blanks make lines too long: it was refused, which is free, and may be sent again.
    ann.run(&SUBMIT).failed(1, "rejected");
    assert_eq!(submissions(&ann).len(), 2);
}

#[test]
fn a_changed_file_starts_again() {
    let server = Server::up();
    server.organizer().apply_small();
    let (address, weather) = proxy(&server.address);
    let ann = server.captain("ann").over(&address);
    ann.login("ann").done();
    ann.write("big.txt", big(2));
    weather.pause.store(2, Ordering::SeqCst);
    let child = ann.command(&SUBMIT).spawn().unwrap();
    wait_until("more than a piece", || weather.carried.load(Ordering::SeqCst) > 11 << 20);
    let busy = ann.run(&SUBMIT).failed(1, "another holdout program");
    assert!(busy.output.is_empty(), "{busy:?}");
    kill(child);
    weather.pause.store(0, Ordering::SeqCst);
    ann.write("big.txt", big(3));
    let ended = ann.run(&SUBMIT);
    assert!(ended.errors.contains("has changed since; its upload starts again"), "{ended:?}");
    assert_eq!(submissions(&ann).len(), 1);
}

#[test]
fn an_expired_upload_starts_again() {
    let server = Server::up_with(&[("HOLDOUT_UPLOADS__LIFE_SECONDS", "5"), ("HOLDOUT_UPLOADS__SWEEP_SECONDS", "1")]);
    server.organizer().apply_small();
    let (address, weather) = proxy(&server.address);
    let ann = server.captain("ann").over(&address);
    ann.login("ann").done();
    ann.write("big.txt", big(2));
    weather.pause.store(2, Ordering::SeqCst);
    let child = ann.command(&SUBMIT).spawn().unwrap();
    wait_until("more than a piece", || weather.carried.load(Ordering::SeqCst) > 9 << 20);
    kill(child);
    weather.pause.store(0, Ordering::SeqCst);
    std::thread::sleep(Duration::from_secs(7));
    let ended = ann.run(&SUBMIT);
    assert!(ended.errors.contains("has expired; it starts again"), "{ended:?}");
    assert_eq!(submissions(&ann).len(), 1);
}

#[test]
fn a_lost_answer_makes_no_second_submission() {
    let server = Server::up();
    server.organizer().apply_small();
    let (address, weather) = proxy(&server.address);
    let ann = server.captain("ann").over(&address);
    ann.login("ann").done();
    ann.write("big.txt", predictions(2));
    weather.swallow.store(true, Ordering::SeqCst);
    let lost = ann.run(&[&SUBMIT[..], &["--retry-for", "1s"]].concat()).failed(3, "no answer from");
    assert!(lost.output.is_empty(), "{lost:?}");
    weather.swallow.store(false, Ordering::SeqCst);
    assert_eq!(submissions(&ann).len(), 1, "the server has it, and only the answer was lost");
    let again = ann.json(&SUBMIT);
    let found = submissions(&ann);
    assert_eq!((found.len(), &found[0]["id"]), (1, &again["id"]));
    assert_eq!(ann.json(&["quota", "--season", "small", "--task", "classification"])["used"], json!(1));
}

#[test]
fn clients_killed_at_any_moment_submit_once() {
    let server = Server::up();
    server.organizer().apply_small();
    for (index, delay) in [5, 10, 15, 20, 25, 30, 40, 50, 70, 100].into_iter().enumerate() {
        let ann = server.captain(&format!("ann{index}"));
        ann.write("big.txt", predictions(index));
        let child = ann.command(&SUBMIT).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        kill(child);
        let before = submissions(&ann).len();
        let ended: Ended = ann.run(&SUBMIT).done();
        let after = submissions(&ann).len();
        // A client that was killed after it had its answer has done its work; the next run is a new
        // one.
        assert!(after == 1 || (before == 1 && after == 2), "{before} {after} {ended:?}");
    }
}

#[test]
fn nothing_is_sent_that_could_not_be_submitted() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let (address, weather) = proxy(&server.address);
    let ann = server.captain("ann").over(&address);
    ann.login("ann").done();
    for wrong in 0..3 {
        ann.write("mine.txt", predictions(wrong));
        ann.run(&["submit", "mine.txt", "--season", "small", "--task", "classification", "--wait"]).done();
    }
    ann.write("big.txt", big(5));
    weather.carried.store(0, Ordering::SeqCst);
    let refused = ann.run(&SUBMIT).failed(1, "the quota of 3");
    assert!(refused.errors.contains("Come back in"), "{refused:?}");
    organizer.run(&["season", "pause", "small"]).done();
    ann.run(&SUBMIT).failed(1, "paused");
    assert!(weather.carried.load(Ordering::SeqCst) < 1 << 20, "{weather:?}");
}

#[test]
fn the_same_file_again_is_shown_to_whoever_of_the_team_sends_it() {
    let server = Server::up();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    ann.write("big.txt", predictions(2));
    let first = ann.json(&[&SUBMIT[..], &["--method", "one", "--wait"]].concat());
    // Another method, another name of the file, another machine.
    let elsewhere = crate::program::Person::at(&server.address);
    elsewhere.login("ann").done();
    elsewhere.write("copy.txt", predictions(2));
    let copy = ["submit", "copy.txt", "--season", "small", "--task", "classification"];
    for (person, command) in [(&ann, [&SUBMIT[..], &["--method", "two"]].concat()), (&elsewhere, copy.to_vec())] {
        let shown = person.run(&command).done();
        assert!(shown.errors.contains("your team submitted the same file at"), "{shown:?}");
        assert!(shown.output.contains("2 of 40 images wrong"), "{shown:?}");
        assert_eq!(submissions(&ann).len(), 1);
    }
    let again = ann.json(&[&SUBMIT[..], &["--again", "--method", "two"]].concat());
    assert_ne!(again["id"], first["id"]);
    assert_eq!(submissions(&ann).len(), 2);
}
