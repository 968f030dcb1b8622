//! The names of classes and images of test sets, kept ready: reading them means reading the whole
//! test set.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use holdout_evaluation::TestSet;
use holdout_protocol::{BlobRef, Sha256};

use crate::blobs::Blobs;
use crate::error::{Error, Result};

/// Test sets whose lists are kept.
const KEPT: usize = 8;
/// Most bytes of lists that are kept, but for those used last.
const MOST_BYTES: usize = 64 << 20;

/// The public lists of a test set.
#[derive(Debug)]
pub struct Names {
    /// `classes.tsv`.
    pub classes: Bytes,
    /// The names of the images, one a line.
    pub images: Bytes,
}

impl Names {
    fn bytes(&self) -> usize {
        self.classes.len().saturating_add(self.images.len())
    }
}

/// The lists used last, by the test set's canonical form, the one used last in front. They say
/// nothing of labels.
#[derive(Debug, Default)]
pub struct Lists {
    kept: std::sync::Mutex<VecDeque<(Sha256, Arc<Names>)>>,
    /// One reader at a time, because the others find what it read.
    reading: tokio::sync::Mutex<()>,
}

impl Lists {
    /// Returns the lists of a test set; reads its blob if they are not kept.
    ///
    /// # Errors
    /// If the blob cannot be read.
    pub async fn load(&self, blobs: &Blobs, test_set: &BlobRef) -> Result<Arc<Names>> {
        if let Some(names) = self.get(test_set.sha256) {
            return Ok(names);
        }
        let _turn = self.reading.lock().await;
        if let Some(names) = self.get(test_set.sha256) {
            return Ok(names);
        }
        let (blobs, blob) = (blobs.clone(), test_set.clone());
        let reading = tokio::task::spawn_blocking(move || read_names(&blobs, &blob));
        let names = Arc::new(reading.await.map_err(Error::internal)??);
        self.put(test_set.sha256, &names);
        Ok(names)
    }

    fn get(&self, test_set: Sha256) -> Option<Arc<Names>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| *known == test_set)?;
        let found = kept.remove(place)?;
        let names = Arc::clone(&found.1);
        kept.push_front(found);
        Some(names)
    }

    fn put(&self, test_set: Sha256, names: &Arc<Names>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front((test_set, Arc::clone(names)));
        kept.truncate(KEPT);
        while kept.len() > 1 && kept.iter().map(|(_, names)| names.bytes()).sum::<usize>() > MOST_BYTES {
            kept.pop_back();
        }
    }
}

fn read_names(blobs: &Blobs, test_set: &BlobRef) -> Result<Names> {
    let set = TestSet::from_canonical(&blobs.read_whole_sync(test_set)?).map_err(Error::internal)?;
    let shape = set.into_shape();
    Ok(Names { classes: shape.classes.to_tsv().into(), images: shape.images.to_text().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_used_last_are_kept_and_no_more() {
        let lists = Lists::default();
        let name = |i: u8| Sha256::from_bytes([i; 32]);
        let names = |bytes| Arc::new(Names { classes: Bytes::new(), images: Bytes::from(vec![0; bytes]) });
        for i in 0..9 {
            lists.put(name(i), &names(10));
        }
        assert!(lists.get(name(0)).is_none() && lists.get(name(1)).is_some());
        lists.put(name(20), &names(MOST_BYTES + 1));
        assert!(lists.get(name(20)).is_some(), "the one just read is kept whatever its size");
        assert!(lists.get(name(1)).is_none());
        lists.put(name(21), &names(10));
        assert!(lists.get(name(20)).is_none() && lists.get(name(21)).is_some());
    }
}
