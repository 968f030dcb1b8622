//! A folder of images.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::error::ArchiveError;
use super::listing::{Listing, MAX_FILE_BYTES, Place};
use super::name::EntryName;

/// Folders in folders, at most.
const MAX_DEPTH: usize = 32;

pub(super) fn list(folder: &Path, listing: &mut Listing) -> Result<(), ArchiveError> {
    list_at(folder, folder, 0, listing)
}

fn list_at(root: &Path, folder: &Path, depth: usize, listing: &mut Listing) -> Result<(), ArchiveError> {
    let failed = |source| ArchiveError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let inner = &inner_path(root, &path);
        let kind = entry.file_type().map_err(failed)?;
        if matches!(EntryName::of(inner), Ok(EntryName::Ignored)) {
            continue;
        }
        if kind.is_dir() {
            if depth >= MAX_DEPTH {
                return Err(listing.refuse(inner, format!("folders lie more than {MAX_DEPTH} deep")));
            }
            list_at(root, &path, depth + 1, listing)?;
        } else if kind.is_file() {
            let len = entry.metadata().map_err(failed)?.len();
            listing.add(inner, len, |_| Place::File(path.clone()))?;
        } else {
            return Err(listing.refuse(inner, "a link or a special file; ordinary files are allowed"));
        }
    }
    Ok(())
}

pub(super) fn read(path: &Path, bytes: &mut Vec<u8>) -> io::Result<()> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no ordinary file any more"));
    }
    (&file).take(MAX_FILE_BYTES + 1).read_to_end(bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= MAX_FILE_BYTES) {
        return Ok(());
    }
    Err(io::Error::other(format!("it has grown to more than {MAX_FILE_BYTES} bytes")))
}

/// Returns the path of a file from the folder on, with `/` between its parts on every system.
fn inner_path(root: &Path, path: &Path) -> Vec<u8> {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<&[u8]> = inner.iter().map(OsStr::as_encoded_bytes).collect();
    parts.join(&b'/')
}

/// Follows no link, and does not wait for the other end of a pipe, because the file may have been
/// replaced since it was listed.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}
