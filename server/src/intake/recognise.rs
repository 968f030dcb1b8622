//! What a file is, before it is checked as what it was sent as: a zipped table or a checkpoint
//! without code is refused by name at the door.

use holdout_protocol::{BlobRef, SubmissionKind, Verdict};

use crate::blobs::Blobs;
use crate::error::Result;

/// Returns the verdict on a file that is of another kind than it was sent as. Call it on a thread
/// of the blocking pool.
///
/// # Errors
/// If the file cannot be read, which is not the team's fault.
pub fn refusal(blobs: &Blobs, file: &BlobRef, kind: SubmissionKind) -> Result<Option<Verdict>> {
    let found = holdout_evaluation::recognise(file.size, |range| blobs.read_sync(file.sha256, range))?;
    Ok(found.refusal(kind, file.size))
}
