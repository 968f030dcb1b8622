//! Parquet files with a column of images (`struct {bytes, path}`, or bytes) and a column of labels.

use std::collections::BTreeSet;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::super::files::file_name;
use super::classes::{ClassName, numbered};
use super::collector::{Collector, Label, Naming};
use super::faults::{fault, shown};
use super::given::Given;
use super::shards;
use super::table::to_label;
use crate::failure::Failure;

/// Names of the column of images, in the order in which they are looked for.
const IMAGE_COLUMNS: [&str; 4] = ["image", "img", "jpg", "png"];
/// Names of the column of labels.
const LABEL_COLUMNS: [&str; 6] = ["label", "labels", "class", "cls", "target", "fine_label"];
/// Images that are unpacked at a time.
const BATCH: usize = 16;
/// Most bytes of a column in a group of rows, by the file's own account.
const MAX_COLUMN: i64 = 16 << 30;

/// The columns to use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) image: Option<&'a str>,
    pub(super) label: Option<&'a str>,
}

/// Gives the images of all files.
pub(super) fn read(paths: &[PathBuf], columns: Columns<'_>, collector: &mut Collector) -> Result<Given, Failure> {
    let files = shards::files(paths, &["parquet"], "Parquet files")?;
    refuse_several_parts(&files)?;
    let mut classes: Option<Vec<ClassName>> = None;
    for path in &files {
        let read = catch_panic(|| read_file(path, columns, collector));
        let damaged = || fault(&path.display().to_string(), "the file is damaged: its reader gave up");
        let named = read.map_err(|_| damaged())??;
        if let (Some(before), Some(named)) = (&classes, &named)
            && before != named
        {
            return Err(fault(&path.display().to_string(), "has other class names than the files before"));
        }
        classes = classes.or(named);
    }
    let order = match classes {
        Some(_) => "as the files name the classes of the label",
        None => "in the order of the labels",
    };
    let first_label = classes.as_ref().map(|_| 0);
    Ok(Given { classes, first_label, order: order.to_owned(), archive: None, remarks: Vec::new() })
}

/// Does something that may panic, without a message of that: the reader of the format is not ours,
/// and damaged files make it panic.
fn catch_panic<T>(work: impl FnOnce() -> T) -> std::thread::Result<T> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let result = catch_unwind(AssertUnwindSafe(work));
    std::panic::set_hook(hook);
    result
}

/// Refuses files of several parts of a data set (`train-00000-of-00002.parquet`), because labels of
/// a test set and of a training set were most likely not meant together.
fn refuse_several_parts(files: &[PathBuf]) -> Result<(), Failure> {
    let part = |path: &PathBuf| {
        let name = file_name(path);
        let (before, count) = name.strip_suffix(".parquet")?.rsplit_once("-of-")?;
        let (part, number) = before.rsplit_once('-')?;
        [count, number]
            .iter()
            .all(|digits| digits.bytes().take_while(u8::is_ascii_digit).count() == 5)
            .then(|| part.to_owned())
    };
    let parts: BTreeSet<String> = files.iter().filter_map(part).collect();
    if parts.len() < 2 {
        return Ok(());
    }
    let place = files.first().and_then(|file| file.parent()).unwrap_or(Path::new(".")).display().to_string();
    let names: Vec<String> = parts.iter().map(|part| format!("`{part}`")).collect();
    let choices: Vec<String> = parts.iter().map(|part| format!("`--images {place}/{part}-*.parquet`")).collect();
    Err(fault(&place, format!("has the parts {} of a data set", names.join(" and ")))
        .advise(format!("Name the files of one: {}.", choices.join(" or "))))
}

/// Gives the images of a file, and returns the names of its classes if it has them.
fn read_file(path: &Path, columns: Columns<'_>, collector: &mut Collector) -> Result<Option<Vec<ClassName>>, Failure> {
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    let reader = SerializedFileReader::new(file).map_err(|error| unreadable(path, &error))?;
    refuse_huge_columns(path, &reader)?;
    let (metadata, place) = (reader.metadata().file_metadata(), path.display().to_string());
    let schema = metadata.schema();
    let image = column(schema, columns.image, "--image-column", &IMAGE_COLUMNS, is_image);
    let image = image.map_err(|message| fault(&place, message))?.name();
    let label = column(schema, columns.label, "--label-column", &LABEL_COLUMNS, is_label);
    let label = label.map_err(|message| fault(&place, message))?.name();
    // In the order of the schema, because values come in that order.
    let wanted = schema.get_fields().iter().filter(|field| [image, label].contains(&field.name())).cloned().collect();
    let wanted = Type::group_type_builder(schema.name()).with_fields(wanted).build();
    let wanted = wanted.map_err(|error| unreadable(path, &error))?;
    let total = u64::try_from(metadata.num_rows()).unwrap_or(0);
    let mut row = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(|error| unreadable(path, &error))?;
        let rows = RowIter::from_row_group(Some(wanted.clone()), &*group).map_err(|error| unreadable(path, &error))?;
        for values in rows.with_batch_size(BATCH) {
            row += 1;
            let origin = format!("{place}: row {row}");
            match sample(&values.map_err(|error| unreadable(path, &error))?, image, label) {
                Ok((label, bytes)) => collector.add(origin, Naming::Made, label, bytes)?,
                Err(message) => collector.faults.add(&origin, message),
            }
            collector.progress(row, total);
        }
    }
    Ok(class_names(metadata.key_value_metadata(), label))
}

