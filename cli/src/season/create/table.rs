//! A table of image names and labels, and a folder of images.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::class_folders::read_image;
use super::collector::{Collector, Label, Naming};
use super::faults::{fault, shown};
use super::given::Given;
use crate::failure::Failure;

/// Most bytes of a table.
const MAX_TABLE: u64 = 4 << 30;
/// Extensions that a name in a table may lack.
const EXTENSIONS: [&str; 6] = ["jpg", "jpeg", "png", "JPG", "JPEG", "PNG"];
/// Headers of the column of images, in the order in which they are looked for.
const IMAGE_COLUMNS: [&str; 11] =
    ["image", "image_path", "file_name", "filename", "file", "path", "filepath", "image_id", "imageid", "img", "id"];
/// Headers of the column of labels.
const LABEL_COLUMNS: [&str; 10] =
    ["label", "class", "labels", "category", "target", "class_id", "category_id", "label_id", "wnid", "classid"];

/// The columns to use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) image: Option<&'a str>,
    pub(super) label: Option<&'a str>,
}

/// Gives the images that the table names, under their own names.
pub(super) fn read(
    table: &Path,
    folder: &Path,
    columns: Columns<'_>,
    collector: &mut Collector,
) -> Result<Given, Failure> {
    if !fs::metadata(folder).map_err(|error| Failure::file(folder, &error))?.is_dir() {
        return Err(fault(&folder.display().to_string(), "is no folder; `--from csv` needs a folder of images"));
    }
    let text = read_text(table)?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = *b"\t;,".iter().find(|delimiter| first.contains(delimiter)).unwrap_or(&b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text);
    let in_header = |message: String| fault(&format!("{}:1", table.display()), message);
    let headers = reader.headers().map_err(|error| in_header(error.to_string()))?.clone();
    let image = column(&headers, columns.image, "--image-column", &IMAGE_COLUMNS).map_err(in_header)?;
    let label = column(&headers, columns.label, "--label-column", &LABEL_COLUMNS).map_err(in_header)?;
    let total = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let mut rows = Rows { table, folder, image, label, fields: headers.len(), lines: HashMap::new() };
    for record in reader.records() {
        let done = record.as_ref().ok().and_then(csv::StringRecord::position).map_or(0, csv::Position::byte);
        collector.progress(done, total);
        rows.take(record, collector)?;
    }
    Ok(Given {
        classes: None,
        first_label: None,
        order: "sorted by label".to_owned(),
        archive: None,
        remarks: vec!["images keep their file names, which teams see: a name should not tell the class".to_owned()],
    })
}

fn read_text(table: &Path) -> Result<Vec<u8>, Failure> {
    let size = fs::metadata(table).map_err(|error| Failure::file(table, &error))?.len();
    if size > MAX_TABLE {
        return Err(fault(&table.display().to_string(), format!("{size} bytes; a table has at most 4 GiB")));
    }
    fs::read(table).map_err(|error| Failure::file(table, &error))
}

/// The rows of a table while they are read.
struct Rows<'a> {
    table: &'a Path,
    folder: &'a Path,
    /// Positions of the columns.
    image: usize,
    label: usize,
    /// Columns of the header.
    fields: usize,
    /// The line of each image, by its path.
    lines: HashMap<String, u64>,
}

impl Rows<'_> {
    fn take(&mut self, record: csv::Result<csv::StringRecord>, collector: &mut Collector) -> Result<(), Failure> {
        let line = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let line = line.map_or(0, csv::Position::line);
        let origin = format!("{}:{line}", self.table.display());
        let row = record.map_err(|_| "not UTF-8, or not a row of the table".to_owned());
        match row.and_then(|record| self.row(&record, line)) {
            Ok(Row { path, label, bytes }) => {
                let name = path.rsplit('/').next().unwrap_or_default();
                collector.add(format!("{origin}: {path}"), Naming::Kept(name), label, &bytes)
            }
            Err(message) => {
                collector.faults.add(&origin, message);
                Ok(())
            }
        }
    }

    /// Reads the image of a row; the error says what is wrong.
    fn row(&mut self, record: &csv::StringRecord, line: u64) -> Result<Row, String> {
        let (Some(name), Some(label)) = (record.get(self.image), record.get(self.label)) else {
            return Err(format!("{} fields; the header has {}", record.len(), self.fields));
        };
        if label.trim().is_empty() {
            return Err("the label is empty".to_owned());
        }
        let path = find_image(self.folder, name.trim())?;
        if let Some(earlier) = self.lines.insert(path.clone(), line) {
            return Err(format!("the image {} is in line {earlier} already", shown(name)));
        }
        let bytes = read_image(&self.folder.join(&path)).map_err(|error| format!("{}: {error}", shown(name)))?;
        Ok(Row { path, label: to_label(label.trim()), bytes })
    }
}

