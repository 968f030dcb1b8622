//! What dying servers leave in a local folder and the store does not show: half-written files and
//! empty folders.

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a file below the folder, and the folders on the way.
    fn write(folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "x").unwrap();
        path
    }

    #[test]
    fn half_written_files_and_empty_folders_of_uploads_are_found_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut expected =
            vec![write(folder, "blobs/00/aa#1"), write(folder, "staging/b#27"), folder.join("uploads/empty")];
        fs::create_dir_all(&expected[2]).unwrap();
        fs::create_dir_all(folder.join("blobs/11")).unwrap();
        for whole in ["blobs/00/aa", "blobs/00/aa#", "blobs/00/aa#x1", "uploads/full/0-x", "blobs/1/2/3/4/deep#1"] {
            write(folder, whole);
        }
        let mut found: Vec<PathBuf> = left_behind(folder).into_iter().map(|left| left.path).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn files_are_counted_when_they_are_removed_and_a_folder_that_was_filled_stays() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let partial = write(folder, "blobs/00/aa#1");
        for upload in ["empty", "filled"] {
            fs::create_dir_all(folder.join("uploads").join(upload)).unwrap();
        }
        let found = left_behind(folder);
        assert_eq!(found.len(), 3);
        let late = write(folder, "uploads/filled/0-x");
        assert_eq!(remove(&found), 1);
        assert!(!partial.exists() && !folder.join("uploads/empty").exists() && late.exists());
        assert_eq!(remove(&found), 0, "what is gone is not counted again");
    }
}
