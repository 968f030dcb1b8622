//! One `up` at a time in a data folder, and one server at a time on a database of SQLite.

use std::fs::{File, TryLockError};
use std::path::Path;

use holdout_server::Config;

use super::server_failure;
use crate::failure::Failure;

/// Held as long as the process works with what it locks; the system releases it with the process,
/// however that ends.
pub(super) struct Lock(#[expect(dead_code, reason = "held, not used")] File);

impl Lock {
    /// Takes the data folder, which is made where it is not there.
    pub(super) fn folder(data: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(data).map_err(|error| {
            let message = format!("the data folder `{}` cannot be made: {error}", data.display());
            Failure::refused("file", message).advise("Give a folder that can be made with `--data`.")
        })?;
        Self::take(&data.join("lock"), || {
            Failure::refused("in_use", format!("another `holdout up` works in `{}`", data.display()))
                .advise("Stop it first, or give another folder with `--data`.")
        })
    }

    /// Takes the database if it is a file: what servers keep in memory, and the files beside it,
    /// have one owner. Several servers may share one PostgreSQL.
    pub(super) fn database(config: &Config) -> Result<Option<Self>, Failure> {
        let Some(file) = config.prepare_database().map_err(|error| server_failure(&error))? else { return Ok(None) };
        let url = file.display().to_string();
        // The same file may have several names.
        let mut lock = file.canonicalize().unwrap_or(file).into_os_string();
        lock.push(".lock");
        let taken = Self::take(Path::new(&lock), || {
            Failure::refused("in_use", format!("another server uses the database `{url}`")).advise(
                "Stop it first (`holdout up` or `holdout serve`), or give another folder with `--data`. Several servers can \
                 share a PostgreSQL database.",
            )
        });
        taken.map(Some)
    }

    fn take(path: &Path, in_use: impl FnOnce() -> Failure) -> Result<Self, Failure> {
        let file = File::options().create(true).append(true).open(path).map_err(|error| Failure::file(path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(in_use()),
            Err(TryLockError::Error(error)) => Err(Failure::file(path, &error)),
        }
    }
}
