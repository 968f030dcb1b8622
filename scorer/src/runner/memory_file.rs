//! Memory that is handed to a runner: files without a name, of which the runner gets a descriptor
//! for reading only.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// A file in memory.
#[derive(Debug)]
pub(crate) struct MemoryFile {
    file: File,
}

impl MemoryFile {
    /// Returns an empty one.
    pub(crate) fn new(name: &str) -> io::Result<Self> {
        let descriptor = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        Ok(Self { file: File::from(descriptor) })
    }

    /// Makes a file of a fixed size, whose bytes can be written again and again.
    pub(crate) fn sized(name: &str, bytes: u64) -> io::Result<Self> {
        let memory = Self::new(name)?;
        memory.file.set_len(bytes)?;
        fcntl_add_seals(&memory.file, SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
        Ok(memory)
    }

    /// Returns the file, to fill it with a writer.
    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    /// Writes at an offset.
    pub(crate) fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    /// Seals the file, so that nobody can change it through any descriptor.
    pub(crate) fn seal(&self) -> io::Result<()> {
        let all = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        Ok(fcntl_add_seals(&self.file, all)?)
    }

    /// Returns a descriptor that can only read. A copy of ours could write as well, and would share
    /// our place in the file.
    pub(crate) fn reader(&self) -> io::Result<OwnedFd> {
        Ok(File::open(format!("/proc/self/fd/{}", self.file.as_raw_fd()))?.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[test]
    fn a_reader_cannot_write() {
        let memory = MemoryFile::sized("ring", 8).unwrap();
        memory.write_at(b"abcd", 4).unwrap();
        let mut reader = File::from(memory.reader().unwrap());
        assert!(reader.write_all(b"x").is_err());
        let mut text = Vec::new();
        reader.read_to_end(&mut text).unwrap();
        assert_eq!(text, b"\0\0\0\0abcd");
        assert!(memory.write_at(b"too far", 4).is_err(), "its size is settled");
    }

    #[test]
    fn what_is_sealed_stays_as_it_is() {
        let memory = MemoryFile::new("model").unwrap();
        memory.file().write_all(b"model").unwrap();
        memory.seal().unwrap();
        assert!(memory.write_at(b"x", 0).is_err());
        assert!(memory.file().set_len(0).is_err() && memory.file().set_len(100).is_err());
        let again = File::options().write(true).open(format!("/proc/self/fd/{}", memory.file().as_raw_fd())).unwrap();
        assert!(again.write_all_at(b"x", 0).is_err(), "nor through another descriptor");
        assert_eq!(memory.file().metadata().unwrap().len(), 5);
    }
}
