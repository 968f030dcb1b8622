//! Files of a corpus outside this repository. `HOLDOUT_ACCEPTANCE_DIR` names the folder that has
//! `attacks/` and `data/`: `cargo test -p holdout-evaluation --test acceptance -- --ignored`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::PathBuf;

use holdout_evaluation::{CheckError, ClassList, ImageList, Part, TaskShape, TestSet, check, score};
use serde_json::Value;

const MAX_BYTES: u64 = 64 << 20;

fn corpus(path: &str) -> PathBuf {
    let Some(folder) = std::env::var_os("HOLDOUT_ACCEPTANCE_DIR") else {
        panic!("HOLDOUT_ACCEPTANCE_DIR is not set; it names the folder that has attacks/ and data/");
    };
    PathBuf::from(folder).join(path)
}

fn json(path: &str) -> Value {
    serde_json::from_slice(&fs::read(corpus(path)).unwrap()).unwrap()
}

/// The objects of the manifest that name a prediction file, at whatever depth they are.
fn prediction_files(value: &Value, found: &mut Vec<(String, Vec<String>)>) {
    if let Some(file) = value["file"].as_str().filter(|file| file.starts_with("predictions/")) {
        let outcomes = value["outcomes"].as_array().unwrap().iter();
        found.push((file.to_owned(), outcomes.map(|outcome| outcome.as_str().unwrap().to_owned()).collect()));
    }
    let children = value.as_array().map(|items| items.iter().collect::<Vec<_>>());
    let children = children.or_else(|| value.as_object().map(|fields| fields.values().collect()));
    children.unwrap_or_default().into_iter().for_each(|child| prediction_files(child, found));
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn hostile_files_have_one_of_the_right_outcomes() {
    let classes: String = (1..=1000).map(|number| format!("{number}\tn{number:08}\tclass {number}\n")).collect();
    let classes = ClassList::parse(classes.as_bytes()).unwrap();
    let shape = TaskShape { classes, images: ImageList::numbered(100) };
    let mut files = Vec::new();
    prediction_files(&json("attacks/manifest.json"), &mut files);
    assert!(!files.is_empty());
    for (file, outcomes) in files {
        let outcome = match check(&shape, fs::File::open(corpus("attacks").join(&file)).unwrap(), MAX_BYTES) {
            Ok(_) => "scored",
            Err(CheckError::Rejected(verdict)) => {
                println!("{file}: {}", verdict.message);
                verdict.code.as_str()
            }
            Err(CheckError::Read(error)) => panic!("{file}: {error}"),
        };
        assert!(outcomes.iter().any(|right| right == outcome), "{file}: {outcome}, not of {outcomes:?}");
    }
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn reference_predictions_have_their_scores() {
    let read = |name: &str| fs::read(corpus("data/omniglot242").join(name)).unwrap();
    let test_set = TestSet::parse_labels(ClassList::parse(&read("classes.tsv")).unwrap(), &read("labels.csv")).unwrap();
    let part = Part::all(u32::try_from(test_set.len()).unwrap());
    let expected = json("data/omniglot242/expected.json");
    for (entry, expected) in expected.as_object().unwrap() {
        let file = read(&format!("reference/{entry}.csv"));
        let predictions = check(test_set.shape(), file.as_slice(), MAX_BYTES).unwrap();
        let correct = score(&predictions, test_set.labels()).unwrap();
        let found = [u64::from(part.n()), wrong(part, &correct.top1), wrong(part, &correct.top5)];
        assert_eq!(found, ["n", "top1_wrong", "top5_wrong"].map(|field| expected[field].as_u64().unwrap()), "{entry}");
        let again = check(test_set.shape(), predictions.to_kit_text().as_bytes(), MAX_BYTES).unwrap();
        assert_eq!(again, predictions);
    }
}

fn wrong(part: Part<'_>, correct: &holdout_evaluation::Bits) -> u64 {
    u64::from(part.wrong(correct).unwrap())
}
