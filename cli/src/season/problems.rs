//! What is wrong with a season's files, each with its place.

use std::fmt;

use serde_saphyr::Location;

use crate::failure::Failure;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// File, as the user named it.
    pub(crate) file: String,
    /// Line, from 1; 0 if it is of no single line.
    pub(crate) line: u64,
    /// Field, as `tasks[0].limits.wall`; empty if the fault is not in a field.
    pub(crate) field: String,
    /// What is wrong, and what is allowed.
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Problems as they are met, so that a user sees all of them at once.
#[derive(Debug)]
pub(crate) struct Problems {
    file: String,
    found: Vec<Problem>,
}

impl Problems {
    /// Returns an empty list of problems in `file`.
    #[must_use]
    pub(crate) const fn of(file: String) -> Self {
        Self { file, found: Vec::new() }
    }

    pub(crate) fn add(&mut self, place: Location, field: &str, message: impl Into<String>) {
        let (file, field) = (self.file.clone(), field.to_owned());
        self.found.push(Problem { file, line: place.line(), field, message: message.into() });
    }

    /// Notes that a value is not what is allowed.
    pub(crate) fn refuse(&mut self, value: &serde_saphyr::Spanned<String>, field: &str, allowed: &str) {
        let shown: String = value.value.chars().take(80).collect();
        self.add(value.referenced, field, format!("`{shown}` is not allowed; write {allowed}"));
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them as one failure; `Ok` if there is none.
    ///
    /// # Errors
    ///
    /// If there is one.
    pub(crate) fn into_result(self) -> Result<(), Failure> {
        if self.found.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = self.found.iter().map(ToString::to_string).collect();
        Err(Failure::refused("invalid_season", lines.join("\n"))
            .advise("Correct the season's files; nothing was sent. docs/guide-organizer.md describes the fields."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_as_much_of_its_place_as_is_known() {
        let shown = |line, field: &str| {
            let (file, field, message) = ("season.yaml".to_owned(), field.to_owned(), "is missing".to_owned());
            Problem { file, line, field, message }.to_string()
        };
        assert_eq!(shown(7, "tasks[0].title"), "season.yaml:7: tasks[0].title: is missing");
        assert_eq!(shown(0, "title"), "season.yaml: title: is missing");
        assert_eq!(shown(7, ""), "season.yaml:7: is missing");
        assert_eq!(shown(0, ""), "season.yaml: is missing");
    }

    #[test]
    fn a_value_at_fault_is_shown_with_what_is_allowed_and_cut_if_it_is_long() {
        let mut problems = Problems::of("season.yaml".to_owned());
        assert!(problems.is_empty());
        let value: serde_saphyr::Spanned<String> = serde_saphyr::from_str(&"ü".repeat(90)).unwrap();
        problems.refuse(&value, "title", "less");
        problems.add(Location::UNKNOWN, "rules", "is empty");
        assert!(!problems.is_empty());
        let failure = problems.into_result().unwrap_err().to_string();
        let lines: Vec<&str> = failure.lines().collect();
        assert_eq!(lines[0], format!("season.yaml:1: title: `{}` is not allowed; write less", "ü".repeat(80)));
        assert_eq!(lines[1], "season.yaml: rules: is empty");
        assert!(Problems::of(String::new()).into_result().is_ok());
    }
}
