//! One `up` at a time in a data folder.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::failure::Failure;

/// Held as long as the process works in the folder; the system releases it with the process, however that ends.
pub(super) struct DataLock(#[expect(dead_code, reason = "held, not used")] File);

impl DataLock {
    /// Takes the folder, which is made where it is not there.
    pub(super) fn take(data: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(data).map_err(|error| Failure::file(data, &error))?;
        let path = data.join("lock");
        let file =
            File::options().create(true).append(true).open(&path).map_err(|error| Failure::file(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::refused("in_use", format!("another `holdout up` works in `{}`", data.display()))
                    .advise("Stop it first, or give another folder with `--data`."))
            }
            Err(TryLockError::Error(error)) => Err(Failure::file(&path, &error)),
        }
    }
}
