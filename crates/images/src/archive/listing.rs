//! What an archive has, collected while it is opened.

use std::path::{Path, PathBuf};

use super::error::{ArchiveError, escaped};
use super::name::{EntryName, is_image};

/// Most entries of an archive: as many as a test set may have images, and as many other things.
const MAX_ENTRIES: usize = 20_000_000;

/// Most bytes of an image's file.
pub(crate) const MAX_FILE_BYTES: u64 = 256 << 20;

#[derive(Debug)]
pub(super) struct Entry {
    /// The last part of its path.
    pub(super) name: String,
    /// What is before it.
    folder: Box<str>,
    pub(super) place: Place,
}

/// Where an entry's bytes are.
#[derive(Debug)]
pub(super) enum Place {
    File(PathBuf),
    Bytes {
        start: u64,
        len: u64,
    },
    /// Number of entries before it.
    Ordinal(usize),
    Member {
        index: usize,
        len: u64,
    },
}

/// Collects what an archive has.
pub(super) struct Listing {
    pub(super) archive: PathBuf,
    entries: Vec<Entry>,
    strangers: Vec<String>,
}

impl Listing {
    pub(super) fn new(archive: &Path) -> Self {
        Self { archive: archive.to_owned(), entries: Vec::new(), strangers: Vec::new() }
    }

    /// Returns an error about an entry.
    pub(super) fn refuse(&self, entry: &[u8], reason: impl Into<String>) -> ArchiveError {
        ArchiveError::entry(&self.archive, entry, reason)
    }

    /// Takes an ordinary file, or passes over it. `place` gets the number of images before it.
    pub(super) fn add(
        &mut self,
        path: &[u8],
        len: u64,
        place: impl FnOnce(usize) -> Place,
    ) -> Result<(), ArchiveError> {
        let (folder, name) = match EntryName::of(path).map_err(|reason| self.refuse(path, reason))? {
            EntryName::Ignored => return Ok(()),
            EntryName::File { folder, name } => (folder.into(), name.to_owned()),
        };
        if self.entries.len() + self.strangers.len() >= MAX_ENTRIES {
            return Err(self.refuse(path, format!("the archive has more than {MAX_ENTRIES} files")));
        }
        if !is_image(&name) {
            self.strangers.push(name);
            return Ok(());
        }
        if len > MAX_FILE_BYTES {
            return Err(self.refuse(path, format!("{len} bytes; an image's file has at most {MAX_FILE_BYTES}")));
        }
        let place = place(self.entries.len());
        self.entries.push(Entry { name, folder, place });
        Ok(())
    }

    /// Returns the path of the archive, its images and its other files, both sorted by name.
    pub(super) fn finish(mut self) -> Result<(PathBuf, Vec<Entry>, Vec<String>), ArchiveError> {
        self.entries.sort_by(|a, b| a.name.cmp(&b.name));
        self.strangers.sort();
        if let Some([first, second]) = self.entries.array_windows().find(|[a, b]| a.name == b.name) {
            let [first, second] = [first, second].map(|entry| format!("{}{}", entry.folder, entry.name));
            let reason = match first == second {
                true => "the archive has two files of this path; an image has one".to_owned(),
                false => {
                    let second = escaped(second.as_bytes());
                    format!(
                        "`{second}` has the same file name; folders do not tell images apart, so rename one of them"
                    )
                }
            };
            return Err(self.refuse(first.as_bytes(), reason));
        }
        Ok((self.archive, self.entries, self.strangers))
    }
}
