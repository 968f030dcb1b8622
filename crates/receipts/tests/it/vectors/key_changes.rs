//! Bundles of a log whose key was changed twice: honest ones, and what is made of them.

use holdout_receipts::{
    Hash, KeyChain, KeyChainError, KeyChange, Nonce, ProofError, Receipt, Statement, sign_note_with_all,
};
use serde_json::{Value, json};

use super::bundles::{TIMES, chain};
use super::check::of_any;
use super::{case, flipped};
use crate::support::{LOG, Log, key, leaf};

/// The seeds of the log's keys, in the order of their use. The key of seed 2 is a stranger's.
const KEYS: [u8; 3] = [1, 3, 4];
/// Where the changes stand, and the three receipts between and after them.
const CHANGES: [u64; 2] = [3, 6];
const PLACES: [u64; 3] = [2, 5, 8];
const SIZE: u64 = 10;
const CHANGED_AT: &str = "2026-01-15T00:00:00Z";

fn public(seed: u8) -> String {
    key(seed).verifying_key().to_string()
}

/// Returns what changes the key of one seed for that of another, signed by the keys of `signers`.
fn change(from: u8, to: u8, signers: &[u8]) -> String {
    let statement = Statement::Key { replaces: public(from), key: public(to) };
    signed(statement, to, signers)
}

fn signed(statement: Statement, nonce: u8, signers: &[u8]) -> String {
    let at = CHANGED_AT.to_owned();
    let receipt = Receipt { log: LOG.to_owned(), nonce: Nonce([nonce; 16]), at, previous: None, statement };
    let keys: Vec<_> = signers.iter().map(|seed| key(*seed)).collect();
    sign_note_with_all(&receipt.to_string(), &keys)
}

fn leaf_of(note: &str) -> Hash {
    Hash::of_leaf(format!("{}\n", note.rsplit_once("\n\n").unwrap().0).as_bytes())
}

/// A log with three receipts, signed by the keys of `signers`, and these changes of key; `heads`
/// sign its head.
fn log_of(signers: [u8; 3], changes: &[(u64, String)], heads: &[u8]) -> Value {
    let mut log = Log::default();
    let said = chain("s1", TIMES);
    let receipt_at = |index: u64| PLACES.iter().position(|place| *place == index);
    for index in 0..SIZE {
        let change = changes.iter().find(|(place, _)| *place == index).map(|(_, note)| leaf_of(note));
        let receipt = receipt_at(index).map(|place| Hash::of_leaf(said[place].to_string().as_bytes()));
        log.append(change.or(receipt).unwrap_or_else(|| leaf(index)));
    }
    let receipts: Vec<Value> = (0..3)
        .map(|place| {
            let text = said[place].to_string();
            let kind = if place == 0 { "result" } else { "decision" };
            json!({ "index": PLACES[place], "kind": kind, "at": said[place].at, "opening": null,
                "leaf": Hash::of_leaf(text.as_bytes()), "note": sign_note_with_all(&text, [&key(signers[place])]),
                "proof": log.inclusion(PLACES[place], SIZE) })
        })
        .collect();
    let changes = changes.iter().map(|(index, note)| {
        json!({ "index": index, "kind": "key", "at": CHANGED_AT, "leaf": leaf_of(note), "note": note,
            "proof": log.inclusion(*index, SIZE), "opening": null })
    });
    let changes: Vec<Value> = changes.collect();
    let heads: Vec<_> = heads.iter().map(|seed| key(*seed)).collect();
    json!({ "key": public(*KEYS.last().unwrap()), "checkpoint": log.checkpoint_by(&heads), "receipts": receipts,
        "key_changes": changes })
}

fn honest_changes() -> [(u64, String); 2] {
    [(CHANGES[0], change(1, 3, &[1, 3])), (CHANGES[1], change(3, 4, &[3, 4]))]
}

