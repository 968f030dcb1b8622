//! A log in memory, and what is put into it.

use std::collections::HashMap;
use std::convert::Infallible;

use holdout_receipts::{
    Checkpoint, Counts, Frontier, Hash, InvalidRange, NodeId, Nodes, Nonce, Opening, Receipt, ResultStatement,
    SigningKey, Statement, consistency_proof, inclusion_proof, sign_note_with_all,
};

pub const LOG: &str = "example.org/log";

#[derive(Debug)]
pub struct Missing;

impl From<InvalidRange> for Missing {
    fn from(_: InvalidRange) -> Self {
        Self
    }
}

impl From<Infallible> for Missing {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// A log that keeps all its subtrees.
#[derive(Default)]
pub struct Log {
    pub frontier: Frontier,
    nodes: HashMap<NodeId, Hash>,
    /// How many subtrees were read.
    pub reads: usize,
}

impl Nodes for Log {
    type Error = Missing;
    fn node(&mut self, id: NodeId) -> Result<Hash, Missing> {
        self.reads += 1;
        self.nodes.get(&id).copied().ok_or(Missing)
    }
}

impl Log {
    pub fn of(leaves: impl IntoIterator<Item = Hash>) -> Self {
        let mut log = Self::default();
        leaves.into_iter().for_each(|leaf| log.append(leaf));
        log
    }

    pub fn append(&mut self, leaf: Hash) {
        for (id, hash) in self.frontier.append(leaf) {
            assert_eq!(self.nodes.insert(id, hash), None, "{id:?} was complete before");
        }
    }

    pub fn inclusion(&mut self, index: u64, size: u64) -> Vec<Hash> {
        inclusion_proof(self, index, size).unwrap()
    }

    pub fn consistency(&mut self, from: u64, to: u64) -> Vec<Hash> {
        consistency_proof(self, from, to).unwrap()
    }

    pub fn checkpoint(&self, key: &SigningKey) -> String {
        self.checkpoint_by([key])
    }

    pub fn checkpoint_by<'k>(&self, keys: impl IntoIterator<Item = &'k SigningKey>) -> String {
        let checkpoint = Checkpoint { origin: LOG.to_owned(), size: self.frontier.size(), root: self.frontier.root() };
        sign_note_with_all(&checkpoint.to_string(), keys)
    }
}

/// The leaf with this number.
pub fn leaf(number: u64) -> Hash {
    Hash::of_leaf(&number.to_be_bytes())
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(LOG.parse().unwrap(), &[seed; 32]).unwrap()
}

/// A result, and what opens its private part.
pub fn receipt(submission: &str, wrong: u32, previous: Option<Hash>) -> (Receipt, Opening) {
    let opening = Opening::new(Nonce([3; 16]), Counts { n: 20, top1_wrong: wrong + 2, top5_wrong: wrong + 1 }).unwrap();
    let result = ResultStatement {
        submission: submission.to_owned(),
        file_sha256: "00".repeat(32),
        season: "demo".to_owned(),
        task: "classification".to_owned(),
        test_set: 1,
        commitment: "11".repeat(32),
        rescored: false,
        scorer_version: Some("0.1.0".to_owned()),
        device: None,
        public: Counts { n: 10, top1_wrong: wrong + 1, top5_wrong: wrong },
        private: Some(opening.commitment()),
    };
    let statement = Statement::Result(Box::new(result));
    let at = "2026-01-02T03:04:05Z".to_owned();
    (Receipt { log: LOG.to_owned(), nonce: Nonce([9; 16]), at, previous, statement }, opening)
}
