//! The directory of a zip archive: where it is, and what stands in it.
//!
//! This reader is lenient, because it only names what a file is. A model that it lets pass is read
//! by `torchscript`, which takes one exact form.

use std::ops::Range;

/// Bytes at the end of a file that hold the end records: the zip64 record and its locator, the end
/// record, its comment.
pub(super) const TAIL: u64 = 56 + 20 + 22 + 65_535;
/// Largest directory that is read. The largest honest model seen has 2,217 files, about 200 kB of
/// directory.
const MAX_DIRECTORY: u64 = 16 << 20;

const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const END_BYTES: usize = 22;

/// Returns whether a file begins as zip archives do.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(END)
}

/// Where a directory is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Here.
    At(Range<u64>),
    /// In an archive that this many other bytes follow.
    Before(u64),
    /// Nowhere, or it is larger than any model's.
    Missing,
}

/// Finds the directory of a file of `size` bytes from its last bytes.
pub(super) fn find_directory(size: u64, tail: &[u8]) -> Place {
    let last = tail.len().saturating_sub(END_BYTES);
    let found = (0..=last).rev().find(|at| end_of(tail, *at) == Some(tail.len()));
    let Some(end) = found else {
        let behind = (0..=last).rev().find_map(|at| tail.len().checked_sub(end_of(tail, at)?));
        return behind.and_then(|bytes| u64::try_from(bytes).ok()).map_or(Place::Missing, Place::Before);
    };
    let narrow = (u32_at(tail, end + 12), u32_at(tail, end + 16));
    let bounds = zip64_directory(tail, end).or_else(|| Some((u64::from(narrow.0?), u64::from(narrow.1?))));
    let Some((bytes, start)) = bounds else { return Place::Missing };
    match start.checked_add(bytes) {
        Some(behind) if behind <= size && bytes <= MAX_DIRECTORY => Place::At(start..behind),
        _ => Place::Missing,
    }
}

/// Returns where the end record that begins here ends with its comment; `None` if none begins here.
fn end_of(tail: &[u8], at: usize) -> Option<usize> {
    tail.get(at..)?.starts_with(END).then_some(())?;
    u16_at(tail, at + 20).map(|comment| at + END_BYTES + usize::from(comment))
}

/// Size and start of the directory by the zip64 record, which writers put just before its locator
/// and the end record.
fn zip64_directory(tail: &[u8], end: usize) -> Option<(u64, u64)> {
    let record = end.checked_sub(20 + 56)?;
    tail.get(record..)?.starts_with(END_64).then_some(())?;
    Some((u64_at(tail, record + 40)?, u64_at(tail, record + 48)?))
}

/// A file of an archive.
pub(super) struct Member {
    pub(super) name: String,
    /// Where its local header is.
    pub(super) start: u64,
    /// Its bytes as they are in the archive.
    pub(super) bytes: u64,
    /// Whether it is not compressed.
    pub(super) stored: bool,
}

/// Returns the files of a directory, without folders and without what macOS adds; `None` if it is
/// damaged.
pub(super) fn members(directory: &[u8]) -> Option<Vec<Member>> {
    let mut members = Vec::new();
    let mut at = 0;
    while at < directory.len() {
        directory.get(at..)?.starts_with(ENTRY).then_some(())?;
        let length = |field| u16_at(directory, at + field).map(usize::from);
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let (bytes, start) = (u32_at(directory, at + 20)?.into(), u32_at(directory, at + 42)?.into());
        let stored = u16_at(directory, at + 10)? == 0;
        let name = directory.get(at + 46..at + 46 + name)?;
        at += 46 + name.len() + extra + comment;
        let name = String::from_utf8_lossy(name).into_owned();
        if !name.ends_with('/') && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store") {
            members.push(Member { name, start, bytes, stored });
        }
    }
    Some(members)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}
