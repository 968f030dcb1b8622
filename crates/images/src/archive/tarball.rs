//! Tar files, plain and compressed with gzip.
//!
//! Long names of GNU and pax are read here and not by the `tar` crate, which would take as much
//! memory for them as an archive says.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use tar::{Entries, Entry, EntryType, Header};

use super::error::ArchiveError;
use super::listing::{Listing, MAX_FILE_BYTES, Place};
use super::name::{EntryName, is_image_path};
use super::positioned::Positioned;

/// Most bytes of a header that extends another one.
const MAX_EXTENSION: u64 = 64 << 10;

/// Most unpacked bytes for each compressed one, beyond the first [`FREE_BYTES`]. Images do not
/// shrink; the padding between tiny ones does, tenfold or so.
const MAX_RATIO: u64 = 64;
const FREE_BYTES: u64 = 256 << 20;

/// Returns whether these are the first 512 bytes of a tar file: a header whose check sum is right,
/// or the end of an empty one.
pub(super) fn is_header(start: &[u8]) -> bool {
    let Some(block) = start.first_chunk::<512>() else { return false };
    if block.iter().all(|byte| *byte == 0) {
        return true;
    }
    let sum_field = 148..156;
    let bytes = block.iter().enumerate();
    let sum = bytes.fold(0, |sum, (at, byte)| sum + if sum_field.contains(&at) { 32 } else { u32::from(*byte) });
    Header::from_byte_slice(block).cksum().is_ok_and(|declared| declared == sum)
}

/// Lists a plain tar file.
pub(super) fn list(file: &Arc<File>, listing: &mut Listing) -> Result<(), ArchiveError> {
    let archive = listing.archive.clone();
    let damaged = |error: io::Error| ArchiveError::damaged(&archive, error);
    let end = file.metadata().map_err(damaged)?.len();
    let mut tar = tar::Archive::new(BufReader::with_capacity(4096, Positioned::new(file)));
    let entries = tar.entries_with_seek().map_err(damaged)?;
    walk(entries, &archive, |member, _| {
        let (start, len) = (member.start, member.len);
        if start.checked_add(len).is_none_or(|member_end| member_end > end) {
            return Err(listing.refuse(&member.path, "the archive ends within it"));
        }
        listing.add(&member.path, len, |_| Place::Bytes { start, len })?;
        Ok(ControlFlow::Continue(()))
    })
}

/// Lists a compressed tar file, reading all of it.
pub(super) fn list_compressed(file: &Arc<File>, listing: &mut Listing) -> Result<(), ArchiveError> {
    let archive = listing.archive.clone();
    let mut tar = tar::Archive::new(unpacked(file, &archive)?);
    let entries = tar.entries().map_err(|error| ArchiveError::damaged(&archive, error))?;
    walk(entries, &archive, |member, entry| {
        listing.add(&member.path, member.len, Place::Ordinal)?;
        // Reading to the end of each shows whether it is cut off.
        io::copy(entry, &mut io::sink()).map_err(|error| ArchiveError::damaged(&archive, error))?;
        Ok(ControlFlow::Continue(()))
    })?;
    drain(tar.into_inner(), &archive)
}

/// Reads a compressed tar file again. `want` gets how many images are before one and its bytes.
pub(super) fn stream<W>(
    file: &Arc<File>,
    archive: &Path,
    want: impl Fn(usize, u64) -> Option<W>,
    mut give: impl FnMut(W, Vec<u8>) -> ControlFlow<()>,
) -> Result<(), ArchiveError> {
    let mut tar = tar::Archive::new(unpacked(file, archive)?);
    let entries = tar.entries().map_err(|error| ArchiveError::damaged(archive, error))?;
    let mut before = 0;
    walk(entries, archive, |member, entry| {
        if !is_image_path(&member.path) {
            return Ok(ControlFlow::Continue(()));
        }
        before += 1;
        let Some(wanted) = want(before - 1, member.len) else { return Ok(ControlFlow::Continue(())) };
        let mut bytes = Vec::new();
        let read = entry.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
        let len = read.map_err(|error| ArchiveError::damaged(archive, error))?;
        if u64::try_from(len) != Ok(member.len) {
            return Err(ArchiveError::entry(archive, &member.path, "the archive ends within it"));
        }
        Ok(give(wanted, bytes))
    })
}

/// What is passed on of each file: its path, its bytes, and its content.
type Visit<'a> = dyn FnMut(&str, u64, &mut dyn Read) -> ControlFlow<()> + 'a;

/// Goes through the files of a plain tar file.
pub(super) fn read(file: &Arc<File>, archive: &Path, visit: &mut Visit<'_>) -> Result<(), ArchiveError> {
    let damaged = |error: io::Error| ArchiveError::damaged(archive, error);
    let end = file.metadata().map_err(damaged)?.len();
    let mut tar = tar::Archive::new(BufReader::with_capacity(64 << 10, Positioned::new(file)));
    let entries = tar.entries_with_seek().map_err(damaged)?;
    walk(entries, archive, |member, entry| {
        if member.start.checked_add(member.len).is_none_or(|member_end| member_end > end) {
            return Err(ArchiveError::entry(archive, &member.path, "the archive ends within it"));
        }
        show(&member, archive, entry, visit)
    })
}

/// Goes through the files of a compressed tar file.
pub(super) fn read_compressed(file: &Arc<File>, archive: &Path, visit: &mut Visit<'_>) -> Result<(), ArchiveError> {
    let mut tar = tar::Archive::new(unpacked(file, archive)?);
    let entries = tar.entries().map_err(|error| ArchiveError::damaged(archive, error))?;
    walk(entries, archive, |member, entry| show(&member, archive, entry, visit))?;
    drain(tar.into_inner(), archive)
}

