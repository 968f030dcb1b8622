//! A table of image names and labels, and a folder of images.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::Given;
use super::class_folders::read_image;
use super::collector::{Collector, Label, Naming};
use super::faults::{fault, shown};
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
    let size = fs::metadata(table).map_err(|error| Failure::file(table, &error))?.len();
    if size > MAX_TABLE {
        return Err(fault(&table.display().to_string(), format!("{size} bytes; a table has at most 4 GiB")));
    }
    if !fs::metadata(folder).map_err(|error| Failure::file(folder, &error))?.is_dir() {
        return Err(fault(&folder.display().to_string(), "is no folder; `--from csv` needs a folder of images"));
    }
    let text = fs::read(table).map_err(|error| Failure::file(table, &error))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let place = |line: u64| format!("{}:{line}", table.display());
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = [b'\t', b';', b','].into_iter().find(|delimiter| first.contains(delimiter)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text);
    let headers = reader.headers().map_err(|error| fault(&place(1), error.to_string()))?.clone();
    let image = column(&headers, columns.image, "--image-column", &IMAGE_COLUMNS)
        .map_err(|message| fault(&place(1), message))?;
    let label = column(&headers, columns.label, "--label-column", &LABEL_COLUMNS)
        .map_err(|message| fault(&place(1), message))?;
    let mut lines: HashMap<String, u64> = HashMap::new();
    let total = u64::try_from(text.len()).unwrap_or(u64::MAX);
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                collector.faults.add(&place(line), "not UTF-8, or not a row of the table");
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let origin = place(line);
        collector.progress(record.position().map_or(0, csv::Position::byte), total);
        let (Some(name), Some(class)) = (record.get(image), record.get(label)) else {
            let message = format!("{} fields; the header has {}", record.len(), headers.len());
            collector.faults.add(&origin, message);
            continue;
        };
        match row(folder, name.trim(), class.trim()) {
            Ok(row) => {
                if let Some(earlier) = lines.insert(row.path.clone(), line) {
                    collector.faults.add(&origin, format!("the image {} is in line {earlier} already", shown(name)));
                    continue;
                }
                let file = row.path.rsplit('/').next().unwrap_or_default();
                collector.add(format!("{origin}: {}", row.path), Naming::Kept(file), row.label, &row.bytes)?;
            }
            Err(message) => collector.faults.add(&origin, message),
        }
    }
    let remarks = vec!["images keep their file names, which teams see: a name should not tell the class".to_owned()];
    let order = "sorted by label".to_owned();
    Ok(Given { classes: None, first_label: None, order, archive: None, remarks })
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

/// Reads the image of a row; the error says what is wrong.
fn row(folder: &Path, name: &str, label: &str) -> Result<Row, String> {
    if label.is_empty() {
        return Err("the label is empty".to_owned());
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if name.starts_with('/') || parts.contains(&"..") || name.contains(['\\', '\0']) {
        return Err(format!("{} leads out of the folder of images; names are relative to it", shown(name)));
    }
    if parts.is_empty() {
        return Err("the name of the image is empty".to_owned());
    }
    let path = parts.join("/");
    let with = |extension: &&str| format!("{path}.{extension}");
    let path = std::iter::once(path.clone())
        .chain(EXTENSIONS.iter().map(with))
        .find(|path| folder.join(path).is_file())
        .ok_or_else(|| format!("there is no image {} in `{}`", shown(name), folder.display()))?;
    let bytes = read_image(&folder.join(&path)).map_err(|error| format!("{}: {error}", shown(name)))?;
    Ok(Row { path, label: to_label(label), bytes })
}

/// Returns a label as it is written: a whole number, or a text.
pub(super) fn to_label(text: &str) -> Label {
    match text.parse() {
        Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => Label::Number(number),
        _ => Label::Text(text.to_owned()),
    }
}
