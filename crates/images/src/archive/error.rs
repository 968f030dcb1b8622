//! Why an archive cannot be used.

use std::io;
use std::path::{Path, PathBuf};

/// Why an archive cannot be used; names the archive and, if it is about one, the entry.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The archive, or a file of a folder.
        path: PathBuf,
        source: io::Error,
    },
    /// It is of no kind that is read.
    #[error("{}: neither a tar, tar.gz or zip file nor a folder", path.display())]
    Kind { path: PathBuf },
    /// It is not a tar file.
    #[error("{}: not a tar or tar.gz file", path.display())]
    NotTar { path: PathBuf },
    /// It is cut off or damaged, or unpacks to far more than images do.
    #[error("{}: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    /// It has an entry that no archive of images has.
    #[error("{}: `{entry}`: {reason}", path.display())]
    Entry {
        path: PathBuf,
        /// Path of the entry, unusual characters escaped.
        entry: String,
        /// What is wrong, and what is allowed.
        reason: String,
    },
}

impl ArchiveError {
    pub(super) fn entry(archive: &Path, entry: &[u8], reason: impl Into<String>) -> Self {
        Self::Entry { path: archive.to_owned(), entry: escaped(entry), reason: reason.into() }
    }

    /// It is not as it was when it was opened.
    pub(crate) fn changed(archive: &Path) -> Self {
        Self::Damaged { path: archive.to_owned(), reason: "the archive has changed while it was read".to_owned() }
    }

    pub(super) fn damaged(archive: &Path, error: impl std::fmt::Display) -> Self {
        Self::Damaged { path: archive.to_owned(), reason: format!("the archive is damaged: {error}") }
    }
}

/// Returns a name as it can be shown: at most 200 characters, without control characters.
pub(crate) fn escaped(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    let shown = |character: char| match character {
        // Would end the quotes around the name.
        '`' => character.escape_unicode().to_string(),
        '\\' => character.escape_default().to_string(),
        control if control.is_control() => control.escape_default().to_string(),
        plain => plain.to_string(),
    };
    let mut escaped: String = text.chars().take(200).map(shown).collect();
    if text.chars().nth(200).is_some() {
        escaped.push('…');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_without_what_would_reach_the_terminal_or_end_its_quotes() {
        assert_eq!(escaped("Grüße 東京.png".as_bytes()), "Grüße 東京.png");
        assert_eq!(escaped(b"a\x1b[2J`\\\n"), "a\\u{1b}[2J\\u{60}\\\\\\n");
        assert_eq!(escaped(b"\xff.png"), "\u{fffd}.png");
    }

    #[test]
    fn a_long_name_is_cut_and_says_so() {
        let (fits, long) = ("ü".repeat(200), "ü".repeat(201));
        assert_eq!(escaped(fits.as_bytes()), fits);
        assert_eq!(escaped(long.as_bytes()), format!("{fits}…"));
    }
}
