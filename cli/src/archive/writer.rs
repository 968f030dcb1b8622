//! Writes an archive: the same files give the same bytes, whoever writes them and when.

use std::io::{self, Read, Write};

use tar::{EntryType, Header};

use super::files::Hashed;
use super::manifest::{ListedFile, Manifest};
use super::names;

/// Fast, and within a few percent of the slowest.
const LEVEL: i32 = 3;
/// Who may do what with the files, once they are unpacked.
const MODE: u32 = 0o644;

pub(super) struct ArchiveWriter<W: Write> {
    tar: tar::Builder<zstd::Encoder<'static, W>>,
    files: Vec<ListedFile>,
}

impl<W: Write> ArchiveWriter<W> {
    pub(super) fn new(output: W) -> io::Result<Self> {
        let mut encoder = zstd::Encoder::new(output, LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self { tar: tar::Builder::new(encoder), files: Vec::new() })
    }

    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let size = u64::try_from(bytes.len()).map_err(io::Error::other)?;
        self.add_sized(name, size, bytes)
    }

    /// Adds a file whose size has to be known, because it is written before the file.
    pub(super) fn add_sized(&mut self, name: &str, size: u64, body: impl Read) -> io::Result<()> {
        let (read, sha256) = self.append(name, size, body)?;
        if read != size {
            return Err(io::Error::other(format!("`{name}` has {read} bytes instead of {size}")));
        }
        self.files.push(ListedFile { name: name.to_owned(), size, sha256 });
        Ok(())
    }

    fn append(&mut self, name: &str, size: u64, body: impl Read) -> io::Result<(u64, holdout_protocol::Sha256)> {
        // The plain form of POSIX: names without extensions, which a reader would have to be
        // careful with.
        let mut header = Header::new_ustar();
        header.set_path(name)?;
        header.set_size(size);
        header.set_mode(MODE);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_entry_type(EntryType::Regular);
        header.set_cksum();
        let mut hashed = Hashed::new(body.take(size));
        self.tar.append(&header, &mut hashed)?;
        Ok(hashed.finish())
    }

    /// Adds the manifest, which lists all files that were added, and ends the archive. Returns the
    /// output and how many files there are.
    pub(super) fn finish(mut self, mut manifest: Manifest) -> io::Result<(W, usize)> {
        manifest.files = std::mem::take(&mut self.files);
        let mut text = serde_json::to_vec_pretty(&manifest).map_err(io::Error::other)?;
        text.push(b'\n');
        let size = u64::try_from(text.len()).map_err(io::Error::other)?;
        self.append(names::MANIFEST, size, text.as_slice())?;
        let mut output = self.tar.into_inner()?.finish()?;
        output.flush()?;
        Ok((output, manifest.files.len() + 1))
    }
}
