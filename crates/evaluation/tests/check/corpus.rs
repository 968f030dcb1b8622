//! The corpus of files in `tests/prediction_files.json`: what the check finds in each. The pages
//! hold their own check to the same findings. `HOLDOUT_UPDATE_SNAPSHOTS=1` writes them again after
//! a change of a rule; read what changes.

use std::path::Path;

use holdout_protocol::HintCode;
use serde_json::{Map, Value, json};

use super::*;

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prediction_files.json")
}

/// The file of a case: a text, bytes in hexadecimal digits, or pieces of text, each with how often
/// it is repeated.
fn file(case: &Value) -> Vec<u8> {
    if let Some(text) = case["text"].as_str() {
        return text.as_bytes().to_vec();
    }
    if let Some(digits) = case["hex"].as_str() {
        let pairs = digits.as_bytes().as_chunks::<2>().0;
        return pairs.iter().map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
    }
    let pieces: Vec<(String, usize)> = serde_json::from_value(case["parts"].clone()).unwrap();
    pieces.iter().map(|(text, times)| text.repeat(*times)).collect::<String>().into_bytes()
}

/// JSON in ASCII alone, because some of the texts have characters that editors hide or reorder.
fn ascii(value: &Value) -> String {
    let escape = |unit: u16| format!("\\u{unit:04x}");
    let one = |c: char| match c {
        ' '..='~' => c.to_string(),
        _ => c.encode_utf16(&mut [0; 2]).iter().map(|unit| escape(*unit)).collect(),
    };
    value.to_string().chars().map(one).collect()
}

fn found(case: &Value) -> Value {
    let names: Vec<String> = serde_json::from_value(case["images"].clone()).unwrap_or_default();
    let shape =
        if names.is_empty() { small() } else { task(10, &names.iter().map(String::as_str).collect::<Vec<_>>()) };
    match check(&shape, file(case).as_slice(), MAX_BYTES) {
        Ok(predictions) => json!({ "rows": predictions.rows().len(), "faults": 0, "lines": [], "hints": [] }),
        Err(CheckError::Rejected(verdict)) => {
            let lines: Vec<Value> =
                verdict.detail.lines.iter().map(|fault| json!([fault.line, fault.code, fault.value])).collect();
            let hints: Vec<HintCode> = verdict.detail.known_hints.iter().map(|hint| hint.code).collect();
            let mut found = json!({ "faults": verdict.detail.faults, "lines": lines, "hints": hints });
            if verdict.detail.stopped_early {
                found["stopped_early"] = true.into();
            }
            found
        }
        Err(CheckError::Read(error)) => panic!("{error}"),
    }
}

#[test]
fn every_file_of_the_corpus_gets_what_is_written_there() {
    let text = std::fs::read_to_string(path()).unwrap();
    let mut cases: Vec<Map<String, Value>> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() > 150);
    if std::env::var_os("HOLDOUT_UPDATE_SNAPSHOTS").is_some() {
        for case in &mut cases {
            let found = found(&Value::Object(case.clone()));
            case.insert("found".to_owned(), found);
        }
        let lines: Vec<String> =
            cases.iter().map(|case| format!("  {}", ascii(&Value::Object(case.clone())))).collect();
        std::fs::write(path(), format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    }
    for case in cases {
        let case = Value::Object(case);
        assert_eq!(found(&case), case["found"], "{}", case["name"]);
    }
}
