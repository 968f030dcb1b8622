//! What the targets share: seeds, made by code when a target starts, and a file in memory.
//!
//! A target calls [`seed`] in its `init`. libFuzzer reads the corpus after that, so no seed has to
//! be checked in.

use std::fs;
use std::path::{Path, PathBuf};

pub mod models;
pub mod pictures;
pub mod zips;

/// Writes the seeds of `target` to the folder that `cargo fuzz run` reads them from.
pub fn seed(target: &str, seeds: impl IntoIterator<Item = Vec<u8>>) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&corpus).expect("the corpus folder can be made");
    for (index, bytes) in seeds.into_iter().enumerate() {
        fs::write(corpus.join(format!("seed-{index:02}")), bytes).expect("a seed can be written");
    }
}

/// A file of this process in memory, which each input overwrites: readers want a path.
pub struct MemoryFile {
    path: PathBuf,
    /// Deletes the folder when this is dropped.
    _folder: tempfile::TempDir,
}

impl MemoryFile {
    /// A file of this name, in a folder of its own.
    pub fn new(name: &str) -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").expect("there is a file system in memory");
        Self { path: folder.path().join(name), _folder: folder }
    }

    /// The file, with these bytes in it.
    pub fn with(&self, bytes: &[u8]) -> &Path {
        fs::write(&self.path, bytes).expect("the file can be written");
        &self.path
    }
}
