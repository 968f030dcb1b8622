//! Measures how long it takes from a model's file to its first batch: devices, check, re-pack,
//! runner, sandbox, loading, freezing.
//!
//! `first_batch RUNNER MODEL` (1000 classes, 224 × 224 pixels) prints a line of JSON: seconds until
//! the first batch is computed on, and until its answers are there.

#![expect(clippy::unwrap_used, reason = "a program for the benchmark")]

use std::fs::File;
use std::ops::ControlFlow;
use std::time::Instant;

use holdout_protocol::{InputTransform, Limits, Precision, Progress, Stage};
use holdout_scorer::RunnerConfig;
use holdout_scorer::local::{LocalImages, LocalTask, run_model};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let config = RunnerConfig::new(arguments.next().unwrap());
    let model = File::open(arguments.next().unwrap()).unwrap();
    let input =
        InputTransform { resize: None, crop: 224, mean: [0.5; 3], std: [0.25; 3], precision: Precision::Float32 };
    let task = LocalTask { classes: 1000, input, limits: Limits::default(), noise_seed: 0 };
    let begun = Instant::now();
    let (mut ready, mut answered) = (None, None);
    let progress = |progress: &Progress| {
        if progress.stage == Stage::Running {
            ready.get_or_insert_with(|| begun.elapsed().as_secs_f64());
            if progress.done > 0 {
                answered.get_or_insert_with(|| begun.elapsed().as_secs_f64());
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    };
    // It is broken off after the first answers.
    run_model(&config, &model, &task, LocalImages::Sample(256), progress).unwrap_err();
    println!(r#"{{"ready_seconds":{:.4},"answered_seconds":{:.4}}}"#, ready.unwrap(), answered.unwrap());
}
