//! Hostile models, and models as people send them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use holdout_protocol::{Arithmetic, InputTransform, Limits, Precision};
use holdout_scorer::local::{LocalImages, LocalOutcome, LocalTask};
use holdout_scorer::{RunnerConfig, ScorerError};
use holdout_torchscript::OperatorCheck;
use serde_json::Value;

use crate::{config, corpus, json, stem, try_once};

/// Attempts at a model, as many as the server makes by default.
const ATTEMPTS: u32 = 3;

/// The outcome on noise. What is no fault of the model, such as a machine with too much to do, is
/// tried again, as the server does.
fn run_on_noise(config: &RunnerConfig, model: &Path, task: &LocalTask, images: u32) -> LocalOutcome {
    for _ in 1..ATTEMPTS {
        match try_once(config, model, task, LocalImages::Sample(images)) {
            Err(ScorerError::Fault(cause)) => println!("{}: tried again: {cause}", stem(model)),
            outcome => return outcome.unwrap(),
        }
    }
    try_once(config, model, task, LocalImages::Sample(images)).unwrap()
}

/// A sample of the corpus.
struct Sample {
    path: PathBuf,
    category: String,
    outcomes: Vec<String>,
    /// What is in the message, the advice or the hints of a verdict.
    said: &'static [&'static str],
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).unwrap().as_str().unwrap().to_owned()
}

fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for entry in json("attacks/manifest.json").as_array().unwrap() {
        let file = text(entry, "file");
        if file.starts_with("models/") {
            let outcomes = entry.get("outcomes").unwrap().as_array().unwrap().iter();
            let outcomes = outcomes.map(|outcome| outcome.as_str().unwrap().to_owned()).collect();
            let path = corpus("attacks").join(&file);
            samples.push(Sample { path, category: text(entry, "category"), outcomes, said: &[] });
        }
    }
    assert!(!samples.is_empty());
    samples
}

/// The folder that the samples write to and read from.
struct Canary(PathBuf);

impl Canary {
    fn set() -> Self {
        let folder = PathBuf::from("/var/tmp/canary");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        fs::write(folder.join("secret_labels"), vec![b'7'; 1 << 20]).unwrap();
        Self(folder)
    }

    /// Nothing was created, nothing changed.
    fn assert_untouched(&self, when: &str) {
        let names: Vec<_> = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["secret_labels"], "{when}");
        assert!(fs::read(self.0.join("secret_labels")).unwrap() == vec![b'7'; 1 << 20], "{when}");
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Runners of any scorer on this machine that belong to this process, zombies among them.
fn children() -> Vec<String> {
    let own = format!("PPid:\t{}", std::process::id());
    let status = |entry: fs::DirEntry| fs::read_to_string(entry.path().join("status")).ok();
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| status(entry.unwrap()));
    processes.filter(|status| status.contains(&own)).collect()
}

