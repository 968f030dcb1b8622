//! Receipts of a submission as `holdout receipts` saves them: an honest log's, and what is made of
//! them.

use holdout_receipts::{Checkpoint, Decision, Hash, Nonce, Receipt, Statement, sign_note, verify_receipt};
use serde_json::{Value, json};

use super::notes::trusted;
use super::{case, flipped, key_changes};
use crate::support::{LOG, Log, key, leaf, receipt};

pub const TIMES: [&str; 3] = ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000001Z", "2026-02-01T00:00:00.5Z"];
/// Where the receipts stand in a log of nine entries.
const PLACES: [u64; 3] = [2, 4, 7];

/// A result, a disqualification and its end, each naming the one before.
pub fn chain(submission: &str, times: [&str; 3]) -> Vec<Receipt> {
    let (mut before, mut chain) = (None, Vec::new());
    for (place, at) in times.into_iter().enumerate() {
        let mut next = receipt(submission, 4, before).0;
        next.at = at.to_owned();
        if place > 0 {
            let decision = if place == 1 { Decision::Disqualified } else { Decision::Restored };
            next.nonce = Nonce([u8::try_from(place).unwrap(); 16]);
            next.statement = Statement::Decision { submission: submission.to_owned(), decision };
        }
        before = Some(Hash::of_leaf(next.to_string().as_bytes()));
        chain.push(next);
    }
    chain
}

/// The bundle of these receipts, in a log of `size` entries, with the key of `seed`.
fn bundle(chain: &[Receipt], places: &[u64], size: u64, seed: u8) -> Value {
    let notes: Vec<String> = chain.iter().map(|receipt| sign_note(&receipt.to_string(), &key(seed))).collect();
    let leaves: Vec<Hash> = chain.iter().map(|receipt| Hash::of_leaf(receipt.to_string().as_bytes())).collect();
    let place_of = |index: u64| places.iter().position(|place| *place == index);
    let mut log = Log::of((0..size).map(|index| place_of(index).map_or_else(|| leaf(index), |place| leaves[place])));
    let entry = |place: usize| {
        let kind = if place == 0 { "result" } else { "decision" };
        json!({ "index": places[place], "kind": kind, "at": chain[place].at, "leaf": leaves[place],
            "note": notes[place], "proof": log.inclusion(places[place], size), "opening": null })
    };
    let receipts: Vec<Value> = (0..chain.len()).map(entry).collect();
    json!({ "key": key(seed).verifying_key().to_string(), "checkpoint": log.checkpoint(&key(seed)), "receipts": receipts })
}

/// Bundles that are proved, by names: what the other cases change.
pub fn honest() -> Value {
    let opening = receipt("s1", 4, None).1;
    let opening = json!({ "nonce": String::from(opening.nonce), "counts": opening.counts });
    let mut whole = bundle(&chain("s1", TIMES), &PLACES, 9, 1);
    whole["receipts"][0]["opening"] = opening;
    let of_one_key = [
        ("whole", whole),
        ("one", bundle(&chain("s1", TIMES)[..1], &[0], 1, 1)),
        ("back_dated", bundle(&chain("s1", [TIMES[0], TIMES[2], TIMES[1]]), &PLACES, 9, 1)),
        ("same_time", bundle(&chain("s1", [TIMES[0], TIMES[0], TIMES[1]]), &PLACES, 9, 1)),
    ];
    of_one_key.into_iter().chain(key_changes::made()).map(|(name, bundle)| (name.to_owned(), bundle)).collect()
}

/// A case: a bundle with values put at places in it, which are JSON pointers (RFC 6901).
fn changed(name: &str, refused: Option<&str>, base: &str, set: &[(&str, Value)]) -> Value {
    let set: Vec<Value> = set.iter().map(|(place, value)| json!([place, value])).collect();
    case(name, refused, json!({ "base": base, "set": set, "key": trusted() }))
}

