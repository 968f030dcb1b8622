//! What is wrong with a test set's images, as it is told to the organizer.

use std::fmt;

/// Something wrong with one file of an archive, or with the archive as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Name of the file, control characters escaped; none where it is about all of them.
    pub file: Option<String>,
    /// What is wrong, and what is allowed.
    pub message: String,
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
    /// How many there are; at least as many as are told.
    pub count: u64,
}

impl Problems {
    /// So many are told.
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
            rest => write!(f, "\nand {rest} more"),
        }
    }
}