/// Returns what is right for a sample whose operators are not looked at: what is right with the
/// check, and besides, what the sandbox or libtorch makes of the operator. `scored` is right only
/// if the operator has no effect that could be seen: `save`, `_print` and `print` go nowhere and
/// say nothing of it.
fn without_check(sample: &Sample) -> Vec<&str> {
    let further: &[&str] = match sample.category.as_str() {
        "file" => match stem(&sample.path) {
            "file_save_write" | "file_proc_self_fd" => &["model_error", "forbidden_system_call", "scored"],
            _ => &["model_error", "forbidden_system_call"],
        },
        "log" => &["time_limit", "scored"],
        "thread" => &["time_limit", "memory_limit", "model_error", "forbidden_system_call"],
        "environment" => match stem(&sample.path) {
            // It names the class and never makes one: there is nothing to hold.
            "custom_class_c10d" => &["scored"],
            _ => &["load_failed", "model_error"],
        },
        "time" => &["time_limit"],
        "random" => &["not_reproducible"],
        "oob" => &["crashed", "model_error", "not_reproducible", "non_finite_output"],
        "output" => &["wrong_output"],
        // Spellings that are meant to mislead the reader of the code; what they name does no harm.
        "code" | "type" => &["scored", "load_failed"],
        "confuse" => &["model_error"],
        _ => &[],
    };
    sample.outcomes.iter().map(String::as_str).chain(further.iter().copied()).collect()
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn hostile_models_have_one_of_the_right_outcomes() {
    outcomes(config(), &samples(), |_| 224, named);
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn hostile_models_are_held_without_the_check_of_operators() {
    outcomes(RunnerConfig { operators: OperatorCheck::Unchecked, ..config() }, &samples(), |_| 224, without_check);
}

/// The newer hostile models. Their category is the first word of their name.
fn newer_samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for entry in json("attacks/models2/manifest.json").as_array().unwrap() {
        let file = text(entry, "file");
        let outcomes = entry.get("outcomes").unwrap().as_array().unwrap().iter();
        let mut outcomes: Vec<String> = outcomes.map(|outcome| outcome.as_str().unwrap().to_owned()).collect();
        let category = file.split('_').next().unwrap().to_owned();
        // Operators that do not check their arguments have left the list since.
        outcomes.extend((category == "oob").then(|| "forbidden_operator".to_owned()));
        // It fills a list of its module with 1.95 GB a batch. Frozen, and as a fresh module for
        // each batch, it begins with an empty list each time, so it keeps within its 2 GiB.
        outcomes.extend((file == "mem_leak_slow.pt").then(|| "scored".to_owned()));
        samples.push(Sample { path: corpus("attacks/models2").join(&file), category, outcomes, said: &[] });
    }
    assert!(samples.len() > 100);
    samples
}

/// A task for a thousand classes and pictures of `side`.
fn task(side: u32, wall_seconds: u64) -> LocalTask {
    let input =
        InputTransform { resize: None, crop: side, mean: [0.0; 3], std: [1.0; 3], precision: Precision::Float32 };
    let limits = Limits { memory_bytes: 2 << 30, wall_seconds, ..Limits::default() };
    LocalTask { classes: 1000, input, limits, noise_seed: 0 }
}

/// Returns the right outcome of a sample, in words.
fn named(sample: &Sample) -> Vec<&str> {
    sample.outcomes.iter().map(String::as_str).collect()
}

/// Runs all samples, two at a time. A time limit is waited for in vain by a third of them: it is
/// short for those.
fn outcomes(
    config: RunnerConfig,
    samples: &[Sample],
    side: impl Fn(&Sample) -> u32 + Sync,
    right: impl for<'a> Fn(&'a Sample) -> Vec<&'a str> + Sync,
) {
    let canary = Canary::set();
    let config = RunnerConfig { threads: Some(1), ..config };
    let (next, wrong, counts) =
        (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(BTreeMap::<String, u32>::new()));
    let work = || {
        while let Some(sample) = samples.get(next.fetch_add(1, Ordering::Relaxed)) {
            let right = right(sample);
            let seconds = if right.contains(&"time_limit") { 10 } else { 600 };
            let begun = Instant::now();
            let outcome = run_on_noise(&config, &sample.path, &task(side(sample), seconds), 150);
            let code = outcome.verdict.as_ref().map_or("scored", |verdict| verdict.code.as_str());
            let message = outcome.verdict.as_ref().map_or("", |verdict| verdict.message.as_str());
            let seconds = begun.elapsed().as_secs_f64();
            println!("{} {}: {code} in {seconds:.1} s. {message}", sample.category, stem(&sample.path));
            if !right.contains(&code) {
                wrong.lock().unwrap().push(format!("{}: {code}, not of {right:?}", stem(&sample.path)));
            }
            let told = outcome.verdict.as_ref().map_or_else(String::new, |verdict| {
                [verdict.message.as_str(), &verdict.advice, &verdict.detail.hints.join("\n")].join("\n")
            });
            if code != "scored" {
                let missing: Vec<_> = sample.said.iter().filter(|words| !told.contains(**words)).collect();
                if !missing.is_empty() {
                    wrong.lock().unwrap().push(format!("{}: {missing:?} is not in {told}", stem(&sample.path)));
                }
            }
            *counts.lock().unwrap().entry(code.to_owned()).or_default() += 1;
            canary.assert_untouched(stem(&sample.path));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let left = children();
    assert!(left.is_empty(), "processes are left behind: {left:?}");
    let healthy = run_on_noise(&config, &corpus("attacks/models/ok_traced.pt"), &task(224, 600), 100);
    assert_eq!(healthy.verdict, None, "the next model is scored as ever");
    let wrong = wrong.into_inner().unwrap();
    let counts = counts.into_inner().unwrap();
    println!("{} samples, operators {:?}: {counts:?}, {} wrong", samples.len(), config.operators, wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn newer_hostile_models_have_one_of_the_right_outcomes() {
    outcomes(config(), &newer_samples(), |_| 32, named);
}

/// Only those that the check of operators refuses, because the others are run in any case.
#[test]
#[ignore = "needs a corpus outside this repository"]
fn newer_hostile_models_are_held_without_the_check_of_operators() {
    let is_refused = |sample: &Sample| sample.outcomes.iter().any(|outcome| outcome == "forbidden_operator");
    let samples: Vec<Sample> = newer_samples().into_iter().filter(is_refused).collect();
    outcomes(RunnerConfig { operators: OperatorCheck::Unchecked, ..config() }, &samples, |_| 32, without_check);
}

/// Returns the samples that a second run alone finds out.
fn not_reproducible(samples: Vec<Sample>) -> Vec<Sample> {
    samples.into_iter().filter(|sample| sample.outcomes == ["not_reproducible"]).collect()
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn hostile_models_are_found_out_with_the_tolerance_of_reduced_precision() {
    for arithmetic in [Arithmetic::Tf32, Arithmetic::Bfloat16] {
        let config = || RunnerConfig { arithmetic: Some(arithmetic), ..config() };
        outcomes(config(), &not_reproducible(samples()), |_| 224, named);
        outcomes(config(), &not_reproducible(newer_samples()), |_| 32, named);
    }
}

/// Models as people really send them, with the outcomes that are right.
const SENT: &[(&str, &[&str], &[&str])] = &[
    ("q_dynamic_script.pt", &["not_torchscript"], &["a quantised TorchScript model", "save the float network"]),
    ("r18_ofi.pt", &["not_torchscript", "forbidden_operator", "load_failed"], &["optimize_for_inference"]),
    ("extra_file_umlaut.pt", &["scored"], &[]),
    ("dict_script.pt", &["scored"], &[]),
    ("no_grad_script.pt", &["scored"], &[]),
    ("half_no_cast.pt", &["model_error"], &["float16", "float32"]),
    ("to_cuda0.pt", &["scored", "forbidden_operator"], &["`cuda:0`", "on a CPU"]),
    ("cuda_call.pt", &["scored", "forbidden_operator"], &["`aten::cuda`", "device"]),
    ("two_args.pt", &["load_failed"], &["takes (Tensor, Tensor)", "called with one tensor"]),
    ("list_arg.pt", &["load_failed"], &["takes (List[Tensor])", "called with one tensor"]),
    ("topk_float.pt", &["wrong_output"], &["[N, 5]", "[N, 1000]", "int64"]),
    ("tiny_1001.pt", &["wrong_output"], &["[N, 1001]", "[N, 1000]", "background"]),
];

#[test]
#[ignore = "needs a corpus outside this repository"]
fn models_as_people_send_them_have_one_of_the_right_outcomes_and_are_told_why() {
    let sample = |(file, outcomes, said): &(&str, &[&str], &'static [&'static str])| Sample {
        path: corpus("cases/models").join(file),
        category: "sent".to_owned(),
        outcomes: outcomes.iter().map(|outcome| (*outcome).to_owned()).collect(),
        said,
    };
    let samples: Vec<Sample> = SENT.iter().map(sample).collect();
    let side = |sample: &Sample| if stem(&sample.path).starts_with("r18") { 224 } else { 64 };
    outcomes(config(), &samples, side, named);
}
