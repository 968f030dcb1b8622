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

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(entries: &[(&str, u64)]) -> Result<Listing, ArchiveError> {
        let mut listing = Listing::new(Path::new("images.tar"));
        for (path, len) in entries {
            listing.add(path.as_bytes(), *len, Place::Ordinal)?;
        }
        Ok(listing)
    }

    fn refused(entries: &[(&str, u64)]) -> String {
        listing(entries).and_then(Listing::finish).unwrap_err().to_string()
    }

    #[test]
    fn images_are_sorted_by_name_and_keep_their_places_in_the_archive() {
        let given =
            [("z/b.png", 1), ("notes.txt", 1), ("a.JPG", 1), (".DS_Store", 1), ("a.md", u64::MAX), ("c.png", 1)];
        let (path, images, strangers) = listing(&given).unwrap().finish().unwrap();
        let placed: Vec<(&str, usize)> = images
            .iter()
            .map(|image| match image.place {
                Place::Ordinal(before) => (image.name.as_str(), before),
                _ => panic!("{image:?}"),
            })
            .collect();
        assert_eq!(placed, [("a.JPG", 1), ("b.png", 0), ("c.png", 2)]);
        assert_eq!(strangers, ["a.md", "notes.txt"]);
        assert_eq!(path, Path::new("images.tar"));
    }

    #[test]
    fn folders_do_not_tell_images_apart() {
        let twice = refused(&[("x/a.png", 1), ("x/a.png", 1)]);
        assert_eq!(twice, "images.tar: `x/a.png`: the archive has two files of this path; an image has one");
        let same = refused(&[("x/a.png", 1), ("b.png", 1), ("y/a.png", 1)]);
        assert!(same.contains("`x/a.png`: `y/a.png` has the same file name"), "{same}");
    }

    #[test]
    fn an_image_has_at_most_as_many_bytes_as_are_read() {
        assert!(listing(&[("a.png", MAX_FILE_BYTES)]).is_ok());
        let message = refused(&[("x/a.png", MAX_FILE_BYTES + 1)]);
        assert!(message.contains("`x/a.png`: 268435457 bytes") && message.ends_with("at most 268435456"), "{message}");
    }
}
