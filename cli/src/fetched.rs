//! Files that come from a server, with the digest that they have to have.

use std::io::{Read, Write};
use std::path::Path;

use holdout_protocol::{ErrorCode, Sha256};
use sha2::{Digest as _, Sha256 as Hasher};

use crate::failure::Failure;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// Copies a body to a file, which is named in errors as `path`.
///
/// # Errors
///
/// If the body breaks off, the file cannot be written, or the bytes are others than expected.
pub(crate) fn fetch(mut body: impl Read, file: &mut impl Write, path: &Path, expected: Sha256) -> Result<(), Failure> {
    let (mut hasher, mut chunk) = (Hasher::new(), vec![0; CHUNK]);
    loop {
        let count =
            body.read(&mut chunk).map_err(|error| Failure::unreachable(format!("the download broke off: {error}")))?;
        let Some(read) = chunk.get(..count).filter(|read| !read.is_empty()) else { break };
        hasher.update(read);
        file.write_all(read).map_err(|error| Failure::file(path, &error))?;
    }
    if Sha256::from_bytes(hasher.finalize().into()) != expected {
        let message = "what came is damaged: its SHA-256 is not that of the file on the server";
        return Err(
            Failure::refused(ErrorCode::ChecksumMismatch.as_str(), message).advise("Try again; nothing was kept.")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::digest_of;

    #[test]
    fn what_comes_is_kept_only_if_it_is_what_was_meant() {
        let bytes = vec![7; CHUNK + 1];
        let mut file = Vec::new();
        fetch(&bytes[..], &mut file, Path::new("a"), digest_of(&bytes)).unwrap();
        assert_eq!(file, bytes);
        let failure = fetch(&bytes[1..], &mut Vec::new(), Path::new("a"), digest_of(&bytes)).unwrap_err();
        assert!(failure.to_string().contains("damaged"), "{failure}");
    }

    #[test]
    fn a_body_that_breaks_off_is_no_answer_of_the_server() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::ConnectionReset.into())
            }
        }
        let failure = fetch(Broken, &mut Vec::new(), Path::new("a"), digest_of(b"")).unwrap_err();
        assert!(failure.to_string().starts_with("the download broke off"), "{failure}");
        assert_eq!(failure.exit_code(), 3);
    }
}
