//! Real and hostile models of a corpus outside this repository. `HOLDOUT_ACCEPTANCE_DIR` names the
//! folder that has `attacks/` and `data/`:
//! `cargo test -p holdout-scorer --test acceptance -- --ignored --test-threads 1`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod attacks;
mod networks;

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use holdout_protocol::Progress;
use holdout_scorer::local::{LocalImages, LocalOutcome, LocalTask, run_model};
use holdout_scorer::{RunnerConfig, ScorerError};
use serde_json::Value;

fn corpus(path: &str) -> PathBuf {
    let Some(folder) = std::env::var_os("HOLDOUT_ACCEPTANCE_DIR") else {
        panic!("HOLDOUT_ACCEPTANCE_DIR is not set; it names the folder that has attacks/ and data/");
    };
    PathBuf::from(folder).join(path)
}

fn json(path: &str) -> Value {
    serde_json::from_slice(&fs::read(corpus(path)).unwrap()).unwrap()
}

fn config() -> RunnerConfig {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("holdout-runner");
    assert!(program.exists(), "there is no `{}`; `make acceptance` builds it first", program.display());
    // As `scripts/gpu-check` says; the CPU otherwise.
    let device = std::env::var("HOLDOUT_TEST_DEVICE").unwrap_or_else(|_| "cpu".to_owned());
    let cuda_libraries = std::env::var_os("HOLDOUT_TEST_CUDA_LIBRARIES").map(PathBuf::from);
    RunnerConfig { devices: Some(vec![device]), cuda_libraries, ..RunnerConfig::new(program) }
}

fn try_once(
    config: &RunnerConfig,
    model: &Path,
    task: &LocalTask,
    images: LocalImages,
) -> Result<LocalOutcome, ScorerError> {
    run_model(config, &File::open(model).unwrap(), task, images, |_: &Progress| ControlFlow::Continue(()))
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}
