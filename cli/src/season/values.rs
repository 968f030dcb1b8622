//! Single values of `season.yaml`: each is read, or its fault is noted with its place.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use holdout_protocol::limits::TITLE;

use super::document::Written;
use super::interpret::FileAt;
use super::problems::Problems;
use super::quantity::{DURATION_ALLOWED, SIZE_ALLOWED, parse_duration, parse_size};

/// Reads values and notes faults.
pub(super) struct Reader {
    /// The faults so far.
    pub(super) problems: Problems,
    /// The folder that file names are relative to.
    pub(super) folder: PathBuf,
}

impl Reader {
    pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, written: &Written, field: &str) -> Option<T> {
        match written.value.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems.add(written.referenced, field, format!("{error}"));
                None
            }
        }
    }

    pub(super) fn title(&mut self, written: &Written, field: &str) -> Option<String> {
        if written.value.trim().is_empty() {
            let message = format!("is empty; write 1 to {TITLE} characters");
            self.problems.add(written.referenced, field, message);
            return None;
        }
        self.line(Some(written), field, TITLE).flatten()
    }

    /// A text of one line.
    #[expect(clippy::option_option, reason = "outer: whether it is right; inner: whether it is there")]
    pub(super) fn line(&mut self, written: Option<&Written>, field: &str, most: usize) -> Option<Option<String>> {
        self.without(written, (field, char::is_control), "one line of text without control characters")?;
        self.bounded(written, field, most)
    }

    /// A text of any number of lines.
    #[expect(clippy::option_option, reason = "outer: whether it is right; inner: whether it is there")]
    pub(super) fn lines(&mut self, written: Option<&Written>, field: &str, most: usize) -> Option<Option<String>> {
        let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        self.without(written, (field, forbidden), "text without control characters but line ends and tabs")?;
        self.bounded(written, field, most)
    }

    /// Refuses characters that the server would refuse, because they would reach terminals through the board.
    fn without(
        &mut self,
        written: Option<&Written>,
        (field, forbidden): (&str, fn(char) -> bool),
        allowed: &str,
    ) -> Option<()> {
        let Some(written) = written else { return Some(()) };
        let Some(found) = written.value.chars().find(|c| forbidden(*c)) else { return Some(()) };
        let shown = found.escape_unicode();
        self.problems.add(written.referenced, field, format!("has the character {shown}; write {allowed}"));
        None
    }

    #[expect(clippy::option_option, reason = "outer: whether it is right; inner: whether it is there")]
    fn bounded(&mut self, written: Option<&Written>, field: &str, most: usize) -> Option<Option<String>> {
        let Some(written) = written else { return Some(None) };
        let length = written.value.chars().count();
        if length > most {
            self.problems.add(written.referenced, field, format!("has {length} characters; write at most {most}"));
            return None;
        }
        Some(Some(written.value.clone()))
    }

    pub(super) fn one_of<T: Copy>(&mut self, written: &Written, field: &str, choices: &[(&str, T)]) -> Option<T> {
        let choice = choices.iter().find(|(name, _)| *name == written.value).map(|(_, choice)| *choice);
        if choice.is_none() {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            self.problems.refuse(written, field, &names.join(" or "));
        }
        choice
    }

    pub(super) fn truth(&mut self, written: &Written, field: &str) -> Option<bool> {
        self.one_of(written, field, &[("true", true), ("false", false)])
    }

    pub(super) fn number(
        &mut self,
        written: &Written,
        field: &str,
        range: RangeInclusive<u64>,
        allowed: &str,
    ) -> Option<u64> {
        let number = written.value.parse::<u64>().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.problems.refuse(written, field, allowed);
        }
        number
    }

    pub(super) fn duration(
        &mut self,
        written: &Written,
        field: &str,
        range: RangeInclusive<u64>,
        bounds: &str,
    ) -> Option<u64> {
        let seconds = parse_duration(&written.value).filter(|seconds| range.contains(seconds));
        if seconds.is_none() {
            self.problems.refuse(written, field, &format!("{DURATION_ALLOWED}, {bounds}"));
        }
        seconds
    }

    pub(super) fn size(&mut self, written: Option<&Written>, field: &str, default: u64) -> Option<u64> {
        let Some(written) = written else { return Some(default) };
        let bytes = parse_size(&written.value).filter(|bytes| *bytes > 0);
        if bytes.is_none() {
            self.problems.refuse(written, field, SIZE_ALLOWED);
        }
        bytes
    }

    pub(super) fn file(&self, written: &Written, field: String) -> FileAt {
        FileAt { path: self.folder.join(&written.value), field, place: written.referenced }
    }
}
