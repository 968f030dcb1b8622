//! A database of SQLite has one server.

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use crate::program::{Ended, program};

/// Ends a server that was not refused with the test.
struct Running(Option<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn start(command: &str, data: &Path, more: &[&str]) -> Running {
    let mut started = program();
    started.args([command, "--listen", "127.0.0.1:0", "--log-format", "text", "--data"]).arg(data).args(more);
    started.env("HOME", data).env("HOLDOUT_SCORER__DEVICES", "none").env_remove("HOLDOUT_DATABASE");
    started.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
    Running(Some(started.spawn().unwrap()))
}

fn refused(mut second: Running, database: &Path) {
    for _ in 0..100 {
        if second.0.as_mut().unwrap().try_wait().unwrap().is_some() {
            let ended = Ended::of(second.0.take().unwrap().wait_with_output().unwrap());
            ended.failed(1, "another server uses the database").failed(1, &database.display().to_string());
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("a second server runs on {}", database.display());
}

#[test]
fn a_second_server_on_the_same_sqlite_file_is_refused() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = folder.path().join("holdout.db");
    let up = start("up", folder.path(), &[]);
    while !folder.path().join("scorer-token").exists() {
        std::thread::sleep(Duration::from_millis(100));
    }
    refused(start("serve", folder.path(), &[]), &database);
    refused(start("serve", other.path(), &["--database", database.to_str().unwrap()]), &database);
    drop(up);
    // A server that was killed leaves nothing that keeps the next one away.
    std::fs::remove_file(folder.path().join("scorer-token")).unwrap();
    let serve = start("serve", folder.path(), &["--tokens"]);
    while !folder.path().join("scorer-token").exists() {
        std::thread::sleep(Duration::from_millis(100));
    }
    refused(start("up", folder.path(), &[]), &database);
    drop(serve);
}

#[test]
fn a_program_learns_where_a_server_is() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["serve", "up"] {
        let data = folder.path().join(command);
        std::fs::create_dir(&data).unwrap();
        let mut started = program();
        started.args([command, "--json", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
        started.env("HOME", &data).env("HOLDOUT_SCORER__DEVICES", "none").stderr(std::process::Stdio::null());
        let mut running = Running(Some(started.spawn().unwrap()));
        let output = running.0.as_mut().unwrap().stdout.take().unwrap();
        let mut values = serde_json::Deserializer::from_reader(output).into_iter::<serde_json::Value>();
        let told = values.next().unwrap().unwrap();
        let (address, link) = (told["address"].as_str().unwrap(), told["setup_link"].as_str().unwrap());
        assert!(link.starts_with(&format!("{address}/setup/hu_")), "{told}");
        ureq::get(format!("{address}/healthz")).call().unwrap();
    }
}