/// Bundles by names: an honest one, and those of logs that are wrong in themselves.
pub fn made() -> Vec<(&'static str, Value)> {
    let [first, second] = honest_changes();
    let with = |changes: &[(u64, String)]| log_of(KEYS, changes, &[4]);
    let unsaid = Statement::Decision { submission: "s1".to_owned(), decision: holdout_receipts::Decision::Hidden };
    vec![
        ("rotated", log_of(KEYS, &honest_changes(), &[4, 3])),
        ("after_overlap", log_of(KEYS, &honest_changes(), &[4])),
        ("head_of_retired", log_of(KEYS, &honest_changes(), &[3, 1])),
        ("signed_by_old", with(&[(first.0, change(1, 3, &[1])), second.clone()])),
        ("signed_by_new", with(&[(first.0, change(1, 3, &[3])), second.clone()])),
        ("signed_by_stranger", with(&[(first.0, change(1, 3, &[2, 3])), second.clone()])),
        ("signed_by_first", with(&[first.clone(), (second.0, change(3, 4, &[1, 4]))])),
        ("to_itself", log_of([1, 3, 3], &[first.clone(), (second.0, change(3, 3, &[3]))], &[3])),
        ("first_to_itself", log_of([4, 4, 4], &[(first.0, change(4, 4, &[4]))], &[4])),
        ("back_to_first", log_of([1, 3, 1], &[first.clone(), (second.0, change(3, 1, &[3, 1]))], &[1])),
        ("from_first_again", with(&[first.clone(), (second.0, change(1, 4, &[1, 3, 4]))])),
        ("later_place_first", with(&[(second.0, first.1.clone()), (first.0, second.1.clone())])),
        ("called_decision", called_decision(&first, &second)),
        ("no_change", with(&[first, (second.0, signed(unsaid, 5, &[3, 4]))])),
        ("retired_after", log_of([1, 1, 4], &honest_changes(), &[4])),
        ("new_before", log_of([3, 3, 4], &honest_changes(), &[4])),
        ("strange_receipt", log_of([1, 2, 4], &honest_changes(), &[4])),
    ]
}

/// An honest log, but for the first change, which is said to be a decision, although it names keys.
fn called_decision(first: &(u64, String), second: &(u64, String)) -> Value {
    let text = first.1.split("\n\n").next().unwrap().replace("\"kind\":\"key\"", "\"kind\":\"decision\"");
    let note = sign_note_with_all(&format!("{text}\n"), &[key(1), key(3)]);
    let mut bundle = log_of(KEYS, &[(first.0, note), second.clone()], &[4]);
    bundle["key_changes"][0]["kind"] = json!("decision");
    bundle
}

fn of(name: &str, refused: Option<&str>, base: &str, seed: u8, set: &[(&str, Value)]) -> Value {
    let set: Vec<Value> = set.iter().map(|(place, value)| json!([place, value])).collect();
    case(name, refused, json!({ "base": base, "set": set, "key": public(seed) }))
}

pub fn cases() -> Vec<Value> {
    let made = made();
    let honest = &made[0].1;
    let at = |pointer: &str| honest.pointer(pointer).unwrap().clone();
    let text = |pointer: &str| at(pointer).as_str().unwrap().to_owned();
    let (one, two) = (at("/key_changes/0"), at("/key_changes/1"));
    let changes =
        |name: &str, refused: &str, changes: Value| of(name, Some(refused), "rotated", 1, &[("/key_changes", changes)]);
    let mut cases = vec![
        of("two changes of key, the first key known", None, "rotated", 1, &[]),
        of("two changes of key, the second key known", None, "rotated", 3, &[]),
        of("two changes of key, the present key known", None, "rotated", 4, &[]),
        of("after the overlap, the first key known", None, "after_overlap", 1, &[]),
        of("a key that no change leads to", Some("unlinked"), "rotated", 2, &[]),
        of("a head by retired keys", Some("unknown_key"), "head_of_retired", 1, &[]),
        of("a change signed by the old key alone", Some("unknown_key"), "signed_by_old", 1, &[]),
        of("a change signed by the new key alone", Some("unknown_key"), "signed_by_new", 1, &[]),
        of("a change signed by another old key", Some("unknown_key"), "signed_by_stranger", 1, &[]),
        of("a change signed by the key before the old one", Some("unknown_key"), "signed_by_first", 1, &[]),
        of("a change of a key to itself", Some("key_order"), "to_itself", 1, &[]),
        of("a first change of a key to itself", Some("key_order"), "first_to_itself", 4, &[]),
        of("a change back to a retired key", Some("key_order"), "back_to_first", 1, &[]),
        of("a second change of a retired key", Some("key_order"), "from_first_again", 1, &[]),
        of("a later change at an earlier place", Some("key_order"), "later_place_first", 1, &[]),
        of("a change that is said to be a decision", Some("receipt"), "called_decision", 1, &[]),
        of("a change that says something else", Some("key_order"), "no_change", 1, &[]),
        of("a receipt by a retired key", Some("key_not_in_use"), "retired_after", 1, &[]),
        of("a receipt by a key before it came in", Some("key_not_in_use"), "new_before", 1, &[]),
        of("a receipt by a strange key between changes", Some("unknown_key"), "strange_receipt", 1, &[]),
        changes("the changes exchanged", "key_order", json!([two, one])),
        changes("the same change twice", "key_order", json!([one, one])),
        changes("the first change left out", "unlinked", json!([two])),
        changes("the second change left out", "unknown_key", json!([one])),
        changes("both changes left out", "unknown_key", json!([])),
    ];
    for (name, refused, place, value) in [
        ("a change at another place", "root", "/key_changes/0/index", json!(4)),
        ("a change after the last entry", "range", "/key_changes/1/index", json!(SIZE)),
        ("a change at the place of the one before", "key_order", "/key_changes/1/index", json!(CHANGES[0])),
        ("a change without proof", "length", "/key_changes/0/proof", json!([])),
        ("a change with the proof of another", "root", "/key_changes/0/proof", two["proof"].clone()),
        ("a change whose proof is no hash", "hash", "/key_changes/0/proof/0", json!("x")),
        ("a receipt in place of a change", "key_order", "/key_changes/0/note", at("/receipts/0/note")),
        ("a change without its text", "key_order", "/key_changes/0/note", Value::Null),
        ("a change at another time than it says", "says", "/key_changes/0/at", json!("2026-01-15T00:00:01Z")),
        ("a change that is called something else", "says", "/key_changes/0/kind", json!("decision")),
        ("a change with the hash of another", "leaf", "/key_changes/0/leaf", two["leaf"].clone()),
        ("a change that is no note", "note", "/key_changes/0/note", json!("")),
        ("a head in place of a change", "receipt", "/key_changes/0/note", at("/checkpoint")),
    ] {
        cases.push(of(name, Some(refused), "rotated", 1, &[(place, value)]));
    }
    let note = text("/key_changes/0/note");
    let (said, signatures) = note.split_at(note.rfind("\n\n").unwrap());
    let first_end = signatures.find("=\n").unwrap();
    for (name, letter) in [
        ("a bit of the log in a change", note.find("example").unwrap() + 2),
        ("a bit of the time of a change", said.find("2026").unwrap() + 3),
        ("a bit of the old signature of a change", said.len() + first_end - 8),
        ("a bit of the new signature of a change", note.len() - 12),
    ] {
        cases.push(of(name, Some("forged"), "rotated", 1, &[("/key_changes/0/note", json!(flipped(&note, letter)))]));
    }
    let new = said.rfind("example").unwrap();
    let odd = json!(flipped(&note, new + LOG.len() + 4));
    cases.push(of(
        "a bit of the new key of a change",
        Some("key_order"),
        "rotated",
        1,
        &[("/key_changes/0/note", odd)],
    ));
    cases
}

