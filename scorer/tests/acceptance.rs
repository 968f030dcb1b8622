//! Real and hostile models of a corpus outside this repository. `HOLDOUT_ACCEPTANCE_DIR` names the
//! folder that has `attacks/` and `data/`:
//! `cargo test -p holdout-scorer --test acceptance -- --ignored --test-threads 1`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use holdout_evaluation::{ClassList, ImageList, Predictions, TaskShape, TestSet, score};
use holdout_images::{Archive, Names, Preparation, Prepared, Transform, prepare};
use holdout_protocol::{Arithmetic, InputTransform, Limits, Precision, Progress, Sha256};
use holdout_scorer::local::{LocalImages, LocalOutcome, LocalTask, run_model};
use holdout_scorer::{RunnerConfig, ScorerError};
use holdout_torchscript::OperatorCheck;
use serde_json::Value;

/// Attempts at a model, as many as the server makes by default.
const ATTEMPTS: u32 = 3;

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

fn run(config: &RunnerConfig, model: &Path, task: &LocalTask, images: Prepared) -> LocalOutcome {
    try_once(config, model, task, LocalImages::Prepared(images)).unwrap()
}

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

fn try_once(
    config: &RunnerConfig,
    model: &Path,
    task: &LocalTask,
    images: LocalImages,
) -> Result<LocalOutcome, ScorerError> {
    run_model(config, &File::open(model).unwrap(), task, images, |_: &Progress| ControlFlow::Continue(()))
}

/// The images of a folder as a task sees them.
fn prepared(folder: &Path, names: &Names, input: &InputTransform, place: &Path) -> Prepared {
    let archive = Archive::open(folder).unwrap();
    let key = Sha256::from_bytes([1; 32]);
    let preparation = Preparation { key, archive: &archive, names, transform: Transform::from(input) };
    prepare(&preparation, &place.join("prepared"), |_, _| ControlFlow::Continue(())).unwrap()
}

/// Ranked class numbers by image, and the gap between fifth and sixth score if it is told.
fn reference(path: &Path) -> HashMap<String, (Vec<u16>, Option<f64>)> {
    let text = fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let labels = fields.get(1).unwrap().split(' ').map(|label| label.parse().unwrap()).collect();
        (fields.first().unwrap().to_string(), (labels, fields.get(2).map(|gap| gap.parse().unwrap())))
    };
    text.lines().skip(1).map(row).collect()
}

/// Images whose five classes are not those of the reference, though these are clearly apart from
/// the sixth; and images whose order differs.
fn differing(
    predictions: &Predictions,
    names: &ImageList,
    reference: &HashMap<String, (Vec<u16>, Option<f64>)>,
) -> (Vec<String>, usize) {
    let (mut sets, mut orders) = (Vec::new(), 0);
    for (name, row) in names.iter().zip(predictions.rows()) {
        let (expected, gap) = reference.get(name).unwrap();
        let clear = gap.is_none_or(|gap| gap >= 1e-4);
        if expected.iter().any(|label| !row.contains(label)) && clear {
            sets.push(format!("{name}: {row:?}, not {expected:?}"));
        }
        orders += usize::from(row.as_slice() != expected.as_slice());
    }
    (sets, orders)
}

