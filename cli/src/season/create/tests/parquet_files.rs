//! Parquet files of libraries of data sets.

use std::fs::{self, File};
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;

const PARQUET: &str = "--from parquet --images @/data --season data";

/// A Parquet file as libraries of data sets write it; its labels have names if there are any.
fn write_parquet(bench: &Bench, name: &str, images: &[&[u8]], labels: &[i64], names: &[&str]) {
    let schema = "message schema { optional group image { optional binary bytes; optional binary path (STRING); } optional int64 label; }";
    let info = serde_json::json!({ "info": { "features": { "label": { "names": names, "_type": "ClassLabel" } } } });
    let pair = KeyValue::new("huggingface".to_owned(), info.to_string());
    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(vec![pair]))
        .set_compression(parquet::basic::Compression::SNAPPY)
        .build();
    let path = bench.write(name, "");
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let bytes: Vec<ByteArray> = images.iter().map(|image| ByteArray::from(image.to_vec())).collect();
    let paths: Vec<ByteArray> = images.iter().map(|_| ByteArray::from("owl/a.png")).collect();
    for values in [bytes, paths] {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&values, Some(&vec![2; values.len()]), None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(labels, Some(&vec![1; labels.len()]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn parquet_files_give_images_labels_and_names_of_classes() {
    let bench = Bench::new();
    let images: Vec<Vec<u8>> = (0..40).map(image).collect();
    let images: Vec<&[u8]> = images.iter().map(Vec::as_slice).collect();
    let labels: Vec<i64> = (0..40).map(|image| image % 3).collect();
    write_parquet(
        &bench,
        "data/test-00000-of-00002.parquet",
        &images[..20],
        &labels[..20],
        &["owl", "red fox", "kiwi"],
    );
    write_parquet(
        &bench,
        "data/test-00001-of-00002.parquet",
        &images[20..],
        &labels[20..],
        &["owl", "red fox", "kiwi"],
    );
    let report = bench.make(PARQUET).unwrap();
    assert_eq!((report.images, report.classes), (40, 3));
    assert_eq!(bench.text("classes.tsv"), "1\towl\towl\n2\tred_fox\tred fox\n3\tkiwi\tkiwi\n");
    let file = bench.path("data/test-00001-of-00002.parquet").display().to_string();
    assert_eq!(bench.labels_by_source()[&format!("{file}: row 3")], "2");
    assert!(!bench.text("labels.csv").contains("owl"));
}

#[test]
fn what_is_wrong_with_parquet_files_is_named_with_file_and_row() {
    let bench = Bench::new();
    let [one, two] = [image(1), image(2)];
    write_parquet(&bench, "data/test-00000-of-00001.parquet", &[&one, b"GIF89a", b""], &[0, 1, -2], &[]);
    bench.refused(PARQUET, &["row 2: not a JPEG or PNG image: it is a GIF", "row 3: the label `-2`"]);
    write_parquet(&bench, "data/test-00000-of-00001.parquet", &[&one, &two], &[0, 2], &["owl", "fox"]);
    bench.refused(PARQUET, &["row 2: the label `2` is out of range; 2 classes have the labels 0 to 1"]);
    bench.refused(
        &format!("{PARQUET} --label-column klass"),
        &["no fitting column `klass`; the file has `image`, `label`"],
    );
    bench.refused(&format!("{PARQUET} --image-column label"), &["the column `label` has neither bytes nor"]);
    write_parquet(&bench, "data/train-00000-of-00001.parquet", &[&one], &[0], &["owl", "fox"]);
    bench.refused(PARQUET, &["has the parts `test` and `train`", "test-*.parquet` or"]);
    let bench = Bench::new();
    write_parquet(&bench, "data/a.parquet", &[&one, &two], &[0, 1], &["owl", "fox"]);
    write_parquet(&bench, "data/b.parquet", &[&image(3)], &[0], &["fox", "owl"]);
    bench.refused(PARQUET, &["b.parquet: has other class names than"]);
    let whole = fs::read(bench.path("data/a.parquet")).unwrap();
    fs::remove_file(bench.path("data/b.parquet")).unwrap();
    // Cut off, and damaged at each byte in turn: refused or read, but never a crash.
    for len in [0, 4, 100, whole.len() - 5] {
        bench.write("data/a.parquet", &whole[..len]);
        bench.refused(PARQUET, &["a.parquet: "]);
    }
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        bench.write("data/a.parquet", &damaged);
        if bench.make(PARQUET).is_ok() {
            fs::remove_dir_all(bench.path("made")).unwrap();
        }
    }
    fs::remove_file(bench.path("data/a.parquet")).unwrap();
    bench.refused(PARQUET, &["has no Parquet files (.parquet)"]);
}
