//! Settings that cannot work end a command at its start, with field, value and what is allowed.

use std::io::Read as _;
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

/// What a command says that has to end by itself; its exit code, too.
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
        ("RUST_LOG", "info=loud", "`RUST_LOG` is `info=loud`"),
    ];
    for command in ["serve", "up"] {
        for (name, value, message) in settings {
            let (code, said) = refused(&[command, "--listen", "127.0.0.1:0"], (name, value));
            assert!(code.is_some_and(|code| code == 1 || code == 2), "{command} {name}: {code:?} {said}");
            assert!(said.contains(message) && !said.contains("panicked"), "{command} {name}: {said}");
        }
    }
}

#[test]
fn a_scorer_does_not_start_with_them() {
    let settings = [
        ("HOLDOUT_SCORER__WAIT_SECONDS", "31", "`scorer.wait_seconds` is 31; it can be 0 to 30"),
        ("HOLDOUT_SCORER__MEMORY_BYTES", "16", "`scorer.memory_bytes` is 16; it can be 67108864 to "),
        ("HOLDOUT_SCORER__NAME", "", "`scorer.name` is ``; it takes 1 to 150 characters"),
        ("RUST_LOG", "info=loud", "`RUST_LOG` is `info=loud`"),
    ];
    for (name, value, message) in settings {
        for arguments in [&["score", "--server", "http://127.0.0.1:1"][..], &["up", "--listen", "127.0.0.1:0"]] {
            let (code, said) = refused(arguments, (name, value));
            assert_eq!(code, Some(2), "{name}: {said}");
            assert!(said.contains(message), "{name}: {said}");
        }
    }
}
