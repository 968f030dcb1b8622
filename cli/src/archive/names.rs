//! The names of the files of an archive that are there once.

pub(super) const ANNOUNCEMENTS: &str = "announcements.json";
pub(super) const CHECKPOINT: &str = "log/checkpoint.txt";
pub(super) const ENTRIES: &str = "entries.csv";
pub(super) const KEY: &str = "log/key.txt";
pub(super) const KEY_CHANGES: &str = "log/key-changes.json";
pub(super) const LOG: &str = "log/entries.csv";
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const README: &str = "README.md";
pub(super) const SEASON: &str = "season.json";
pub(super) const SEASON_LOG: &str = "log/season.json";