fn models(folder: &str) -> Vec<PathBuf> {
    let mut models: Vec<PathBuf> = fs::read_dir(corpus(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    models.sort();
    assert!(!models.is_empty());
    models
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

/// The characters that models are tried on: images, labels, and a model's task.
struct Characters {
    folder: PathBuf,
    test_set: TestSet,
    task: LocalTask,
    place: tempfile::TempDir,
}

impl Characters {
    fn new() -> Self {
        let folder = corpus("data/omniglot242");
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        let classes = ClassList::parse(&read("classes.tsv")).unwrap();
        let test_set = TestSet::parse_labels(classes, &read("labels.csv")).unwrap();
        let TaskShape { classes, images } = test_set.shape();
        let precision = Precision::Float32;
        let input = InputTransform { resize: Some(105), crop: 105, mean: [0.0; 3], std: [1.0; 3], precision };
        let limits = Limits { memory_bytes: 4 << 30, wall_seconds: 600, ..Limits::default() };
        let task = LocalTask { classes: classes.count(), input, limits, noise_seed: 0 };
        let names = Names::Listed(images.iter().map(str::to_owned).collect());
        let place = tempfile::tempdir().unwrap();
        prepared(&folder.join("images"), &names, &task.input, place.path());
        Self { folder, test_set, task, place }
    }

    /// What a model says of them, if it is scored.
    fn predictions(&self, config: &RunnerConfig, model: &Path) -> Predictions {
        let images = Prepared::open(&self.place.path().join("prepared"), Sha256::from_bytes([1; 32])).unwrap();
        let outcome = run(config, model, &self.task, images);
        println!("{}: {:?} {:?}", stem(model), outcome.verdict, outcome.measures);
        let numbers = self.test_set.shape().classes.numbers_in_output_order();
        outcome.answers.unwrap().to_predictions(&numbers).unwrap()
    }

    /// Images without the right class first, and without it among five.
    fn wrong(&self, predictions: &Predictions) -> [usize; 2] {
        let correct = score(predictions, self.test_set.labels()).unwrap();
        [&correct.top1, &correct.top5].map(|bits| self.test_set.len() - bits.count())
    }
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn characters_are_scored_as_their_references() {
    let characters = Characters::new();
    let expected = json("data/omniglot242/expected.json");
    for model in models("data/omniglot242/models") {
        let predictions = characters.predictions(&config(), &model);
        let reference = reference(&characters.folder.join(format!("reference/{}.csv", stem(&model))));
        let (sets, orders) = differing(&predictions, &characters.test_set.shape().images, &reference);
        let wrong = characters.wrong(&predictions);
        println!("{}: {} sets and {orders} orders differ, wrong {wrong:?}", stem(&model), sets.len());
        let expected = expected.get(stem(&model)).unwrap();
        let expected = ["top1_wrong", "top5_wrong"].map(|name| expected.get(name).unwrap().as_u64().unwrap());
        assert_eq!(wrong.map(|wrong| u64::try_from(wrong).unwrap()), expected);
        assert!(sets.is_empty(), "{sets:?}");
    }
}

/// The photographs that models are tried on.
struct Photographs {
    folder: PathBuf,
    classes: ClassList,
    images: ImageList,
    task: LocalTask,
    place: tempfile::TempDir,
}

impl Photographs {
    fn new() -> Self {
        let folder = corpus("data/photos");
        let classes = ClassList::parse(&fs::read(folder.join("classes.tsv")).unwrap()).unwrap();
        let mean = [0.485, 0.456, 0.406];
        let std = [0.229, 0.224, 0.225];
        let input = InputTransform { resize: Some(256), crop: 224, mean, std, precision: Precision::Float32 };
        let limits = Limits { memory_bytes: 4 << 30, wall_seconds: 300, ..Limits::default() };
        let task = LocalTask { classes: classes.count(), input, limits, noise_seed: 0 };
        let mut list = String::new();
        for image in fs::read_dir(folder.join("images")).unwrap() {
            list += &format!("{}\n", image.unwrap().file_name().to_str().unwrap());
        }
        let images = ImageList::parse(list.as_bytes()).unwrap();
        let names = Names::Listed(images.iter().map(str::to_owned).collect());
        let place = tempfile::tempdir().unwrap();
        prepared(&folder.join("images"), &names, &task.input, place.path());
        Self { folder, classes, images, task, place }
    }

    /// How what a model says of them differs from its reference in float32: sets of five, and
    /// orders.
    fn differing(&self, config: &RunnerConfig, model: &Path) -> (Vec<String>, usize) {
        let photographs = Prepared::open(&self.place.path().join("prepared"), Sha256::from_bytes([1; 32])).unwrap();
        let outcome = run(config, model, &self.task, photographs);
        println!("{}: {:?} {:?}", stem(model), outcome.verdict, outcome.measures);
        let predictions = outcome.answers.unwrap().to_predictions(&self.classes.numbers_in_output_order()).unwrap();
        let reference = reference(&self.folder.join(format!("reference/{}.csv", stem(model))));
        let (sets, orders) = differing(&predictions, &self.images, &reference);
        println!("{}: {} sets and {orders} orders differ", stem(model), sets.len());
        (sets, orders)
    }
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn photographs_are_recognised_as_by_their_references() {
    let photographs = Photographs::new();
    for model in models("data/photos/models") {
        let (sets, _) = photographs.differing(&config(), &model);
        assert!(sets.is_empty(), "{sets:?}");
    }
}

/// Whether this processor multiplies matrices of bfloat16; without it, libtorch computes in
/// float32.
fn has_bfloat16() -> bool {
    fs::read_to_string("/proc/cpuinfo").unwrap().contains("avx512_bf16")
}

/// Networks in float32 whose products are computed in bfloat16: what a GPU does to them in reduced
/// precision, and more.
#[test]
#[ignore = "needs a corpus outside this repository"]
fn honest_networks_pass_in_reduced_precision() {
    let config = || RunnerConfig { arithmetic: Some(Arithmetic::Bfloat16), ..config() };
    let characters = Characters::new();
    let expected = json("data/omniglot242/expected.json");
    let mut changed = 0;
    for model in models("data/omniglot242/models") {
        let predictions = characters.predictions(&config(), &model);
        let reference = reference(&characters.folder.join(format!("reference/{}.csv", stem(&model))));
        let (sets, orders) = differing(&predictions, &characters.test_set.shape().images, &reference);
        let [_, wrong] = characters.wrong(&predictions);
        let exact = expected.get(stem(&model)).unwrap().get("top5_wrong").unwrap().as_u64().unwrap();
        println!("{}: {} sets and {orders} orders differ, top-5 wrong {wrong}, not {exact}", stem(&model), sets.len());
        changed += orders;
        let most = characters.test_set.len() / 100;
        assert!(wrong.abs_diff(usize::try_from(exact).unwrap()) <= most, "more than a point of error");
    }
    let photographs = Photographs::new();
    for model in models("data/photos/models") {
        changed += photographs.differing(&config(), &model).1;
    }
    assert_eq!(changed > 0, has_bfloat16(), "reduced precision was in use");
}

/// A sample of the corpus.
struct Sample {
    path: PathBuf,
    category: String,
    outcomes: Vec<String>,
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
            samples.push(Sample { path, category: text(entry, "category"), outcomes });
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
        samples.push(Sample { path: corpus("attacks/models2").join(&file), category, outcomes });
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
const SENT: &[(&str, &[&str])] = &[
    ("q_dynamic_script.pt", &["not_torchscript"]),
    ("r18_ofi.pt", &["not_torchscript", "forbidden_operator", "load_failed"]),
    ("extra_file_umlaut.pt", &["scored"]),
    ("dict_script.pt", &["scored"]),
    ("no_grad_script.pt", &["scored"]),
    ("half_no_cast.pt", &["model_error"]),
    ("to_cuda0.pt", &["scored", "forbidden_operator"]),
    ("cuda_call.pt", &["scored", "forbidden_operator"]),
    ("two_args.pt", &["load_failed"]),
    ("list_arg.pt", &["load_failed"]),
    ("topk_float.pt", &["wrong_output"]),
    ("tiny_1001.pt", &["wrong_output"]),
];

#[test]
#[ignore = "needs a corpus outside this repository"]
fn models_as_people_send_them_have_one_of_the_right_outcomes() {
    let sample = |(file, outcomes): &(&str, &[&str])| Sample {
        path: corpus("cases/models").join(file),
        category: "sent".to_owned(),
        outcomes: outcomes.iter().map(|outcome| (*outcome).to_owned()).collect(),
    };
    let samples: Vec<Sample> = SENT.iter().map(sample).collect();
    let side = |sample: &Sample| if stem(&sample.path).starts_with("r18") { 224 } else { 64 };
    outcomes(config(), &samples, side, named);
}
