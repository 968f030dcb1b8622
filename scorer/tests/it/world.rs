//! The real runner, and a task of ten classes and pictures of 8 × 8 pixels.

use std::fs::File;
use std::io::{Seek, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use holdout_protocol::{InputTransform, Limits, Precision, Progress, VerdictCode};
use holdout_scorer::local::{LocalImages, LocalOutcome, LocalTask, run_model};
use holdout_scorer::{RunnerConfig, ScorerError};

/// Classes of the task.
pub const CLASSES: u16 = 10;
/// Side of its pictures, pixels.
pub const SIDE: u32 = 8;

/// The program, which `cargo test` does not build by itself.
pub fn runner_program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("holdout-runner");
    assert!(
        program.exists(),
        "there is no `{}`; `make test` builds it first, or `cargo build -p holdout-runner` with LIBTORCH set",
        program.display()
    );
    program
}

/// A configuration for two busy cores. Models run on `HOLDOUT_TEST_DEVICE` (default `cpu`); a GPU
/// also needs `HOLDOUT_TEST_CUDA_LIBRARIES`, the folder of libtorch's CUDA libraries.
pub fn config() -> RunnerConfig {
    RunnerConfig {
        devices: Some(vec![std::env::var("HOLDOUT_TEST_DEVICE").unwrap_or_else(|_| "cpu".to_owned())]),
        cuda_libraries: std::env::var_os("HOLDOUT_TEST_CUDA_LIBRARIES").map(PathBuf::from),
        threads: Some(1),
        batch: Some(16),
        ..RunnerConfig::new(runner_program())
    }
}

/// The task.
pub fn task() -> LocalTask {
    let input =
        InputTransform { resize: None, crop: SIDE, mean: [0.0; 3], std: [1.0; 3], precision: Precision::Float32 };
    let limits = Limits { wall_seconds: 60, memory_bytes: 1 << 30, ..Limits::default() };
    LocalTask { classes: CLASSES, input, limits, noise_seed: 0 }
}

/// A file with these bytes.
pub fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// Runs a model on pictures of noise.
pub fn run(config: &RunnerConfig, model: &[u8], task: &LocalTask, images: u32) -> LocalOutcome {
    run_on(config, model, task, LocalImages::Sample(images))
}

/// Runs a model.
pub fn run_on(config: &RunnerConfig, model: &[u8], task: &LocalTask, images: LocalImages) -> LocalOutcome {
    let going_on = |_: &Progress| ControlFlow::Continue(());
    run_model(config, &file(model), task, images, going_on).unwrap()
}

/// Returns what becomes of a model with a short time limit. On a machine that is too busy for it, a
/// server tries again, so this does too.
pub fn run_until_judged(config: &RunnerConfig, model: &[u8], task: &LocalTask, images: u32) -> LocalOutcome {
    for _ in 0..10 {
        let going_on = |_: &Progress| ControlFlow::Continue(());
        match run_model(config, &file(model), task, LocalImages::Sample(images), going_on) {
            Ok(outcome) => return outcome,
            Err(ScorerError::Fault(cause)) => assert!(cause.contains("too busy"), "{cause}"),
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the machine was too busy ten times")
}

/// The program under a name of its own, by which its processes are told from those of other tests.
pub struct OwnRunner(tempfile::TempDir);

impl OwnRunner {
    /// Makes the name.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(runner_program(), folder.path().join("holdout-runner")).unwrap();
        Self(folder)
    }

    /// A configuration that uses it.
    pub fn config(&self) -> RunnerConfig {
        RunnerConfig { program: self.0.path().join("holdout-runner"), ..config() }
    }

    /// Ids of its processes, those of keepers first.
    pub fn processes(&self) -> Vec<i32> {
        let own = self.0.path().join("holdout-runner");
        let id = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse::<i32>().ok();
        let ids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| id(entry.ok()?));
        let command = |id: &i32| std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let mut ids: Vec<i32> = ids.filter(|id| command(id).starts_with(&*own.to_string_lossy())).collect();
        ids.sort_unstable();
        ids
    }

    /// Waits until nothing of it is left.
    #[track_caller]
    pub fn assert_gone(&self, within: Duration) {
        let until = Instant::now() + within;
        while !self.processes().is_empty() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.processes(), Vec::<i32>::new(), "after {within:?}");
    }
}

/// Returns what becomes of a model on a hundred pictures.
pub fn verdict(model: &[u8]) -> Option<VerdictCode> {
    run(&config(), model, &task(), 100).verdict.map(|verdict| verdict.code)
}
