//! Test sets, parsed once and kept in memory.

use std::io::Read;
use std::sync::Arc;

use holdout_evaluation::TestSet;
use holdout_protocol::{BlobRef, Sha256};

use crate::cache::Cache;
use crate::client::Client;
use crate::fetch::fetch;
use crate::pulse::Pulse;
use crate::work::Unfinished;

/// How many are kept.
const KEPT: usize = 4;

/// The test sets used last, the latest at the end.
#[derive(Default)]
pub(crate) struct TestSets {
    kept: Vec<(Sha256, Arc<TestSet>)>,
}

impl TestSets {
    /// The test set, from memory, the cache folder or the server.
    pub(crate) fn get(
        &mut self,
        client: &Arc<Client>,
        cache: &Arc<Cache>,
        blob: &BlobRef,
        pulse: &Pulse,
    ) -> Result<Arc<TestSet>, Unfinished> {
        let known = self.kept.iter().position(|(sha256, _)| *sha256 == blob.sha256);
        let entry = match known {
            Some(index) => self.kept.remove(index),
            None => (blob.sha256, Arc::new(read(client, cache, blob, pulse)?)),
        };
        let test_set = Arc::clone(&entry.1);
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.kept.push(entry);
        Ok(test_set)
    }
}

fn read(client: &Arc<Client>, cache: &Arc<Cache>, blob: &BlobRef, pulse: &Pulse) -> Result<TestSet, Unfinished> {
    let mut bytes = Vec::new();
    let mut file = fetch(client, cache, blob, pulse)?;
    file.read_to_end(&mut bytes).map_err(|error| Unfinished::Fault(format!("the cache folder: {error}")))?;
    TestSet::from_canonical(&bytes)
        .map_err(|error| Unfinished::Fault(format!("test set {} cannot be read: {error}", blob.sha256)))
}
