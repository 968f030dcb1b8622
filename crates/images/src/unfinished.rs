//! A prepared file in the making, which one process at a time may write to.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use crate::prepared::Shape;
use crate::record::Record;
use crate::{OpenError, Prepared};

/// What an unfinished file is called.
pub(crate) const PART_SUFFIX: &str = ".part";

/// What its record is called.
pub(crate) const RECORD_SUFFIX: &str = ".part.record";

/// A prepared file in the making. Its exclusive lock (`flock`) is held: others wait for the result.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: File,
    target: PathBuf,
    shape: Shape,
}

/// A file that is taken up.
pub(crate) struct Resumed {
    pub(crate) unfinished: Unfinished,
    pub(crate) record: Record,
    /// The images that are in it, with the CRC-32 of each.
    pub(crate) done: BTreeMap<u32, u32>,
}

/// Who makes a file.
pub(crate) enum Claim {
    Mine(File),
    /// Another one, at this moment.
    Others,
    /// It was finished or deleted just now: look again.
    Gone,
}

/// Tries to become the one that makes a file.
pub(crate) fn claim(target: &Path) -> io::Result<Claim> {
    let part = with_suffix(target, PART_SUFFIX);
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Claim::Others),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // The lock is on the file; its name may have gone to another one meanwhile.
    let same = fs::metadata(&part).is_ok_and(|named| {
        file.metadata().is_ok_and(|locked| (locked.dev(), locked.ino()) == (named.dev(), named.ino()))
    });
    Ok(if same { Claim::Mine(file) } else { Claim::Gone })
}

impl Unfinished {
    /// Takes up what is there. Between two images, `go_on` gets the number of those found done. If
    /// it breaks off, so does this, and everything stays as it is.
    pub(crate) fn resume(
        file: File,
        target: &Path,
        shape: Shape,
        mut go_on: impl FnMut(u64) -> ControlFlow<()>,
    ) -> io::Result<ControlFlow<(), Resumed>> {
        let (record, entries) = Record::open(&with_suffix(target, RECORD_SUFFIX), shape.key)?;
        reserve(&file, shape.file_bytes().ok_or(io::ErrorKind::FileTooLarge)?)?;
        let unfinished = Self { file, target: target.to_owned(), shape };
        let mut image = vec![0; usize::try_from(shape.image_bytes()).map_err(|_| io::ErrorKind::OutOfMemory)?];
        let mut done = BTreeMap::new();
        for (index, crc) in entries.into_iter().filter(|(index, _)| u64::from(*index) < shape.len) {
            unfinished.file.read_exact_at(&mut image, unfinished.offset(index)?)?;
            if crc32fast::hash(&image) == crc {
                done.insert(index, crc);
            }
            if go_on(u64::try_from(done.len()).unwrap_or(u64::MAX)).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(Resumed { unfinished, record, done }))
    }

    /// Writes an image, from any thread; gives the CRC-32 of its bytes for the record.
    pub(crate) fn write(&self, index: u32, image: &[u8]) -> io::Result<u32> {
        self.file.write_all_at(image, self.offset(index)?)?;
        Ok(crc32fast::hash(image))
    }

    /// Gives the file, all images of which are written and have these check sums, its name. From
    /// then on it is there as a whole, whatever happens.
    pub(crate) fn finish(self, sums: &BTreeMap<u32, u32>) -> Result<Prepared, OpenError> {
        let end = self.shape.offset(self.shape.len).ok_or(io::ErrorKind::InvalidInput).map_err(io::Error::from)?;
        self.file.write_all_at(&Shape::sums(sums.values().copied()), end)?;
        self.file.write_all_at(&self.shape.header(), 0)?;
        self.file.sync_all()?;
        fs::rename(with_suffix(&self.target, PART_SUFFIX), &self.target)?;
        if let Some(folder) = self.target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        // A leftover does no harm, because the key is in each of its entries.
        let _ = fs::remove_file(with_suffix(&self.target, RECORD_SUFFIX));
        self.file.lock_shared()?;
        Prepared::from_locked(self.file, &self.target, self.shape.key)
    }

    /// Deletes what there is, because it can never be finished.
    pub(crate) fn discard(self) {
        let _ = fs::remove_file(with_suffix(&self.target, RECORD_SUFFIX));
        let _ = fs::remove_file(with_suffix(&self.target, PART_SUFFIX));
    }

    fn offset(&self, index: u32) -> io::Result<u64> {
        self.shape.offset(index.into()).ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

/// Gives the file its length and, if the file system can, its place on the disk: a full disk is
/// noticed at once.
fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    file.set_len(bytes)?;
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Returns a path with something appended to its last part.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
