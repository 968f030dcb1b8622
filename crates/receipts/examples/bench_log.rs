//! Measures what an append, a proof and its verification cost in logs of 1,000 to 1,000,000
//! entries: `cargo run --release -p holdout-receipts --example bench_log`

use std::collections::HashMap;
use std::error::Error;
use std::time::Instant;

use holdout_receipts::{
    Frontier, Hash, InvalidRange, NodeId, Nodes, consistency_proof, inclusion_proof, verify_consistency,
    verify_inclusion,
};

const REPEATS: u32 = 10_000;

#[derive(Default)]
struct Kept(HashMap<NodeId, Hash>);

#[derive(Debug, thiserror::Error)]
enum Missing {
    #[error("a subtree is missing")]
    Node,
    #[error(transparent)]
    Range(#[from] InvalidRange),
}

impl Nodes for Kept {
    type Error = Missing;
    fn node(&mut self, id: NodeId) -> Result<Hash, Missing> {
        self.0.get(&id).copied().ok_or(Missing::Node)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "entries, append, inclusion proof, its verification, consistency proof, its verification (microseconds each)"
    );
    for size in [1_000_u64, 10_000, 100_000, 1_000_000] {
        let (mut tree, mut kept) = (Frontier::default(), Kept::default());
        let began = Instant::now();
        let mut earlier = tree.root();
        for number in 0..size {
            if number == size / 3 {
                earlier = tree.root();
            }
            kept.0.extend(tree.append(Hash::of_leaf(&number.to_be_bytes())));
        }
        let append = began.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(size)?);
        let index = size / 5;
        let (leaf, root, from) = (Hash::of_leaf(&index.to_be_bytes()), tree.root(), (size / 3, earlier));
        let inclusion = inclusion_proof(&mut kept, index, size)?;
        let consistency = consistency_proof(&mut kept, size / 3, size)?;
        println!(
            "{size}, {append:.2}, {:.2}, {:.2}, {:.2}, {:.2}",
            each(|| inclusion_proof(&mut kept, index, size).is_ok())?,
            each(|| verify_inclusion(leaf, index, size, root, &inclusion).is_ok())?,
            each(|| consistency_proof(&mut kept, size / 3, size).is_ok())?,
            each(|| verify_consistency(from, (size, root), &consistency).is_ok())?,
        );
    }
    Ok(())
}

/// The microseconds that one of many calls takes, each of which has to succeed.
fn each(mut call: impl FnMut() -> bool) -> Result<f64, &'static str> {
    let began = Instant::now();
    for _ in 0..REPEATS {
        if !call() {
            return Err("a proof failed");
        }
    }
    Ok(began.elapsed().as_secs_f64() * 1e6 / f64::from(REPEATS))
}
