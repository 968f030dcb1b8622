//! Uploads over lines that break: whatever a connection carries is progress, and damage is found
//! and mended.

use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use holdout::digest_of;

use crate::program::{Ended, Person, Server, predictions};
use crate::proxy::{Break, Weather, proxy};

const PLACE: [&str; 4] = ["--season", "small", "--task", "classification"];

/// A file of about so many bytes that differs by its name.
fn padded(name: &str, size: usize) -> String {
    let padding = " ".repeat(size / 40);
    predictions(name.len() % 40).lines().map(|label| format!("{label}{padding}\n")).collect::<String>() + name
}

fn submit(person: &Person, name: &str, more: &[&str]) -> Ended {
    person.run(&[&["submit", name, "--no-check"], &PLACE[..], more].concat())
}

/// With what it says kept for the test.
fn piped(mut command: Command) -> Command {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn bad_line() -> (Server, Person, std::sync::Arc<Weather>) {
    let server = Server::without_scorer_with(&[("HOLDOUT_QUEUE__QUEUED_PER_TEAM", "1000")]);
    server.organizer().apply_small();
    let (address, weather) = proxy(&server.address);
    let ann = server.captain("ann").over(&address);
    ann.login("ann").done();
    (server, ann, weather)
}

#[test]
fn an_upload_finishes_over_every_line_that_carries_bytes() {
    let (_server, ann, weather) = bad_line();
    for way in [Break::Fin, Break::Reset, Break::Silent] {
        *weather.way.lock().unwrap() = way;
        for (cut_after, size) in [(10_000, 200_000), (100_000, 1_500_000), (1 << 20, 6 << 20), (8 << 20, 20 << 20)] {
            let name = format!("{way:?}-{cut_after}.txt");
            let content = padded(&name, size);
            let receipt = format!("receipt    SHA-256 {}", digest_of(content.as_bytes()));
            let length = u64::try_from(content.len()).unwrap();
            ann.write(&name, content);
            weather.carried.store(0, Ordering::SeqCst);
            weather.cuts.store(0, Ordering::SeqCst);
            weather.cut_after.store(cut_after, Ordering::SeqCst);
            let ended = submit(&ann, &name, &[]);
            weather.cut_after.store(0, Ordering::SeqCst);
            assert!(weather.cuts.load(Ordering::SeqCst) >= 2, "{name}: {weather:?}");
            let carried = weather.carried.load(Ordering::SeqCst);
            // The format is wrong, so that the quota does not matter; the receipt is of the file
            // that arrived.
            assert!(ended.output.contains(&receipt), "{name}: {ended:?}");
            assert!(carried < length * 3 / 2 + (1 << 20), "{name}: {carried} bytes were carried for {length}");
        }
    }
}

#[test]
fn a_damaged_piece_is_sent_again() {
    let (_server, ann, weather) = bad_line();
    let content = padded("damaged", 3_000_000);
    ann.write("damaged.txt", &content);
    weather.carried.store(0, Ordering::SeqCst);
    weather.damage_at.store(2_000_000, Ordering::SeqCst);
    let ended = submit(&ann, "damaged.txt", &[]);
    assert!(ended.output.contains(&digest_of(content.as_bytes()).to_string()), "{ended:?}");
    let carried = weather.carried.load(Ordering::SeqCst);
    assert!(carried > 3_500_000 && carried < 6_000_000, "one piece was sent again: {carried}");
}

#[test]
fn damage_that_no_piece_shows_is_found_by_the_receipt() {
    let (_server, ann, weather) = bad_line();
    let content = padded("damaged", 900_000);
    ann.write("damaged.txt", &content);
    weather.carried.store(0, Ordering::SeqCst);
    // In a piece that breaks off, so that its checksum is never compared.
    weather.damage_at.store(200_000, Ordering::SeqCst);
    weather.cut_after.store(400_000, Ordering::SeqCst);
    weather.most_cuts.store(1, Ordering::SeqCst);
    let ended = submit(&ann, "damaged.txt", &[]);
    assert!(ended.errors.contains("`damaged.txt` was damaged on its way"), "{ended:?}");
    assert!(ended.output.contains(&digest_of(content.as_bytes()).to_string()), "{ended:?}");
}

#[test]
fn a_server_that_is_down_at_first_is_waited_for() {
    let (_server, ann, weather) = bad_line();
    ann.write("a.txt", predictions(2));
    weather.down.store(true, Ordering::SeqCst);
    submit(&ann, "a.txt", &["--retry-for", "1s"]).failed(3, "no answer from");
    let mut command: Command = ann.command(&[&["submit", "a.txt"], &PLACE[..]].concat());
    let mut child = command.spawn().unwrap();
    // Longer than one call is repeated.
    std::thread::sleep(Duration::from_secs(5));
    assert!(child.try_wait().unwrap().is_none(), "it has given up");
    weather.down.store(false, Ordering::SeqCst);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("retrying for 5 min"), "{output:?}");
}

#[test]
fn a_server_that_restarts_while_a_submission_is_followed_is_waited_for() {
    let (server, ann, weather) = bad_line();
    ann.write("a.txt", predictions(2));
    let ended = submit(&ann, "a.txt", &["--json"]).done();
    let id = serde_json::from_str::<serde_json::Value>(&ended.output).unwrap()["id"].as_str().unwrap().to_owned();
    weather.down.store(true, Ordering::SeqCst);
    let mut child = piped(ann.command(&["status", &id, "--watch"])).spawn().unwrap();
    // Longer than one call is repeated.
    std::thread::sleep(Duration::from_secs(8));
    assert!(child.try_wait().unwrap().is_none(), "it has given up");
    weather.down.store(false, Ordering::SeqCst);
    ann.run(&["cancel", &id]).done();
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("was cancelled"), "{output:?}");

    // One that does not come back: the error has the id of what was accepted.
    ann.write("b.txt", predictions(3));
    let wait = [&["submit", "b.txt", "--wait", "--json", "--retry-for", "1s"], &PLACE[..]].concat();
    let child = piped(ann.command(&wait)).spawn().unwrap();
    let queued = || {
        let list = ann.run(&[&["submissions", "--json"], &PLACE[..]].concat()).done().output;
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        let all = list.as_array().or_else(|| list["items"].as_array()).unwrap().clone();
        all.iter().find(|one| one["id"] != id.as_str()).map(|one| one["id"].as_str().unwrap().to_owned())
    };
    let second = loop {
        if let Some(found) = queued() {
            break found;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    drop(server);
    let ended = Ended::of(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let error = &ended.error_json()["error"];
    assert_eq!(error["detail"]["submission"], second.as_str(), "{error}");
    assert!(error["advice"].as_str().unwrap().contains(&format!("holdout status {second} --watch")), "{error}");
}
