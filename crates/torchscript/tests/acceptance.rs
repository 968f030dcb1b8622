//! Files of a corpus outside this repository. `HOLDOUT_ACCEPTANCE_DIR` names the folder that has
//! `attacks/` and `data/`: `cargo test -p holdout-torchscript --test acceptance -- --ignored`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use holdout_torchscript::{OperatorCheck, RepackError, repack};
use serde_json::Value;

/// Verdicts that the file alone gives.
const OF_THE_FILE: &[&str] = &["not_torchscript", "forbidden_operator", "load_failed", "too_large"];

fn corpus(path: &str) -> PathBuf {
    let Some(folder) = std::env::var_os("HOLDOUT_ACCEPTANCE_DIR") else {
        panic!("HOLDOUT_ACCEPTANCE_DIR is not set; it names the folder that has attacks/ and data/");
    };
    PathBuf::from(folder).join(path)
}

/// The archive that the check makes of a file, or the code of its verdict.
fn outcome(path: &Path, check: OperatorCheck) -> Result<File, &'static str> {
    let mut out = tempfile::tempfile().unwrap();
    match repack(&File::open(path).unwrap(), &mut out, check) {
        Ok(_) => Ok(out),
        Err(RepackError::Refused(verdict)) => {
            println!("{}: {}", path.file_name().unwrap().display(), verdict.message);
            Err(verdict.code.as_str())
        }
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// What was written is accepted again, and does not change.
fn check_again(first: &mut File) {
    let mut second = tempfile::tempfile().unwrap();
    repack(first, &mut second, OperatorCheck::Enforced).unwrap();
    assert!(content(first) == content(&mut second));
}

fn content(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn hostile_files_are_refused_and_honest_ones_accepted() {
    let read = |path: &str| serde_json::from_slice::<Value>(&fs::read(corpus(path)).unwrap()).unwrap();
    let (manifest, newer) = (read("attacks/manifest.json"), read("attacks/models2/manifest.json"));
    let (mut refused, mut accepted, mut left) = (0, 0, 0);
    let entries = manifest.as_array().unwrap().iter().chain(newer.as_array().unwrap());
    for entry in entries {
        let name = entry["file"].as_str().unwrap();
        let file = &if name.contains('/') { name.to_owned() } else { format!("models2/{name}") };
        if file.starts_with("predictions/") {
            continue;
        }
        let right: Vec<_> =
            entry["outcomes"].as_array().unwrap().iter().map(|outcome| outcome.as_str().unwrap()).collect();
        // Operators that do not check their arguments have left the list since.
        let left_the_list = file.starts_with("models2/oob_").then_some("forbidden_operator");
        let right: Vec<_> = right.into_iter().chain(left_the_list).collect();
        // Programs of torch.export are translated since.
        let is_translated = file.ends_with(".pt2");
        let only_the_file = !is_translated && right.iter().all(|right| OF_THE_FILE.contains(right));
        match outcome(&corpus("attacks").join(file), OperatorCheck::Enforced) {
            Err(code) => {
                assert!(right.contains(&code), "{file}: {code}, not of {right:?}");
                refused += 1;
            }
            Ok(mut archive) => {
                assert!(!only_the_file, "{file} is accepted, not one of {right:?}");
                check_again(&mut archive);
                if right == ["scored"] { accepted += 1 } else { left += 1 }
            }
        }
    }
    assert!(refused > 0 && accepted > 0);
    println!("{refused} hostile files refused, {accepted} honest ones accepted, {left} left to the sandbox");
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn models_of_the_seasons_are_accepted() {
    let mut count = 0;
    for folder in ["data/omniglot242/models", "data/photos/models"] {
        for entry in fs::read_dir(corpus(folder)).unwrap() {
            let path = entry.unwrap().path();
            check_again(&mut outcome(&path, OperatorCheck::Enforced).unwrap());
            count += 1;
        }
    }
    assert!(count > 0);
    println!("{count} models accepted, each the same when checked again");
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn without_the_check_of_operators_only_operators_are_let_through() {
    let mut through = 0;
    for entry in fs::read_dir(corpus("attacks/models")).unwrap() {
        let path = entry.unwrap().path();
        let enforced = outcome(&path, OperatorCheck::Enforced).err();
        let unchecked = outcome(&path, OperatorCheck::Unchecked).err();
        match enforced {
            Some("forbidden_operator") if unchecked.is_none() => through += 1,
            _ => assert!(enforced == unchecked || enforced == Some("forbidden_operator"), "{}", path.display()),
        }
    }
    assert!(through > 0);
    println!("{through} models with forbidden operators go to the sandbox when operators are not checked");
}
