//! Test vectors for verifiers in other languages: `tests/vectors.json` is made here, and the crate
//! is held to what it expects.
//!
//! `HOLDOUT_UPDATE_SNAPSHOTS=1 cargo test -p holdout-receipts --test it vectors` writes the file
//! again.

mod bundles;
mod check;
mod key_changes;
mod notes;
mod proofs;

use std::path::PathBuf;

use serde_json::{Value, json};

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors.json")
}

/// A case with this name: `fields` are what is verified, `refused` is why it is refused.
fn case(name: &str, refused: Option<&str>, mut fields: Value) -> Value {
    fields["name"] = json!(name);
    fields["refused"] = json!(refused);
    fields
}

/// The text with one letter changed into another one of base64, by one bit if there is such a
/// letter.
fn flipped(text: &str, at: usize) -> String {
    let change = |letter: char| match letter {
        'A' => 'B',
        'z' => 'y',
        '/' => '+',
        '+' => '/',
        'Z' => 'Y',
        other => char::from(u8::try_from(other).unwrap() ^ 1),
    };
    text.char_indices().map(|(place, letter)| if place == at { change(letter) } else { letter }).collect()
}

fn with_a_line_for_each_case(made: &Value) -> String {
    let kinds = made.as_object().unwrap().iter().map(|(kind, cases)| {
        let lines: Vec<String> = match cases {
            Value::Array(cases) => cases.iter().map(Value::to_string).collect(),
            other => return format!("{}: {other}", json!(kind)),
        };
        format!("{}: [\n{}\n]", json!(kind), lines.join(",\n"))
    });
    format!("{{\n{}\n}}\n", kinds.collect::<Vec<_>>().join(",\n"))
}

#[test]
fn the_file_is_what_the_crate_makes() {
    let bundles = [bundles::cases(), key_changes::cases()].concat();
    let made = json!({
        "keys": notes::keys(), "notes": notes::notes(), "checkpoints": notes::checkpoints(),
        "receipts": notes::receipts(), "openings": notes::openings(),
        "inclusion": proofs::inclusion(), "consistency": proofs::consistency(),
        "honest_bundles": bundles::honest(), "bundles": bundles,
    });
    if std::env::var_os("HOLDOUT_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(file(), with_a_line_for_each_case(&made)).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap();
    assert!(kept == made, "vectors.json is not what the crate makes; write it again with HOLDOUT_UPDATE_SNAPSHOTS=1");
}

#[test]
fn the_verifier_in_python_gives_what_is_expected() {
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verify_py.py");
    let ended = std::process::Command::new(python).arg(script).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()));
}
