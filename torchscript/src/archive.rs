//! The container of a TorchScript archive: a zip file, of which only one narrow form is read and an even narrower one written.

mod writer;

pub(crate) use writer::ArchiveWriter;

/// Alignment of the records' bytes in an archive that is written here, as torch has it.
const ALIGNMENT: u64 = 64;

/// Signature of a record's local header.
const LOCAL_HEADER: u32 = 0x0403_4b50;
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
/// Flag of a name in UTF-8.
const FLAG_UTF8: u16 = 0x0800;
/// What a 32-bit field says whose value stands in the zip64 extra field.
const IN_ZIP64: u32 = u32::MAX;
