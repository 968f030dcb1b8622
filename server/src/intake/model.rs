//! The first look at a model: whether the file can be a TorchScript archive at all, by its size and first bytes. What is in
//! it, a scorer finds out.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use holdout_protocol::{BlobRef, Verdict, VerdictCode, VerdictDetail};

use crate::blobs::Blobs;
use crate::error::Result;

/// What a zip file with an entry begins with.
const SIGNATURE: &[u8] = b"PK\x03\x04";
/// Bytes of the smallest zip file with one entry: its two headers, the end record, and a name of one letter twice.
const SMALLEST: u64 = 30 + 46 + 22 + 2;
/// Bytes that are looked at.
const HEAD: u64 = 8;

/// Looks at a model: the verdict where it cannot be one.
///
/// # Errors
/// Where the file cannot be read, which is not the team's fault.
pub async fn check(blobs: &Blobs, file: &BlobRef) -> Result<Option<Verdict>> {
    let chunks: Vec<Bytes> = blobs.open(file.sha256, Some(0..file.size.min(HEAD))).await?.try_collect().await?;
    Ok(judge(file.size, &chunks.concat()))
}

fn judge(size: u64, head: &[u8]) -> Option<Verdict> {
    let found = if !head.starts_with(SIGNATURE) {
        let first = head.get(..SIGNATURE.len()).unwrap_or(head);
        format!("{size} bytes that begin with `{}`", first.escape_ascii())
    } else if size < SMALLEST {
        format!("{size} bytes, fewer than any archive has")
    } else {
        return None;
    };
    let code = VerdictCode::NotTorchscript;
    let message = format!("the file is no TorchScript archive: found {found}. {}", code.advice());
    let detail = VerdictDetail {
        hints: hint(head).map(str::to_owned).into_iter().collect(),
        found: Some(found),
        wanted: Some("a zip archive as torch.jit.save writes it".to_owned()),
        ..VerdictDetail::default()
    };
    Some(Verdict { code, message, detail })
}

/// What the file seems to be.
fn hint(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"\x1f\x8b") || head.starts_with(b"\x28\xb5\x2f\xfd") {
        return Some("It looks compressed; a model is sent as it was saved.");
    }
    if head.get(4..8) == Some(b"PTMF") {
        return Some("It looks like a flatbuffer; save without `_use_flatbuffer`.");
    }
    if head.starts_with(b"\x80") {
        return Some("It looks like a pickle; torch.save keeps weights, torch.jit.save a model.");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_as_an_archive_passes() {
        assert_eq!(judge(100, b"PK\x03\x04\x00\x00\x00\x00"), None);
        assert_eq!(judge(4 << 30, b"PK\x03\x04"), None);
    }

    #[test]
    fn what_cannot_be_one_is_named() {
        let refused = |size, head: &[u8]| judge(size, head).unwrap();
        let short = refused(99, b"PK\x03\x04\x00\x00\x00\x00");
        assert_eq!(short.code, VerdictCode::NotTorchscript);
        assert!(short.message.contains("99 bytes") && short.message.ends_with(short.code.advice()), "{short:?}");
        assert!(refused(0, b"").message.contains("0 bytes"));
        let empty_zip = refused(22, b"PK\x05\x06\x00\x00\x00\x00");
        assert_eq!(empty_zip.detail.found.as_deref(), Some(r"22 bytes that begin with `PK\x05\x06`"));
        assert!(empty_zip.detail.hints.is_empty());
        let text = |bytes: &[u8]| refused(5000, bytes).detail.hints.concat();
        assert!(text(b"\x1f\x8b\x08\x00").contains("compressed"));
        assert!(text(b"\x80\x02cto").contains("pickle"));
        assert!(text(b"\x14\x00\x00\x00PTMF").contains("flatbuffer"));
        let odd = refused(5000, b"\x1b[2Jevil");
        assert!(!odd.message.contains('\u{1b}'), "{odd:?}");
    }
}
