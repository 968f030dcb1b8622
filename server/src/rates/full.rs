//! The buckets that are known to be full, so that what they refuse needs no database.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use holdout_protocol::Timestamp;

/// Most buckets that are known. Of those who were forgotten the database knows.
const MOST: usize = 10_000;

/// Buckets that were full in the window that began at this time. A full bucket stays full until its
/// window ends, so this server never refuses what another one would take.
#[derive(Debug, Default)]
pub struct FullBuckets(Mutex<HashMap<String, Timestamp>>);

impl FullBuckets {
    fn known(&self) -> MutexGuard<'_, HashMap<String, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns true if a bucket is known to be full in this window.
    pub(super) fn contains(&self, bucket: &str, window: Timestamp) -> bool {
        self.known().get(bucket) == Some(&window)
    }

    /// Remembers that a bucket is full in this window.
    pub(super) fn insert(&self, bucket: String, window: Timestamp) {
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(bucket, window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_full_for_its_window() {
        let (full, window) = (FullBuckets::default(), Timestamp::from_micros(60_000_000));
        full.insert("a".to_owned(), window);
        assert!(full.contains("a", window));
        assert!(!full.contains("b", window) && !full.contains("a", Timestamp::from_micros(120_000_000)));
        (0..MOST).for_each(|number| full.insert(number.to_string(), window));
        assert!(full.known().len() <= MOST);
    }
}
