//! The container of a TorchScript archive: a zip file, of which only one narrow form is read and an even narrower one written.
//!
//! What is read: `PK\3\4` at the beginning, then the records without a gap, then the directory, then the end records, and
//! nothing behind them. Every local header agrees with the directory. Names are unique without regard to case, lie under one
//! root folder and belong to the known parts of an archive.

mod content;
mod directory;
mod local;
mod part;
mod writer;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

pub(crate) use content::Copier;
use part::other_kind;
pub(crate) use part::{Part, Table};
pub(crate) use writer::ArchiveWriter;

use crate::RepackError;
use crate::refusal::{not_torchscript, shown, too_large};

/// Alignment of the records' bytes in an archive that is written here, as torch has it.
const ALIGNMENT: u64 = 64;

/// Signature of a record's local header.
const LOCAL_HEADER: u32 = 0x0403_4b50;
/// Signature of what follows a record whose sizes were not known before.
const DESCRIPTOR: u32 = 0x0807_4b50;
/// Signature of a record's entry in the central directory.
const DIRECTORY_ENTRY: u32 = 0x0201_4b50;
/// Signature of the end record.
const END: u32 = 0x0605_4b50;
/// Signature of the zip64 end record.
const END_64: u32 = 0x0606_4b50;
/// Signature of the locator of the zip64 end record.
const END_64_LOCATOR: u32 = 0x0706_4b50;
/// The id of the extra field that holds 64-bit sizes and offsets.
const EXTRA_ZIP64: u16 = 0x0001;
/// The id of the extra field that torch pads with: `FB`.
const EXTRA_PADDING: u16 = 0x4246;
/// Flag of a record that is followed by a descriptor.
const FLAG_DESCRIPTOR: u16 = 0x0008;
/// Flag of a name in UTF-8.
const FLAG_UTF8: u16 = 0x0800;
/// What a 32-bit field says whose value stands in the zip64 extra field.
const IN_ZIP64: u32 = u32::MAX;

/// How much larger than the file its unpacked records may be: so many times, and so many bytes more.
const EXPANSION: u64 = 4;
const EXPANSION_SLACK: u64 = 64 << 20;

/// A record of an archive.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The name below the root folder; [`Part::of`] takes it.
    pub(crate) name: String,
    /// What it is.
    pub(crate) part: Part,
    /// Whether it is deflated; else stored.
    pub(crate) deflated: bool,
    /// CRC-32 of the unpacked bytes, as the directory says.
    pub(crate) crc: u32,
    /// Bytes in the file.
    pub(crate) packed: u64,
    /// Bytes unpacked.
    pub(crate) size: u64,
    /// Offset of the first byte in the file.
    pub(crate) start: u64,
}

/// The records of a file, in the order of the file.
pub(crate) fn records(file: &File) -> Result<Vec<Record>, RepackError> {
    let length = file.metadata().map_err(RepackError::Input)?.len();
    check_beginning(file, length)?;
    let (entries, directory_start) = directory::read(file, length)?;
    let records = local::locate(file, entries, directory_start)?;
    let unpacked = records.iter().fold(0u64, |sum, record| sum.saturating_add(record.size));
    let most = length.saturating_mul(EXPANSION).saturating_add(EXPANSION_SLACK);
    if unpacked > most {
        let found = format!("the file unpacks from {length} to {unpacked} bytes");
        return Err(too_large(found, format!("{EXPANSION} times its size and 64 MiB")).into());
    }
    Ok(records)
}

/// Refuses what is no zip archive at all, and says what it is if that can be told.
fn check_beginning(file: &File, length: u64) -> Result<(), RepackError> {
    let mut beginning = [0; 8];
    let have = beginning.len().min(usize::try_from(length).unwrap_or(usize::MAX));
    let bytes = beginning.get_mut(..have).unwrap_or_default();
    file.read_exact_at(bytes, 0).map_err(RepackError::Input)?;
    if bytes.starts_with(&LOCAL_HEADER.to_le_bytes()) {
        return Ok(());
    }
    let found = match bytes {
        [] => "the file is empty",
        [0x80, 2, ..] => "the file is a pickle of torch.save",
        [_, _, _, _, b'P', b'T', b'M', b'F'] => "the file is a flatbuffer of the mobile interpreter",
        _ => "the file does not begin as a zip archive does",
    };
    Err(not_torchscript(found, "a zip archive as torch.jit.save writes it").into())
}

/// A refusal of the container.
fn malformed(found: impl std::fmt::Display) -> RepackError {
    not_torchscript(found, "a zip archive as torch.jit.save writes it, whole and with nothing before or behind it")
        .into()
}

/// A refusal of one record.
fn malformed_record(name: &str, found: &str) -> RepackError {
    malformed(format_args!("the record `{}` {found}", shown(name)))
}

/// `count` bytes at `offset`, which must lie in the file.
fn read_at(file: &File, offset: u64, count: usize) -> Result<Vec<u8>, RepackError> {
    let mut bytes = vec![0; count];
    match file.read_exact_at(&mut bytes, offset) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(malformed("the file is cut off")),
        Err(error) => Err(RepackError::Input(error)),
    }
}
