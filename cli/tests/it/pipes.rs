//! Files that can be read only once: standard input, pipes and FIFOs.

use std::process::Command;

use crate::program::{Person, Server, predictions};

const CHECK: [&str; 2] = ["--task-file", "small/season.yaml"];
const SUBMIT: [&str; 5] = ["-s", "small", "-t", "classification", "--wait"];

#[test]
fn a_prediction_file_is_checked_from_a_pipe() {
    // No server is needed.
    let person = Person::at("http://127.0.0.1:1");
    person.write_small();
    let check = |file: &str, content: &str| person.run_with_input(&[&["check", file], &CHECK[..]].concat(), content);
    for file in ["-", "/dev/stdin"] {
        let said = check(file, &predictions(4)).done().output;
        assert!(said.contains("labels for 40 images") && said.contains(&format!("`{file}`")), "{said}");
        assert!(said.contains("(4 wrong)"), "{said}");
        // The last line is looked at too, so all bytes arrived.
        check(file, &format!("{}9\n", predictions(4))).failed(1, &format!("`{file}` would be refused"));
    }
    check("-", "").failed(1, "`-` would be refused");
    let fifo = person.home.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let writer = std::thread::spawn(move || std::fs::write(fifo, predictions(4)));
    let said = person.run(&[&["check", "fifo"], &CHECK[..]].concat()).done().output;
    assert!(said.contains("labels for 40 images"), "{said}");
    writer.join().unwrap().unwrap();
}

#[test]
fn a_submission_comes_from_a_pipe() {
    let server = Server::up();
    server.organizer().apply_small();
    let ann = server.captain("ann");
    let submit = |content: &str| ann.run_with_input(&[&["submit", "-", "--json"], &SUBMIT[..]].concat(), content);
    submit("not labels\n").failed_as("bad_label");
    let done: serde_json::Value = serde_json::from_str(&submit(&predictions(3)).done().output).unwrap();
    assert_eq!(done["scores"]["public"]["wrong"], 3, "{done}");
}
