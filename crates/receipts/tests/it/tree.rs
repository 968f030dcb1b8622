//! Roots and proofs: the known values, and a plain implementation of the definition for all small
//! sizes.

use holdout_receipts::{
    Frontier, Hash, InvalidProof, InvalidRange, root_of, subtrees, verify_consistency, verify_inclusion,
};

use crate::support::{Log, leaf};

/// The entries that implementations of RFC 6962 are usually tested with, and the roots of the first
/// 0 to 8 of them.
const ENTRIES: [&[u8]; 8] = [
    b"",
    &[0x00],
    &[0x10],
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const LARGEST: u64 = 130;

fn hexadecimal(hash: Hash) -> String {
    hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// MTH of RFC 6962, section 2.1, as it is written there.
fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of_empty_tree(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(largest_power_below(leaves.len()));
            Hash::of_node(&root_by_definition(left), &root_by_definition(right))
        }
    }
}

/// PATH of section 2.1.1.
fn path_by_definition(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = largest_power_below(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, other) =
        if index < k { (path_by_definition(index, left), right) } else { (path_by_definition(index - k, right), left) };
    path.push(root_by_definition(other));
    path
}

/// SUBPROOF of section 2.1.2.
fn subproof_by_definition(m: usize, leaves: &[Hash], is_known: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if is_known { Vec::new() } else { vec![root_by_definition(leaves)] };
    }
    let k = largest_power_below(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, other) = if m <= k {
        (subproof_by_definition(m, left, is_known), right)
    } else {
        (subproof_by_definition(m - k, right, false), left)
    };
    proof.push(root_by_definition(other));
    proof
}

fn largest_power_below(n: usize) -> usize {
    n.next_power_of_two() / 2
}

#[test]
fn roots_are_the_known_ones() {
    for (size, expected) in ROOTS.iter().enumerate() {
        let root = root_of(ENTRIES.iter().take(size).map(|entry| Hash::of_leaf(entry)));
        assert_eq!(hexadecimal(root), *expected, "{size} entries");
    }
}

#[test]
fn roots_and_subtrees_follow_the_definition() {
    let leaves: Vec<Hash> = (0..LARGEST).map(leaf).collect();
    let mut log = Log::default();
    for size in 0..LARGEST {
        let expected = root_by_definition(&leaves[..usize::try_from(size).unwrap()]);
        assert_eq!(log.frontier.root(), expected, "{size} leaves");
        let hashes = subtrees(size).into_iter().map(|id| holdout_receipts::Nodes::node(&mut log, id).unwrap());
        let restored = Frontier::new(size, hashes.collect()).unwrap();
        assert_eq!(restored, log.frontier, "{size} leaves");
        log.append(leaf(size));
    }
    let error = Frontier::new(6, vec![leaf(0)]).unwrap_err();
    assert_eq!(error.to_string(), "1 hashes; a tree of 6 leaves has 2 subtrees");
}

#[test]
fn every_inclusion_proof_is_the_defined_one_and_proves_one_leaf_alone() {
    let leaves: Vec<Hash> = (0..LARGEST).map(leaf).collect();
    let mut log = Log::of(leaves.iter().copied());
    for size in 1..=LARGEST {
        let part = &leaves[..usize::try_from(size).unwrap()];
        let root = root_by_definition(part);
        for index in 0..size {
            let proof = log.inclusion(index, size);
            assert_eq!(proof, path_by_definition(usize::try_from(index).unwrap(), part), "{index} of {size}");
            assert_eq!(verify_inclusion(leaf(index), index, size, root, &proof), Ok(()), "{index} of {size}");
            let another = (index + 1) % LARGEST;
            assert!(verify_inclusion(leaf(another), index, size, root, &proof).is_err(), "{index} of {size}");
            if another < size {
                assert!(verify_inclusion(leaf(index), another, size, root, &proof).is_err(), "{index} of {size}");
            }
        }
    }
}

