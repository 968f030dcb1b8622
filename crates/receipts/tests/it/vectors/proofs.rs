//! Proofs: of logs in memory, and of logs so large that no float has their sizes.

use holdout_receipts::Hash;
use serde_json::{Value, json};

use super::case;
use crate::support::{Log, leaf};

/// The first number that no float has.
const BEYOND: u64 = (1 << 53) + 1;

/// Stands for the root of the leaves `start` to `end` of a log that nobody could keep.
fn subtree(start: u64, end: u64) -> Hash {
    Hash::of_leaf(&[start.to_be_bytes(), end.to_be_bytes()].concat())
}

fn middle(start: u64, end: u64) -> u64 {
    start + (1 << (end - start - 1).ilog2())
}

/// A proof of inclusion in such a log, with the root that it leads to (RFC 6962, section 2.1.1).
fn path(index: u64, start: u64, end: u64) -> (Vec<Hash>, Hash) {
    if end - start == 1 {
        return (Vec::new(), leaf(index));
    }
    let middle = middle(start, end);
    let is_left = index < middle;
    let beside = if is_left { subtree(middle, end) } else { subtree(start, middle) };
    let (mut proof, inner) = if is_left { path(index, start, middle) } else { path(index, middle, end) };
    proof.push(beside);
    (proof, if is_left { Hash::of_node(&inner, &beside) } else { Hash::of_node(&beside, &inner) })
}

/// A proof of consistency with both roots (RFC 6962, section 2.1.2).
fn subproof(from: u64, start: u64, end: u64, is_known: bool) -> (Vec<Hash>, Hash, Hash) {
    if from == end {
        let root = subtree(start, end);
        return (if is_known { Vec::new() } else { vec![root] }, root, root);
    }
    let middle = middle(start, end);
    if from <= middle {
        let (mut proof, earlier, later) = subproof(from, start, middle, is_known);
        proof.push(subtree(middle, end));
        return (proof, earlier, Hash::of_node(&later, &subtree(middle, end)));
    }
    let left = subtree(start, middle);
    let (mut proof, earlier, later) = subproof(from, middle, end, false);
    proof.push(left);
    (proof, Hash::of_node(&left, &earlier), Hash::of_node(&left, &later))
}

fn of_inclusion(name: &str, refused: Option<&str>, numbers: (u64, u64), hashes: (Hash, Hash, &[Hash])) -> Value {
    let (index, size) = (numbers.0.to_string(), numbers.1.to_string());
    let (leaf, root, proof) = hashes;
    case(name, refused, json!({ "index": index, "size": size, "leaf": leaf, "root": root, "proof": proof }))
}

pub fn inclusion() -> Vec<Value> {
    let mut log = Log::of((0..7).map(leaf));
    let (root, proof) = (log.frontier.root(), log.inclusion(3, 7));
    let longer = [proof.clone(), vec![leaf(9)]].concat();
    let mut turned = proof.clone();
    turned.swap(0, 1);
    let node = Hash::of_node(&leaf(0), &leaf(1));
    let honest =
        |name, refused, index, leaf, proof: &[Hash]| of_inclusion(name, refused, (index, 7), (leaf, root, proof));
    let mut cases = vec![
        honest("the fourth of seven entries", None, 3, leaf(3), &proof),
        honest("the last of seven entries", None, 6, leaf(6), &log.inclusion(6, 7)),
        honest("another entry", Some("root"), 3, leaf(4), &proof),
        honest("an earlier index", Some("root"), 2, leaf(3), &proof),
        honest("a later index, whose proof is shorter", Some("length"), 6, leaf(3), &proof),
        honest("the index after the last entry", Some("range"), 7, leaf(3), &proof),
        honest("a proof cut short", Some("length"), 3, leaf(3), &proof[..2]),
        honest("a proof with a hash more", Some("length"), 3, leaf(3), &longer),
        honest("two hashes exchanged", Some("root"), 3, leaf(3), &turned),
        honest("a node as if it were an entry", Some("length"), 0, node, &log.inclusion(0, 7)[1..]),
        of_inclusion("another size", Some("length"), (3, 9), (leaf(3), root, &proof)),
        of_inclusion("another root", Some("root"), (3, 7), (leaf(3), leaf(3), &proof)),
        of_inclusion("an empty log", Some("range"), (0, 0), (leaf(0), Hash::of_empty_tree(), &[])),
        of_inclusion("a log of one entry", None, (0, 1), (leaf(0), leaf(0), &[])),
        of_inclusion("a log of another entry", Some("root"), (0, 1), (leaf(0), leaf(1), &[])),
    ];
    for size in [BEYOND + 1, BEYOND + 4, u64::MAX] {
        let (proof, root) = path(BEYOND, 0, size);
        cases.push(of_inclusion(&format!("{BEYOND} of {size}"), None, (BEYOND, size), (leaf(BEYOND), root, &proof)));
        let name = format!("{} of {size}, which is the same number as a float", BEYOND - 1);
        cases.push(of_inclusion(&name, Some("root"), (BEYOND - 1, size), (leaf(BEYOND), root, &proof)));
    }
    cases
}

