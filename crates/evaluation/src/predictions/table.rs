//! The CSV form: rows in any order, each naming its image.

use holdout_protocol::{Hint, HintCode, VerdictCode};

use super::kit::{MAX_BLANK_LINES, is_blank, plain_row, row_text, too_long};
use super::report::{Report, RowFault};
use super::stream::Stop;
use super::{LABELS, MAX_LINE_BYTES, label};
use crate::images::MAX_NAME_BYTES;
use crate::text::{TEXT_ALLOWED, clean, csv_fields, has_only_stray_returns};
use crate::{Bits, TaskShape};

const HEADERS: [[&str; 2]; 2] = [["image", "labels"], ["ImageId", "PredictionString"]];

/// Refuses a first line with a comma that is not one of the headers, or no text.
pub(super) fn check_header(line: &[u8], report: &mut Report) -> Result<(), Stop> {
    let stray_returns = has_only_stray_returns(line);
    let text = clean(line);
    if let Err(found) = &text
        && !stray_returns
    {
        // A file that is no text has a comma somewhere, too.
        return Err(Stop::refused(Some(1), VerdictCode::NotText, found, TEXT_ALLOWED.to_owned()));
    }
    let fields = text.ok().and_then(csv_fields).unwrap_or_default();
    if HEADERS.iter().any(|header| fields == header) {
        return Ok(());
    }
    if line.iter().all(|&byte| matches!(byte, b'0'..=b'9' | b',' | b' ')) {
        report.hint(HintCode::Commas);
    }
    if stray_returns {
        report.hint(HintCode::CarriageReturns);
    }
    let allowed = "`image,labels` or `ImageId,PredictionString`".to_owned();
    Err(Stop::Refused { line: Some(1), code: VerdictCode::BadHeader, value: line.to_vec(), allowed })
}

/// Refuses a header whose columns are separated by something else than a comma.
pub(super) fn check_separator(line: &[u8], report: &mut Report) -> Result<(), Stop> {
    for (separator, hint) in [(b';', HintCode::Semicolons), (b'\t', HintCode::Tabs), (b'|', HintCode::Bars)] {
        let mut fields = line.split(|&byte| byte == separator).map(|field| field.trim_ascii());
        let pair = [fields.next(), fields.next()];
        let is_header = HEADERS.iter().any(|header| pair == header.map(|field| Some(field.as_bytes())));
        if is_header && fields.next().is_none() {
            report.hint(hint);
            let allowed = "`image,labels` or `ImageId,PredictionString`".to_owned();
            return Err(Stop::Refused { line: Some(1), code: VerdictCode::BadHeader, value: line.to_vec(), allowed });
        }
    }
    Ok(())
}

/// A CSV file as far as it was read.
pub(super) struct Table<'a> {
    shape: &'a TaskShape,
    classes: u32,
    rows: Vec<[u16; LABELS]>,
    seen: Bits,
    /// The image after that of the last row: most files are in order.
    next: usize,
    count: usize,
    /// Empty lines after the last row.
    blank: u32,
    unknown: usize,
    unknown_with_stem: usize,
    /// Number of the last line taken.
    pub(super) line: u64,
    /// Whether the rest no longer matters.
    pub(super) over: bool,
}

impl<'a> Table<'a> {
    /// A file whose header has been read.
    pub(super) fn new(shape: &'a TaskShape) -> Self {
        let n = shape.images.len();
        Self {
            shape,
            classes: u32::from(shape.classes.count()),
            rows: vec![[0; LABELS]; n],
            seen: Bits::zeros(n),
            next: 0,
            count: 0,
            blank: 0,
            unknown: 0,
            unknown_with_stem: 0,
            line: 1,
            over: false,
        }
    }

    /// Takes the whole lines of the window; returns how many bytes they were.
    pub(super) fn scan(&mut self, window: &[u8], report: &mut Report) -> usize {
        let mut rest = window;
        while !self.over {
            while self.count < self.rows.len()
                && let Some(length) = self.plain_row(rest)
            {
                rest = rest.get(length..).unwrap_or_default();
            }
            let Some(end) = rest.iter().position(|&byte| byte == b'\n') else { break };
            let (line, after) = rest.split_at(end);
            self.add_line(line, report);
            rest = after.get(1..).unwrap_or_default();
        }
        window.len() - rest.len()
    }

    /// Takes a flawless line without quotes and returns its length with its end; `None` for any
    /// other.
    fn plain_row(&mut self, text: &[u8]) -> Option<usize> {
        let (image, length) = self.plain_image(text)?;
        if self.seen.get(image)? {
            return None;
        }
        let (row, labels_length) = plain_row(text.get(length + 1..)?, self.classes)?;
        *self.rows.get_mut(image)? = row;
        self.seen.set(image);
        self.next = image + 1;
        self.count += 1;
        self.line += 1;
        Some(length + 1 + labels_length)
    }

