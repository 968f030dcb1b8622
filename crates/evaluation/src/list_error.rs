//! What is wrong with a list that an organizer sends: a class list, an image list, labels.

use std::fmt;

use crate::text::{TEXT_ALLOWED, shown};

/// Most faults that an error lists.
const LISTED: usize = 20;

/// One fault of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFault {
    /// Number of the line, from 1; `None` if it is of no single line.
    pub line: Option<u64>,
    /// What is wrong.
    pub problem: &'static str,
    /// The value at fault, escaped, at most 80 characters.
    pub value: String,
    /// What is allowed in its place.
    pub allowed: String,
}

impl fmt::Display for ListFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{} `{}`; allowed: {}", self.problem, self.value, self.allowed)
    }
}

/// A list that cannot be taken, with its first twenty faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListError {
    /// Which list: `class list`, `image list`, `labels`.
    pub list: &'static str,
    /// The first twenty faults, those of lines first and in their order.
    pub faults: Vec<ListFault>,
    /// How many there are in all.
    pub total: u64,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} cannot be used: ", self.list)?;
        for (index, fault) in self.faults.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { "" } else { "\n" })?;
        }
        match self.total.saturating_sub(u64::try_from(self.faults.len()).unwrap_or(u64::MAX)) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for ListError {}

/// Faults as they are met.
#[derive(Debug)]
pub(crate) struct ListFaults {
    list: &'static str,
    faults: Vec<ListFault>,
    total: u64,
}

impl ListFaults {
    pub(crate) const fn of(list: &'static str) -> Self {
        Self { list, faults: Vec::new(), total: 0 }
    }

    pub(crate) fn add(&mut self, line: Option<u64>, problem: &'static str, value: &[u8], allowed: &str) {
        self.total += 1;
        if self.faults.len() < LISTED {
            self.faults.push(ListFault { line, problem, value: shown(value), allowed: allowed.to_owned() });
        }
    }

    /// Adds a line that is no text; `found` says which character or byte no text may have.
    pub(crate) fn add_unclean(&mut self, line: u64, found: &str) {
        self.add(Some(line), "not plain text:", found.as_bytes(), TEXT_ALLOWED);
    }

    /// Adds a line whose value line `before` has.
    pub(crate) fn add_repeated(&mut self, line: u64, problem: &'static str, value: &str, before: u64) {
        let allowed = format!("each once; line {before} has it already");
        self.add(Some(line), problem, value.as_bytes(), &allowed);
    }

    /// `value` if there were no faults.
    pub(crate) fn or<T>(self, value: T) -> Result<T, ListError> {
        if self.total == 0 {
            return Ok(value);
        }
        Err(ListError { list: self.list, faults: self.faults, total: self.total })
    }

    pub(crate) fn fail<T>(
        mut self,
        line: Option<u64>,
        problem: &'static str,
        value: &[u8],
        allowed: &str,
    ) -> Result<T, ListError> {
        self.add(line, problem, value, allowed);
        Err(ListError { list: self.list, faults: self.faults, total: self.total })
    }
}
