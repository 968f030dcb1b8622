//! What tells a file from another one: place, size, time of change, SHA-256.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use holdout_protocol::Sha256;
use serde::{Deserialize, Serialize};
use sha2::Digest;

/// A file as it was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileFacts {
    pub(crate) path: PathBuf,
    /// Bytes.
    pub(crate) size: u64,
    /// When it was changed, nanoseconds since the start of 1970; 0 if the file system does not
    /// tell.
    pub(crate) modified: u64,
    /// The digest of its content.
    pub(crate) sha256: Sha256,
}

impl FileFacts {
    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is not a file.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let mut file = File::open(&path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a file"));
        }
        let age = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = age.and_then(|age| u64::try_from(age.as_nanos()).ok()).unwrap_or(0);
        let (size, sha256) = digest(&mut file)?;
        Ok(Self { path, size, modified, sha256 })
    }

    /// Returns the name of the file, for people.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

fn digest(reader: &mut impl Read) -> io::Result<(u64, Sha256)> {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut size = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
        hasher.update(read);
        size += u64::try_from(count).map_err(io::Error::other)?;
    }
    Ok((size, Sha256::from_bytes(hasher.finalize().into())))
}

/// Returns the digest of bytes in memory.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> Sha256 {
    Sha256::from_bytes(sha2::Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_change_with_the_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "abc").unwrap();
        let first = FileFacts::of(&path).unwrap();
        assert_eq!((first.size, first.name().as_str()), (3, "a.txt"));
        assert_eq!(first.sha256, digest_of(b"abc"));
        assert_eq!(first.sha256.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        std::fs::write(&path, "abd").unwrap();
        assert_ne!(FileFacts::of(&path).unwrap().sha256, first.sha256);
    }

    #[test]
    fn a_folder_is_no_file() {
        assert!(FileFacts::of(Path::new("/")).is_err());
    }

    /// Gives its bytes in small pieces, and is interrupted before each.
    struct Interrupted<'a>(&'a [u8], bool);

    impl Read for Interrupted<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = into.len().min(3);
            self.0.read(&mut into[..count])
        }
    }

    #[test]
    fn a_file_that_comes_in_pieces_has_the_digest_of_the_whole() {
        let bytes = b"0123456789";
        assert_eq!(digest(&mut Interrupted(bytes, false)).unwrap(), (10, digest_of(bytes)));
        assert_eq!(digest(&mut &b""[..]).unwrap(), (0, digest_of(b"")));
    }

    #[test]
    fn a_link_has_the_facts_of_the_file_that_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.pt");
        std::fs::write(&file, "abc").unwrap();
        let changed = UNIX_EPOCH + std::time::Duration::from_nanos(1_000_000_007);
        File::options().write(true).open(&file).unwrap().set_modified(changed).unwrap();
        std::os::unix::fs::symlink(&file, folder.path().join("latest")).unwrap();
        let facts = FileFacts::of(&folder.path().join("latest")).unwrap();
        assert_eq!((facts.name().as_str(), facts.modified), ("model.pt", 1_000_000_007));
        assert_eq!(FileFacts::of(folder.path()).unwrap_err().to_string(), "is not a file");
    }
}
