//! What is wrong with a test set's images, as it is told to the organizer.

use std::collections::BTreeMap;
use std::fmt;

use crate::archive::escaped;

/// Something wrong with one file of an archive, or with the archive as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Name of the file, control characters escaped; `None` if it is about all of them.
    pub file: Option<String>,
    /// What is wrong, and what is allowed.
    pub message: String,
    /// Whether the labels are at fault, and the archive is not.
    pub in_labels: bool,
}

impl Problem {
    /// Returns a problem with the archive and the labels as a whole.
    #[must_use]
    pub fn of_all(message: impl Into<String>) -> Self {
        Self { file: None, message: message.into(), in_labels: false }
    }

    pub(crate) fn of(file: &str, message: impl Into<String>) -> Self {
        Self { file: Some(escaped(file.as_bytes())), message: message.into(), in_labels: false }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "`{file}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// All that is wrong, at least one problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The first ones in the order of the test set, at most [`Problems::TOLD`].
    pub first: Vec<Problem>,
    /// How many there are, as far as was looked; at least as many as are told.
    pub count: u64,
    /// Whether the work ended before all images were looked at, so that there may be more.
    pub stopped_early: bool,
}

impl Problems {
    /// Most problems that are reported.
    pub const TOLD: usize = 20;
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.first.iter().enumerate() {
            write!(f, "{}{problem}", if position == 0 { "" } else { "\n" })?;
        }
        let told = u64::try_from(self.first.len()).unwrap_or(u64::MAX);
        match self.count.saturating_sub(told) {
            0 => Ok(()),
            rest if self.stopped_early => write!(f, "\nand at least {rest} more"),
            rest => write!(f, "\nand {rest} more"),
        }
    }
}

/// Collects problems that are found in any order.
#[derive(Debug, Default)]
pub(crate) struct ProblemList {
    /// The ones of the lowest places.
    first: BTreeMap<(Subject, u64), Problem>,
    count: u64,
}

/// What comes first is told first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The archive or the labels as a whole.
    Whole,
    /// An image of the labels.
    Image,
    /// An image that no label is for.
    Unknown,
    /// A file that is no image.
    Stranger,
}

impl ProblemList {
    /// Adds the problem of a place: the position of the image, or of the file.
    pub(crate) fn add(&mut self, subject: Subject, place: u64, problem: Problem) {
        self.count += 1;
        self.first.insert((subject, place), problem);
        if self.first.len() > Problems::TOLD {
            self.first.pop_last();
        }
    }

    /// Returns true once the reporting limit is reached.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_full(&self) -> bool {
        self.first.len() >= Problems::TOLD
    }

    /// Nothing, or all of them as an error. `stopped_early` says whether some images were not
    /// looked at.
    pub(crate) fn into_result(self, stopped_early: bool) -> Result<(), Problems> {
        match self.count {
            0 => Ok(()),
            count => Err(Problems { first: self.first.into_values().collect(), count, stopped_early }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(place: u64) -> Problem {
        Problem::of(&format!("{place}.png"), "cut off")
    }

    fn files(problems: &Problems) -> Vec<&str> {
        problems.first.iter().filter_map(|problem| problem.file.as_deref()).collect()
    }

    #[test]
    fn what_comes_first_in_the_test_set_is_told_first_whenever_it_was_found() {
        let mut list = ProblemList::default();
        for (subject, place) in [
            (Subject::Stranger, 0),
            (Subject::Unknown, 1),
            (Subject::Image, 9),
            (Subject::Image, 2),
            (Subject::Whole, 5),
        ] {
            list.add(subject, place, problem(place));
        }
        let problems = list.into_result(false).unwrap_err();
        assert_eq!(files(&problems), ["5.png", "2.png", "9.png", "1.png", "0.png"]);
        assert_eq!((problems.count, problems.stopped_early), (5, false));
    }

    #[test]
    fn only_the_first_twenty_problems_are_told_and_the_rest_is_counted() {
        let mut list = ProblemList::default();
        for place in (1..=23).rev() {
            assert_eq!(list.is_full(), place <= 3, "{place}");
            list.add(Subject::Image, place, problem(place));
        }
        let problems = list.into_result(true).unwrap_err();
        assert_eq!((problems.first.len(), problems.count), (20, 23));
        assert_eq!((files(&problems)[0], files(&problems)[19]), ("1.png", "20.png"));
        assert!(problems.to_string().ends_with("\nand at least 3 more"), "{problems}");
        let all = Problems { stopped_early: false, ..problems };
        assert!(all.to_string().ends_with("\nand 3 more"), "{all}");
    }

    #[test]
    fn without_a_problem_all_is_well_even_if_the_work_ended_early() {
        assert_eq!(ProblemList::default().into_result(true), Ok(()));
        let mut list = ProblemList::default();
        list.add(Subject::Image, 0, Problem::of("a`\u{7}.png", "cut off"));
        let problems = list.into_result(false).unwrap_err();
        assert!(!problems.to_string().contains("more"), "{problems}");
        assert_eq!(files(&problems), ["a\\u{60}\\u{7}.png"], "{problems}");
    }
}
