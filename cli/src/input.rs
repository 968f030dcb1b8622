//! The file that a command is about, if it can be read only once: standard input, a pipe, a device.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::failure::Failure;
use crate::unfinished::Unfinished;

/// The name of a copy.
const NAME: &str = "standard-input";

/// A file that can be read as often as is needed: the one that was named, or a copy of all bytes
/// that came.
#[derive(Debug)]
pub(crate) struct Input {
    path: PathBuf,
    copy: Option<(TempDir, Unfinished)>,
}

impl Input {
    /// Opens what a command line names. `-` is standard input. What is no regular file is read to
    /// its end first, because the check reads a file more than once.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is a folder.
    pub(crate) fn open(named: &Path) -> Result<Self, Failure> {
        if named == Path::new("-") {
            return Self::copied(named, &mut io::stdin().lock());
        }
        let unreadable = |error: io::Error| Failure::file(named, &error);
        let kind = std::fs::metadata(named).map_err(unreadable)?;
        if kind.is_file() || kind.is_dir() {
            return Ok(Self { path: named.to_owned(), copy: None });
        }
        Self::copied(named, &mut File::open(named).map_err(unreadable)?)
    }

    fn copied(named: &Path, bytes: &mut impl Read) -> Result<Self, Failure> {
        let no_room =
            |error: io::Error| Failure::refused("file", format!("`{}` cannot be kept: {error}", named.display()));
        let folder = tempfile::tempdir().map_err(no_room)?;
        let unfinished = Unfinished::at(folder.path());
        let path = folder.path().join(NAME);
        let mut file = File::create(&path).map_err(no_room)?;
        io::copy(bytes, &mut file).map_err(no_room)?;
        Ok(Self { path, copy: Some((folder, unfinished)) })
    }

    /// Returns where it can be read.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether it is a copy, which is gone when the command ends.
    #[must_use]
    pub(crate) const fn is_copy(&self) -> bool {
        self.copy.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_once_is_kept_whole() {
        let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let input = Input::copied(Path::new("-"), &mut bytes.as_slice()).unwrap();
        assert_eq!(std::fs::read(input.path()).unwrap(), bytes);
        let path = input.path().to_owned();
        drop(input);
        assert!(!path.exists());
    }

    #[test]
    fn a_regular_file_is_read_where_it_lies() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let input = Input::open(file.path()).unwrap();
        assert_eq!((input.path(), input.is_copy()), (file.path(), false));
    }

    #[test]
    fn what_is_no_regular_file_is_copied_and_a_folder_is_left_to_the_command() {
        let device = Input::open(Path::new("/dev/null")).unwrap();
        assert!(device.is_copy() && device.path() != Path::new("/dev/null"));
        assert_eq!(std::fs::read(device.path()).unwrap(), b"");
        let folder = tempfile::tempdir().unwrap();
        let input = Input::open(folder.path()).unwrap();
        assert_eq!((input.path(), input.is_copy()), (folder.path(), false));
        let missing = Input::open(&folder.path().join("none.pt")).unwrap_err().to_string();
        assert!(missing.contains("none.pt"), "{missing}");
    }
}
