//! Real and hostile inputs that lie beside the project, through the program: `make acceptance`.
//!
//! Each test applies a season, sends files, and compares outcomes with what stands beside the files. They fail where
//! `HOLDOUT_ACCEPTANCE_DIR` does not name the folder.
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
