//! Seasons that `season apply` has begun and not shown yet. A season is made as a draft and shown
//! when everything is in it. A run that broke off leaves the draft; the next one has to tell it
//! from a draft that the organizers want.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use holdout_client::ServerUrl;
use holdout_protocol::Slug;

use crate::credentials::{private_folder, replace_file};
use crate::failure::Failure;
use crate::upload::digest_of;

/// The memory of one season.
pub(super) struct Unfinished {
    folder: PathBuf,
    name: String,
}

impl Unfinished {
    /// Returns the record of a season of a server, in the folder of the program's state.
    pub(super) fn of(state_folder: &Path, server: &ServerUrl, season: &Slug) -> Self {
        let name = digest_of(format!("{server}\n{season}").as_bytes()).to_string();
        Self { folder: state_folder.join("unfinished-seasons"), name }
    }

    /// Returns whether a run has begun the season and not ended.
    pub(super) fn is_known(&self) -> bool {
        self.folder.join(&self.name).exists()
    }

    /// Remembers that the season is begun.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub(super) fn begin(&self) -> Result<(), Failure> {
        private_folder(&self.folder)
            .and_then(|()| replace_file(&self.folder, &self.name, b""))
            .map_err(|error| Failure::file(&self.folder, &error))
    }

    /// Forgets it: the season is shown.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub(super) fn end(&self) -> Result<(), Failure> {
        let path = self.folder.join(&self.name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::file(&path, &error)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_is_unfinished_from_its_beginning_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let of = |server: &str, season: &str| {
            Unfinished::of(folder.path(), &server.parse().unwrap(), &season.parse().unwrap())
        };
        let season = of("http://h", "demo");
        assert!(!season.is_known());
        season.end().unwrap();
        season.begin().unwrap();
        season.begin().unwrap();
        assert!(of("http://h", "demo").is_known());
        assert!(!of("http://h", "other").is_known() && !of("http://i", "demo").is_known());
        season.end().unwrap();
        assert!(!season.is_known());
    }
}
