//! Proofs that a leaf is in a tree, and that a tree continues another one.

use crate::{Hash, NodeId};

/// Where the hashes of complete subtrees are kept.
pub trait Nodes {
    /// Why a hash cannot be read.
    type Error: From<InvalidRange>;

    /// Returns the hash of a complete subtree, as [`crate::Frontier::append`] gave it.
    ///
    /// # Errors
    /// If it cannot be read.
    fn node(&mut self, id: NodeId) -> Result<Hash, Self::Error>;
}

/// No such proof exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRange {
    /// The leaf is not in the tree.
    #[error("the index is {index}; a tree of {size} leaves has no such leaf, because indices begin with 0")]
    Index {
        /// The leaf that was asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The earlier tree is the larger one.
    #[error("`from` is {from} and `to` is {to}; a log only grows, so `from` is at most `to`")]
    Order {
        /// The size of the earlier tree.
        from: u64,
        /// The size of the later tree.
        to: u64,
    },
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProof {
    /// The sizes and the index cannot be those of a proof.
    #[error(transparent)]
    Range(#[from] InvalidRange),
    /// There are more or fewer hashes than such a proof has.
    #[error("the proof has {0} hashes, which is not as many as a proof for these sizes has")]
    Length(usize),
    /// The hashes lead to another root.
    #[error("the proof leads to another root than the checkpoint's")]
    OtherRoot,
    /// The hashes lead to another root of the earlier tree.
    #[error("the proof leads to another root than the earlier checkpoint's")]
    OtherEarlierRoot,
}

/// Leaves `start` to `end`, without the last: a subtree of RFC 6962, which is complete if its
/// length is a power of two.
#[derive(Debug, Clone, Copy)]
struct Range {
    start: u64,
    end: u64,
}

impl Range {
    const fn len(self) -> u64 {
        self.end - self.start
    }

    /// Both halves: the left one has as many leaves as the largest power of two below the length,
    /// which is at least 2.
    const fn halves(self) -> (Self, Self) {
        let middle = self.start + (1 << (self.len() - 1).ilog2());
        (Self { start: self.start, end: middle }, Self { start: middle, end: self.end })
    }

    fn hash<N: Nodes>(self, nodes: &mut N) -> Result<Hash, N::Error> {
        if self.len().is_power_of_two() {
            let level = self.len().trailing_zeros();
            return nodes.node(NodeId { level: u8::try_from(level).unwrap_or(u8::MAX), index: self.start >> level });
        }
        let (left, right) = self.halves();
        let left = left.hash(nodes)?;
        Ok(Hash::of_node(&left, &right.hash(nodes)?))
    }
}

/// Returns the proof that the leaf `index` is in the tree of the first `size` leaves: the hashes
/// beside its way to the root, from the leaf up (RFC 6962, section 2.1.1). It has at most as many
/// hashes as `size` has bits.
///
/// # Errors
/// [`InvalidRange::Index`] if the tree has no such leaf; those of `nodes`.
pub fn inclusion_proof<N: Nodes>(nodes: &mut N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    if index >= size {
        return Err(InvalidRange::Index { index, size }.into());
    }
    let (mut range, mut beside) = (Range { start: 0, end: size }, Vec::new());
    while range.len() > 1 {
        let (left, right) = range.halves();
        let is_left = index < left.end;
        beside.push(if is_left { right } else { left });
        range = if is_left { left } else { right };
    }
    beside.into_iter().rev().map(|range| range.hash(nodes)).collect()
}

/// Returns the proof that the tree of the first `to` leaves continues the one of the first `from`
/// leaves (RFC 6962, section 2.1.2). It is empty if both are the same and if the earlier one is
/// empty.
///
/// # Errors
/// [`InvalidRange::Order`] if `from` is more than `to`; those of `nodes`.
pub fn consistency_proof<N: Nodes>(nodes: &mut N, from: u64, to: u64) -> Result<Vec<Hash>, N::Error> {
    if from > to {
        return Err(InvalidRange::Order { from, to }.into());
    }
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    let (mut range, mut beside) = (Range { start: 0, end: to }, Vec::new());
    while range.end > from {
        let (left, right) = range.halves();
        let ends_left = from <= left.end;
        beside.push(if ends_left { right } else { left });
        range = if ends_left { left } else { right };
    }
    // If the range begins with the first leaf, it is the earlier tree, whose root the reader has.
    if range.start > 0 {
        beside.push(range);
    }
    beside.into_iter().rev().map(|range| range.hash(nodes)).collect()
}

/// Two positions that climb a tree together: that of the proof, and that of the last leaf (`fn` and
/// `sn` of RFC 9162).
struct Climb {
    position: u64,
    last: u64,
}

impl Climb {
    const fn up(&mut self) {
        self.position >>= 1;
        self.last >>= 1;
    }

    /// Returns true if the next hash of a proof stands on the left. Climbs past the levels without
    /// a hash.
    const fn takes_left(&mut self) -> bool {
        let is_left = self.position & 1 == 1 || self.position == self.last;
        if is_left {
            while self.position & 1 == 0 && self.position != 0 {
                self.up();
            }
        }
        self.up();
        is_left
    }
}

/// Verifies that `leaf` is the leaf `index` of the tree of `size` leaves with this root (RFC 9162,
/// section 2.1.3.2).
///
/// # Errors
/// [`InvalidProof`] if the proof does not prove that.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, root: Hash, proof: &[Hash]) -> Result<(), InvalidProof> {
    if index >= size {
        return Err(InvalidRange::Index { index, size }.into());
    }
    let (mut climb, mut hash) = (Climb { position: index, last: size - 1 }, leaf);
    for beside in proof {
        if climb.last == 0 {
            return Err(InvalidProof::Length(proof.len()));
        }
        hash = if climb.takes_left() { Hash::of_node(beside, &hash) } else { Hash::of_node(&hash, beside) };
    }
    if climb.last != 0 {
        return Err(InvalidProof::Length(proof.len()));
    }
    if hash == root { Ok(()) } else { Err(InvalidProof::OtherRoot) }
}

/// Verifies that the tree of `to` leaves with the root `to_root` continues the one of `from` leaves
/// with the root `from_root`: nothing was changed, left out or put in before its end (RFC 9162,
/// section 2.1.4.2).
///
/// # Errors
/// [`InvalidProof`] if the proof does not prove that.
pub fn verify_consistency(
    (from, from_root): (u64, Hash),
    (to, to_root): (u64, Hash),
    proof: &[Hash],
) -> Result<(), InvalidProof> {
    if from > to {
        return Err(InvalidRange::Order { from, to }.into());
    }
    if from == 0 || from == to {
        let is_same = (from != 0 || from_root == Hash::of_empty_tree()) && (from != to || from_root == to_root);
        return match (proof, is_same) {
            ([_, ..], _) => Err(InvalidProof::Length(proof.len())),
            ([], false) => Err(InvalidProof::OtherEarlierRoot),
            ([], true) => Ok(()),
        };
    }
    let mut climb = Climb { position: from - 1, last: to - 1 };
    while climb.position & 1 == 1 {
        climb.up();
    }
    // The earlier tree is complete, so that the reader has the first hash already.
    let (first, rest) = if from.is_power_of_two() {
        (from_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(InvalidProof::Length(0))?;
        (*first, rest)
    };
    let (mut earlier, mut later) = (first, first);
    for beside in rest {
        if climb.last == 0 {
            return Err(InvalidProof::Length(proof.len()));
        }
        if climb.takes_left() {
            earlier = Hash::of_node(beside, &earlier);
            later = Hash::of_node(beside, &later);
        } else {
            later = Hash::of_node(&later, beside);
        }
    }
    match (climb.last == 0, earlier == from_root, later == to_root) {
        (false, ..) => Err(InvalidProof::Length(proof.len())),
        (_, false, _) => Err(InvalidProof::OtherEarlierRoot),
        (.., false) => Err(InvalidProof::OtherRoot),
        _ => Ok(()),
    }
}
