//! The kit's text: line `i` is the `i`-th image in the order of file names.

use holdout_protocol::VerdictCode;

use super::report::{Report, RowFault};
use super::{LABELS, MAX_LINE_BYTES, label};
use crate::TaskShape;
use crate::text::{clean, without_cr};

/// A kit file as far as it was read.
pub(super) struct Kit<'a> {
    shape: &'a TaskShape,
    classes: u32,
    rows: Vec<[u16; LABELS]>,
    /// Number of the last line taken.
    pub(super) line: u64,
    /// Whether the rest no longer matters.
    pub(super) over: bool,
}

impl<'a> Kit<'a> {
    pub(super) fn new(shape: &'a TaskShape) -> Self {
        let rows = Vec::with_capacity(shape.images.len());
        Self { shape, classes: u32::from(shape.classes.count()), rows, line: 0, over: false }
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
        match self.labels(line, report) {
            Ok(row) => self.rows.push(row),
            Err(fault) => {
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
        if self.over && !text.trim().is_empty() {
            let allowed = format!("{} rows, one for each test image", self.shape.images.len());
            return Err(RowFault::new(VerdictCode::TooManyRows, text, allowed));
        }
        if self.over {
            let allowed = format!("nothing after the {} rows", self.shape.images.len());
            return Err(RowFault::new(VerdictCode::EmptyLine, text, allowed));
        }
        label::labels(text, &self.shape.classes, report)
    }

    /// Adds the fault of rows that are not there.
    pub(super) fn finish(self, report: &mut Report) -> Vec<[u16; LABELS]> {
        let (found, wanted) = (self.rows.len(), self.shape.images.len());
        if found < wanted && !self.over {
            let allowed = format!("{wanted} rows, one for each test image");
            report.add(None, VerdictCode::TooFewRows, format!("{found} rows").as_bytes(), allowed);
        }
        self.rows
    }
}

/// The line as text, without its CR.
pub(super) fn row_text<'l>(line: &'l [u8], report: &mut Report) -> Result<&'l str, RowFault> {
    let line = without_cr(line);
    clean(line).ok_or_else(|| {
        if line.contains(&b'\r') {
            report.hint("The file has carriage returns within its lines; end lines with LF or CRLF.");
        }
        RowFault::new(VerdictCode::NotText, line, "UTF-8 text without control characters".to_owned())
    })
}

pub(super) fn too_long() -> RowFault {
    RowFault::new(VerdictCode::TooLarge, "a longer line", format!("lines of at most {MAX_LINE_BYTES} bytes"))
}

/// Reads a flawless line: 1 to 5 different numbers in 1..=`classes`, one space or tab between them, LF or CRLF at once
/// after the last. Returns its labels and its length with its end; `None` for any other line, flawed or not.
///
/// Eight bytes are looked at together: the first that is not a digit ends the number, whose digits are then added up
/// two, four and eight at a time.
#[inline]
pub(super) fn plain_row(text: &[u8], classes: u32) -> Option<([u16; LABELS], usize)> {
    let mut labels = [0; LABELS];
    let mut rest = text;
    for index in 0..LABELS {
        let word = u64::from_le_bytes(*rest.first_chunk()?);
        let (number, digits) = leading_number(word)?;
        let label = u16::try_from(number).ok().filter(|_| number <= classes)?;
        if labels.contains(&label) {
            return None;
        }
        *labels.get_mut(index)? = label;
        let [end, after, ..] = (word >> (8 * digits)).to_le_bytes();
        let length = usize::try_from(digits).ok()?;
        let line_end = match (end, after) {
            (b' ' | b'\t', _) => 0,
            (b'\n', _) => 1,
            (b'\r', b'\n') => 2,
            _ => return None,
        };
        rest = rest.get(length + line_end.max(1)..)?;
        if line_end > 0 {
            return Some((labels, text.len() - rest.len()));
        }
    }
    None
}

/// The number of 1 to 5 digits, the first not 0, at the beginning of eight bytes of text, and how many digits it has.
#[inline]
fn leading_number(word: u64) -> Option<(u32, u32)> {
    const BYTES: u64 = 0x0101_0101_0101_0101;
    // Digits become 0 to 9, all else more. Adding 0x76 carries what is above 9 into the top bit of its byte; a carry out
    // of a byte can only come from one that is not a digit, so the first top bit set is right.
    let values = word ^ (BYTES * 0x30);
    let others = (values.wrapping_add(BYTES * 0x76) | values) & (BYTES * 0x80);
    let digits = others.trailing_zeros() / 8;
    if !(1..=5).contains(&digits) || values & 0xff == 0 {
        return None;
    }
    let ones = values << (64 - 8 * digits);
    let tens = (ones.wrapping_mul(2561) >> 8) & 0x00ff_00ff_00ff_00ff;
    let hundreds = (tens.wrapping_mul(6_553_601) >> 16) & 0x0000_ffff_0000_ffff;
    let number = hundreds.wrapping_mul(42_949_672_960_001) >> 32;
    Some((u32::try_from(number).ok()?, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_up_to_five_digits_is_read() {
        for number in 1..100_000_u32 {
            for end in [" \n xyz", "\n1234567", "\r\n34567", "\u{ff}aaaaaaa", "/:;<=>?@"] {
                let text = format!("{number}{end}");
                let word = u64::from_le_bytes(*text.as_bytes().first_chunk().unwrap());
                let digits = u32::try_from(number.to_string().len()).unwrap();
                assert_eq!(leading_number(word), Some((number, digits)), "{text:?}");
            }
        }
    }

    #[test]
    fn other_beginnings_are_not_plain() {
        for text in ["0       ", "01      ", "123456  ", "12345678", "        ", "-1      ", "\u{ff}1     ", "n1234567"]
        {
            let word = u64::from_le_bytes(*text.as_bytes().first_chunk().unwrap());
            assert_eq!(leading_number(word), None, "{text:?}");
        }
    }

    #[test]
    fn plain_rows_are_taken_whole() {
        let row = |text: &str| plain_row(format!("{text}........").as_bytes(), 1000);
        assert_eq!(row("7\n"), Some(([7, 0, 0, 0, 0], 2)));
        assert_eq!(row("1 20\t300 1000 5\r\n"), Some(([1, 20, 300, 1000, 5], 17)));
        for other in
            ["", "\n", "1 \n", "1  2\n", " 1\n", "1 1\n", "1001\n", "1 2 3 4 5 6\n", "1 2 3 4 5 \n", "1\r", "65537\n"]
        {
            assert_eq!(row(other), None, "{other:?}");
        }
    }
}
