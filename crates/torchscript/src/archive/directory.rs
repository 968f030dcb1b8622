//! The end records and the central directory.

use std::fs::File;

use super::format::{
    DIRECTORY_ENTRY, END, END_64, END_64_LOCATOR, EXTRA_ZIP64, FLAG_DESCRIPTOR, FLAG_UTF8, IN_ZIP64, malformed,
    malformed_record, read_at,
};
use crate::RepackError;
use crate::fields::Fields;
use crate::refusal::too_large;

/// Most records. The largest honest model seen has 2,217.
const MAX_RECORDS: u64 = 20_000;
/// Most bytes of the directory.
const MAX_DIRECTORY: u64 = 16 << 20;
/// Longest name, bytes.
const MAX_NAME: usize = 1024;

const END_BYTES: u64 = 22;
const LOCATOR_BYTES: u64 = 20;
const END_64_BYTES: u64 = 56;

/// Flags that do not change how a record is read: level of compression, descriptor, UTF-8.
const KNOWN_FLAGS: u16 = 0x0006 | FLAG_DESCRIPTOR | FLAG_UTF8;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// What the directory says of a record.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
}

impl Entry {
    pub(super) const fn is_deflated(&self) -> bool {
        self.method == DEFLATED
    }
}

/// Where the directory is.
#[derive(Debug, PartialEq, Eq)]
struct Bounds {
    count: u64,
    size: u64,
    start: u64,
}

/// Returns the entries in the directory's order, and where the directory begins.
pub(super) fn read(file: &File, length: u64) -> Result<(Vec<Entry>, u64), RepackError> {
    let bounds = bounds(file, length)?;
    if bounds.count > MAX_RECORDS || bounds.size > MAX_DIRECTORY {
        let found = format!("the archive has {} records in a directory of {} bytes", bounds.count, bounds.size);
        return Err(too_large(found, format!("{MAX_RECORDS} records and {MAX_DIRECTORY} bytes")).into());
    }
    if bounds.count == 0 {
        return Err(malformed("the archive has no records"));
    }
    let size = usize::try_from(bounds.size).map_err(|_| malformed("the directory is too large"))?;
    let bytes = read_at(file, bounds.start, size)?;
    let mut fields = Fields::new(&bytes);
    let mut entries = Vec::new();
    for _ in 0..bounds.count {
        entries.push(entry(&mut fields)?);
    }
    if fields.left() > 0 {
        return Err(malformed("the directory is longer than its entries"));
    }
    Ok((entries, bounds.start))
}

/// Reads the end record, which must come last in the file, and its zip64 form if there is one.
fn bounds(file: &File, length: u64) -> Result<Bounds, RepackError> {
    let cut = || malformed("the file does not end as a zip archive does");
    let end = length.checked_sub(END_BYTES).ok_or_else(cut)?;
    let bytes = read_at(file, end, 22)?;
    let narrow = end_record(&bytes).ok_or_else(cut)?;
    let locator = end.checked_sub(LOCATOR_BYTES + END_64_BYTES);
    let wide = match locator {
        Some(position) => wide_bounds(file, position)?,
        None => None,
    };
    let (bounds, behind) = match wide {
        Some(wide) if agree(&narrow, &wide) => (wide, end - LOCATOR_BYTES - END_64_BYTES),
        Some(_) => return Err(malformed("the two end records disagree")),
        None => (narrow, end),
    };
    if bounds.start.checked_add(bounds.size) != Some(behind) {
        return Err(malformed("the directory does not lie before the end record"));
    }
    Ok(bounds)
}

fn end_record(bytes: &[u8]) -> Option<Bounds> {
    let mut fields = Fields::new(bytes);
    let signature = fields.u32()?;
    let (disk, first_disk) = (fields.u16()?, fields.u16()?);
    let (here, count) = (fields.u16()?, fields.u16()?);
    let bounds = Bounds { count: u64::from(count), size: u64::from(fields.u32()?), start: u64::from(fields.u32()?) };
    let comment = fields.u16()?;
    (signature == END && disk == 0 && first_disk == 0 && here == count && comment == 0).then_some(bounds)
}

/// Returns the zip64 end record at `position`, if its locator follows it.
fn wide_bounds(file: &File, position: u64) -> Result<Option<Bounds>, RepackError> {
    let bytes = read_at(file, position, 76)?;
    let (record, locator) = bytes.split_at_checked(56).unwrap_or_default();
    if !locator.starts_with(&END_64_LOCATOR.to_le_bytes()) {
        return Ok(None);
    }
    let mut fields = Fields::new(locator);
    let place = (fields.u32(), fields.u32(), fields.u64(), fields.u32());
    if place != (Some(END_64_LOCATOR), Some(0), Some(position), Some(1)) {
        return Err(malformed("the zip64 end record is not where its locator says"));
    }
    wide_record(record).map(Some).ok_or_else(|| malformed("the zip64 end record is malformed"))
}

