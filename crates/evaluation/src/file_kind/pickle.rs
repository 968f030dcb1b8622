//! What `torch.save` pickled: weights, or a module. Of the pickle only the first class that it
//! names is looked at; nothing is run.

use std::ops::Range;

use super::kind::FileKind;
use super::zip::Member;
use super::zip_names::shown;

/// Bytes of the pickle that are read. Few suffice, because the first name is at its beginning.
const HEAD: u64 = 512;
const LOCAL_HEADER: u64 = 30;

/// Modules of Python whose classes are in pickles of weights.
const PLAIN: [&str; 6] = ["collections", "torch", "torch._utils", "torch.nn.parameter", "builtins", "__builtin__"];

/// Tells weights from a pickled module, in an archive of `torch.save`.
pub(super) fn of_torch_save<E>(
    size: u64,
    members: &[Member],
    mut read: impl FnMut(Range<u64>) -> Result<Vec<u8>, E>,
) -> Result<FileKind, E> {
    let data = members.iter().find(|member| member.name.split_once('/').is_some_and(|(_, name)| name == "data.pkl"));
    // torch writes its pickles without compression.
    let Some(data) = data.filter(|data| data.stored) else { return Ok(FileKind::TorchSave) };
    let start = data.start.saturating_add(LOCAL_HEADER);
    if start >= size {
        return Ok(FileKind::TorchSave);
    }
    let local = read(data.start..start)?;
    let length = |at: usize| {
        local.get(at..at + 2).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes))
    };
    let from = start.saturating_add(u64::from(length(26))).saturating_add(u64::from(length(28)));
    let pickle = read(from.min(size)..from.saturating_add(data.bytes.min(HEAD)).min(size))?;
    Ok(match first_class(&pickle) {
        Some((module, name)) if !PLAIN.contains(&module) && !module.starts_with("numpy") => {
            FileKind::PickledModule(shown(&format!("{module}.{name}")))
        }
        _ => FileKind::TorchSave,
    })
}

/// Returns module and name of the class that a pickle begins with, if it begins with one.
fn first_class(pickle: &[u8]) -> Option<(&str, &str)> {
    let [0x80, _, rest @ ..] = pickle else { return None };
    let rest = str::from_utf8(rest.strip_prefix(b"c")?.utf8_chunks().next()?.valid().as_bytes()).ok()?;
    let (module, rest) = rest.split_once('\n')?;
    let (name, _) = rest.split_once('\n')?;
    Some((module, name))
}
