//! Changed bytes: never a panic, and never accepted.

use holdout_receipts::{
    Hash, VerifyingKey, sign_note, verify_checkpoint, verify_consistency, verify_in_log, verify_inclusion,
    verify_receipt,
};

use crate::support::{Log, key, leaf, receipt};

/// SplitMix64, so that a failure comes again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// The text with a byte changed, left out, doubled, or cut off at some place.
fn mutated(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = random.below(bytes.len());
    match random.below(5) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => drop(bytes.remove(at)),
        2 => bytes.insert(at, bytes[at]),
        3 => bytes.truncate(at),
        _ => bytes.insert(at, b"\n\xe2+ =0-"[random.below(7)]),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn changed_notes_are_never_accepted() {
    let (mut random, keys) = (Random(1), [key(1).verifying_key()]);
    let note = sign_note(&receipt("s1", 4, None).0.to_string(), &key(1));
    let log = Log::of((0..9).map(leaf));
    let checkpoint = log.checkpoint(&key(1));
    for _ in 0..5_000 {
        let changed = mutated(&note, &mut random);
        // A doubled byte may be the same text again only if nothing changed.
        assert!(changed == note || verify_receipt(&changed, &keys).is_err(), "{changed:?}");
        let changed = mutated(&checkpoint, &mut random);
        let same = verify_checkpoint(&changed, &keys);
        assert!(changed == checkpoint || same.is_err(), "{changed:?}");
        let text = keys[0].to_string();
        let changed = mutated(&text, &mut random);
        assert!(changed == text || changed.parse::<VerifyingKey>().is_err(), "{changed:?}");
    }
}

#[test]
fn changed_proofs_are_never_accepted() {
    let mut random = Random(2);
    let mut log = Log::of((0..150).map(leaf));
    for _ in 0..5_000 {
        let to = 2 + random.next() % 148;
        let (index, from) = (random.next() % to, 1 + random.next() % (to - 1));
        let roots = |size: u64| Log::of((0..size).map(leaf)).frontier.root();
        let (root, earlier) = (roots(to), roots(from));
        let proof = changed_proof(log.inclusion(index, to), &mut random);
        assert!(verify_inclusion(leaf(index), index, to, root, &proof).is_err(), "{index} of {to}");
        let proof = changed_proof(log.consistency(from, to), &mut random);
        assert!(verify_consistency((from, earlier), (to, root), &proof).is_err(), "{from} to {to}");
        // Sizes that no log has are no reason to run long or to panic.
        let (a, b) = (random.next(), random.next());
        assert!(verify_inclusion(leaf(index), a, b, root, &proof).is_err());
        assert!(verify_consistency((a, earlier), (b, root), &proof).is_err());
    }
    let checkpoint = log.checkpoint(&key(1));
    assert!(verify_in_log((leaf(1), u64::MAX), &[], &checkpoint, &[key(1).verifying_key()]).is_err());
}

/// Another proof: a hash changed, left out, added or moved.
fn changed_proof(mut proof: Vec<Hash>, random: &mut Random) -> Vec<Hash> {
    let at = random.below(proof.len());
    match random.below(4) {
        _ if proof.is_empty() => proof.push(leaf(random.next())),
        0 => proof[at] = leaf(random.next()),
        1 => drop(proof.remove(at)),
        2 => proof.insert(at, leaf(random.next())),
        _ if proof.len() > 1 => proof.rotate_left(1),
        _ => proof.push(leaf(random.next())),
    }
    proof
}
