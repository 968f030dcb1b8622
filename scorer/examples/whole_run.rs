//! Measures what a model's evaluation takes beyond its answers: from the file to the result, with
//! both runs, on pictures that are prepared already.
//!
//! `whole_run RUNNER MODEL FOLDER THREADS` (1000 classes; pictures whose shorter side becomes 256
//! and that are cut to 224) prints a line of JSON: images a second from the file to the result,
//! those of the first run alone, and the processor's seconds for each.

#![expect(clippy::unwrap_used, reason = "a program for the benchmark")]

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use holdout_images::{Archive, Names, Preparation, Prepared, Transform, prepare};
use holdout_protocol::{InputTransform, Limits, Precision, Progress, Sha256};
use holdout_scorer::RunnerConfig;
use holdout_scorer::local::{LocalImages, LocalTask, run_model};
use serde_json::json;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().unwrap();
    let model = File::open(arguments.next().unwrap()).unwrap();
    let pictures = arguments.next().unwrap();
    let threads = Some(arguments.next().unwrap().parse().unwrap());
    let mean = [0.485, 0.456, 0.406];
    let std = [0.229, 0.224, 0.225];
    let input = InputTransform { resize: Some(256), crop: 224, mean, std, precision: Precision::Float32 };
    let folder = tempfile::tempdir().unwrap();
    let images = prepared(Path::new(&pictures), Transform::from(&input), &folder.path().join("prepared"));
    let count = f64::from(u32::try_from(images.len()).unwrap());
    let config = RunnerConfig { threads, ..RunnerConfig::new(program) };
    let task = LocalTask { classes: 1000, input, limits: Limits::default(), noise_seed: 0 };
    let (begun, before) = (Instant::now(), processor_seconds());
    let outcome =
        run_model(&config, &model, &task, LocalImages::Prepared(images), |_: &Progress| ControlFlow::Continue(()));
    let (seconds, processor) = (begun.elapsed().as_secs_f64(), processor_seconds() - before);
    let outcome = outcome.unwrap();
    let code = outcome.verdict.map(|verdict| verdict.code);
    let running = outcome.measures.images_per_second;
    println!(
        "{}",
        json!({
            "images": count, "verdict": code, "seconds": seconds, "processor_seconds": processor,
            "images_per_second": count / seconds, "first_run_images_per_second": running,
        })
    );
}

fn prepared(pictures: &Path, transform: Transform, target: &Path) -> Prepared {
    let archive = Archive::open(pictures).unwrap();
    let names = Names::Numbered(archive.len());
    let preparation = Preparation { key: Sha256::from_bytes([1; 32]), archive: &archive, names: &names, transform };
    prepare(&preparation, target, |_, _| ControlFlow::Continue(())).unwrap()
}

/// Seconds that this process and the runners that have ended were on a processor.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    // Own and children's, in user and in kernel mode, in ticks of a hundredth.
    let ticks = fields.split_whitespace().skip(11).take(4).map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}
