//! The kit's text: line `i` is the `i`-th image in the order of file names.

use holdout_protocol::{HintCode, VerdictCode, plural};

use super::report::{Report, RowFault};
use super::{LABELS, MAX_LINE_BYTES, label};
use crate::TaskShape;
use crate::text::{TEXT_ALLOWED, clean, has_only_stray_returns, without_cr};

/// A kit file as far as it was read.
pub(super) struct Kit<'a> {
    shape: &'a TaskShape,
    classes: u32,
    rows: Vec<[u16; LABELS]>,
    /// Empty lines after the last row.
    blank: u32,
    /// Number of the last line taken.
    pub(super) line: u64,
    /// Whether the rest no longer matters.
    pub(super) over: bool,
}

impl<'a> Kit<'a> {
    pub(super) fn new(shape: &'a TaskShape) -> Self {
        let rows = Vec::with_capacity(shape.images.len());
        Self { shape, classes: u32::from(shape.classes.count()), rows, blank: 0, line: 0, over: false }
    }

    /// Takes the whole lines of the window; returns how many bytes they were.
    pub(super) fn scan(&mut self, window: &[u8], report: &mut Report) -> usize {
        let mut rest = window;
        while !self.over {
            rest = self.plain_rows(rest);
            let Some(end) = rest.iter().position(|&byte| byte == b'\n') else { break };
            let (line, after) = rest.split_at(end);
            self.add_line(line, report);
            rest = after.get(1..).unwrap_or_default();
        }
        window.len() - rest.len()
    }

    /// Takes flawless lines for as long as there are any, and returns the rest.
    fn plain_rows<'w>(&mut self, mut rest: &'w [u8]) -> &'w [u8] {
        let wanted = self.shape.images.len();
        let before = self.rows.len();
        while self.rows.len() < wanted
            && let Some((row, length)) = plain_row(rest, self.classes)
        {
            self.rows.push(row);
            rest = rest.get(length..).unwrap_or_default();
        }
        self.line += u64::try_from(self.rows.len() - before).unwrap_or(0);
        rest
    }

    /// Takes any line, without its LF.
    pub(super) fn add_line(&mut self, line: &[u8], report: &mut Report) {
        self.line += 1;
        // Editors leave empty lines at the end.
        if self.rows.len() >= self.shape.images.len() && self.blank < MAX_BLANK_LINES && is_blank(line) {
            self.blank += 1;
            return;
        }
        match self.labels(line, report) {
            Ok(row) => self.rows.push(row),
            Err(fault) => {
                if self.line == 1 && fault.code == VerdictCode::BadLabel && starts_as_prose(line) {
                    report.hint(HintCode::NoHeader);
                }
                report.add_row(self.line, fault);
                self.rows.push([0; LABELS]);
            }
        }
    }

    fn labels(&mut self, line: &[u8], report: &mut Report) -> Result<[u16; LABELS], RowFault> {
        // A line after the last image ends the reading, whatever is in it.
        self.over = self.rows.len() >= self.shape.images.len();
        if line.len() > MAX_LINE_BYTES {
            self.over = true;
            return Err(too_long());
        }
        let text = row_text(line, report)?;
        if self.over && is_blank(line) {
            let allowed = format!("nothing after the {} rows", self.shape.images.len());
            return Err(RowFault::new(VerdictCode::EmptyLine, text, allowed));
        }
        if self.over {
            let allowed = format!("{} rows, one for each test image", self.shape.images.len());
            return Err(RowFault::new(VerdictCode::TooManyRows, text, allowed));
        }
        label::labels(text, &self.shape.classes, report)
    }

    /// Adds the fault of rows that are not there.
    pub(super) fn finish(self, report: &mut Report) -> Vec<[u16; LABELS]> {
        let (found, wanted) = (self.rows.len(), self.shape.images.len());
        if found < wanted && !self.over {
            let allowed = format!("{wanted} rows, one for each test image");
            let found = format!("{found} {}", plural(u64::try_from(found).unwrap_or(u64::MAX), "row"));
            report.add(None, VerdictCode::TooFewRows, found.as_bytes(), allowed);
        }
        self.rows
    }
}

/// Most empty lines after the last row.
pub(super) const MAX_BLANK_LINES: u32 = 100;

/// Returns whether a line has nothing but spaces and tabs.
pub(super) fn is_blank(line: &[u8]) -> bool {
    without_cr(line).iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Returns whether a line begins like a header or a comment.
fn starts_as_prose(line: &[u8]) -> bool {
    line.first().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'#' | b'/' | b'%'))
}