/// Finds a column by the name that was given, or by the usual ones.
fn column(headers: &csv::StringRecord, given: Option<&str>, flag: &str, usual: &[&str]) -> Result<usize, String> {
    let find = |name: &str| headers.iter().position(|header| header.trim().eq_ignore_ascii_case(name));
    let found = match given {
        Some(name) => find(name),
        None => usual.iter().find_map(|name| find(name)),
    };
    found.ok_or_else(|| {
        let have: Vec<String> = headers.iter().take(20).map(shown).collect();
        let wanted = given.map_or_else(|| format!("`{}`", usual.join("`, `")), |name| format!("`{name}`"));
        format!("no column {wanted}; the header has {}. Name the column with `{flag}`", have.join(", "))
    })
}

struct Row {
    /// From the folder.
    path: String,
    label: Label,
    bytes: Vec<u8>,
}

/// Returns the path of an image from the folder; its name may lack the extension. The error says
/// what is wrong.
fn find_image(folder: &Path, name: &str) -> Result<String, String> {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if name.starts_with('/') || parts.contains(&"..") || name.contains(['\\', '\0']) {
        return Err(format!("{} leads out of the folder of images; names are relative to it", shown(name)));
    }
    if parts.is_empty() {
        return Err("the name of the image is empty".to_owned());
    }
    let path = parts.join("/");
    let with_extensions = EXTENSIONS.iter().map(|extension| format!("{path}.{extension}"));
    std::iter::once(path.clone())
        .chain(with_extensions)
        .find(|path| folder.join(path).is_file())
        .ok_or_else(|| format!("there is no image {} in `{}`", shown(name), folder.display()))
}

/// Returns a label as it is written: a whole number, or a text.
pub(super) fn to_label(text: &str) -> Label {
    match text.parse() {
        Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => Label::Number(number),
        _ => Label::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(names: &[&str]) -> csv::StringRecord {
        csv::StringRecord::from(names.to_vec())
    }

    #[test]
    fn a_column_is_found_by_its_name_or_by_the_most_usual_one() {
        let found = |names: &[&str], given| column(&headers(names), given, "--label-column", &["label", "class"]);
        assert_eq!(found(&["Class", " LABEL ", "x"], None), Ok(1));
        assert_eq!(found(&["Class", "x"], None), Ok(0));
        assert_eq!(found(&["label", "x"], Some("X")), Ok(1));
        let missing = found(&["a", "b\u{1b}"], Some("c")).unwrap_err();
        assert_eq!(missing, "no column `c`; the header has `a`, `b\\u{1b}`. Name the column with `--label-column`");
        assert!(found(&["a"], None).unwrap_err().starts_with("no column `label`, `class`; "));
    }

    #[test]
    fn an_image_lies_in_the_folder_and_may_lack_its_extension() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("x")).unwrap();
        for name in ["a", "a.png", "x/b.JPG"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        let found = |name: &str| find_image(folder.path(), name);
        assert_eq!((found("a"), found("./x//b")), (Ok("a".to_owned()), Ok("x/b.JPG".to_owned())));
        for outside in ["/a", "../a", "x/../a", "x\\b"] {
            assert!(found(outside).unwrap_err().contains("leads out of the folder of images"), "{outside}");
        }
        assert_eq!(found("./").unwrap_err(), "the name of the image is empty");
        assert!(found("x").unwrap_err().starts_with("there is no image `x` in `"), "a folder is no image");
    }

    #[test]
    fn a_label_of_digits_is_a_number_if_it_is_not_too_large() {
        assert_eq!((to_label("007"), to_label("0")), (Label::Number(7), Label::Number(0)));
        for text in ["+1", "-1", "1.0", "18446744073709551616", "n01440764", "1 "] {
            assert_eq!(to_label(text), Label::Text(text.to_owned()));
        }
    }
}
