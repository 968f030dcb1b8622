//! A file that a command writes for its user: it lies beside its place under a hidden name until it
//! is whole.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::console::Console;
use crate::failure::Failure;
use crate::unfinished::Unfinished;

/// A file that is not whole yet; removed unless it is put in its place.
#[derive(Debug)]
pub(crate) struct NewFile {
    draft: NamedTempFile,
    path: PathBuf,
    unfinished: Unfinished,
}

impl NewFile {
    /// Begins a file that will be at `path`.
    ///
    /// # Errors
    ///
    /// If something is there already, nothing can be written beside it, or standard output is
    /// meant.
    pub(crate) fn beside(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Err(Failure::usage("`-` does not stand for standard output here; name a file"));
        }
        if fs::symlink_metadata(path).is_ok() {
            return Err(exists(path));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let draft = tempfile::Builder::new().prefix(&format!(".{name}.new-")).tempfile_in(parent(path));
        let draft = draft.map_err(|error| Failure::file(path, &error))?;
        let unfinished = Unfinished::at(draft.path());
        Ok(Self { draft, path: path.to_owned(), unfinished })
    }

    /// Puts it in its place, safely on disk when this returns.
    ///
    /// # Errors
    ///
    /// If something has come there meanwhile, or the file cannot be written.
    pub(crate) fn put_in_place(self) -> Result<(), Failure> {
        let Self { draft, path, unfinished: _unfinished } = self;
        draft.as_file().sync_all().map_err(|error| Failure::file(&path, &error))?;
        match draft.persist_noclobber(&path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(exists(&path)),
            Err(error) => Err(Failure::file(&path, &error.error)),
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.draft.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.draft.flush()
    }
}

/// Writes bytes to a new file and says so, or to standard output if no file or `-` is named.
pub(crate) fn write_or_print(console: Console, output: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    let Some(path) = output.filter(|path| path.as_os_str() != "-") else { return console.raw(bytes) };
    let mut file = NewFile::beside(path)?;
    file.write_all(bytes).map_err(|error| Failure::file(path, &error))?;
    file.put_in_place()?;
    console.data(&serde_json::json!({ "file": path, "bytes": bytes.len() }))?;
    console.say(format!("Wrote {}.", path.display()))
}

/// Returns the folder that a file or folder lies in.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns the failure of a command that would have to overwrite something.
pub(crate) fn exists(path: &Path) -> Failure {
    let message = format!("`{}` exists already, and is not overwritten", path.display());
    Failure::refused("exists", message).advise("Name another place, or move this one away.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_there_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        let mut file = NewFile::beside(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists() && names(folder.path()).len() == 1);
        drop(file);
        assert!(names(folder.path()).is_empty(), "nothing half-written stays");
        let mut file = NewFile::beside(&path).unwrap();
        file.write_all(b"whole").unwrap();
        file.put_in_place().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn standard_output_is_not_a_file_of_this_name() {
        let error = NewFile::beside(Path::new("-")).unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains("standard output"), "{error}");
    }

    #[test]
    fn what_is_there_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        let late = NewFile::beside(&path).unwrap();
        fs::write(&path, b"another's").unwrap();
        assert!(NewFile::beside(&path).unwrap_err().to_string().contains("exists already"));
        assert!(late.put_in_place().unwrap_err().to_string().contains("exists already"));
        assert_eq!((fs::read(&path).unwrap(), names(folder.path()).len()), (b"another's".to_vec(), 1));
    }
}
