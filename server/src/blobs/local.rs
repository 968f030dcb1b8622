//! What dying servers leave in a local folder and the store does not show: half-written files and empty folders.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use crate::object_name::UPLOADS;

/// How deep the store's folders lie.
const DEPTH: u32 = 3;

/// A half-written file, or an empty folder of an upload.
#[derive(Debug)]
pub struct LeftBehind {
    /// Where it is.
    pub path: PathBuf,
    /// When it was last changed, microseconds by the disk's clock.
    pub modified: i64,
    is_folder: bool,
}

impl LeftBehind {
    fn from_entry(entry: &DirEntry, is_folder: bool) -> Option<Self> {
        let modified = entry.metadata().and_then(|meta| meta.modified()).ok()?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(Self { path: entry.path(), modified: i64::try_from(since.as_micros()).ok()?, is_folder })
    }
}

/// The half-written files and the empty folders of uploads.
pub fn left_behind(folder: &Path) -> Vec<LeftBehind> {
    let mut found = partial_files(folder, DEPTH);
    let uploads = folder.join(UPLOADS);
    let empty = entries(&uploads)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()) && entries(&entry.path()).next().is_none());
    found.extend(empty.filter_map(|entry| LeftBehind::from_entry(&entry, true)));
    found
}

/// Removes them; says how many files. What cannot be removed stays for the next time.
pub fn remove(left: &[LeftBehind]) -> u64 {
    let mut removed = 0;
    for left in left {
        if left.is_folder {
            // Fails if a file has come into it.
            fs::remove_dir(&left.path).ok();
        } else if fs::remove_file(&left.path).is_ok() {
            removed += 1;
        }
    }
    removed
}

fn partial_files(folder: &Path, depth: u32) -> Vec<LeftBehind> {
    let mut found = Vec::new();
    for entry in entries(folder) {
        if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.append(&mut partial_files(&entry.path(), depth - 1));
        } else if is_partial(&entry) {
            found.extend(LeftBehind::from_entry(&entry, false));
        }
    }
    found
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
