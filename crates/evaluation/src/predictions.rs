//! Prediction files: read as a stream, checked without labels, with each fault named by its line.
//!
//! Memory holds the labels read so far and one window of the text. [`kit::plain_row`] takes lines
//! without a flaw; any other goes to [`label::labels`], which knows every rule.

mod kit;
mod label;
mod limits;
mod members;
mod report;
mod stream;
mod table;

use std::fmt::Write;
use std::io::{self, Read};

use holdout_protocol::{Sha256, Verdict, VerdictCode};
use sha2::Digest as _;

use crate::TaskShape;
use crate::text::{BOM, without_cr};
use kit::Kit;
use report::Report;
use stream::{Stop, Text};
use table::Table;

pub use limits::{LABELS, MAX_LINE_BYTES};

/// The labels of a checked file in the order of the images: five each, best first, 0 for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predictions {
    rows: Vec<[u16; LABELS]>,
}

/// A prediction file that was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The team's file is at fault.
    #[error("{}", .0.message)]
    Rejected(Box<Verdict>),
    /// The file could not be read: not the team's fault.
    #[error("cannot read the prediction file: {0}")]
    Read(#[source] io::Error),
}

impl Predictions {
    /// Takes the class numbers that a model gave for each image in order, best first, 0 for none.
    #[must_use]
    pub const fn from_rows(rows: Vec<[u16; LABELS]>) -> Self {
        Self { rows }
    }

    /// Returns the labels of each image.
    #[must_use]
    pub fn rows(&self) -> &[[u16; LABELS]] {
        &self.rows
    }

    /// Returns the SHA-256 of the answers: five numbers an image of two bytes, little-endian.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        let bytes: Vec<u8> = self.rows.iter().flatten().flat_map(|label| label.to_le_bytes()).collect();
        Sha256::from_bytes(sha2::Sha256::digest(&bytes).into())
    }

    /// Returns the same as the kit's text.
    #[must_use]
    pub fn to_kit_text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            for (index, label) in row.iter().filter(|label| **label != 0).enumerate() {
                // Writing to a string cannot fail.
                let _ = write!(text, "{}{label}", if index == 0 { "" } else { " " });
            }
            text.push('\n');
        }
        text
    }
}

/// Reads and checks a prediction file: the kit's text or CSV, plain or compressed by gzip or zstd.
///
/// `max_bytes` applies to the file as it is and to what is in it. Reading ends at the first line
/// too many, at a line above [`MAX_LINE_BYTES`] and at `max_bytes`.
///
/// # Errors
///
/// [`CheckError::Rejected`] if the file breaks a rule, with the first twenty lines at fault;
/// [`CheckError::Read`] if `reader` fails.
pub fn check(shape: &TaskShape, reader: impl Read, max_bytes: u64) -> Result<Predictions, CheckError> {
    let mut report = Report::default();
    let rows = match read(shape, reader, max_bytes, &mut report) {
        Ok(rows) => rows,
        Err(Stop::Read(error)) => return Err(CheckError::Read(error)),
        Err(Stop::Refused { line, code, value, allowed }) => {
            report.add(line, code, &value, allowed);
            report.stop_early();
            Vec::new()
        }
    };
    match report.into_verdict() {
        None => Ok(Predictions { rows }),
        Some(verdict) => Err(CheckError::Rejected(Box::new(verdict))),
    }
}

fn read(shape: &TaskShape, reader: impl Read, max_bytes: u64, report: &mut Report) -> Result<Vec<[u16; LABELS]>, Stop> {
    let mut text = Text::open(reader, max_bytes, report)?;
    let mut rows = Rows::begin(shape, &mut text, report)?;
    loop {
        let consumed = rows.scan(text.window(), report);
        text.consume(consumed);
        if rows.is_over() {
            break;
        }
        if text.window().len() > MAX_LINE_BYTES {
            return Err(long_line(rows.line() + 1));
        }
        if !text.fill()? {
            // What is left is a last line without its end.
            if !text.window().is_empty() {
                rows.add_line(text.window(), report);
            }
            break;
        }
    }
    if rows.is_over() {
        report.stop_early();
    }
    Ok(rows.finish(report))
}

/// A file as far as it was read, in one of the two forms.
enum Rows<'a> {
    Kit(Kit<'a>),
    Table(Table<'a>),
}

impl<'a> Rows<'a> {
    /// Looks at the first line: one with a comma is the header of a CSV file.
    fn begin(shape: &'a TaskShape, text: &mut Text<impl Read>, report: &mut Report) -> Result<Self, Stop> {
        while text.line_end().is_none() && text.window().len() <= MAX_LINE_BYTES && text.fill()? {}
        if text.window().strip_prefix(BOM).unwrap_or(text.window()).is_empty() {
            return Err(Stop::refused(
                None,
                VerdictCode::EmptyFile,
                "0 bytes",
                "one line for each test image".to_owned(),
            ));
        }
        if text.window().starts_with(BOM) {
            text.consume(BOM.len());
        }
        let end = text.line_end().unwrap_or(text.window().len());
        let line = text.window().get(..end).unwrap_or_default();
        if end > MAX_LINE_BYTES {
            return Err(long_line(1));
        }
        if !line.contains(&b',') {
            table::check_separator(without_cr(line), report)?;
            return Ok(Self::Kit(Kit::new(shape)));
        }
        table::check_header(without_cr(line), report)?;
        text.consume(text.window().len().min(end + 1));
        Ok(Self::Table(Table::new(shape)))
    }

    /// Takes the whole lines of the window; returns how many bytes they were.
    fn scan(&mut self, window: &[u8], report: &mut Report) -> usize {
        match self {
            Self::Kit(kit) => kit.scan(window, report),
            Self::Table(table) => table.scan(window, report),
        }
    }

    fn add_line(&mut self, line: &[u8], report: &mut Report) {
        match self {
            Self::Kit(kit) => kit.add_line(line, report),
            Self::Table(table) => table.add_line(line, report),
        }
    }

    /// Returns whether the rest of the file no longer matters.
    const fn is_over(&self) -> bool {
        match self {
            Self::Kit(kit) => kit.over,
            Self::Table(table) => table.over,
        }
    }

    /// Returns the number of the last line taken.
    const fn line(&self) -> u64 {
        match self {
            Self::Kit(kit) => kit.line,
            Self::Table(table) => table.line,
        }
    }

    /// Adds the faults of what is not there.
    fn finish(self, report: &mut Report) -> Vec<[u16; LABELS]> {
        match self {
            Self::Kit(kit) => kit.finish(report),
            Self::Table(table) => table.finish(report),
        }
    }
}

fn long_line(line: u64) -> Stop {
    Stop::row(line, kit::too_long())
}
