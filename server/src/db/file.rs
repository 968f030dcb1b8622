//! The file of an SQLite database: what is refused before anything is made or locked, and how it is
//! made.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::address::check_scheme;
use crate::error::{Error, Result};

/// The first bytes of every SQLite database; <https://www.sqlite.org/fileformat.html>, section 1.3.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Their number.
const MAGIC_BYTES: u64 = 16;

/// Refuses what is no SQLite file, and makes the folder of one that does not exist yet. `data` is
/// the folder that `path` lies in if nobody named the database: that one is made with the folders
/// above it.
///
/// # Errors
/// [`Error::Config`] with the path; [`Error::Unfit`] if the system refuses to make the folder.
pub fn prepare(path: &Path, data: Option<&Path>) -> Result<()> {
    check_scheme(&path.to_string_lossy())?;
    if path.is_dir() {
        let message = format!(
            "the database `{}` is a folder; give the path of an SQLite file, which is made in it",
            path.display()
        );
        return Err(Error::Config(message));
    }
    if path.exists() {
        return check_content(path);
    }
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let cannot = |what: &str, error: std::io::Error| {
        Error::Unfit(format!("the folder `{}` of {what} cannot be made: {error}", folder.display()))
    };
    match data {
        Some(data) => std::fs::create_dir_all(data).map_err(|error| cannot("the data (`--data`)", error)),
        None if folder.is_dir() => Ok(()),
        // One level only: a path with a mistake above it would become an empty server.
        None => std::fs::create_dir(folder).map_err(|error| cannot("the database (`--database`)", error)),
    }
}

/// Refuses a file that has other content than an SQLite database. An empty one becomes a database.
fn check_content(path: &Path) -> Result<()> {
    let mut start = Vec::new();
    let cannot =
        |error: std::io::Error| Error::Config(format!("cannot read the database `{}`: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(cannot)?;
    file.take(MAGIC_BYTES).read_to_end(&mut start).map_err(cannot)?;
    if start.is_empty() || start == MAGIC {
        return Ok(());
    }
    Err(Error::Config(format!(
        "`{}` is not an SQLite database; give the path of one, or of a new file",
        path.display()
    )))
}

/// Makes the file, unless it exists, and makes sure that it and those beside it, which hold
/// password hashes, are readable for their owner only.
pub(super) fn make(path: &Path) -> Result<()> {
    let is_new = !path.exists();
    keep_private(path)
        .map_err(|error| Error::Connection(format!("cannot write the database `{}`: {error}", path.display())))?;
    if is_new {
        let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
        tracing::info!(path = %path.display(), "there was no database at this path; made a new one");
    }
    Ok(())
}

fn keep_private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    for suffix in ["", "-wal", "-shm"] {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        // SQLite gives the other two the mode of the database.
        if suffix.is_empty() {
            std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&file)?;
        }
        match std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path, data: Option<&Path>) -> String {
        let error = prepare(path, data).err().unwrap_or_else(|| panic!("{} was taken", path.display()));
        assert!(matches!(error, Error::Config(_) | Error::Unfit(_)), "{error:?}");
        error.to_string()
    }

    #[test]
    fn a_folder_and_a_file_of_something_else_are_refused_and_an_empty_file_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.txt");
        for content in ["x", "no database\n", "SQLite format 3 is what this text is about"] {
            std::fs::write(&file, content).unwrap();
            let said = refusal(&file, None);
            assert!(said.contains("not an SQLite database") && said.contains("notes.txt"), "{said}");
        }
        assert!(refusal(folder.path(), None).contains("is a folder"));
        std::fs::write(&file, "").unwrap();
        prepare(&file, None).unwrap();
    }

    #[test]
    fn the_folder_of_a_database_is_made_and_the_folders_above_it_only_for_the_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        let typo = folder.path().join("typo/deep/x.db");
        let said = refusal(&typo, None);
        assert!(said.contains("typo/deep") && said.contains("--database"), "{said}");
        assert!(!folder.path().join("typo").exists());
        prepare(&folder.path().join("one/x.db"), None).unwrap();
        assert!(folder.path().join("one").is_dir());
        let data = folder.path().join("far/away");
        prepare(&data.join("holdout.db"), Some(&data)).unwrap();
        assert!(data.is_dir());
        assert!(refusal(Path::new("/proc/x/holdout.db"), Some(Path::new("/proc/x"))).contains("`--data`"));
    }

    #[cfg(unix)]
    #[test]
    fn a_new_database_is_readable_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.db");
        make(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
