//! Files that can be read only once: standard input, pipes and FIFOs.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal};

use crate::program::{Person, Server, predictions, wait_until};

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

#[test]
fn what_is_not_finished_goes_when_a_signal_ends_the_command() {
    let person = Person::at("http://127.0.0.1:1");
    person.write_small();
    let temporary = tempfile::tempdir().unwrap();
    let left = || std::fs::read_dir(temporary.path()).unwrap().count();
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15)] {
        let mut command = person.command(&[&["check", "-"], &CHECK[..]].concat());
        // It copies its standard input, which does not end.
        let mut child = command.env("TMPDIR", temporary.path()).stdin(Stdio::piped()).spawn().unwrap();
        // Waiting for the process would close it.
        let endless = child.stdin.take();
        wait_until("a copy", || left() == 1);
        rustix::process::kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(number), "as a process that does nothing about signals");
        drop(endless);
        assert_eq!(left(), 0);
    }
}
