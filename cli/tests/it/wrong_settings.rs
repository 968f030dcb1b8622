//! Settings that cannot work end a command at its start, with field, value and what is allowed.

use std::io::{BufRead as _, Read as _};
use std::process::Child;
use std::time::{Duration, Instant};

use crate::program::program;

/// Ends the process if the test is over and it still runs.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Returns what a command says that has to end by itself; its exit code, too.
#[track_caller]
fn refused(arguments: &[&str], setting: (&str, &str)) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program();
    command.current_dir(folder.path()).args(arguments).env("HOME", folder.path()).env(setting.0, setting.1);
    command.env("HOLDOUT_SCORER__DEVICES", "none").env("HOLDOUT_SCORER_TOKEN", "hs_x");
    let mut running = Running(command.spawn().unwrap());
    let begun = Instant::now();
    let status = loop {
        match running.0.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(begun.elapsed() < Duration::from_secs(20), "{arguments:?} runs on with {setting:?}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut said = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (status.code(), said)
}

#[test]
fn a_server_does_not_start_with_them() {
    let settings = [
        ("HOLDOUT_WORKERS", "100000", "`workers` is 100000; it can be 1 to 512"),
        ("HOLDOUT_WORKERS", "0", "`workers` is 0; it can be 1 to 512"),
        ("HOLDOUT_LIMITS__BODY_SECONDS", "0", "`limits.body_seconds` is 0; it can be 1 to 3600"),
        ("HOLDOUT_UPLOADS__LIFE_SECONDS", "0", "`uploads.life_seconds` is 0; it can be 1 to "),
        ("HOLDOUT_RATES__LOGINS_PER_MINUTE", "0", "`rates.logins_per_minute` is 0; it can be 1 to "),
        ("HOLDOUT_PUBLIC_URL", "foo", "`public_url` is `foo`; it takes an address such as "),
        ("HOLDOUT_BLOBS", "gs://bucket", "`gs://` is no blob store that Holdout can use; give `s3://bucket/prefix` or"),
        ("HOLDOUT_BLOBS", "s3:bucket", "`blobs` is `s3:bucket`, which lacks a slash: `s3://bucket/prefix`"),
        ("HOLDOUT_BLOBS", "", "`blobs` is empty; give `s3://bucket/prefix` or the path of a folder"),
        ("HOLDOUT_DATABASE", "sqlite:x.db", "`sqlite:` is no database that Holdout can use"),
        ("HOLDOUT_DATABASE", ":memory:", "a database in memory would be lost with the server"),
        ("HOLDOUT_BLOBS", "s3://", "`blobs` is `s3://`; a bucket is missing: `s3://bucket/prefix`"),
        ("HOLDOUT_BLOBS", "/dev/null/blobs", "`/dev/null/blobs` cannot be made a folder: Not a directory"),
        (
            "HOLDOUT_DATABASE",
            "/dev/null/x/holdout.db",
            "the folder `/dev/null/x` of the database (`--database`) cannot be made: Not a directory",
        ),
        ("RUST_LOG", "info=loud", "`RUST_LOG` is `info=loud`"),
        ("RUST_LOG", "nonsense", "`RUST_LOG` is `nonsense`: `nonsense` is not a level"),
    ];
    for command in ["serve", "up"] {
        for (name, value, message) in settings {
            let (code, said) = refused(&[command, "--listen", "127.0.0.1:0"], (name, value));
            // What the system refuses is no fault of the form.
            let expected = if message.contains("Not a directory") { 1 } else { 2 };
            assert_eq!(code, Some(expected), "{command} {name}: {said}");
            assert!(said.contains(message) && !said.contains("panicked"), "{command} {name}: {said}");
        }
    }
}

#[test]
fn a_new_database_does_not_start_while_its_blob_store_is_away() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing listens there. The second start is refused as well: the database stays a new one.
    for _ in 0..2 {
        let mut command = program();
        command.current_dir(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]).env("HOME", folder.path());
        command.env("HOLDOUT_BLOBS", "s3://bucket/prefix").env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        command.env("AWS_ALLOW_HTTP", "true").env("AWS_REGION", "here");
        command.env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "key");
        let ended = command.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains("`s3://bucket/prefix` cannot be reached, and this database is new"), "{said}");
    }
}

