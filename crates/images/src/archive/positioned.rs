//! Reading one file from several places at once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use positioned_io::ReadAt as _;

/// A file with a position of one's own; a clone begins where this one is.
#[derive(Debug, Clone)]
pub(super) struct Positioned {
    file: Arc<File>,
    position: u64,
}

impl Positioned {
    /// Begins at the start.
    pub(super) fn new(file: &Arc<File>) -> Self {
        Self { file: Arc::clone(file), position: 0 }
    }
}

impl Read for Positioned {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read_at(self.position, bytes)?;
        self.position += u64::try_from(len).map_err(io::Error::other)?;
        Ok(len)
    }
}

impl Seek for Positioned {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.file.metadata()?.len().checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reader_of_a_file_has_a_place_of_its_own() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"0123456789").unwrap();
        let mut first = Positioned::new(&Arc::new(File::open(file.path()).unwrap()));
        let mut three = [0; 3];
        first.read_exact(&mut three).unwrap();
        let mut second = first.clone();
        assert_eq!(second.seek(SeekFrom::End(-1)).unwrap(), 9);
        let mut rest = Vec::new();
        second.read_to_end(&mut rest).unwrap();
        assert_eq!((&three, rest.as_slice()), (b"012", &b"9"[..]));
        first.read_exact(&mut three).unwrap();
        assert_eq!(&three, b"345");
        assert_eq!(first.seek(SeekFrom::Current(-2)).unwrap(), 4);
        assert_eq!(first.seek(SeekFrom::Start(20)).unwrap(), 20);
        assert_eq!(first.read(&mut three).unwrap(), 0);
    }

    #[test]
    fn there_is_no_place_before_the_beginning() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut reader = Positioned::new(&Arc::new(File::open(file.path()).unwrap()));
        assert_eq!(reader.seek(SeekFrom::Current(-1)).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(reader.seek(SeekFrom::End(-1)).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(reader.stream_position().unwrap(), 0, "it is where it was");
    }
}
