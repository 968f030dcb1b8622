//! The container of a model: a zip file, of which only one narrow form is read and an even narrower
//! one written.
//!
//! What is read: `PK\3\4` at the beginning, then the records without a gap, then the directory,
//! then the end records, and nothing behind them. Every local header agrees with the directory.
//! Names are unique without regard to case, lie under one root folder and belong to the known parts
//! of an archive.

mod content;
mod directory;
mod format;
mod local;
mod part;
mod writer;

use std::fs::File;

pub(crate) use content::Copier;
use format::LOCAL_HEADER;
pub(crate) use format::Record;
pub(crate) use part::{Part, Section, Table};
pub(crate) use writer::ArchiveWriter;

use positioned_io::ReadAt as _;

use crate::RepackError;
use crate::refusal::{not_torchscript, too_large};

/// How much larger than the file its unpacked records may be: this many times, plus this many
/// bytes.
const EXPANSION: u64 = 4;
const EXPANSION_SLACK: u64 = 64 << 20;

/// Returns the records of a file, in the order of the file.
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
    file.read_exact_at(0, bytes).map_err(RepackError::Input)?;
    if bytes.starts_with(&LOCAL_HEADER.to_le_bytes()) {
        return Ok(());
    }
    let found = match bytes {
        [] => "the file is empty",
        [0x80, 2, ..] => "the file is a pickle of torch.save",
        [_, _, _, _, b'P', b'T', b'M', b'F'] => "the file is a flatbuffer of the mobile interpreter",
        _ => "the file does not begin as a zip archive does",
    };
    Err(not_torchscript(found, "a zip archive as torch.export.save or torch.jit.save writes it").into())
}
