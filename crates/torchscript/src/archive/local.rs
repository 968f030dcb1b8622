//! The local headers: where each record's bytes are, and that they follow each other without a gap.

use std::collections::HashSet;
use std::fs::File;

use super::directory::{Entry, widened, zip64};
use super::format::{DESCRIPTOR, FLAG_DESCRIPTOR, LOCAL_HEADER, Record, malformed, malformed_record, read_at};
use super::part::{Format, other_kind};
use crate::RepackError;
use crate::fields::Fields;
use crate::refusal::not_torchscript;

const HEADER_BYTES: usize = 30;

/// Returns the records in file order. They must fill the file from its beginning to `end`, where
/// the directory begins.
pub(super) fn locate(file: &File, mut entries: Vec<Entry>, end: u64) -> Result<Vec<Record>, RepackError> {
    let root = root(&entries)?;
    let format = Format::of(entries.iter().filter_map(|entry| entry.name.strip_prefix(root.as_str())));
    entries.sort_by_key(|entry| entry.offset);
    let ends: Vec<u64> = entries.iter().skip(1).map(|entry| entry.offset).chain([end]).collect();
    if entries.first().is_none_or(|first| first.offset != 0) {
        return Err(malformed("there is something before the first record"));
    }
    let mut names = HashSet::new();
    let mut records = Vec::with_capacity(entries.len());
    for (entry, end) in entries.into_iter().zip(ends) {
        if !names.insert(entry.name.to_ascii_lowercase()) {
            return Err(malformed_record(&entry.name, "is there twice, perhaps in other case"));
        }
        let start = start(file, &entry, end)?;
        records.push(record(&entry, &root, format, start)?);
    }
    Ok(records)
}

/// Returns the folder that all names begin with, with its slash. It is named after the file that
/// was saved, so it may contain anything but control characters.
fn root(entries: &[Entry]) -> Result<String, RepackError> {
    let first = entries.first().map_or("", |entry| entry.name.as_str());
    let root = first.find('/').and_then(|slash| first.get(..=slash)).unwrap_or_default();
    let is_safe = |letter: char| !letter.is_control() && letter != '\\';
    if root.len() < 2 || !root.chars().all(is_safe) {
        return Err(malformed_record(first, "does not lie in a folder of the archive"));
    }
    Ok(root.to_owned())
}

fn record(entry: &Entry, root: &str, format: Format, start: u64) -> Result<Record, RepackError> {
    let Some(name) = entry.name.strip_prefix(root) else {
        return Err(malformed_record(&entry.name, "lies in another folder than the first record"));
    };
    let Some(part) = format.part(name) else {
        return Err(match other_kind(name) {
            Some(kind) => {
                not_torchscript(kind, "a float model as torch.export.save or torch.jit.save writes it").into()
            }
            None => malformed_record(&entry.name, &format!("is no part of {}", format.describe())),
        });
    };
    Ok(Record {
        name: name.to_owned(),
        part,
        deflated: entry.is_deflated(),
        crc: entry.crc,
        packed: entry.packed,
        size: entry.size,
        start,
    })
}

/// Returns where the bytes of the record begin, whose local header, bytes and descriptor must end
/// exactly at `end`.
fn start(file: &File, entry: &Entry, end: u64) -> Result<u64, RepackError> {
    let disagrees = || malformed_record(&entry.name, "has a local header that disagrees with the directory");
    let fixed = read_at(file, entry.offset, HEADER_BYTES + entry.name.len())?;
    let header = header(&fixed).filter(|header| header.signature == LOCAL_HEADER).ok_or_else(disagrees)?;
    let extra_at = entry.offset + length(fixed.len());
    let extra = read_at(file, extra_at, header.extra)?;
    if !agrees(&header, &extra, entry).unwrap_or_default() {
        return Err(disagrees());
    }
    let start = extra_at + length(extra.len());
    let data_end = start.checked_add(entry.packed).ok_or_else(disagrees)?;
    let behind = end.checked_sub(data_end).ok_or_else(|| malformed_record(&entry.name, "overlaps the next one"))?;
    check_descriptor(file, entry, data_end, behind)?;
    Ok(start)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

struct Header<'a> {
    signature: u32,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    name: &'a [u8],
    extra: usize,
}

fn header(bytes: &[u8]) -> Option<Header<'_>> {
    let mut fields = Fields::new(bytes);
    let signature = fields.u32()?;
    let _needed = fields.u16()?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    let _time = fields.u32()?;
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name, extra) = (fields.u16()?, fields.u16()?);
    let name = fields.bytes(usize::from(name))?;
    (fields.left() == 0).then_some(Header {
        signature,
        flags,
        method,
        crc,
        packed,
        size,
        name,
        extra: usize::from(extra),
    })
}

/// Returns whether the local header says what the directory says, or leaves it to the descriptor.
fn agrees(header: &Header<'_>, extra: &[u8], entry: &Entry) -> Option<bool> {
    let mut wide = zip64(extra)?;
    let same_kind = header.flags == entry.flags && header.method == entry.method;
    if !same_kind || header.name != entry.name.as_bytes() {
        return Some(false);
    }
    let left_open = (header.crc, header.packed, header.size) == (0, 0, 0);
    if entry.flags & FLAG_DESCRIPTOR != 0 && left_open {
        return Some(true);
    }
    let size = widened(header.size, &mut wide)?;
    let packed = widened(header.packed, &mut wide)?;
    Some((header.crc, packed, size) == (entry.crc, entry.packed, entry.size))
}

/// Checks the `length` bytes between the record's end and what comes next: a descriptor if there
/// should be one, else nothing.
fn check_descriptor(file: &File, entry: &Entry, at: u64, length: u64) -> Result<(), RepackError> {
    let wanted = match (entry.flags & FLAG_DESCRIPTOR != 0, length) {
        (false, 0) => return Ok(()),
        (true, 16 | 24) => descriptor(entry, length == 24),
        _ => return Err(malformed_record(&entry.name, "is not followed by the next one")),
    };
    let found = read_at(file, at, wanted.len())?;
    if found == wanted {
        Ok(())
    } else {
        Err(malformed_record(&entry.name, "has sizes that disagree with the directory"))
    }
}

fn descriptor(entry: &Entry, wide: bool) -> Vec<u8> {
    let mut bytes = [DESCRIPTOR.to_le_bytes(), entry.crc.to_le_bytes()].concat();
    for size in [entry.packed, entry.size] {
        let size = size.to_le_bytes();
        bytes.extend(if wide { &size[..] } else { size.first_chunk::<4>().map_or(&size[..], |low| &low[..]) });
    }
    bytes
}