pub fn cases() -> Vec<Value> {
    let honest = honest();
    let at = |pointer: &str| honest["whole"].pointer(pointer).unwrap().clone();
    let text = |pointer: &str| at(pointer).as_str().unwrap().to_owned();
    let of = |name: &str, refused, place: &str, value: Value| changed(name, refused, "whole", &[(place, value)]);
    let mut cases = accepted(&honest);
    cases.extend([
        changed("back-dated", Some("order"), "back_dated", &[]),
        changed("two at one time", Some("order"), "same_time", &[]),
        of("no receipts", Some("empty"), "/receipts", json!([])),
        of("the first two exchanged", Some("order"), "/receipts", json!([at("/receipts/1"), at("/receipts/0")])),
        of("the middle one left out", Some("previous"), "/receipts", json!([at("/receipts/0"), at("/receipts/2")])),
        of("the same one twice", Some("order"), "/receipts", json!([at("/receipts/0"), at("/receipts/0")])),
        of("the text of another receipt", Some("leaf"), "/receipts/0/note", at("/receipts/1/note")),
        of("another kind", Some("says"), "/receipts/0/kind", json!("decision")),
        of("another time", Some("says"), "/receipts/1/at", json!("2026-01-02T03:04:05.000002Z")),
        of("an earlier place", Some("root"), "/receipts/0/index", json!(1)),
        of("a place after the last", Some("range"), "/receipts/2/index", json!(9)),
        of("a place that no float has", Some("range"), "/receipts/2/index", json!(9_007_199_254_740_993_u64)),
        of("a proof cut short", Some("length"), "/receipts/0/proof", json!([at("/receipts/0/proof/0")])),
        of("an empty proof", Some("length"), "/receipts/0/proof", json!([])),
        of("a proof that is no hash", Some("hash"), "/receipts/0/proof/0", json!("x")),
        of("an entry that is no hash", Some("hash"), "/receipts/0/leaf", json!("x")),
        of("the proof of another one", Some("root"), "/receipts/0/proof", at("/receipts/1/proof")),
        of("an opening of a decision", Some("counts"), "/receipts/1/opening", at("/receipts/0/opening")),
    ]);
    let longer: Vec<Value> =
        at("/receipts/0/proof").as_array().unwrap().iter().cloned().chain([json!(leaf(3))]).collect();
    cases.push(of("a proof with a hash more", Some("length"), "/receipts/0/proof", json!(longer)));
    for (name, refused, place, letter) in [
        ("a bit of a hash in the log", "root", "/receipts/0/leaf", 7),
        ("a bit of a proof", "root", "/receipts/1/proof/0", 7),
        ("a bit of the root", "forged", "/checkpoint", 24),
        ("a bit of the size", "forged", "/checkpoint", LOG.len() + 1),
        ("a bit of the log's name", "forged", "/checkpoint", 3),
        ("a bit of the signature of the head", "forged", "/checkpoint", text("/checkpoint").len() - 20),
        ("a bit of the signature of a receipt", "forged", "/receipts/1/note", text("/receipts/1/note").len() - 20),
        ("a bit of the nonce of the private counts", "counts", "/receipts/0/opening/nonce", 3),
        ("a bit of the private counts", "counts", "/receipts/0/opening/counts", 6),
    ] {
        cases.push(of(name, Some(refused), place, json!(flipped(&text(place), letter))));
    }
    // Every part of what a receipt says.
    let note = text("/receipts/0/note");
    for part in ["example", "CQkJ", "2026", "s1", "0000", "demo", "classification", "false", "0.1.0", "\"n\":10"] {
        let place = note.find(part).unwrap() + part.len() - 1;
        let name = format!("a bit of a receipt, in `{part}`");
        cases.push(of(&name, Some("forged"), "/receipts/0/note", json!(flipped(&note, place))));
    }
    cases.extend(of_others(&honest));
    cases
}