fn of_consistency(name: &str, refused: Option<&str>, sides: [(u64, Hash); 2], proof: &[Hash]) -> Value {
    let [(from, earlier), (to, later)] = sides;
    let (from, to) = (from.to_string(), to.to_string());
    case(name, refused, json!({ "from": from, "earlier": earlier, "to": to, "later": later, "proof": proof }))
}

pub fn consistency() -> Vec<Value> {
    let mut log = Log::of((0..9).map(leaf));
    let root = |size: u64| (size, Log::of((0..size).map(leaf)).frontier.root());
    let empty = Hash::of_empty_tree();
    let mut cases = Vec::new();
    for (from, to) in [(7, 9), (8, 9), (1, 9), (9, 9), (0, 9), (0, 0), (1, 1)] {
        let proof = log.consistency(from, to);
        cases.push(of_consistency(&format!("{from} to {to}"), None, [root(from), root(to)], &proof));
    }
    let proof = log.consistency(7, 9);
    let longer = [proof.clone(), vec![leaf(9)]].concat();
    let turned: Vec<_> = proof.iter().rev().copied().collect();
    cases.extend([
        of_consistency("a fork", Some("earlier_root"), [(7, leaf(7)), root(9)], &proof),
        of_consistency("another present", Some("root"), [root(7), (9, leaf(9))], &proof),
        of_consistency("a log cut short", Some("range"), [root(9), root(7)], &[]),
        of_consistency("the proof cut short", Some("length"), [root(7), root(9)], &proof[..proof.len() - 1]),
        of_consistency("no proof", Some("length"), [root(7), root(9)], &[]),
        of_consistency("a hash more", Some("length"), [root(7), root(9)], &longer),
        of_consistency("the proof turned round", Some("earlier_root"), [root(7), root(9)], &turned),
        of_consistency("another size before", Some("length"), [(6, root(7).1), root(9)], &proof),
        of_consistency("two logs of one size", Some("earlier_root"), [(9, leaf(9)), root(9)], &[]),
        of_consistency("the same log with a hash", Some("length"), [root(9), root(9)], &proof[..1]),
        of_consistency("an empty log with another root", Some("earlier_root"), [(0, leaf(0)), root(9)], &[]),
        of_consistency("an empty log with a hash", Some("length"), [(0, empty), root(9)], &proof[..1]),
    ]);
    for to in [BEYOND + 1, u64::MAX] {
        let (proof, earlier, later) = subproof(BEYOND, 0, to, true);
        let sides = [(BEYOND, earlier), (to, later)];
        cases.push(of_consistency(&format!("{BEYOND} to {to}"), None, sides, &proof));
        let rounded = [(BEYOND - 1, earlier), (to, later)];
        let refused = if (BEYOND - 1).is_power_of_two() { "length" } else { "earlier_root" };
        cases.push(of_consistency(&format!("{} to {to}", BEYOND - 1), Some(refused), rounded, &proof));
    }
    cases
}
