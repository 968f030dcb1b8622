//! Files that are known by their beginning.

use std::io::Read;

use flate2::bufread::GzDecoder;

use super::kind::FileKind;

/// Most bytes that are decompressed to see what a gzip holds.
const PEEK: u64 = 512;

/// Beginnings that say what a file is.
const BEGINNINGS: [(&[u8], FileKind); 18] = [
    (b"GGUF", FileKind::Gguf),
    (b"\x89HDF\r\n\x1a\n", FileKind::Hdf5),
    (b"\x93NUMPY", FileKind::Numpy),
    (b"version https://git-lfs", FileKind::GitLfsPointer),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind::Spreadsheet),
    (b"\x28\xb5\x2f\xfd", FileKind::Compressed),
    (b"\xfd7zXZ\0", FileKind::Compressed),
    (b"BZh", FileKind::Compressed),
    (b"7z\xbc\xaf\x27\x1c", FileKind::Compressed),
    (b"Rar!\x1a\x07", FileKind::Compressed),
    (b"\x89PNG\r\n\x1a\n", FileKind::Image),
    (b"\xff\xd8\xff", FileKind::Image),
    (b"GIF8", FileKind::Image),
    (b"%PDF", FileKind::Pdf),
    (b"\x80\x02", FileKind::Pickle),
    (b"\x80\x03", FileKind::Pickle),
    (b"\x80\x04", FileKind::Pickle),
    (b"\x80\x05", FileKind::Pickle),
];

/// Returns what a file is that begins so and is no zip archive.
pub(super) fn kind_of_head(head: &[u8]) -> FileKind {
    if head.starts_with(b"\x1f\x8b") {
        return gzip(head);
    }
    kind_without_compression(head)
}

fn kind_without_compression(head: &[u8]) -> FileKind {
    if let Some((_, kind)) = BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)) {
        return kind.clone();
    }
    match head.get(4..8) {
        Some(b"PTMF") => return FileKind::MobileTorchscript,
        Some(b"TFL3") => return FileKind::Tflite,
        _ => {}
    }
    if head.get(257..262) == Some(b"ustar") {
        return FileKind::Tar;
    }
    if is_safetensors(head) {
        return FileKind::Safetensors;
    }
    if let Some(kind) = protobuf(head) {
        return kind;
    }
    if is_web_page(head) {
        return FileKind::WebPage;
    }
    if head.is_empty() { FileKind::Empty } else { FileKind::Other(head.get(..4).unwrap_or(head).to_vec()) }
}

/// Returns a gzip is a compressed model or a compressed text by what it begins with.
fn gzip(head: &[u8]) -> FileKind {
    let mut inner = Vec::new();
    // The beginning of a file ends in the middle of the stream, which is an error after the bytes
    // that matter.
    let _ = GzDecoder::new(head).take(PEEK).read_to_end(&mut inner);
    if super::zip::begins(&inner) {
        return FileKind::CompressedModel;
    }
    match kind_without_compression(&inner) {
        FileKind::Other(_) | FileKind::Empty | FileKind::Compressed => FileKind::Compressed,
        FileKind::GitLfsPointer | FileKind::WebPage | FileKind::Image | FileKind::Pdf | FileKind::Spreadsheet => {
            FileKind::Compressed
        }
        _ => FileKind::CompressedModel,
    }
}

/// Returns a length of eight bytes, then the JSON of the header.
fn is_safetensors(head: &[u8]) -> bool {
    let length = head.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes));
    length.is_some_and(|length| (2..=100_000_000).contains(&length)) && head.get(8..10) == Some(b"{\"")
}

/// Returns the model whose first field is the version of its format, followed by another field of
/// its own. The second one of ONNX's `ModelProto` is the name of a program; TensorFlow's
/// `SavedModel` (version 1) and Core ML's `Model` have a message there, which begins with its own
/// first field.
fn protobuf(head: &[u8]) -> Option<FileKind> {
    let [0x08, version @ 1..=0x40, field, rest @ ..] = head else { return None };
    let behind_length = rest.iter().position(|byte| byte & 0x80 == 0).and_then(|last| rest.get(last + 1));
    match (*field, behind_length) {
        (0x12, Some(0x0a)) if *version == 1 => Some(FileKind::SavedModel),
        (0x12, Some(0x0a)) => Some(FileKind::CoreMl),
        (0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42 | 0x72, _) => Some(FileKind::Onnx),
        _ => None,
    }
}

fn is_web_page(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |word: &[u8]| head.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    [&b"<!doctype html"[..], b"<html", b"<head", b"<?xml"].into_iter().any(begins)
}