fn unreadable(path: &Path, error: &ParquetError) -> Failure {
    let place = path.display().to_string();
    match error.to_string().rsplit_once("Disabled feature at compile time: ") {
        Some((_, codec)) => {
            let message = format!("is compressed with {codec}; snappy, gzip, zstd and uncompressed files are read");
            fault(&place, message).advise(format!(
                "Write it again in Python: `pq.write_table(pq.read_table({place:?}), \"zstd.parquet\", compression=\"zstd\")`."
            ))
        }
        None => fault(&place, format!("no Parquet file that can be read: {error}")),
    }
}

fn refuse_huge_columns(path: &Path, reader: &SerializedFileReader<File>) -> Result<(), Failure> {
    let mut columns = reader.metadata().row_groups().iter().flat_map(|group| group.columns());
    match columns.find(|column| column.uncompressed_size() > MAX_COLUMN) {
        Some(column) => {
            let message =
                format!("the column `{}` has a group of {} bytes", column.column_path(), column.uncompressed_size());
            Err(fault(&path.display().to_string(), message))
        }
        None => Ok(()),
    }
}

/// Finds a column by the name that was given, or by the usual ones.
fn column<'a>(
    schema: &'a Type,
    given: Option<&str>,
    flag: &str,
    usual: &[&str],
    fits: fn(&Type) -> bool,
) -> Result<&'a Type, String> {
    let find = |name: &str| schema.get_fields().iter().find(|field| field.name() == name).map(AsRef::as_ref);
    let found: Option<&Type> = match given {
        Some(name) => find(name),
        None => usual.iter().find_map(|name| find(name).filter(|field| fits(field))),
    };
    let found = found.ok_or_else(|| {
        let have: Vec<String> = schema.get_fields().iter().take(20).map(|field| shown(field.name())).collect();
        let wanted = given.map_or_else(|| usual.join("`, `"), str::to_owned);
        format!("no fitting column `{wanted}`; the file has {}. Name the column with `{flag}`", have.join(", "))
    })?;
    match fits(found) {
        true => Ok(found),
        false if flag == "--image-column" => {
            Err(format!("the column `{}` has neither bytes nor structures with `bytes`", found.name()))
        }
        false => Err(format!("the column `{}` has no single number or text in a row", found.name())),
    }
}

fn is_image(field: &Type) -> bool {
    match field {
        Type::PrimitiveType { physical_type, .. } => *physical_type == parquet::basic::Type::BYTE_ARRAY,
        Type::GroupType { fields, .. } => fields.iter().any(|field| field.name() == "bytes" && field.is_primitive()),
    }
}

fn is_label(field: &Type) -> bool {
    let info = field.get_basic_info();
    field.is_primitive() && (!info.has_repetition() || info.repetition() != parquet::basic::Repetition::REPEATED)
}

/// Returns label and image of a row; the error says what is wrong.
fn sample<'a>(row: &'a Row, image: &str, label: &str) -> Result<(Label, &'a [u8]), String> {
    let value = |name: &str| row.get_column_iter().find(|(column, _)| *column == name).map(|(_, value)| value);
    let label = match value(label) {
        None | Some(Field::Null) => return Err("has no label".to_owned()),
        Some(Field::Str(text)) if text.trim().is_empty() => return Err("the label is empty".to_owned()),
        Some(Field::Str(text)) => to_label(text.trim()),
        Some(other) => {
            let text = other.to_string();
            let number = text
                .parse()
                .map_err(|_| format!("the label {} is no class: whole numbers from 0 and texts are", shown(&text)));
            Label::Number(number?)
        }
    };
    let image = match value(image) {
        Some(Field::Group(structure)) => {
            structure.get_column_iter().find(|(name, _)| *name == "bytes").map(|(_, value)| value)
        }
        other => other,
    };
    match image {
        Some(Field::Bytes(bytes)) if !bytes.data().is_empty() => Ok((label, bytes.data())),
        Some(Field::Bytes(_)) => Err("the image has 0 bytes".to_owned()),
        Some(Field::Str(path)) => {
            Err(format!("the image is a text, {}; its bytes have to be in the file", shown(path)))
        }
        _ => Err("has no bytes of an image; a path alone is not enough".to_owned()),
    }
}

/// Returns the names of the classes of a label, which libraries of data sets write into the file's
/// metadata.
fn class_names(metadata: Option<&Vec<parquet::file::metadata::KeyValue>>, label: &str) -> Option<Vec<ClassName>> {
    let text = metadata?.iter().find(|pair| pair.key == "huggingface")?.value.as_ref()?;
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let names = json.pointer("/info/features")?.get(label)?.get("names")?.as_array()?;
    let names: Option<Vec<String>> = names.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    names.filter(|names| !names.is_empty()).map(|names| numbered(names.into_iter()))
}
