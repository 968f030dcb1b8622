//! The file of prepared images.
//!
//! Layout, numbers little-endian: a header of 4096 bytes, then the images in the test set's order,
//! each `uint8[3, side, side]` (a plane of red, one of green, one of blue), with nothing between
//! them, then the CRC-32 of each image, `uint32[images]`, and that of these. The header:
//!
//! | Bytes | What |
//! |---|---|
//! | 0–15 | `holdout pixels\r\n` |
//! | 16–19 | version of the layout: 2 |
//! | 20–23 | side, pixels |
//! | 24–31 | number of images |
//! | 32–63 | key |
//! | 64–95 | SHA-256 of bytes 0–63 |
//! | 96–4095 | zero |
//!
//! Whoever reads the file holds a shared lock on it (`flock`), which keeps caches of any process
//! from deleting it. An image that is not what was written is never given out, because it would
//! make a wrong score; the file is deleted then, so that the next who wants it prepares it again.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use holdout_protocol::Sha256;
use sha2::Digest;

/// Bytes before the first image: a page, so that images do not straddle more pages than they must.
pub(crate) const HEADER_BYTES: u64 = 4096;

const MAGIC: &[u8; 16] = b"holdout pixels\r\n";
const VERSION: u32 = 2;
const SIGNED: usize = 64;

/// Prepared images, open for reading by any number of threads; while it is open, no cache deletes
/// the file.
#[derive(Debug)]
pub struct Prepared {
    file: File,
    path: PathBuf,
    shape: Shape,
    /// The CRC-32 of each image.
    sums: Vec<u32>,
}

/// How many images of what size, under what key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) key: Sha256,
    pub(crate) len: u64,
    pub(crate) side: u32,
}

/// A file that is not the one wanted.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be read, or is not there.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It is not a finished file of prepared images, or one of another key.
    #[error("not the file of prepared images wanted: {0}")]
    Unusable(&'static str),
}

impl Prepared {
    /// Opens a finished file.
    ///
    /// # Errors
    /// If there is no such file, or it is damaged, cut off or of another key.
    pub fn open(path: &Path, key: Sha256) -> Result<Self, OpenError> {
        let file = File::open(path)?;
        file.lock_shared()?;
        // Whoever had it exclusively may have deleted it.
        if file.metadata()?.nlink() == 0 {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        }
        Self::from_locked(file, path, key)
    }

