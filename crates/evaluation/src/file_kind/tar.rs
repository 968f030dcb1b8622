//! Tar archives: whether there is a model in one, by the names in its first headers.

use std::ops::Range;

use super::kind::FileKind;
use super::zip_names::{is_model_name, shown};

/// Headers that are read. Few suffice, because what people pack by hand is not many files.
const HEADERS: usize = 64;
const BLOCK: u64 = 512;

/// Returns what an archive of `size` bytes is.
pub(super) fn recognise<E>(size: u64, mut read: impl FnMut(Range<u64>) -> Result<Vec<u8>, E>) -> Result<FileKind, E> {
    let mut at: u64 = 0;
    for _ in 0..HEADERS {
        let behind = at.saturating_add(BLOCK);
        if behind > size {
            break;
        }
        let header = read(at..behind)?;
        let Some((name, bytes)) = file_of(&header) else { break };
        if name.ends_with("saved_model.pb") {
            return Ok(FileKind::SavedModel);
        }
        if is_model_name(&name) {
            return Ok(FileKind::TarredModel(shown(&name)));
        }
        at = behind.saturating_add(bytes.div_ceil(BLOCK).saturating_mul(BLOCK));
    }
    Ok(FileKind::Tar)
}

/// Returns the name and the bytes of the file whose header this is. The name of what is no ordinary
/// file is empty.
fn file_of(header: &[u8]) -> Option<(String, u64)> {
    if header.get(257..262)? != b"ustar" {
        return None;
    }
    let name = header.get(..100)?.split(|byte| *byte == 0).next().unwrap_or_default();
    let digits = str::from_utf8(header.get(124..136)?).ok()?.trim_matches(['\0', ' ']);
    let bytes = u64::from_str_radix(digits, 8).ok()?;
    let ordinary = matches!(header.get(156)?, b'0' | 0);
    Some((if ordinary { String::from_utf8_lossy(name).into_owned() } else { String::new() }, bytes))
}
