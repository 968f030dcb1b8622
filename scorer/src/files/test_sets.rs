//! Test sets, parsed once and kept in memory.

use std::io::Read;
use std::sync::Arc;

use holdout_evaluation::TestSet;
use holdout_protocol::{BlobRef, Sha256};

use super::cache::Cache;
use super::fetch::fetch_file;
use crate::client::Client;
use crate::heartbeat::Heartbeats;
use crate::outcome::{Fault, Interruption};

/// How many test sets are kept.
const CAPACITY: usize = 4;

/// The test sets used last, the latest at the end.
#[derive(Default)]
pub(crate) struct TestSets {
    parsed: Vec<(Sha256, Arc<TestSet>)>,
}

impl TestSets {
    /// Returns a test set from memory, the cache folder or the server.
    pub(crate) fn get_or_fetch(
        &mut self,
        client: &Arc<Client>,
        cache: &Arc<Cache>,
        blob: &BlobRef,
        heartbeats: &Heartbeats,
    ) -> Result<Arc<TestSet>, Interruption> {
        let known = self.parsed.iter().position(|(sha256, _)| *sha256 == blob.sha256);
        let entry = match known {
            Some(index) => self.parsed.remove(index),
            None => (blob.sha256, Arc::new(fetch_and_parse(client, cache, blob, heartbeats)?)),
        };
        let test_set = Arc::clone(&entry.1);
        if self.parsed.len() >= CAPACITY {
            self.parsed.remove(0);
        }
        self.parsed.push(entry);
        Ok(test_set)
    }
}

fn fetch_and_parse(
    client: &Arc<Client>,
    cache: &Arc<Cache>,
    blob: &BlobRef,
    heartbeats: &Heartbeats,
) -> Result<TestSet, Interruption> {
    let mut bytes = Vec::new();
    let mut file = fetch_file(client, cache, blob, heartbeats)?;
    file.read_to_end(&mut bytes).map_err(|error| Fault::new(format!("the cache folder: {error}")))?;
    TestSet::from_canonical(&bytes)
        .map_err(|error| Fault::new(format!("test set {} cannot be read: {error}", blob.sha256)).into())
}