    /// Checks a file that is locked already.
    pub(crate) fn from_locked(file: File, path: &Path, key: Sha256) -> Result<Self, OpenError> {
        let mut header = [0; SIGNED + 32];
        file.read_exact_at(&mut header, 0).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => OpenError::Unusable("it is cut off"),
            _ => error.into(),
        })?;
        let shape = Shape::read(&header).map_err(OpenError::Unusable)?;
        if shape.key != key {
            return Err(OpenError::Unusable("it has another key"));
        }
        if shape.file_bytes() != Some(file.metadata()?.len()) {
            return Err(OpenError::Unusable("it is cut off or too long"));
        }
        let sums = shape.read_sums(&file)?;
        Ok(Self { file, path: path.to_owned(), shape, sums })
    }

    /// Returns the number of images, in the test set's order.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.shape.len).unwrap_or(usize::MAX)
    }

    /// Returns whether it is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.shape.len == 0
    }

    /// Side of the square, pixels.
    #[must_use]
    pub const fn side(&self) -> u32 {
        self.shape.side
    }

    /// Returns the bytes of an image: `3 × side × side`.
    #[must_use]
    pub fn image_bytes(&self) -> usize {
        usize::try_from(self.shape.image_bytes()).unwrap_or(usize::MAX)
    }

    /// Returns the bytes of the file.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.shape.file_bytes().unwrap_or(u64::MAX)
    }

    /// Reads an image, `[3, side, side]`, into exactly [`Prepared::image_bytes`].
    ///
    /// # Errors
    /// If there is no such image, the size differs, or the file cannot be read. If the image is
    /// damaged (`InvalidData`), the file is deleted: the next one who wants it prepares it again.
    pub fn read(&self, index: usize, image: &mut [u8]) -> io::Result<()> {
        self.read_into(&[index], image)
    }

    /// Reads images one after another into exactly as many times [`Prepared::image_bytes`].
    ///
    /// # Errors
    /// As [`Prepared::read`].
    pub fn read_into(&self, indices: &[usize], images: &mut [u8]) -> io::Result<()> {
        if Some(images.len()) != indices.len().checked_mul(self.image_bytes()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the buffer is not as large as the images"));
        }
        for (index, image) in indices.iter().zip(images.chunks_exact_mut(self.image_bytes())) {
            let place =
                u64::try_from(*index).ok().and_then(|place| self.shape.offset(place)).zip(self.sums.get(*index));
            let (offset, sum) =
                place.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "there is no such image"))?;
            self.file.read_exact_at(image, offset)?;
            if crc32fast::hash(image) != *sum {
                self.delete();
                let message = format!("image {index} of the prepared file is damaged; the file is deleted");
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        Ok(())
    }

    /// Deletes the file, unless its name has gone to another one.
    fn delete(&self) {
        let same = |named: &fs::Metadata, own: &fs::Metadata| (named.dev(), named.ino()) == (own.dev(), own.ino());
        if let (Ok(named), Ok(own)) = (fs::metadata(&self.path), self.file.metadata())
            && same(&named, &own)
        {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Shape {
    /// Returns the bytes of an image.
    pub(crate) fn image_bytes(self) -> u64 {
        3 * u64::from(self.side) * u64::from(self.side)
    }

    /// Returns the bytes of the whole file; `None` if no file can have so many.
    pub(crate) fn file_bytes(self) -> Option<u64> {
        let bytes = self.len.checked_add(1)?.checked_mul(4)?.checked_add(self.offset(self.len)?)?;
        i64::try_from(bytes).is_ok().then_some(bytes)
    }

    /// Returns the end of the file: the check sums of the images, in their order, and that of
    /// these.
    pub(crate) fn sums(sums: impl IntoIterator<Item = u32>) -> Vec<u8> {
        let mut bytes: Vec<u8> = sums.into_iter().flat_map(u32::to_le_bytes).collect();
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Returns the check sums of the images of a file that is as long as it has to be.
    fn read_sums(self, file: &File) -> Result<Vec<u32>, OpenError> {
        const DAMAGED: OpenError = OpenError::Unusable("its check sums are damaged");
        let offset = self.offset(self.len).ok_or(DAMAGED)?;
        let mut bytes = vec![0; usize::try_from((self.len + 1) * 4).map_err(|_| DAMAGED)?];
        file.read_exact_at(&mut bytes, offset)?;
        let (sums, own) = bytes.split_last_chunk::<4>().ok_or(DAMAGED)?;
        if crc32fast::hash(sums) != u32::from_le_bytes(*own) {
            return Err(DAMAGED);
        }
        Ok(sums.as_chunks().0.iter().map(|sum| u32::from_le_bytes(*sum)).collect())
    }

    /// Returns where an image begins.
    pub(crate) fn offset(self, index: u64) -> Option<u64> {
        let offset = index.checked_mul(self.image_bytes())?.checked_add(HEADER_BYTES)?;
        i64::try_from(offset).is_ok().then_some(offset)
    }

    /// Returns the header, as far as it is not zero.
    pub(crate) fn header(self) -> Vec<u8> {
        let mut header = MAGIC.to_vec();
        header.extend(VERSION.to_le_bytes());
        header.extend(self.side.to_le_bytes());
        header.extend(self.len.to_le_bytes());
        header.extend(self.key.as_bytes());
        header.extend(sha2::Sha256::digest(&header));
        header
    }

    fn read(header: &[u8; SIGNED + 32]) -> Result<Self, &'static str> {
        const CUT: &str = "its header is cut off";
        let (signed, digest) = header.split_first_chunk::<SIGNED>().ok_or(CUT)?;
        let (magic, rest) = signed.split_first_chunk::<16>().ok_or(CUT)?;
        let (version, rest) = rest.split_first_chunk().ok_or(CUT)?;
        let (side, rest) = rest.split_first_chunk().ok_or(CUT)?;
        let (len, rest) = rest.split_first_chunk().ok_or(CUT)?;
        let key = rest.first_chunk().ok_or(CUT)?;
        if magic != MAGIC {
            return Err("it is another kind of file");
        }
        if u32::from_le_bytes(*version) != VERSION {
            return Err("it has another version");
        }
        if sha2::Sha256::digest(signed).as_slice() != digest {
            return Err("its header is damaged");
        }
        Ok(Self { key: Sha256::from_bytes(*key), len: u64::from_le_bytes(*len), side: u32::from_le_bytes(*side) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        Shape { key: Sha256::from_bytes([7; 32]), len: 2, side: 3 }
    }

    fn write(bytes: &[u8], len: u64) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all_at(bytes, 0).unwrap();
        file.as_file().set_len(len).unwrap();
        file
    }

    /// A whole file: the first image is black, all bytes of the second are 5.
    fn whole() -> tempfile::NamedTempFile {
        let file = write(&shape().header(), shape().file_bytes().unwrap());
        file.as_file().write_all_at(&[5; 27], HEADER_BYTES + 27).unwrap();
        let sums = Shape::sums([[0; 27], [5; 27]].map(|image| crc32fast::hash(&image)));
        file.as_file().write_all_at(&sums, HEADER_BYTES + 54).unwrap();
        file
    }

    #[test]
    fn a_whole_file_is_read() {
        let file = whole();
        let prepared = Prepared::open(file.path(), shape().key).unwrap();
        assert_eq!((prepared.len(), prepared.side(), prepared.image_bytes()), (2, 3, 27));
        let mut images = [9; 54];
        prepared.read_into(&[1, 0], &mut images).unwrap();
        assert_eq!(images, [[5; 27], [0; 27]].concat()[..]);
        assert!(prepared.read(2, &mut images[..27]).is_err());
        assert!(prepared.read(usize::MAX, &mut images[..27]).is_err());
        assert!(prepared.read(0, &mut images[..26]).is_err());
        assert!(prepared.read_into(&[0, 1], &mut images[..27]).is_err());
    }

    #[test]
    fn a_damaged_image_is_not_given_out_and_its_file_goes() {
        let file = whole();
        let prepared = Prepared::open(file.path(), shape().key).unwrap();
        file.as_file().write_all_at(&[4], HEADER_BYTES + 40).unwrap();
        let mut image = [9; 27];
        prepared.read(0, &mut image).unwrap();
        let damaged = prepared.read(1, &mut image).unwrap_err();
        assert_eq!(damaged.kind(), io::ErrorKind::InvalidData);
        assert!(damaged.to_string().contains("image 1"), "{damaged}");
        assert!(!file.path().exists());
        // Another file under that name is left alone.
        std::fs::write(file.path(), "another").unwrap();
        prepared.read(1, &mut image).unwrap_err();
        assert!(file.path().exists());
        for at in 0..12 {
            let file = whole();
            let mut byte = [0];
            file.as_file().read_exact_at(&mut byte, HEADER_BYTES + 54 + at).unwrap();
            file.as_file().write_all_at(&[byte[0] ^ 1], HEADER_BYTES + 54 + at).unwrap();
            let refused = Prepared::open(file.path(), shape().key).unwrap_err();
            assert!(refused.to_string().contains("check sums"), "{refused}");
        }
    }

    #[test]
    fn any_other_file_is_refused() {
        let (header, len) = (shape().header(), shape().file_bytes().unwrap());
        let refused =
            |bytes: &[u8], len| Prepared::open(write(bytes, len).path(), shape().key).unwrap_err().to_string();
        for at in 0..header.len() {
            let mut changed = header.clone();
            changed[at] ^= 1;
            refused(&changed, len);
        }
        assert!(refused(&header, len - 1).contains("cut off"));
        assert!(refused(&header, len + 1).contains("too long"));
        assert!(refused(&header[..40], 40).contains("cut off"));
        refused(b"", 0);
        let other = Shape { key: Sha256::from_bytes([8; 32]), ..shape() };
        assert!(refused(&other.header(), len).contains("another key"));
        let enormous = Shape { len: u64::MAX, ..shape() };
        assert!(refused(&enormous.header(), len).contains("too long"));
        assert!(matches!(Prepared::open(Path::new("/nowhere"), shape().key), Err(OpenError::Read(_))));
    }
}
