//! What a process can learn of itself from `/proc`, through a file that stays open when the folder
//! is gone.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The open status file of this process.
#[derive(Debug)]
pub struct Status(File);

impl Status {
    /// Opens it.
    ///
    /// # Errors
    /// If `/proc` is not there.
    pub fn open() -> io::Result<Self> {
        File::open("/proc/self/status").map(Self)
    }

    /// Returns the number of threads.
    ///
    /// # Errors
    /// If the file cannot be read or does not say so.
    pub fn threads(&self) -> io::Result<u64> {
        self.field("Threads:")
    }

    /// Address space in use, bytes.
    ///
    /// # Errors
    /// If the file cannot be read or does not say so.
    pub fn address_space(&self) -> io::Result<u64> {
        self.field("VmSize:").map(|kibibytes| kibibytes.saturating_mul(1024))
    }

    /// Returns the number behind a name.
    fn field(&self, name: &str) -> io::Result<u64> {
        let mut text = [0; 8192];
        let length = self.0.read_at(&mut text, 0)?;
        let text = String::from_utf8_lossy(text.get(..length).unwrap_or_default());
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        let number = value.and_then(|value| value.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}
