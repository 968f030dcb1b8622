//! The faults of a file as they are met, and the verdict they make.

use holdout_protocol::{Hint, LineFault, Verdict, VerdictCode, VerdictDetail};

use crate::text::shown;

/// Most lines at fault that a verdict lists.
const LISTED: usize = 20;

/// What is wrong with a row.
#[derive(Debug)]
pub(super) struct RowFault {
    pub(super) code: VerdictCode,
    pub(super) value: Vec<u8>,
    pub(super) allowed: String,
}

impl RowFault {
    pub(super) fn new(code: VerdictCode, value: impl AsRef<[u8]>, allowed: String) -> Self {
        let value = value.as_ref();
        // `shown` looks at no more than this.
        Self { code, value: value.get(..400).unwrap_or(value).to_vec(), allowed }
    }
}

/// The first twenty faults in file order, and how many there are.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<LineFault>,
    faults: u64,
    stopped_early: bool,
    hints: Vec<Hint>,
}

impl Report {
    pub(super) fn add(&mut self, line: Option<u64>, code: VerdictCode, value: &[u8], allowed: String) {
        self.faults += 1;
        if self.lines.len() < LISTED {
            self.lines.push(LineFault { line, code, value: shown(value), allowed });
        }
    }

    pub(super) fn add_row(&mut self, line: u64, fault: RowFault) {
        self.add(Some(line), fault.code, &fault.value, fault.allowed);
    }

    /// Counts faults that are not listed.
    pub(super) const fn add_unlisted(&mut self, count: u64) {
        self.faults += count;
    }

    /// Notes that the rest of the file was not read, so that it may have more faults.
    pub(super) const fn stop_early(&mut self) {
        self.stopped_early = true;
    }

    /// Returns whether a further fault would still be listed.
    pub(super) const fn has_room(&self) -> bool {
        self.lines.len() < LISTED
    }

    /// Adds a hint, once.
    pub(super) fn hint(&mut self, hint: impl Into<Hint>) {
        let hint = hint.into();
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
    }

    /// Adds the hints of another report.
    pub(super) fn hint_all(&mut self, other: &Self) {
        other.hints.iter().for_each(|hint| self.hint(hint.clone()));
    }

    /// Returns the verdict of the first fault; `None` if there is none.
    pub(super) fn into_verdict(self) -> Option<Verdict> {
        let first = self.lines.first()?;
        let code = first.code;
        let place = first.line.map_or_else(String::new, |line| format!("line {line}: "));
        let value = if first.value.is_empty() { String::new() } else { format!(" `{}`", first.value) };
        let at_least = if self.stopped_early { "at least " } else { "" };
        let more = match self.faults - 1 {
            0 => String::new(),
            1 => format!(" (and {at_least}1 more fault)"),
            more => format!(" (and {at_least}{more} more faults)"),
        };
        let problem = if code == VerdictCode::NotText && first.line.is_none() { UNPACKABLE } else { problem(code) };
        let message = format!("{place}{problem}{value}; allowed: {}{more}", first.allowed);
        let (faults, stopped_early) = (self.faults, self.stopped_early);
        let mut detail = VerdictDetail { lines: self.lines, faults, stopped_early, ..VerdictDetail::default() };
        self.hints.into_iter().for_each(|hint| detail.hint(hint));
        Some(Verdict::new(code, message, detail))
    }
}

/// What is wrong with a compressed file as a whole: no line of it is known.
const UNPACKABLE: &str = "the file cannot be decompressed:";

/// Returns what a code says is wrong, as the beginning of a sentence.
const fn problem(code: VerdictCode) -> &'static str {
    match code {
        VerdictCode::EmptyFile => "the file has no rows:",
        VerdictCode::NotText => "not plain text:",
        VerdictCode::TooLarge => "too large:",
        VerdictCode::BadHeader => "not the header of a CSV file:",
        VerdictCode::BadLabel => "not a label:",
        VerdictCode::LabelOutOfRange => "not a label of this task:",
        VerdictCode::TooManyLabels => "one label too many:",
        VerdictCode::RepeatedLabel => "repeated label",
        VerdictCode::EmptyLine => "no label in the line",
        VerdictCode::TooFewRows => "too few rows:",
        VerdictCode::TooManyRows => "one row too many:",
        VerdictCode::MissingImage => "no row for the image",
        VerdictCode::UnknownImage => "unknown image",
        VerdictCode::RepeatedImage => "repeated image",
        _ => "fault:",
    }
}