    /// Returns the image at the beginning of the line and the length of its name.
    fn plain_image(&self, text: &[u8]) -> Option<(usize, usize)> {
        if !self.shape.images.is_plain() {
            return None;
        }
        if let Some(name) = self.shape.images.name(self.next)
            && text.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b','))
        {
            return Some((self.next, name.len()));
        }
        let length = text.iter().take(MAX_NAME_BYTES + 1).position(|&byte| byte == b',')?;
        Some((self.shape.images.position(text.get(..length)?)?, length))
    }

    /// Takes any line, without its LF.
    pub(super) fn add_line(&mut self, line: &[u8], report: &mut Report) {
        self.line += 1;
        // Editors leave empty lines at the end.
        if self.count >= self.shape.images.len() && self.blank < MAX_BLANK_LINES && is_blank(line) {
            self.blank += 1;
            return;
        }
        self.count += 1;
        self.over = self.count > self.shape.images.len();
        if let Err(fault) = self.add_row(line, report) {
            report.add_row(self.line, fault);
        }
    }

    fn add_row(&mut self, line: &[u8], report: &mut Report) -> Result<(), RowFault> {
        if line.len() > MAX_LINE_BYTES {
            self.over = true;
            return Err(too_long());
        }
        let text = row_text(line, report)?;
        if text.trim().is_empty() {
            return Err(RowFault::new(
                VerdictCode::EmptyLine,
                text,
                "an image name, a comma and its labels".to_owned(),
            ));
        }
        let fields = csv_fields(text).unwrap_or_else(|| vec![text.to_owned()]);
        let (name, labels) = fields.split_first().map_or(("", &[][..]), |(name, labels)| (name.as_str(), labels));
        let image = self.image(name)?;
        if self.over {
            let allowed = format!("{} rows, one for each test image", self.shape.images.len());
            return Err(RowFault::new(VerdictCode::TooManyRows, text, allowed));
        }
        let row = match labels {
            [] => label::labels("", &self.shape.classes, report)?,
            [labels] => label::labels(labels, &self.shape.classes, report)?,
            [..] => {
                let allowed = "one comma in a row; labels are separated by spaces".to_owned();
                return Err(RowFault::new(VerdictCode::BadLabel, labels.join(","), allowed));
            }
        };
        if let Some(place) = self.rows.get_mut(image) {
            *place = row;
        }
        Ok(())
    }

    /// Returns the image with this name, which must not have had a row.
    fn image(&mut self, name: &str) -> Result<usize, RowFault> {
        let found = self.shape.images.position(name.as_bytes()).or_else(|| self.without_extension(name));
        let Some(image) = found else {
            self.unknown += 1;
            self.unknown_with_stem += usize::from(self.has_stem(name));
            let example = self.shape.images.name(0).unwrap_or_default();
            let allowed = format!("a name of the task's image list, such as `{example}`");
            return Err(RowFault::new(VerdictCode::UnknownImage, name, allowed));
        };
        if self.seen.get(image) == Some(true) {
            return Err(RowFault::new(VerdictCode::RepeatedImage, name, "one row for each image".to_owned()));
        }
        self.seen.set(image);
        self.next = image + 1;
        Ok(image)
    }

    /// Returns the image that `name` means if it has no extension and only one image could be
    /// meant.
    fn without_extension(&self, name: &str) -> Option<usize> {
        if name.is_empty() || name.contains(['.', '/', '\\']) {
            return None;
        }
        let images = &self.shape.images;
        let at = images.first_not_below(name.as_bytes());
        let mut meant = (at..at.saturating_add(8))
            .filter(|index| images.name(*index).is_some_and(|found| found.contains('.') && stem(found) == name));
        meant.next().filter(|_| meant.next().is_none())
    }

    /// Returns whether there is an image whose name without its extension is that of `name` without
    /// folders and extension.
    fn has_stem(&self, name: &str) -> bool {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let stem = stem(file);
        let images = &self.shape.images;
        let at = images.first_not_below(stem.as_bytes());
        images.position(file.as_bytes()).is_some()
            || (at..at.saturating_add(8)).filter_map(|index| images.name(index)).any(|found| self::stem(found) == stem)
    }

    /// Adds the faults of images that have no row.
    pub(super) fn finish(self, report: &mut Report) -> Vec<[u16; LABELS]> {
        if self.count == 0 {
            let allowed = "one row for each test image".to_owned();
            report.add(None, VerdictCode::EmptyFile, b"a header only", allowed);
            return self.rows;
        }
        if self.unknown == self.count && self.unknown_with_stem == self.unknown {
            let example = self.shape.images.name(0).unwrap_or_default();
            report.hint(Hint::from(HintCode::ImageNames).with("example", example));
        }
        // If the reading ended early, the missing rows may follow.
        if !self.over {
            self.add_missing(report);
        }
        self.rows
    }

    fn add_missing(&self, report: &mut Report) {
        let missing = self.seen.not();
        let mut listed = 0;
        for (image, _) in missing.iter().enumerate().filter(|(_, missing)| *missing) {
            if !report.has_room() {
                break;
            }
            let name = self.shape.images.name(image).unwrap_or_default();
            report.add(None, VerdictCode::MissingImage, name.as_bytes(), "one row for each test image".to_owned());
            listed += 1;
        }
        report.add_unlisted(u64::try_from(missing.count() - listed).unwrap_or(u64::MAX));
    }
}

/// Returns a file name without its last extension.
fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}
