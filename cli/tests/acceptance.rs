//! Real and hostile inputs that lie beside the project, through the program: `make acceptance`.
//!
//! Each test applies a season, sends files, and compares outcomes with what stands beside the
//! files. They fail if `HOLDOUT_ACCEPTANCE_DIR` does not name the folder.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::{Installation, Season, Team};

/// A server and a scorer, ended with the test.
struct Running {
    installation: Installation,
    processes: Vec<Child>,
}

impl Running {
    fn start() -> Self {
        let installation = Installation::new();
        let environment =
            [("HOLDOUT_RATES__SUBMISSIONS_PER_MINUTE", "10000"), ("HOLDOUT_QUEUE__QUEUED_PER_TEAM", "1000")];
        let mut running = Self { processes: vec![installation.serve(&environment).spawn().unwrap()], installation };
        running.installation.wait_until_ready();
        let token = running.installation.scorer_token();
        running.processes.push(running.installation.score(&token).spawn().unwrap());
        running
    }

    /// Submits a file and waits; what the program printed.
    fn submit(&self, team: &Team, season: &Season, file: &Path) -> Value {
        let mut command = team.submit(&self.installation, season, file);
        let output =
            command.args(["--wait", "--no-check"]).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let last = text.trim().lines().last().unwrap_or_default();
        serde_json::from_str(last).or_else(|_| serde_json::from_str(&text)).unwrap_or_else(|_| {
            panic!("{}: {text} {}", file.display(), String::from_utf8_lossy(&output.stderr));
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for process in &mut self.processes {
            process.kill().ok();
            process.wait().ok();
        }
    }
}

fn shared() -> PathBuf {
    PathBuf::from(
        std::env::var_os("HOLDOUT_ACCEPTANCE_DIR").expect("HOLDOUT_ACCEPTANCE_DIR names the folder of the inputs"),
    )
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
#[ignore = "needs the inputs: make acceptance"]
fn real_predictions_score_what_is_expected() {
    let folder = shared().join("data/omniglot242");
    let season = Season::copied(&folder, "omniglot-242");
    let running = Running::start();
    running.installation.apply(&season);
    let team = running.installation.team(&season, "real");
    let expected = json(&folder.join("expected.json"));
    let entries = expected.as_object().unwrap();
    assert_eq!(entries.len(), 3);
    for (name, wanted) in entries {
        let answer = running.submit(&team, &season, &folder.join(format!("reference/{name}.csv")));
        assert_eq!(answer["state"], "scored", "{answer}");
        let score = &answer["scores"]["public"];
        assert_eq!(score["n"], wanted["n"], "{name}");
        assert_eq!(score["wrong"], wanted["top5_wrong"], "{name}");
        let top1 = wanted["top1_wrong"].as_f64().unwrap() / wanted["n"].as_f64().unwrap();
        let found = score["top1_error"].as_f64().unwrap();
        assert!((found - top1).abs() < 1e-12, "{name}: {found} is not {top1}");
    }
}

#[test]
#[ignore = "needs the inputs: make acceptance"]
fn hostile_prediction_files_get_one_of_their_outcomes() {
    let folder = shared().join("attacks");
    let season = Season::small(100, 1000);
    let running = Running::start();
    running.installation.apply(&season);
    let team = running.installation.team(&season, "hostile");
    let manifest = json(&folder.join("manifest.json"));
    let files: Vec<_> = manifest.as_array().unwrap().iter().collect();
    let mut tried = 0;
    for entry in files {
        let name = entry["file"].as_str().unwrap();
        if !name.starts_with("predictions/") {
            continue;
        }
        tried += 1;
        let answer = running.submit(&team, &season, &folder.join(name));
        let outcome = if answer["state"] == "rejected" { &answer["verdict"]["code"] } else { &answer["state"] };
        let right = entry["outcomes"].as_array().unwrap();
        assert!(right.contains(outcome), "{name}: {outcome}, right were {right:?}\n{answer}");
        if answer["state"] == "rejected" {
            assert_eq!(answer["charge"]["state"], "refunded", "{name}");
            let text = answer["verdict"].to_string();
            assert!(!text.chars().any(char::is_control), "{name}: control characters are echoed");
        }
    }
    assert!(tried >= 30, "{tried} files were tried");
    let memory = running.peak_memory();
    assert!(memory < 512 << 20, "server and scorer took {memory} bytes");
    running.installation.wait_until_drained(&season, Duration::from_secs(30));
}

/// The proxy of the inputs, ended with the test.
struct CutConnections(Child);

impl CutConnections {
    fn start(from: u16, to: &str, bytes: u64, mode: &str) -> Self {
        let mut command = std::process::Command::new("python3");
        command.arg(shared().join("cases/cut_connections.py")).args([&from.to_string(), to, &bytes.to_string(), mode]);
        let proxy = Self(command.spawn().unwrap());
        while std::net::TcpStream::connect(("127.0.0.1", from)).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        proxy
    }
}

impl Drop for CutConnections {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
#[ignore = "needs the inputs: make acceptance"]
fn an_upload_arrives_over_lines_that_break() {
    let season = Season::small(60_000, 1000);
    let running = Running::start();
    running.installation.apply(&season);
    let team = running.installation.team(&season, "broken");
    let origin = running.installation.origin();
    let mut round = 0;
    for mode in ["rst", "fin", "silent"] {
        for bytes in [10_000_u64, 100_000, 1_000_000] {
            round += 1;
            let file = season.answers(team.folder(), round, round);
            assert!(std::fs::metadata(&file).unwrap().len() > 900_000);
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let _proxy = CutConnections::start(port, origin.rsplit(':').next().unwrap(), bytes, mode);
            let mut command = team.submit(&running.installation, &season, &file);
            command.arg("--no-check").env("HOLDOUT_SERVER", format!("http://127.0.0.1:{port}"));
            let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{mode} {bytes}: {said}");
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            let digest = holdout::digest_of(&std::fs::read(&file).unwrap());
            assert_eq!(answer["sha256"], digest.to_string(), "{mode} {bytes}");
        }
    }
}

impl Running {
    /// The largest resident memory of any of the processes, bytes.
    fn peak_memory(&self) -> u64 {
        let peak = |process: &Child| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
            let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
        };
        self.processes.iter().map(peak).max().unwrap()
    }
}