/// Returns the line as text, without its CR.
pub(super) fn row_text<'l>(line: &'l [u8], report: &mut Report) -> Result<&'l str, RowFault> {
    let line = without_cr(line);
    clean(line).map_err(|found| {
        if has_only_stray_returns(line) {
            report.hint(HintCode::CarriageReturns);
        }
        RowFault::new(VerdictCode::NotText, found, TEXT_ALLOWED.to_owned())
    })
}

/// Returns the fault of a line above the longest allowed, which is not looked at.
pub(super) fn too_long() -> RowFault {
    let value = format!("a line of more than {MAX_LINE_BYTES} bytes");
    RowFault::new(VerdictCode::TooLarge, value, format!("lines of at most {MAX_LINE_BYTES} bytes"))
}

/// Reads a flawless line: 1 to 5 different numbers in 1..=`classes`, one space or tab between them,
/// LF or CRLF at once after the last. Returns its labels and its length with its end; `None` for
/// any other line, flawed or not.
///
/// A byte at a time, in one function: branches on digits are foretold well, so this outruns looking
/// at eight bytes together, where the place of each number has to wait for the length of the one
/// before.
#[inline]
pub(super) fn plain_row(text: &[u8], classes: u32) -> Option<([u16; LABELS], usize)> {
    let mut labels = [0; LABELS];
    let mut rest = text;
    for index in 0..LABELS {
        let (first, mut tail) = rest.split_first()?;
        let mut number = u32::from(first.wrapping_sub(b'0'));
        if !(1..=9).contains(&number) {
            return None;
        }
        let end = loop {
            let (byte, after) = tail.split_first()?;
            tail = after;
            let digit = u32::from(byte.wrapping_sub(b'0'));
            if digit > 9 {
                break *byte;
            }
            number = number * 10 + digit;
            // Before the next digit, so that the number cannot overflow: `classes` fits 16 bits.
            if number > classes {
                return None;
            }
        };
        // A number of one digit has not met the test above.
        if number > classes {
            return None;
        }
        let label = u16::try_from(number).ok()?;
        // Without a branch for each: nearly twice as fast as `contains`.
        if labels.iter().fold(false, |same, given| same | (*given == label)) {
            return None;
        }
        *labels.get_mut(index)? = label;
        rest = tail;
        match end {
            b' ' | b'\t' => {}
            b'\n' => return Some((labels, text.len() - rest.len())),
            b'\r' if rest.first() == Some(&b'\n') => return Some((labels, text.len() - rest.len() + 1)),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_list_is_read() {
        for number in 1..=65_540_u32 {
            let label = u16::try_from(number).ok();
            let text = format!("{number}\n");
            let expected = label.map(|label| ([label, 0, 0, 0, 0], text.len()));
            assert_eq!(plain_row(text.as_bytes(), 65_535), expected, "{text:?}");
            let text = format!("1 2\t{number}\r\n");
            let expected = label.filter(|label| *label > 2).map(|label| ([1, 2, label, 0, 0], text.len()));
            assert_eq!(plain_row(text.as_bytes(), 65_535), expected, "{text:?}");
            for end in ["", "\r", "/", ":", "\0", "\u{85}", "\n"] {
                let text = format!("{number} {end}");
                assert_eq!(plain_row(text.as_bytes(), 65_535), None, "{text:?}");
            }
        }
    }

    #[test]
    fn other_numbers_are_not_plain() {
        for text in ["0", "01", "123456", "11", "4294967297", " 1", "-1", "+1", "\u{ff}1", "n1", ""] {
            assert_eq!(plain_row(format!("{text}\n").as_bytes(), 10), None, "{text:?}");
        }
    }

    #[test]
    fn plain_rows_are_taken_whole() {
        let row = |text: &str| plain_row(format!("{text}rest").as_bytes(), 1000);
        assert_eq!(row("7\n"), Some(([7, 0, 0, 0, 0], 2)));
        assert_eq!(row("1 20\t300 1000 5\r\n"), Some(([1, 20, 300, 1000, 5], 17)));
        for other in
            ["", "\n", "1 \n", "1  2\n", " 1\n", "1 1\n", "1001\n", "1 2 3 4 5 6\n", "1 2 3 4 5 \n", "1\r", "65537\n"]
        {
            assert_eq!(row(other), None, "{other:?}");
        }
    }
}
