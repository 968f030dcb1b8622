//! Reads an archive that a stranger made: plain files with plain names, no more bytes than the file
//! justifies, and nothing is unpacked to disk.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use tar::EntryType;

/// The first bytes of a file that Zstandard compressed.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Most unpacked bytes for each byte of the file, beyond the first [`FREE_BYTES`]. A constant
/// prediction file shrinks more than any other.
const MAX_RATIO: u64 = 200;
const FREE_BYTES: u64 = 256 << 20;
const MOST_FILES: usize = 1_000_000;
const MAX_NAME: usize = 255;

/// Returns whether a file begins as an archive does.
pub(crate) fn is_archive(path: &Path) -> bool {
    let mut start = [0; MAGIC.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == MAGIC
}

/// Returns whether a file is a tar that was not compressed.
pub(crate) fn is_plain_tar(path: &Path) -> bool {
    let mut start = [0; 262];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start.ends_with(b"ustar")
}

/// A file of an archive.
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) size: u64,
    pub(super) body: &'a mut dyn Read,
}

/// Calls `each` with every file of an archive, in its order. What it does not read of a file is
/// left out.
pub(super) fn read_members(path: &Path, mut each: impl FnMut(Member<'_>) -> Result<(), String>) -> Result<(), String> {
    let damaged = |error: io::Error| format!("the archive cannot be unpacked: {error}");
    let file = File::open(path).map_err(|error| error.to_string())?;
    let packed = file.metadata().map_err(|error| error.to_string())?.len();
    let most = packed.saturating_mul(MAX_RATIO).saturating_add(FREE_BYTES);
    let decoder = zstd::Decoder::new(file).map_err(damaged)?.single_frame();
    let mut tar = tar::Archive::new(Bounded { inner: decoder, left: most, most });
    let mut seen = HashSet::new();
    // Raw: extensions of names, which would take as much memory as the archive says, are refused
    // with all that is no plain file.
    for member in tar.entries().map_err(damaged)?.raw(true) {
        let mut member = member.map_err(damaged)?;
        let name = checked_name(&member.path_bytes())?;
        if member.header().entry_type() != EntryType::Regular {
            return Err(format!("`{name}` is a link, a folder or something else that is no file"));
        }
        if seen.len() == MOST_FILES {
            return Err(format!("the archive has more than {MOST_FILES} files"));
        }
        if !seen.insert(name.clone()) {
            return Err(format!("the archive has `{name}` twice"));
        }
        let size = member.size();
        each(Member { name: &name, size, body: &mut member })?;
    }
    check_end(tar.into_inner()).map_err(damaged)
}

/// Refuses what is behind the last file, because nothing is proved of it: only zeros belong there,
/// and nothing after the frame.
fn check_end(mut unpacked: Bounded<zstd::Decoder<'_, BufReader<File>>>) -> io::Result<()> {
    let mut block = [0; 8192];
    loop {
        let count = unpacked.read(&mut block)?;
        if count == 0 {
            break;
        }
        if block.iter().take(count).any(|byte| *byte != 0) {
            return Err(io::Error::other("something follows its last file"));
        }
    }
    if unpacked.inner.finish().fill_buf()?.is_empty() {
        return Ok(());
    }
    Err(io::Error::other("something follows its end"))
}

/// Returns the name of a file if it can be nothing but a place below the archive's own folder.
fn checked_name(bytes: &[u8]) -> Result<String, String> {
    let shown = || String::from_utf8_lossy(bytes).chars().take(80).collect::<String>().escape_debug().to_string();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-/".contains(byte);
    if bytes.len() > MAX_NAME || !bytes.iter().all(is_plain) {
        return Err(format!("the name `{}` is not allowed: letters, digits, `.`, `_`, `-` and `/` are", shown()));
    }
    let name = String::from_utf8_lossy(bytes).into_owned();
    if name.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        return Err(format!("the name `{}` leads out of the archive", shown()));
    }
    Ok(name)
}

/// Refuses to read more than a number of bytes.
struct Bounded<R> {
    inner: R,
    left: u64,
    most: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let Some(left) = self.left.checked_sub(u64::try_from(count).unwrap_or(u64::MAX)) else {
            let message =
                format!("it unpacks to more than {} bytes, which no honest archive of this size does", self.most);
            return Err(io::Error::other(message));
        };
        self.left = left;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_within_the_archive() {
        for name in ["manifest.json", "boards/classification/public-all.json", "a/b_c-d.e"] {
            assert_eq!(checked_name(name.as_bytes()).unwrap(), name);
        }
        for name in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a\\b", "a\0b", "ä", "a b", "C:x"] {
            assert!(checked_name(name.as_bytes()).is_err(), "{name}");
        }
        assert!(checked_name(&[b'a'; MAX_NAME + 1]).is_err());
    }

    fn packed(tar: &[u8], behind: &[u8]) -> Result<(), String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut bytes = zstd::encode_all(tar, 1).unwrap();
        bytes.extend(behind);
        std::fs::write(file.path(), bytes).unwrap();
        read_members(file.path(), |_| Ok(()))
    }

    #[test]
    fn nothing_follows_the_last_file() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(3);
        builder.append_data(&mut header, "a.txt", &b"abc"[..]).unwrap();
        let tar = builder.into_inner().unwrap();
        packed(&tar, b"").unwrap();
        packed(&[&tar[..], &[0; 10_240]].concat(), b"").unwrap();
        let within = packed(&[&tar[..], b"more"].concat(), b"").unwrap_err();
        assert!(within.ends_with("something follows its last file"), "{within}");
        for behind in [b"more".to_vec(), zstd::encode_all(&b"more"[..], 1).unwrap()] {
            let after = packed(&tar, &behind).unwrap_err();
            assert!(after.ends_with("something follows its end"), "{after}");
        }
    }

    #[test]
    fn no_more_is_read_than_was_allowed() {
        let mut within = Bounded { inner: &[0; 10][..], left: 10, most: 10 };
        assert_eq!(io::copy(&mut within, &mut io::sink()).unwrap(), 10);
        let mut beyond = Bounded { inner: &[0; 11][..], left: 10, most: 10 };
        assert!(io::copy(&mut beyond, &mut io::sink()).unwrap_err().to_string().contains("more than 10 bytes"));
    }
}