fn wide_record(bytes: &[u8]) -> Option<Bounds> {
    let mut fields = Fields::new(bytes);
    let (signature, size) = (fields.u32()?, fields.u64()?);
    let _versions = (fields.u16()?, fields.u16()?);
    let (disk, first_disk) = (fields.u32()?, fields.u32()?);
    let (here, count) = (fields.u64()?, fields.u64()?);
    let bounds = Bounds { count, size: fields.u64()?, start: fields.u64()? };
    (signature == END_64 && size == END_64_BYTES - 12 && disk == 0 && first_disk == 0 && here == count)
        .then_some(bounds)
}

/// Returns whether the short record says the same as the long one, or leaves it to that.
fn agree(narrow: &Bounds, wide: &Bounds) -> bool {
    let same = |narrow: u64, wide: u64, left_open: u64| narrow == wide || narrow == left_open;
    same(narrow.count, wide.count, u64::from(u16::MAX))
        && same(narrow.size, wide.size, u64::from(IN_ZIP64))
        && same(narrow.start, wide.start, u64::from(IN_ZIP64))
}

fn entry(fields: &mut Fields<'_>) -> Result<Entry, RepackError> {
    let (entry, sizes) = fixed_fields(fields).ok_or_else(|| malformed("the directory is malformed"))?;
    if entry.flags & !KNOWN_FLAGS != 0 {
        return Err(malformed_record(&entry.name, "is encrypted or of an unknown kind"));
    }
    if entry.method != STORED && entry.method != DEFLATED {
        return Err(malformed_record(&entry.name, "is compressed by a method other than deflate"));
    }
    if sizes.comment > 0 || sizes.disk > 0 {
        return Err(malformed_record(&entry.name, "has a comment or lies in another file"));
    }
    if entry.method == STORED && entry.packed != entry.size {
        return Err(malformed_record(&entry.name, "is stored and has two sizes"));
    }
    Ok(entry)
}

/// Fields of an entry that must be zero.
struct Zeroes {
    comment: u16,
    disk: u32,
}

fn fixed_fields(fields: &mut Fields<'_>) -> Option<(Entry, Zeroes)> {
    let signature = fields.u32()?;
    let _made_and_needed = (fields.u16()?, fields.u16()?);
    let (flags, method) = (fields.u16()?, fields.u16()?);
    let _time = fields.u32()?;
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let disk = fields.u16()?;
    let _attributes = (fields.u16()?, fields.u32()?);
    let offset = fields.u32()?;
    let name = std::str::from_utf8(fields.bytes(usize::from(name))?).ok()?;
    let extra = fields.bytes(usize::from(extra))?;
    if signature != DIRECTORY_ENTRY || name.len() > MAX_NAME {
        return None;
    }
    let disk = if disk == u16::MAX { IN_ZIP64 } else { u32::from(disk) };
    let mut wide = zip64(extra)?;
    // The 64-bit values stand in this order, each only if its short field leaves it open.
    let size = widened(size, &mut wide)?;
    let packed = widened(packed, &mut wide)?;
    let offset = widened(offset, &mut wide)?;
    let disk = if disk == IN_ZIP64 { wide.u32()? } else { disk };
    let name = name.to_owned();
    Some((Entry { name, flags, method, crc, packed, size, offset }, Zeroes { comment, disk }))
}

/// Returns the value of a 32-bit field, or the 64-bit one that it points to.
pub(super) fn widened(narrow: u32, wide: &mut Fields<'_>) -> Option<u64> {
    if narrow == IN_ZIP64 { wide.u64() } else { Some(u64::from(narrow)) }
}

/// Returns the content of the zip64 extra field, empty without one; `None` if they are malformed.
pub(super) fn zip64(extra: &[u8]) -> Option<Fields<'_>> {
    let mut fields = Fields::new(extra);
    let mut found = None;
    while fields.left() > 0 {
        let (id, size) = (fields.u16()?, fields.u16()?);
        let content = fields.bytes(usize::from(size))?;
        if id == EXTRA_ZIP64 && found.replace(content).is_some() {
            return None;
        }
    }
    Some(Fields::new(found.unwrap_or_default()))
}

#[cfg(test)]
mod tests;