/// Why the crate refuses a bundle of such a log: the changes of key, and who signed the receipts.
fn prove(bundle: &Value, trusted: &str) -> Result<(), &'static str> {
    let changes = bundle["key_changes"].as_array().unwrap().iter().map(|change| {
        let proof = serde_json::from_value(change["proof"].clone()).map_err(|_| "hash")?;
        let note = change["note"].as_str().ok_or("key_order")?.to_owned();
        Ok(KeyChange { index: change["index"].as_u64().unwrap(), note, proof })
    });
    let changes = changes.collect::<Result<Vec<_>, _>>()?;
    let found = KeyChain::follow(&trusted.parse().unwrap(), &changes, bundle["checkpoint"].as_str().unwrap());
    let (chain, _) = found.map_err(|error| match &error {
        KeyChainError::Change { cause, .. } | KeyChainError::Checkpoint(cause) => of_any(cause),
        KeyChainError::Order(_) => "key_order",
        KeyChainError::Unlinked(_) => "unlinked",
    })?;
    assert_eq!(chain.changes(), changes.len());
    for receipt in bundle["receipts"].as_array().unwrap() {
        let place = receipt["index"].as_u64().unwrap();
        chain.verify_receipt(receipt["note"].as_str().unwrap(), place).map_err(|error: ProofError| of_any(&error))?;
    }
    Ok(())
}

#[test]
fn changes_of_key_are_followed_or_refused_as_expected() {
    let made: Value = made().into_iter().map(|(name, bundle)| (name.to_owned(), bundle)).collect();
    let mut wrong = Vec::new();
    // What the file says beside a change is compared by those who read files.
    let of_files = |case: &Value| matches!(case["refused"].as_str(), Some("says" | "leaf"));
    for case in cases().into_iter().filter(|case| !of_files(case)) {
        let mut bundle = made[case["base"].as_str().unwrap()].clone();
        for change in case["set"].as_array().unwrap() {
            *bundle.pointer_mut(change[0].as_str().unwrap()).unwrap() = change[1].clone();
        }
        let (found, expected) = (prove(&bundle, case["key"].as_str().unwrap()).err(), case["refused"].as_str());
        if found != expected {
            wrong.push(format!("{}: {found:?}, not {expected:?}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
