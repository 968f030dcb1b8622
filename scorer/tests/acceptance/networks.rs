//! Networks that were run elsewhere, too, and what was said of the same images there.

use std::collections::HashMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use holdout_evaluation::{ClassList, ImageList, Predictions, TaskShape, TestSet, score};
use holdout_images::{Archive, Names, Preparation, Prepared, Transform, prepare};
use holdout_protocol::{Arithmetic, InputTransform, Limits, Precision, Sha256};
use holdout_scorer::RunnerConfig;
use holdout_scorer::local::{LocalImages, LocalTask};
use tempfile::TempDir;

use crate::{config, corpus, json, stem, try_once};

/// The images of a folder as a task sees them.
fn prepared(folder: &Path, names: &Names, input: &InputTransform, place: &Path) -> Prepared {
    let archive = Archive::open(folder).unwrap();
    let key = Sha256::from_bytes([1; 32]);
    let preparation = Preparation { key, archive: &archive, names, transform: Transform::from(input) };
    prepare(&preparation, &place.join("prepared"), |_, _| ControlFlow::Continue(())).unwrap()
}

/// Returns the ranked class numbers of each image, and the gap between its fifth and sixth score if
/// the file has it.
fn reference(path: &Path) -> HashMap<String, (Vec<u16>, Option<f64>)> {
    let text = fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let labels = fields.get(1).unwrap().split(' ').map(|label| label.parse().unwrap()).collect();
        (fields.first().unwrap().to_string(), (labels, fields.get(2).map(|gap| gap.parse().unwrap())))
    };
    text.lines().skip(1).map(row).collect()
}

/// What a model says of prepared images, if it is scored.
fn predictions(config: &RunnerConfig, model: &Path, task: &LocalTask, place: &TempDir, numbers: &[u16]) -> Predictions {
    let images = Prepared::open(&place.path().join("prepared"), Sha256::from_bytes([1; 32])).unwrap();
    let outcome = try_once(config, model, task, LocalImages::Prepared(images)).unwrap();
    println!("{}: {:?} {:?}", stem(model), outcome.verdict, outcome.measures);
    outcome.answers.unwrap().to_predictions(numbers).unwrap()
}

/// How predictions differ from the reference.
struct Differing {
    /// Images whose five classes are other ones, though those are clearly apart from the sixth.
    sets: Vec<String>,
    /// How many images have them in another order.
    orders: usize,
}

fn differing(predictions: &Predictions, names: &ImageList, folder: &Path, model: &Path) -> Differing {
    let reference = reference(&folder.join(format!("reference/{}.csv", stem(model))));
    let (mut sets, mut orders) = (Vec::new(), 0);
    for (name, row) in names.iter().zip(predictions.rows()) {
        let (expected, gap) = reference.get(name).unwrap();
        let clear = gap.is_none_or(|gap| gap >= 1e-4);
        if expected.iter().any(|label| !row.contains(label)) && clear {
            sets.push(format!("{name}: {row:?}, not {expected:?}"));
        }
        orders += usize::from(row.as_slice() != expected.as_slice());
    }
    println!("{}: {} sets and {orders} orders differ", stem(model), sets.len());
    Differing { sets, orders }
}

fn models(folder: &str) -> Vec<PathBuf> {
    let mut models: Vec<PathBuf> = fs::read_dir(corpus(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    models.sort();
    assert!(!models.is_empty());
    models
}

/// The characters that models are tried on: images, labels, and a model's task.
struct Characters {
    folder: PathBuf,
    test_set: TestSet,
    task: LocalTask,
    place: TempDir,
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

    /// How what a model says of them differs from its reference in float32, and the images without
    /// the right class first, and without it among five.
    fn differing(&self, config: &RunnerConfig, model: &Path) -> (Differing, [usize; 2]) {
        let TaskShape { classes, images } = self.test_set.shape();
        let predictions = predictions(config, model, &self.task, &self.place, &classes.numbers_in_output_order());
        let correct = score(&predictions, self.test_set.labels()).unwrap();
        let wrong = [&correct.top1, &correct.top5].map(|bits| self.test_set.len() - bits.count());
        println!("{}: wrong {wrong:?}", stem(model));
        (differing(&predictions, images, &self.folder, model), wrong)
    }
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn characters_are_scored_as_their_references() {
    let characters = Characters::new();
    let expected = json("data/omniglot242/expected.json");
    for model in models("data/omniglot242/models") {
        let (differing, wrong) = characters.differing(&config(), &model);
        let expected = expected.get(stem(&model)).unwrap();
        let expected = ["top1_wrong", "top5_wrong"].map(|name| expected.get(name).unwrap().as_u64().unwrap());
        assert_eq!(wrong.map(|wrong| u64::try_from(wrong).unwrap()), expected);
        assert!(differing.sets.is_empty(), "{:?}", differing.sets);
    }
}

/// The photographs that models are tried on.
struct Photographs {
    folder: PathBuf,
    classes: ClassList,
    images: ImageList,
    task: LocalTask,
    place: TempDir,
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

    /// How what a model says of them differs from its reference in float32.
    fn differing(&self, config: &RunnerConfig, model: &Path) -> Differing {
        let numbers = self.classes.numbers_in_output_order();
        let predictions = predictions(config, model, &self.task, &self.place, &numbers);
        differing(&predictions, &self.images, &self.folder, model)
    }
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn photographs_are_recognised_as_by_their_references() {
    let photographs = Photographs::new();
    for model in models("data/photos/models") {
        let differing = photographs.differing(&config(), &model);
        assert!(differing.sets.is_empty(), "{:?}", differing.sets);
    }
}

/// Whether this processor has tiles of bfloat16, with which libtorch takes the products of float32
/// in bfloat16. On others it stays in float32, also if they have AVX-512 BF16 (an AMD EPYC).
fn has_tiles() -> bool {
    fs::read_to_string("/proc/cpuinfo").unwrap().contains("amx_bf16")
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
        let (differing, [_, wrong]) = characters.differing(&config(), &model);
        let exact = expected.get(stem(&model)).unwrap().get("top5_wrong").unwrap().as_u64().unwrap();
        changed += differing.orders;
        let most = characters.test_set.len() / 100;
        assert!(wrong.abs_diff(usize::try_from(exact).unwrap()) <= most, "more than a point of error");
    }
    let photographs = Photographs::new();
    for model in models("data/photos/models") {
        changed += photographs.differing(&config(), &model).orders;
    }
    assert!(changed > 0 || !has_tiles(), "reduced precision was not in use");
}
