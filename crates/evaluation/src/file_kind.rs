//! Recognises what a file is: by its first bytes and, in zip archives, by the names in the
//! directory.
//!
//! Server, scorer and command line use this before they check a file, so that all three refuse the
//! same files with the same words. The pages hold their own copy to the same corpus,
//! `tests/file_kinds.json`. However large the file, at most its beginning, its end, 16 MiB of
//! directory and a few headers within are read, and at most 512 bytes are decompressed.

mod head;
mod kind;
mod pickle;
mod python;
mod refusal;
mod tar;
mod zip;
mod zip_names;

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

pub use kind::FileKind;
use zip::Place;

/// Bytes read from the beginning of a file.
const HEAD: u64 = 4096;

impl FileKind {
    /// Returns the name of the kind, as the corpus and the pages write it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Torchscript => "torchscript",
            Self::QuantisedTorchscript => "quantised_torchscript",
            Self::MobileTorchscript => "mobile_torchscript",
            Self::TorchSave => "torch_save",
            Self::PickledModule(_) => "pickled_module",
            Self::Pickle => "pickle",
            Self::ExportedProgram => "exported_program",
            Self::OldExportedProgram => "old_exported_program",
            Self::CompiledProgram => "compiled_program",
            Self::Onnx => "onnx",
            Self::Safetensors => "safetensors",
            Self::Hdf5 => "hdf5",
            Self::Keras => "keras",
            Self::Tflite => "tflite",
            Self::SavedModel => "saved_model",
            Self::CoreMl => "core_ml",
            Self::Gguf => "gguf",
            Self::Numpy => "numpy",
            Self::Spreadsheet => "spreadsheet",
            Self::ZippedTable(_) => "zipped_table",
            Self::ZippedModel(_) => "zipped_model",
            Self::OtherZip(_) => "other_zip",
            Self::DamagedZip => "damaged_zip",
            Self::ZipWithSurplus(_) => "zip_with_surplus",
            Self::CompressedModel => "compressed_model",
            Self::Compressed => "compressed",
            Self::Tar => "tar",
            Self::TarredModel(_) => "tarred_model",
            Self::GitLfsPointer => "git_lfs_pointer",
            Self::WebPage => "web_page",
            Self::Image => "image",
            Self::Pdf => "pdf",
            Self::Other(_) => "other",
        }
    }

    /// Returns whether a scorer runs such a file.
    #[must_use]
    pub const fn is_model(&self) -> bool {
        matches!(self, Self::Torchscript | Self::ExportedProgram)
    }

    /// Returns whether the file is a model of some framework, or part of one: never a file of
    /// predictions.
    #[must_use]
    pub const fn is_model_like(&self) -> bool {
        matches!(
            self,
            Self::Torchscript
                | Self::QuantisedTorchscript
                | Self::MobileTorchscript
                | Self::TorchSave
                | Self::PickledModule(_)
                | Self::Pickle
                | Self::ExportedProgram
                | Self::OldExportedProgram
                | Self::CompiledProgram
                | Self::Onnx
                | Self::Safetensors
                | Self::Hdf5
                | Self::Keras
                | Self::Tflite
                | Self::SavedModel
                | Self::CoreMl
                | Self::Gguf
                | Self::ZippedModel(_)
                | Self::TarredModel(_)
                | Self::CompressedModel
        )
    }
}

/// Recognises a file of `size` bytes; `read` returns the bytes of a range that lies within it.
///
/// # Errors
///
/// Those of `read`.
pub fn recognise<E>(size: u64, mut read: impl FnMut(Range<u64>) -> Result<Vec<u8>, E>) -> Result<FileKind, E> {
    let head = read(0..size.min(HEAD))?;
    if !zip::begins(&head) {
        return match head::kind_of_head(&head) {
            FileKind::Tar => tar::recognise(size, read),
            kind => Ok(kind),
        };
    }
    let tail = read(size.saturating_sub(zip::TAIL)..size)?;
    let range = match zip::find_directory(size, &tail) {
        Place::At(range) => range,
        Place::Before(surplus) => return Ok(FileKind::ZipWithSurplus(surplus)),
        Place::Missing => return Ok(FileKind::DamagedZip),
    };
    let Some(members) = zip::members(&read(range)?) else { return Ok(FileKind::DamagedZip) };
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    match zip_names::kind_of_names(&names) {
        FileKind::TorchSave => pickle::of_torch_save(size, &members, read),
        kind => Ok(kind),
    }
}

/// Recognises a file that is open; where it is read next is left open.
///
/// # Errors
///
/// If it cannot be read.
pub fn recognise_file(file: &mut (impl Read + Seek)) -> io::Result<FileKind> {
    let size = file.seek(SeekFrom::End(0))?;
    recognise(size, |range| {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(range.start))?;
        file.by_ref().take(range.end.saturating_sub(range.start)).read_to_end(&mut bytes)?;
        Ok(bytes)
    })
}

#[cfg(test)]
mod tests;
