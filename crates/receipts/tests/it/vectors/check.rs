//! The crate gives what the file expects.

use holdout_receipts::{
    Counts, Hash, InvalidNote, InvalidProof, InvalidReceipt, Nonce, Note, Opening, ProofError, Statement, VerifyingKey,
    verify_checkpoint, verify_consistency, verify_inclusion, verify_receipt,
};
use serde_json::{Value, json};

/// The word of the file for a refusal.
fn of_proof(error: InvalidProof) -> &'static str {
    match error {
        InvalidProof::Range(_) => "range",
        InvalidProof::Length(_) => "length",
        InvalidProof::OtherRoot => "root",
        InvalidProof::OtherEarlierRoot => "earlier_root",
    }
}

fn of_note(error: &InvalidNote) -> &'static str {
    match error {
        InvalidNote::Forged(_) => "forged",
        InvalidNote::Unknown(_) => "unknown_key",
        _ => "note",
    }
}

fn of_receipt(error: &InvalidReceipt) -> &'static str {
    match error {
        InvalidReceipt::Tag | InvalidReceipt::Body(_) => "receipt",
        InvalidReceipt::OtherCounts => "counts",
        InvalidReceipt::NoCommitment => "no_commitment",
    }
}

pub fn of_any(error: &ProofError) -> &'static str {
    match error {
        ProofError::Note(error) => of_note(error),
        ProofError::Checkpoint(_) => "checkpoint",
        ProofError::Receipt(error) => of_receipt(error),
        ProofError::Proof(error) => of_proof(*error),
        ProofError::OtherLog { .. } => "other_log",
        ProofError::KeyNotInUse(_) => "key_not_in_use",
    }
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap()
}

fn number(case: &Value, field: &str) -> u64 {
    text(case, field).parse().unwrap()
}

fn hash(case: &Value, field: &str) -> Hash {
    text(case, field).parse().unwrap()
}

fn proof(case: &Value) -> Vec<Hash> {
    serde_json::from_value(case["proof"].clone()).unwrap()
}

fn keys(case: &Value) -> [VerifyingKey; 1] {
    [text(case, "key").parse().unwrap()]
}

/// Why the crate refuses a case of this kind; what it accepts has to be what the case says.
fn verify(kind: &str, case: &Value) -> Result<(), &'static str> {
    match kind {
        "keys" => drop(text(case, "key").parse::<VerifyingKey>().map_err(|_| "key")?),
        "notes" => drop(Note::open(text(case, "note"), &keys(case)).map_err(|error| of_note(&error))?),
        "checkpoints" => {
            let note = text(case, "note");
            let found = verify_checkpoint(note, &keys(case)).map_err(|error| of_any(&error))?;
            assert_eq!(found.size, number(case, "size"));
        }
        "receipts" => {
            let found = verify_receipt(text(case, "note"), &keys(case)).map_err(|error| of_any(&error))?;
            assert_eq!(found.leaf, hash(case, "leaf"));
        }
        "openings" => assert_eq!(json!(opened(case)?), case["counts"]),
        "inclusion" => {
            let (index, size) = (number(case, "index"), number(case, "size"));
            let found = verify_inclusion(hash(case, "leaf"), index, size, hash(case, "root"), &proof(case));
            found.map_err(of_proof)?;
        }
        "consistency" => {
            let earlier = (number(case, "from"), hash(case, "earlier"));
            let later = (number(case, "to"), hash(case, "later"));
            verify_consistency(earlier, later, &proof(case)).map_err(of_proof)?;
        }
        // Bundles are verified by the command line, whose tests read the same file.
        other => assert!(other.ends_with("bundles"), "{other}"),
    }
    Ok(())
}

fn opened(case: &Value) -> Result<Counts, &'static str> {
    let found = verify_receipt(text(case, "note"), &keys(case)).unwrap();
    let Statement::Result(result) = found.receipt.statement else { return Err("no result") };
    let nonce = Nonce::try_from(text(&case["opening"], "nonce").to_owned()).unwrap();
    let opening = Opening { nonce, counts: text(&case["opening"], "counts").to_owned() };
    result.open(&opening).map_err(|error| of_receipt(&error))
}

#[test]
fn the_crate_gives_what_is_expected() {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(super::file()).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (kind, cases) in file.as_object().unwrap() {
        for case in cases.as_array().into_iter().flatten().filter(|_| !kind.ends_with("bundles")) {
            let (found, expected) = (verify(kind, case).err(), case["refused"].as_str());
            if found != expected {
                wrong.push(format!("{kind}: {}: {found:?}, not {expected:?}", text(case, "name")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
