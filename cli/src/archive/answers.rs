//! Answers of prediction files as Parquet: a row for each image.

use std::fs::File;
use std::io::Seek as _;
use std::sync::Arc;

use holdout_evaluation::{CheckError, Predictions, TaskShape, check};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::client::{Client, TaskPath};
use crate::failure::Failure;
use crate::local_check::fetch_shape;

/// The columns. A label is a class number, and 0 if the file gives fewer labels for the image.
const SCHEMA: &str = "message answers { required binary image (STRING); required int32 label_1; required int32 label_2;
    required int32 label_3; required int32 label_4; required int32 label_5; }";

/// Returns the answers of a prediction file as a table; `None` if the task has other images by now.
pub(super) fn parquet_of(client: &Client, task: &TaskPath, mut file: File) -> Result<Option<File>, Failure> {
    let failed = |cause: String| Failure::refused("output", format!("answers of {task}: {cause}"));
    let shape = fetch_shape(client, task)?;
    file.rewind().map_err(|error| failed(error.to_string()))?;
    match check(&shape, &file, u64::MAX) {
        Ok(predictions) => write(&shape, &predictions).map(Some).map_err(|error| failed(error.to_string())),
        Err(CheckError::Rejected(_)) => Ok(None),
        Err(CheckError::Read(error)) => Err(failed(error.to_string())),
    }
}

fn write(shape: &TaskShape, predictions: &Predictions) -> Result<File, ParquetError> {
    let compression = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(compression).build();
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let file = tempfile::tempfile()?;
    let mut writer = SerializedFileWriter::new(file.try_clone()?, schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    let images: Vec<ByteArray> = shape.images.iter().map(|image| ByteArray::from(image.to_string().as_str())).collect();
    if let Some(mut column) = group.next_column()? {
        column.typed::<ByteArrayType>().write_batch(&images, None, None)?;
        column.close()?;
    }
    let mut place = 0;
    while let Some(mut column) = group.next_column()? {
        let labels = predictions.rows().iter().map(|row| row.get(place).copied().map_or(0, i32::from));
        column.typed::<Int32Type>().write_batch(&labels.collect::<Vec<i32>>(), None, None)?;
        column.close()?;
        place += 1;
    }
    group.close()?;
    writer.close()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use holdout_evaluation::{ClassList, ImageList};
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    use super::*;

    #[test]
    fn a_table_has_the_labels_of_each_image() {
        let shape = TaskShape {
            classes: ClassList::parse(b"1\ta\tA\n2\tb\tB\n3\tc\tC\n").unwrap(),
            images: ImageList::parse(b"x.png\ny.png\n").unwrap(),
        };
        let predictions = check(&shape, &b"2 1 3\n3\n"[..], 100).unwrap();
        let reader = SerializedFileReader::new(write(&shape, &predictions).unwrap()).unwrap();
        let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(
            rows,
            [
                "{image: \"x.png\", label_1: 2, label_2: 1, label_3: 3, label_4: 0, label_5: 0}",
                "{image: \"y.png\", label_1: 3, label_2: 0, label_3: 0, label_4: 0, label_5: 0}",
            ]
        );
    }
}