#[test]
fn a_server_says_that_its_database_is_new() {
    let said = said_with_level("serve", "text", "warn");
    assert!(said.contains("there was no database `data/holdout.db`; this is a new one"), "{said}");
}

/// What a server says that runs with this level of its log, until it has named the link that sets
/// the first organizer up.
#[track_caller]
fn said_with_level(command: &str, format: &str, level: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut server = program();
    server.current_dir(folder.path()).args([command, "--listen", "127.0.0.1:0", "--log-format", format]);
    server.env("HOME", folder.path()).env("HOLDOUT_SCORER__DEVICES", "none").env("RUST_LOG", level);
    let mut running = Running(server.spawn().unwrap());
    let mut lines = std::io::BufReader::new(running.0.stderr.take().unwrap()).lines();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || lines.try_for_each(|line| sender.send(line.unwrap()).ok()));
    let mut said = String::new();
    while !said.contains("/setup/hu_") {
        let line = receiver.recv_timeout(Duration::from_secs(20));
        said += &line.unwrap_or_else(|_| panic!("{command} with {level} does not say its link: {said}"));
        said.push('\n');
    }
    said
}

#[test]
fn a_quieter_log_hides_neither_the_address_nor_the_link_that_sets_up() {
    for (command, format) in [("serve", "json"), ("serve", "text"), ("up", "json")] {
        for level in ["warn", "off"] {
            let said = said_with_level(command, format, level);
            assert!(said.contains("http://127.0.0.1:"), "{command} {format} {level}: {said}");
        }
    }
}

#[test]
fn a_log_that_goes_into_a_pipe_has_no_colours() {
    let said = said_with_level("serve", "text", "debug");
    assert!(said.lines().count() > 2 && !said.contains('\x1b'), "{said:?}");
}

#[test]
fn a_scorer_does_not_start_with_them() {
    let settings = [
        ("HOLDOUT_SCORER__WAIT_SECONDS", "31", "`scorer.wait_seconds` is 31; it can be 0 to 30"),
        ("HOLDOUT_SCORER__MEMORY_BYTES", "16", "`scorer.memory_bytes` is 16; it can be 67108864 to "),
        ("HOLDOUT_SCORER__NAME", "", "`scorer.name` is ``; it takes 1 to 150 characters"),
        ("RUST_LOG", "info=loud", "`RUST_LOG` is `info=loud`"),
        ("RUST_LOG", "nonsense", "`RUST_LOG` is `nonsense`: `nonsense` is not a level"),
    ];
    for (name, value, message) in settings {
        for arguments in [&["score", "--server", "http://127.0.0.1:1"][..], &["up", "--listen", "127.0.0.1:0"]] {
            let (code, said) = refused(arguments, (name, value));
            assert_eq!(code, Some(2), "{name}: {said}");
            assert!(said.contains(message), "{name}: {said}");
        }
    }
}

#[test]
fn a_new_database_does_not_empty_the_blob_store_of_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let blob = folder.path().join("data/blobs/blobs/ab").join("ab".repeat(32));
    std::fs::create_dir_all(blob.parent().unwrap()).unwrap();
    std::fs::write(&blob, "labels").unwrap();
    for _ in 0..2 {
        let mut command = program();
        command.current_dir(folder.path()).env("HOME", folder.path()).env("HOLDOUT_SCORER__DEVICES", "none");
        let said = command.args(["up", "--listen", "127.0.0.1:0"]).output().unwrap();
        let errors = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(!said.status.success() && errors.contains("this database is new"), "{errors}");
        assert!(errors.contains("`data/blobs`"), "{errors}");
    }
    assert!(blob.is_file());
}
