//! The words of the zip format, a record, and what a file says that does not keep to the format.

use std::fs::File;
use std::io;

use positioned_io::ReadAt as _;

use super::part::Part;
use crate::RepackError;
use crate::refusal::{not_torchscript, shown};

/// Alignment of the records' bytes in an archive that is written here, as torch has it.
pub(super) const ALIGNMENT: u64 = 64;

/// Signature of a record's local header.
pub(super) const LOCAL_HEADER: u32 = 0x0403_4b50;
/// Signature of what follows a record whose sizes were not known before.
pub(super) const DESCRIPTOR: u32 = 0x0807_4b50;
/// Signature of a record's entry in the central directory.
pub(super) const DIRECTORY_ENTRY: u32 = 0x0201_4b50;
/// Signature of the end record.
pub(super) const END: u32 = 0x0605_4b50;
/// Signature of the zip64 end record.
pub(super) const END_64: u32 = 0x0606_4b50;
/// Signature of the locator of the zip64 end record.
pub(super) const END_64_LOCATOR: u32 = 0x0706_4b50;
/// The id of the extra field that holds 64-bit sizes and offsets.
pub(super) const EXTRA_ZIP64: u16 = 0x0001;
/// The id of the extra field that torch pads with: `FB`.
pub(super) const EXTRA_PADDING: u16 = 0x4246;
/// Flag of a record that is followed by a descriptor.
pub(super) const FLAG_DESCRIPTOR: u16 = 0x0008;
/// Flag of a name in UTF-8.
pub(super) const FLAG_UTF8: u16 = 0x0800;
/// What a 32-bit field says whose value stands in the zip64 extra field.
pub(super) const IN_ZIP64: u32 = u32::MAX;

/// A record of an archive.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The name below the root folder; [`Part::of`] takes it.
    pub(crate) name: String,
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

/// Returns a refusal of the container.
pub(super) fn malformed(found: impl std::fmt::Display) -> RepackError {
    let whole =
        "a zip archive as torch.export.save or torch.jit.save writes it, whole and with nothing before or behind it";
    not_torchscript(found, whole).into()
}

/// Returns a refusal of one record.
pub(super) fn malformed_record(name: &str, found: &str) -> RepackError {
    malformed(format_args!("the record `{}` {found}", shown(name)))
}

/// `count` bytes at `offset`, which must lie in the file.
pub(super) fn read_at(file: &File, offset: u64, count: usize) -> Result<Vec<u8>, RepackError> {
    let mut bytes = vec![0; count];
    match file.read_exact_at(offset, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(malformed("the file is cut off")),
        Err(error) => Err(RepackError::Input(error)),
    }
}