#[test]
fn every_consistency_proof_is_the_defined_one_and_proves_one_pair_alone() {
    let leaves: Vec<Hash> = (0..LARGEST).map(leaf).collect();
    let mut log = Log::of(leaves.iter().copied());
    let roots: Vec<Hash> = (0..=leaves.len()).map(|size| root_by_definition(&leaves[..size])).collect();
    let root = |size: u64| roots[usize::try_from(size).unwrap()];
    for to in 0..=LARGEST {
        for from in 0..=to {
            let proof = log.consistency(from, to);
            if from > 0 {
                let part = &leaves[..usize::try_from(to).unwrap()];
                assert_eq!(proof, subproof_by_definition(usize::try_from(from).unwrap(), part, true), "{from} {to}");
            }
            assert_eq!(verify_consistency((from, root(from)), (to, root(to)), &proof), Ok(()), "{from} to {to}");
            assert!(verify_consistency((from, leaf(999)), (to, root(to)), &proof).is_err(), "{from} to {to}");
            if from > 0 {
                assert!(verify_consistency((from, root(from)), (to, leaf(999)), &proof).is_err(), "{from} to {to}");
            }
        }
    }
}

#[test]
fn a_node_is_not_proved_as_a_leaf() {
    let leaves: Vec<Hash> = (0..4).map(leaf).collect();
    let (left, right) = (Hash::of_node(&leaves[0], &leaves[1]), Hash::of_node(&leaves[2], &leaves[3]));
    let root = Hash::of_node(&left, &right);
    // The hashes lead to the root, from a place that is no leaf's.
    assert_eq!(verify_inclusion(left, 0, 4, root, &[right]), Err(InvalidProof::Length(1)));
    assert_eq!(verify_inclusion(root, 0, 4, root, &[]), Err(InvalidProof::Length(0)));
}

#[test]
fn proofs_that_cannot_be_are_refused_with_what_is_allowed() {
    let mut log = Log::of((0..5).map(leaf));
    assert!(holdout_receipts::inclusion_proof(&mut log, 5, 5).is_err());
    assert!(holdout_receipts::consistency_proof(&mut log, 4, 3).is_err());
    let root = log.frontier.root();
    let error = verify_inclusion(leaf(0), 5, 5, root, &[]).unwrap_err();
    assert_eq!(error, InvalidProof::Range(InvalidRange::Index { index: 5, size: 5 }));
    assert_eq!(error.to_string(), "the index is 5; a tree of 5 leaves has no such leaf, because indices begin with 0");
    let error = verify_consistency((4, root), (3, root), &[]).unwrap_err();
    assert_eq!(error.to_string(), "`from` is 4 and `to` is 3; a log only grows, so `from` is at most `to`");
    // The empty log is the start of every log, and of nothing else.
    assert_eq!(verify_consistency((0, leaf(1)), (5, root), &[]), Err(InvalidProof::OtherEarlierRoot));
    assert_eq!(verify_consistency((5, leaf(1)), (5, root), &[]), Err(InvalidProof::OtherEarlierRoot));
    assert_eq!(verify_consistency((3, root), (5, root), &[]), Err(InvalidProof::Length(0)));
}

/// What a proof costs grows with the number of bits of the size.
#[test]
fn a_proof_reads_few_subtrees() {
    let mut log = Log::of((0..10_000).map(leaf));
    for index in [0, 4_999, 8_192, 9_999] {
        log.reads = 0;
        let proof = log.inclusion(index, 9_999.max(index + 1));
        assert!(proof.len() <= 14 && log.reads <= 28, "{index}: {} hashes, {} reads", proof.len(), log.reads);
        log.reads = 0;
        let proof = log.consistency(index, 10_000);
        assert!(proof.len() <= 15 && log.reads <= 28, "{index}: {} hashes, {} reads", proof.len(), log.reads);
    }
}
