//! Single values of `season.yaml`: each is read, or its fault is noted with its place.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use holdout_protocol::check_title;

use super::document::Written;
use super::interpret::FileAt;
use super::problems::Problems;
use super::quantity::{DURATION_ALLOWED, SIZE_ALLOWED, parse_duration, parse_size, write_duration, write_size};

/// Reads values and notes faults.
pub(super) struct Reader {
    /// The faults so far.
    pub(super) problems: Problems,
    /// The folder that file names are relative to.
    pub(super) folder: PathBuf,
}

impl Reader {
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, written: &Written, field: &str) -> Option<T> {
        match written.value.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems.add(written.referenced, field, format!("{error}"));
                None
            }
        }
    }

    pub(super) fn title(&mut self, written: &Written, field: &str) -> Option<String> {
        match check_title(&written.value) {
            Ok(()) => Some(written.value.clone()),
            Err(refused) => {
                self.problems.add(written.referenced, field, refused.message);
                None
            }
        }
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

    pub(super) fn number<T: FromStr + PartialOrd + Display>(
        &mut self,
        written: &Written,
        field: &str,
        range: &RangeInclusive<T>,
    ) -> Option<T> {
        let number = written.value.parse::<T>().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let allowed = format!("a whole number from {} to {}", range.start(), range.end());
            self.problems.refuse(written, field, &allowed);
        }
        number
    }

    pub(super) fn duration(&mut self, written: &Written, field: &str, range: &RangeInclusive<u64>) -> Option<u64> {
        let seconds = parse_duration(&written.value).filter(|seconds| range.contains(seconds));
        if seconds.is_none() {
            let (least, most) = (write_duration(*range.start()), write_duration(*range.end()));
            self.problems.refuse(written, field, &format!("{DURATION_ALLOWED}, from {least} to {most}"));
        }
        seconds
    }

    pub(super) fn size(
        &mut self,
        written: Option<&Written>,
        field: &str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> Option<u64> {
        let Some(written) = written else { return Some(default) };
        let bytes = parse_size(&written.value).filter(|bytes| range.contains(bytes));
        if bytes.is_none() {
            let (least, most) = (write_size(*range.start()), write_size(*range.end()));
            self.problems.refuse(written, field, &format!("{SIZE_ALLOWED}, from {least} to {most}"));
        }
        bytes
    }

    pub(super) fn file(&self, written: &Written, field: String) -> FileAt {
        FileAt { path: self.folder.join(&written.value), field, place: written.referenced }
    }
}
