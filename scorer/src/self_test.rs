//! How a worker finds out whether it can do its work: the cache folder, a file from the server, a
//! small prediction file, and for models the sandbox and a small model.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use holdout_evaluation::{ClassList, TestSet};
use holdout_protocol::{BlobRef, Sha256};
use sha2::Digest as _;

use crate::bounded::run_bounded;
use crate::client::Client;
use crate::error::CallError;
use crate::outcome::{Fault, Interruption};
use crate::worker::Worker;

/// Longest test of a part.
const LONGEST: Duration = Duration::from_secs(120);
/// Larger files are read in part, and not compared with their name.
const WHOLE: u64 = 16 << 20;
/// Tests all that a worker needs.
///
/// # Errors
/// What cannot be used, for operators; or that the scorer has to stop.
pub(crate) fn test_worker(worker: &mut dyn Worker, known: Option<&BlobRef>) -> Result<(), Interruption> {
    test_start(worker)?;
    let base = worker.base();
    if let Some(blob) = known {
        let (client, blob) = (Arc::clone(&base.client), blob.clone());
        run_bounded("self-test", LONGEST, &*base.stop, move || fetch_again(&client, &blob))??;
    }
    score_small_file()?;
    worker.test_evaluation()
}

/// Tests what can be tested before there was any work: the cache folder, and the sandbox of a
/// device.
///
/// # Errors
/// As [`test_worker`].
pub(crate) fn test_start(worker: &mut dyn Worker) -> Result<(), Interruption> {
    let base = worker.base();
    let cache = Arc::clone(&base.cache);
    run_bounded("self-test", LONGEST, &*base.stop, move || cache.check_usable())?.map_err(Fault::new)?;
    worker.test_start()
}

/// Fetches a file that the server has given before, past the cache.
fn fetch_again(client: &Client, blob: &BlobRef) -> Result<(), Fault> {
    let failed = |cause: String| Fault::new(format!("cannot fetch {}: {cause}", blob.sha256));
    let incoming = match client.open(blob.sha256, 0) {
        Ok(incoming) => incoming,
        // It may have been deleted since. The server answers, which is enough.
        Err(refused @ CallError::Refused { .. }) if !refused.is_unwelcome() => return Ok(()),
        Err(error) => return Err(failed(error.to_string())),
    };
    let mut bytes = Vec::new();
    incoming.bytes.take(blob.size.min(WHOLE)).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    let found = Sha256::from_bytes(sha2::Sha256::digest(&bytes).into());
    if blob.size <= WHOLE && found != blob.sha256 {
        return Err(failed("the server sent another file".to_owned()));
    }
    Ok(())
}

/// Checks and scores a prediction file of two images.
fn score_small_file() -> Result<(), Fault> {
    let failed = |what: String| Fault::new(format!("a prediction file cannot be scored: {what}"));
    let classes =
        ClassList::parse(b"1\tn00000001\ta\n2\tn00000002\tb\n").map_err(|error| failed(format!("{error:?}")))?;
    let test_set = TestSet::parse_labels(classes, b"1\n2\n").map_err(|error| failed(format!("{error:?}")))?;
    let checked = holdout_evaluation::check(test_set.shape(), b"1\n1\n".as_slice(), 100);
    let predictions = checked.map_err(|error| failed(error.to_string()))?;
    let scored = holdout_evaluation::score(&predictions, test_set.labels());
    scored.map(drop).map_err(|error| failed(error.to_string()))
}
