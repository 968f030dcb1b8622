//! What dying servers leave in a local folder and the store does not show: half-written files and empty folders.

use std::fs::{self, DirEntry};
use std::path::Path;

use holdout_protocol::Timestamp;

/// How deep the store's folders lie.
const DEPTH: u32 = 3;

/// Removes half-written files and empty folders of uploads last changed before `before`; says how many files. What cannot
/// be removed stays for the next time.
pub fn clean(folder: &Path, before: Timestamp) -> u64 {
    let removed = clean_files(folder, before, DEPTH);
    for entry in entries(&folder.join(super::sweep::UPLOADS)) {
        // A folder that was just made or emptied may be about to get a file. Fails where it is not empty.
        if is_before(&entry, before) {
            fs::remove_dir(entry.path()).ok();
        }
    }
    removed
}

fn clean_files(folder: &Path, before: Timestamp, depth: u32) -> u64 {
    let mut removed = 0;
    for entry in entries(folder) {
        if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            removed += clean_files(&entry.path(), before, depth - 1);
        } else if is_partial(&entry) && is_before(&entry, before) && fs::remove_file(entry.path()).is_ok() {
            removed += 1;
        }
    }
    removed
}

fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

/// The store writes `name#1` and renames it to `name`.
fn is_partial(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let suffix = name.to_str().and_then(|name| name.rsplit_once('#')).map(|(_, suffix)| suffix);
    suffix.is_some_and(|suffix| !suffix.is_empty() && suffix.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_before(entry: &DirEntry, before: Timestamp) -> bool {
    let modified = entry.metadata().and_then(|meta| meta.modified()).ok();
    let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    since.is_some_and(|since| Timestamp::from_micros(0).plus(since) < before)
}
