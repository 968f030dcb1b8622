//! A folder that is made under a hidden name and put in its place at the end.

use std::fs;
use std::path::Path;

use super::files::file_name;
use crate::failure::Failure;
use crate::new_file::{exists, parent};
use crate::unfinished::Unfinished;

/// The folder while it is made; removed if it is not put in its place.
pub(super) struct Staging {
    folder: tempfile::TempDir,
    _unfinished: Unfinished,
}

impl Staging {
    /// # Errors
    ///
    /// If something is at the place already, or nothing can be made beside it.
    pub(super) fn beside(out: &Path) -> Result<Self, Failure> {
        if fs::symlink_metadata(out).is_ok() {
            return Err(exists(out));
        }
        let parent = parent(out);
        let prefix = format!(".{}.new-", file_name(out));
        let made = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent);
        let folder = made.map_err(|error| Failure::file(parent, &error))?;
        let unfinished = Unfinished::at(folder.path());
        Ok(Self { folder, _unfinished: unfinished })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path().join(name);
        fs::write(&path, text).map_err(|error| Failure::file(&path, &error))
    }

    pub(super) fn put_at(self, out: &Path) -> Result<(), Failure> {
        // It stays its owner's alone, as temporary folders are: there are hidden labels in it.
        fs::rename(self.path(), out).map_err(|error| Failure::file(out, &error))?;
        // Nothing is left to be removed.
        let _ = self.folder.keep();
        Ok(())
    }
}
