//! What is wrong with a source, each with its place.

use crate::failure::Failure;
use crate::show::figures::grouped;

/// At most so many faults are listed.
const TOLD: usize = 20;
/// Most characters of a value that are shown.
const SHOWN: usize = 80;

/// Faults as they are met, so that an organizer sees more than the first.
#[derive(Debug, Default)]
pub(super) struct Faults {
    lines: Vec<String>,
    more: u64,
}

impl Faults {
    /// Notes what is wrong at a place: a file, or a file and a line, row or key.
    pub(super) fn add(&mut self, place: &str, message: impl AsRef<str>) {
        if self.lines.len() < TOLD {
            self.lines.push(format!("{place}: {}", message.as_ref()));
        } else {
            self.more += 1;
        }
    }

    /// How many more there are that are not listed.
    pub(super) const fn and_more(&mut self, count: u64) {
        self.more += count;
    }

    pub(super) fn into_result(self) -> Result<(), Failure> {
        if self.lines.is_empty() { Ok(()) } else { Err(self.into_failure()) }
    }

    pub(super) fn into_failure(mut self) -> Failure {
        if self.more > 0 {
            self.lines.push(format!("and {} more", grouped(self.more)));
        }
        Failure::refused("invalid_source", self.lines.join("\n"))
            .advise("Correct the source; no folder was made. docs/guide-organizer.md describes each source.")
    }
}

/// Returns a failure for one thing that is wrong.
pub(super) fn fault(place: &str, message: impl AsRef<str>) -> Failure {
    let mut faults = Faults::default();
    faults.add(place, message);
    faults.into_failure()
}

/// Returns a value as it is shown in a message.
pub(super) fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if value.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_faults_are_listed_and_the_rest_is_counted() {
        let mut faults = Faults::default();
        for number in 1..=21 {
            faults.add(&format!("a.csv:{number}"), "is empty");
        }
        faults.and_more(1000);
        let failure = faults.into_result().unwrap_err().to_string();
        let lines: Vec<&str> = failure.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[19]), (21, "a.csv:1: is empty", "a.csv:20: is empty"));
        assert_eq!(lines[20], "and 1,001 more");
        assert!(Faults::default().into_result().is_ok());
    }

    #[test]
    fn a_value_is_shown_without_what_would_reach_the_terminal_and_cut() {
        assert_eq!(shown("a\u{1b}\n\"b"), "`a\\u{1b}\\n\\\"b`");
        assert_eq!(shown(&"ü".repeat(80)), format!("`{}`", "ü".repeat(80)));
        assert_eq!(shown(&"ü".repeat(81)), format!("`{}…`", "ü".repeat(80)));
    }
}