/// Reads to the end: the check sum is behind the end of the archive.
fn drain(mut rest: impl Read, archive: &Path) -> Result<(), ArchiveError> {
    let read = io::copy(&mut rest, &mut io::sink());
    read.map_err(|error| ArchiveError::damaged(archive, error)).map(|_| ())
}

fn show(
    member: &Member,
    archive: &Path,
    content: &mut dyn Read,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, ArchiveError> {
    match EntryName::of(&member.path) {
        Err(reason) => Err(ArchiveError::entry(archive, &member.path, reason)),
        Ok(EntryName::Ignored) => Ok(ControlFlow::Continue(())),
        Ok(EntryName::File { .. }) => Ok(visit(&String::from_utf8_lossy(&member.path), member.len, content)),
    }
}

/// An ordinary file of a tar file.
struct Member {
    path: Vec<u8>,
    start: u64,
    len: u64,
}

/// Goes through the ordinary files; refuses links and special files.
fn walk<R: Read>(
    entries: Entries<'_, R>,
    archive: &Path,
    mut visit: impl FnMut(Member, &mut Entry<'_, R>) -> Result<ControlFlow<()>, ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut long_path = None;
    for entry in entries.raw(true) {
        let mut entry = entry.map_err(|error| ArchiveError::damaged(archive, error))?;
        let kind = entry.header().entry_type();
        if let Some(extension) = Extension::of(kind) {
            long_path = extension.path(&mut entry, archive)?.or(long_path);
            continue;
        }
        let path = long_path.take().unwrap_or_else(|| entry.header().path_bytes().into_owned());
        // Of old, a path that ends in a slash is a directory.
        if kind == EntryType::Directory || path.ends_with(b"/") {
            continue;
        }
        if !matches!(kind, EntryType::Regular | EntryType::Continuous) {
            return Err(ArchiveError::entry(archive, &path, "a link or a special file; ordinary files are allowed"));
        }
        let member = Member { path, start: entry.raw_file_position(), len: entry.size() };
        if visit(member, &mut entry)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// A header that says something about the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extension {
    GnuPath,
    Pax,
    /// About links, or about all that follow: nothing that is used.
    Other,
}

impl Extension {
    fn of(kind: EntryType) -> Option<Self> {
        match kind {
            EntryType::GNULongName => Some(Self::GnuPath),
            EntryType::XHeader => Some(Self::Pax),
            EntryType::GNULongLink | EntryType::XGlobalHeader => Some(Self::Other),
            _ => None,
        }
    }

    /// Returns the path that it gives the next entry, if it does.
    fn path<R: Read>(self, entry: &mut Entry<'_, R>, archive: &Path) -> Result<Option<Vec<u8>>, ArchiveError> {
        let damaged = |error: io::Error| ArchiveError::damaged(archive, error);
        if entry.size() > MAX_EXTENSION {
            return Err(ArchiveError::damaged(archive, "a header of more than 64 KiB"));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(damaged)?;
        match self {
            Self::GnuPath => {
                let path = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
                Ok(Some(path.to_owned()))
            }
            Self::Pax => pax_path(&bytes, archive),
            Self::Other => Ok(None),
        }
    }
}

fn pax_path(bytes: &[u8], archive: &Path) -> Result<Option<Vec<u8>>, ArchiveError> {
    let mut path = None;
    let mut rest = bytes;
    while !rest.is_empty() {
        let record = pax_record(rest).ok_or_else(|| ArchiveError::damaged(archive, "a malformed pax header"))?;
        match record.key {
            b"path" => path = Some(record.value.to_owned()),
            // With these the entry's data would be other than its header says.
            b"size" => return Err(ArchiveError::damaged(archive, "a pax header that overrides a size")),
            key if key.starts_with(b"GNU.sparse.") => return Err(ArchiveError::damaged(archive, "a sparse file")),
            _ => {}
        }
        rest = record.rest;
    }
    Ok(path)
}

struct PaxRecord<'a> {
    key: &'a [u8],
    value: &'a [u8],
    rest: &'a [u8],
}

/// Returns the first record: its length in decimal digits, a space, key, `=`, value, which may be
/// of any bytes, and a line feed.
fn pax_record(bytes: &[u8]) -> Option<PaxRecord<'_>> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let (digits, _) = bytes.split_at_checked(space)?;
    let (record, rest) = bytes.split_at_checked(str::from_utf8(digits).ok()?.parse().ok()?)?;
    let content = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = content.iter().position(|byte| *byte == b'=')?;
    Some(PaxRecord { key: content.get(..equals)?, value: content.get(equals + 1..)?, rest })
}

/// Returns the unpacked bytes; fails if they are too many for the compressed ones.
fn unpacked(file: &Arc<File>, archive: &Path) -> Result<impl Read + use<>, ArchiveError> {
    let packed = file.metadata().map_err(|error| ArchiveError::damaged(archive, error))?.len();
    let left = packed.saturating_mul(MAX_RATIO).saturating_add(FREE_BYTES);
    Ok(Capped { inner: MultiGzDecoder::new(BufReader::with_capacity(64 << 10, Positioned::new(file))), left })
}

struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(bytes)?;
        self.left = u64::try_from(len).ok().and_then(|len| self.left.checked_sub(len)).ok_or_else(|| {
            io::Error::other(format!("it unpacks to more than {MAX_RATIO} times its size; images do not"))
        })?;
        Ok(len)
    }
}