/// Returns what is proved although it is not all there, or more is there.
fn accepted(honest: &Value) -> Vec<Value> {
    let receipts = honest["whole"]["receipts"].as_array().unwrap();
    let head = honest["whole"]["checkpoint"].as_str().unwrap();
    let (text, own) = head.split_once("\n\n").unwrap();
    let witness = "\u{2014} witness.example/w1 AAAAAAQ=\n";
    vec![
        changed("three receipts", None, "whole", &[]),
        changed("one receipt, alone in its log", None, "one", &[]),
        changed("the counts not opened", None, "whole", &[("/receipts/0/opening", Value::Null)]),
        changed("a text that is not shown", None, "whole", &[("/receipts/1/note", Value::Null)]),
        changed("the first one not there", None, "whole", &[("/receipts", json!(receipts[1..]))]),
        changed("the last one not there", None, "whole", &[("/receipts", json!(receipts[..2]))]),
        changed("a witness first", None, "whole", &[("/checkpoint", json!(format!("{text}\n\n{witness}{own}")))]),
        changed("a witness last", None, "whole", &[("/checkpoint", json!(format!("{head}{witness}")))]),
        changed(
            "a witness alone",
            Some("unknown_key"),
            "whole",
            &[("/checkpoint", json!(format!("{text}\n\n{witness}")))],
        ),
    ]
}

/// Returns what others signed, or the log about somebody else.
fn of_others(honest: &Value) -> Vec<Value> {
    let other_chain = chain("s2", TIMES);
    // The second receipt is about another submission, and follows the first one nevertheless.
    let mut spliced = chain("s1", TIMES);
    spliced[1].statement = other_chain[1].statement.clone();
    spliced.truncate(2);
    let mut elsewhere = chain("s1", TIMES);
    elsewhere.iter_mut().for_each(|receipt| receipt.log = "example.com/log".to_owned());
    elsewhere.truncate(1);
    let stranger = bundle(&chain("s1", TIMES), &PLACES, 9, 2);
    let again = sign_note(&receipt("s1", 3, None).0.to_string(), &key(1));
    assert!(verify_receipt(&again, &[key(1).verifying_key()]).is_ok());
    let empty = Checkpoint { origin: LOG.to_owned(), size: 0, root: Hash::of_empty_tree() };
    let renamed = Checkpoint { origin: "example.com/log".to_owned(), size: 9, root: leaf(1) };
    let whole = |name: &str, refused, bundle: &Value| {
        changed(
            name,
            refused,
            "whole",
            &[("/checkpoint", bundle["checkpoint"].clone()), ("/receipts", bundle["receipts"].clone())],
        )
    };
    let head = |name: &str, refused, head: Checkpoint| {
        changed(name, Some(refused), "whole", &[("/checkpoint", json!(sign_note(&head.to_string(), &key(1))))])
    };
    let mut other_key = changed("another key to trust", Some("unknown_key"), "whole", &[]);
    other_key["key"] = json!(key(2).verifying_key().to_string());
    vec![
        other_key,
        whole("everything signed by another key", Some("unknown_key"), &stranger),
        changed(
            "a receipt signed by another key",
            Some("unknown_key"),
            "whole",
            &[("/receipts/0/note", stranger["receipts"][0]["note"].clone())],
        ),
        changed("a better score, signed again", Some("leaf"), "whole", &[("/receipts/0/note", json!(again))]),
        whole("receipts of two submissions", Some("submission"), &bundle(&spliced, &PLACES[..2], 9, 1)),
        whole("a receipt of another log", Some("other_log"), &bundle(&elsewhere, &PLACES[..1], 9, 1)),
        head("the head of an empty log", "range", empty),
        head("the head of another log", "other_log", renamed),
        changed("no head", Some("note"), "whole", &[("/checkpoint", json!(""))]),
        changed(
            "a receipt as the head",
            Some("checkpoint"),
            "whole",
            &[("/checkpoint", honest["whole"]["receipts"][0]["note"].clone())],
        ),
    ]
}
