//! The files that a test set's images come in: a tar, tar.gz or zip file, or a folder.
//!
//! Whatever can mislead is refused when the archive is opened: paths that lead out of it, links and
//! devices, two files of one name, encrypted or enormous entries, data that unpacks to a multiple
//! that no images have. Files that are not images by their names are listed, because they are most
//! likely there by mistake.

mod error;
mod folder;
mod listing;
mod name;
mod positioned;
mod tarball;
mod zipped;

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use positioned_io::ReadAt as _;

pub use self::error::ArchiveError;
pub(crate) use self::error::escaped;
use self::listing::{Entry, Listing, Place};
use self::positioned::Positioned;

/// Images in a tar, tar.gz or zip file, or in a folder.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    source: Source,
    /// Sorted by name, no name twice.
    entries: Vec<Entry>,
    /// Names of files that are not images by their names, sorted.
    strangers: Vec<String>,
}

#[derive(Debug)]
enum Source {
    Folder,
    Tar(Arc<File>),
    /// A tar file that can only be read from its beginning.
    Compressed(Arc<File>),
    Zip(zipped::Zip),
}

/// Goes through the files of a tar or tar.gz file in their order; of a plain one only what is read
/// is read. `visit` gets a file's path, its number of bytes and its content, of which it reads as
/// much as it likes; its break ends the walk.
///
/// What [`Archive::open`] refuses or leaves out is refused or left out here, too; the files need
/// not be images.
///
/// # Errors
/// If it cannot be read, is of another kind, or has an entry that no archive of images has.
pub fn read_tar(
    path: &Path,
    visit: &mut dyn FnMut(&str, u64, &mut dyn Read) -> ControlFlow<()>,
) -> Result<(), ArchiveError> {
    let failed = |source| ArchiveError::Read { path: path.to_owned(), source };
    let file = Arc::new(File::open(path).map_err(failed)?);
    let mut start = Vec::new();
    Positioned::new(&file).take(512).read_to_end(&mut start).map_err(failed)?;
    match Kind::of(&start) {
        Some(Kind::Tar) => tarball::read(&file, path, visit),
        Some(Kind::Gzip) => tarball::read_compressed(&file, path, visit),
        Some(Kind::Zip) | None => Err(ArchiveError::NotTar { path: path.to_owned() }),
    }
}

impl Archive {
    /// Lists the images of an archive, whose contents decide on its kind. A compressed tar file is
    /// read as a whole.
    ///
    /// Directories, files whose names begin with a dot and what lies in folders of such names or of
    /// the name `__MACOSX` are left out.
    ///
    /// # Errors
    /// If it cannot be read, is of another kind, or has an entry that no archive of images has.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let failed = |source| ArchiveError::Read { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(failed)?.is_dir() {
            let mut listing = Listing::new(path);
            folder::list(path, &mut listing)?;
            return Self::of_listing(listing, Source::Folder);
        }
        let file = Arc::new(File::open(path).map_err(failed)?);
        let mut start = Vec::new();
        Positioned::new(&file).take(512).read_to_end(&mut start).map_err(failed)?;
        let mut listing = Listing::new(path);
        match Kind::of(&start) {
            Some(Kind::Tar) => {
                tarball::list(&file, &mut listing)?;
                Self::of_listing(listing, Source::Tar(file))
            }
            Some(Kind::Gzip) => {
                tarball::list_compressed(&file, &mut listing)?;
                Self::of_listing(listing, Source::Compressed(file))
            }
            Some(Kind::Zip) => {
                let zip = zipped::Zip::open(&file, path)?;
                zip.list(&mut listing)?;
                Self::of_listing(listing, Source::Zip(zip))
            }
            None => Err(ArchiveError::Kind { path: path.to_owned() }),
        }
    }

    fn of_listing(listing: Listing, source: Source) -> Result<Self, ArchiveError> {
        let (path, entries, strangers) = listing.finish()?;
        Ok(Self { path, source, entries, strangers })
    }

    /// Returns the images' file names without folders, sorted by their bytes.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Returns the number of images.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether it is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the position of a name.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok()
    }

    /// Returns the name at a position.
    pub(crate) fn name(&self, position: usize) -> Option<&str> {
        self.entries.get(position).map(|entry| entry.name.as_str())
    }

    /// Returns the names of files that are not images by their names.
    pub(crate) fn strangers(&self) -> &[String] {
        &self.strangers
    }

    /// Returns whether entries can be read in any order, by several threads.
    pub(crate) const fn is_random_access(&self) -> bool {
        !matches!(self.source, Source::Compressed(_))
    }

    /// Returns the bytes of an entry as the archive declares them; 0 if it does not.
    pub(crate) fn declared_bytes(&self, position: usize) -> u64 {
        match self.entries.get(position).map(|entry| &entry.place) {
            Some(Place::Bytes { len, .. } | Place::Member { len, .. }) => *len,
            Some(Place::File(path)) => std::fs::symlink_metadata(path).map_or(0, |metadata| metadata.len()),
            Some(Place::Ordinal(_)) | None => 0,
        }
    }

    /// Reads an entry of an archive with random access into `bytes`, replacing what is there.
    pub(crate) fn read(&self, position: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.clear();
        let entry = self.entries.get(position).ok_or(io::ErrorKind::NotFound)?;
        match (&self.source, &entry.place) {
            (Source::Folder, Place::File(path)) => folder::read(path, bytes),
            (Source::Tar(file), Place::Bytes { start, len }) => {
                bytes.resize(usize::try_from(*len).map_err(|_| io::ErrorKind::OutOfMemory)?, 0);
                file.read_exact_at(*start, bytes)
            }
            (Source::Zip(zip), Place::Member { index, .. }) => zip.read(*index, bytes),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Reads a compressed archive from its beginning. `want` gets each entry's position and bytes
    /// before it is read, and says whether to, with something to remember; `give` gets that and the
    /// bytes. Others have nothing to be read in this way.
    pub(crate) fn stream<W>(
        &self,
        want: impl Fn(usize, u64) -> Option<W>,
        give: impl FnMut(W, Vec<u8>) -> ControlFlow<()>,
    ) -> Result<(), ArchiveError> {
        let Source::Compressed(file) = &self.source else { return Ok(()) };
        let mut positions = vec![None; self.entries.len()];
        for (position, entry) in self.entries.iter().enumerate() {
            if let Place::Ordinal(ordinal) = entry.place
                && let Some(slot) = positions.get_mut(ordinal)
            {
                *slot = Some(position);
            }
        }
        let want = |ordinal: usize, bytes| want(positions.get(ordinal).copied().flatten()?, bytes);
        tarball::stream(file, &self.path, want, give)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Tar,
    Gzip,
    Zip,
}

impl Kind {
    fn of(start: &[u8]) -> Option<Self> {
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            return Some(Self::Zip);
        }
        if start.starts_with(b"\x1F\x8B") {
            return Some(Self::Gzip);
        }
        tarball::is_header(start).then_some(Self::Tar)
    }
}
