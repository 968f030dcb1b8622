//! The log's tree: which subtrees it has, and how it grows.

use crate::Hash;

/// A complete subtree of 2^`level` leaves, the `index`-th of its level. It never changes once its
/// last leaf is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// How many levels it is above the leaves; a leaf has 0.
    pub level: u8,
    /// Its place among the subtrees of this level, from 0. Its leaves are `index` × 2^`level` and
    /// those after it.
    pub index: u64,
}

/// Returns the largest complete subtrees that a tree of `size` leaves is made of, from the left.
/// There are as many as `size` has bits that are set, so at most 64.
#[must_use]
pub fn subtrees(size: u64) -> Vec<NodeId> {
    let present = |level: &u8| (size >> level) & 1 == 1;
    let node = |level: u8| NodeId { level, index: (size >> level) & !1 };
    (0..64).rev().filter(present).map(node).collect()
}

/// The right edge of a tree: all that is needed for its root and for adding leaves.
///
/// ```
/// use holdout_receipts::{Frontier, Hash};
/// let mut tree = Frontier::default();
/// let (one, two) = (Hash::of_leaf(b"one"), Hash::of_leaf(b"two"));
/// assert_eq!(tree.append(one).len(), 1);
/// // The second leaf completes the subtree of both.
/// assert_eq!(tree.append(two).len(), 2);
/// assert_eq!(tree.root(), Hash::of_node(&one, &two));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The hashes of [`subtrees`] of the size.
    hashes: Vec<Hash>,
}

/// Hashes that are not those of a tree of this size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{got} hashes; a tree of {size} leaves has {} subtrees", .size.count_ones())]
pub struct FrontierError {
    /// The size of the tree.
    pub size: u64,
    /// How many hashes there are.
    pub got: usize,
}

impl Frontier {
    /// Returns the edge of a tree of `size` leaves from the hashes of its [`subtrees`], in their
    /// order.
    ///
    /// # Errors
    /// If there are more or fewer hashes than subtrees.
    pub fn new(size: u64, hashes: Vec<Hash>) -> Result<Self, FrontierError> {
        if u32::try_from(hashes.len()) == Ok(size.count_ones()) {
            return Ok(Self { size, hashes });
        }
        Err(FrontierError { size, got: hashes.len() })
    }

    /// Returns the number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf and returns every subtree that it completes, the leaf itself first: what has to
    /// be kept for proofs. That is two hashes a leaf on average, and at most one for each level.
    pub fn append(&mut self, leaf: Hash) -> Vec<(NodeId, Hash)> {
        let mut completed = vec![(NodeId { level: 0, index: self.size }, leaf)];
        let (mut hash, mut level) = (leaf, 0);
        while (self.size >> level) & 1 == 1 {
            let Some(left) = self.hashes.pop() else { break };
            hash = Hash::of_node(&left, &hash);
            level += 1;
            completed.push((NodeId { level, index: self.size >> level }, hash));
        }
        self.hashes.push(hash);
        self.size += 1;
        completed
    }

    /// Returns the root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let right_first = self.hashes.iter().rev().copied();
        right_first.reduce(|right, left| Hash::of_node(&left, &right)).unwrap_or_else(Hash::of_empty_tree)
    }
}

/// Returns the root of a tree with these leaves.
#[must_use]
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut tree = Frontier::default();
    for leaf in leaves {
        tree.append(leaf);
    }
    tree.root()
}
