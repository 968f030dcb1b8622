//! Each source, good and bad; the folder is read as `season apply` reads it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use tempfile::TempDir;

use super::mat_file::{Synset, mat_file};
use super::*;
use crate::season::images::ImageTar;
use crate::season::read_folder;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    arguments: NewSeasonArguments,
}

const CONSOLE: Console = Console {
    json: false,
    quiet: true,
    colour: false,
    width: 100,
    cuts: true,
    terminal: false,
    interactive: false,
    logs: false,
};

/// A folder with sources in it, in which seasons are made.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn tar(&self, name: &str, files: &[(&str, &[u8])]) {
        let mut tar = ImageTar::create(&self.path(name)).unwrap();
        for (name, content) in files {
            tar.add(name, u64::try_from(content.len()).unwrap(), &mut &**content).unwrap();
        }
        tar.finish().unwrap();
    }

    /// Runs `season new` with these arguments, in which `@` stands for this folder.
    fn make(&self, arguments: &str) -> Result<NewSeasonReport, Failure> {
        let folder = self.0.path().display().to_string();
        let words = arguments.split(' ').map(|word| word.replace('@', &folder));
        let out = ["--out".to_owned(), self.path("made").display().to_string()];
        let line = CommandLine::try_parse_from(std::iter::once("new".to_owned()).chain(words).chain(out)).unwrap();
        new_season(&line.arguments, &self.path("state"), CONSOLE)
    }

    /// The season cannot be made, and nothing is left.
    #[track_caller]
    fn refused(&self, arguments: &str, parts: &[&str]) {
        let error = match self.make(arguments) {
            Ok(report) => panic!("{report:?}"),
            Err(failure) => failure.to_text(),
        };
        for part in parts {
            assert!(error.contains(part), "no {part:?} in {error}");
        }
        let left: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(!left.iter().any(|name| name.contains("made")), "{left:?}");
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path("made").join(name)).unwrap()
    }

    /// The class of each image by where it comes from.
    fn labels_by_source(&self) -> BTreeMap<String, String> {
        let rows = |name: &str| -> BTreeMap<String, String> {
            let text = self.text(name);
            text.lines()
                .skip(1)
                .map(|line| line.split_once(',').unwrap())
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .collect()
        };
        let labels = rows("labels.csv");
        rows("sources.csv").into_iter().map(|(image, source)| (source, labels[&image].clone())).collect()
    }
}

/// An image of one shade of grey.
fn image(grey: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[grey; 64]).unwrap();
    bytes
}

const SYNSETS: [Synset<'static>; 4] = [
    Synset { id: 1.0, wnid: "n02119789", words: "kit fox", children: 0 },
    Synset { id: 2.0, wnid: "n02100735", words: "English setter", children: 0 },
    Synset { id: 3.0, wnid: "n01440764", words: "tench", children: 0 },
    Synset { id: 4.0, wnid: "n00001740", words: "entity", children: 3 },
];

const IMAGENET: &str = "--from imagenet --devkit @/kit --images @/val";

fn imagenet_name(number: usize) -> String {
    format!("ILSVRC2012_val_{number:08}.JPEG")
}

fn imagenet() -> Bench {
    let bench = Bench::new();
    bench.write("kit/data/meta.mat", mat_file(&SYNSETS, true));
    bench.write("kit/data/ILSVRC2012_validation_ground_truth.txt", "3\n1\n2\n3\n");
    for number in 1..=4 {
        bench.write(&format!("val/{}", imagenet_name(number)), image(u8::try_from(number).unwrap()));
    }
    bench
}

#[test]
fn imagenet_keeps_the_kits_numbers_and_orders_classes_by_wordnet_id() {
    let bench = imagenet();
    let report = bench.make(IMAGENET).unwrap();
    assert_eq!((report.classes, report.images, report.season.as_str()), (3, 4, "ilsvrc-2012"));
    assert_eq!(report.first_classes, ["n01440764 (tench)", "n02100735 (English setter)"]);
    assert_eq!(bench.text("classes.tsv"), "3\tn01440764\ttench\n2\tn02100735\tEnglish setter\n1\tn02119789\tkit fox\n");
    let labels: String =
        [3, 1, 2, 3].iter().zip(1..).map(|(class, n)| format!("{},{class}\n", imagenet_name(n))).collect();
    assert_eq!(bench.text("labels.csv"), format!("image,class\n{labels}"));
    let season = read_folder(&bench.path("made")).unwrap();
    assert_eq!((season.season.draft, season.tasks.len()), (true, 1));
    assert_eq!(season.tasks[0].settings.metric, holdout_protocol::Metric::Top5Error);
    assert!(report.to_text().contains("next: holdout season apply "), "{}", report.to_text());
}

#[test]
fn imagenet_comes_packed_and_in_class_folders_too() {
    let bench = imagenet();
    let images: Vec<(String, Vec<u8>)> =
        (1..=4_u8).map(|number| (imagenet_name(number.into()), image(number))).collect();
    let files: Vec<(&str, &[u8])> = images.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    bench.tar("val.tar", &files);
    bench.tar(
        "kit.tar",
        &[
            ("ILSVRC2012_devkit_t12/readme.txt", b"x"),
            ("ILSVRC2012_devkit_t12/data/meta.mat", &mat_file(&SYNSETS, false)),
            ("ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt", b"3\n1\n2\n3\n"),
        ],
    );
    let mut packed =
        flate2::write::GzEncoder::new(File::create(bench.path("kit.tar.gz")).unwrap(), flate2::Compression::fast());
    packed.write_all(&fs::read(bench.path("kit.tar")).unwrap()).unwrap();
    packed.finish().unwrap();
    let report = bench.make("--from imagenet --devkit @/kit.tar.gz --images @/val.tar").unwrap();
    assert_eq!(report.archive, bench.path("val.tar").canonicalize().unwrap());
    assert!(!bench.path("made/images.tar").exists(), "an archive is not copied");
    let labels = bench.text("labels.csv");
    fs::remove_dir_all(bench.path("made")).unwrap();

    for number in 1..=4 {
        let name = imagenet_name(number);
        let folder = bench.path(&format!("val/n0000000{number}"));
        fs::create_dir(&folder).unwrap();
        fs::rename(bench.path("val").join(&name), folder.join(&name)).unwrap();
    }
    bench.make(IMAGENET).unwrap();
    assert_eq!(bench.text("labels.csv"), labels);
}

#[test]
fn what_is_wrong_with_imagenet_is_named_with_its_place() {
    let truth = "kit/data/ILSVRC2012_validation_ground_truth.txt";
    let bench = imagenet();
    bench.write(truth, "3\n1\n2\n");
    bench.refused(
        IMAGENET,
        &["ILSVRC2012_val_00000004.JPEG` is no validation image", "labels for 3 images, here are 4"],
    );
    bench.write(truth, "3\n1\n2\n3\n1\n");
    bench.refused(IMAGENET, &["`ILSVRC2012_val_00000005.JPEG` is missing"]);
    bench.write(truth, "3\n0\n4\n-1\n");
    bench.refused(IMAGENET, &["truth.txt:2: `0` is not", "truth.txt:3: `4`", "truth.txt:4: `-1`", "from 1 to 3"]);
    bench.write(truth, "");
    bench.refused(IMAGENET, &["truth.txt: is empty"]);
    bench.write(truth, "3\n1\n2\n3\n");
    bench.write(&format!("val/{}", imagenet_name(2)), "<html>no image</html>");
    bench.refused(IMAGENET, &["ILSVRC2012_val_00000002.JPEG: not a JPEG or PNG image: it is a web page"]);
    let cut = image(9);
    bench.write(&format!("val/{}", imagenet_name(2)), &cut[..cut.len() / 2]);
    bench.refused(IMAGENET, &["val/ILSVRC2012_val_00000002.JPEG: "]);
    bench.refused("--from imagenet --images @/val", &["needs `--devkit`"]);
    bench.refused(
        "--from imagenet --devkit @/val --images @/val",
        &["has no `data/meta.mat`", "ILSVRC2012_devkit_t12.tar.gz"],
    );
    bench.tar("kit.tar", &[("../data/meta.mat", b"x")]);
    bench.refused("--from imagenet --devkit @/kit.tar --images @/val", &["`../data/meta.mat`", "`..`"]);
    fs::write(bench.path("cut.tar"), &fs::read(bench.path("kit.tar")).unwrap()[..600]).unwrap();
    bench.refused("--from imagenet --devkit @/cut.tar --images @/val", &["cut.tar: "]);
}

#[test]
fn classes_of_a_kit_that_cannot_be_are_refused() {
    let row = |id, wnid, children| Synset { id, wnid, words: "x", children };
    let cases = [
        (vec![row(1.0, "n00000001", 0), row(1.0, "n00000002", 0)], "1 to 2, each once; `1` is not"),
        (vec![row(1.0, "n00000001", 0), row(3.0, "n00000002", 0)], "`3` is not"),
        (vec![row(1.0, "n00000001", 0), row(2.0, "n00000001", 0)], "`n00000001` is there twice"),
        (vec![row(1.0, "n1", 0)], "synset 1: the WNID `n1`"),
        (vec![row(1.5, "n00000001", 0)], "synset 1: ILSVRC2012_ID"),
        (vec![row(f64::NAN, "n00000001", 0)], "synset 1: ILSVRC2012_ID"),
        (vec![row(1.0, "n00000001", 2)], "the 0 synsets without children"),
    ];
    for (synsets, message) in cases {
        let bench = imagenet();
        bench.write("kit/data/meta.mat", mat_file(&synsets, true));
        bench.refused(IMAGENET, &["meta.mat", message]);
    }
}

const FOLDER: &str = "--from folder --images @/birds --season birds";

fn birds() -> Bench {
    let bench = Bench::new();
    for (path, grey) in [("owl/a.png", 1), ("owl/b.png", 2), ("10/a.png", 3), ("2/x/y.PNG", 4), ("2/z.png", 5)] {
        bench.write(&format!("birds/{path}"), image(grey));
    }
    bench.write("birds/owl/notes.txt", "no image");
    bench.write("birds/owl/.DS_Store", "x");
    bench
}

#[test]
fn class_folders_are_ordered_as_image_folder_does_and_names_do_not_tell_the_class() {
    let bench = birds();
    let report = bench.make(FOLDER).unwrap();
    assert_eq!(bench.text("classes.tsv"), "1\tclass-10\t10\n2\tclass-2\t2\n3\towl\towl\n");
    let labels = bench.labels_by_source();
    let wanted = [("10/a.png", "1"), ("2/x/y.PNG", "2"), ("2/z.png", "2"), ("owl/a.png", "3"), ("owl/b.png", "3")];
    assert_eq!(labels, wanted.map(|(source, class)| (source.to_owned(), class.to_owned())).into());
    assert!(!bench.text("labels.csv").contains("owl"));
    assert!(report.remarks.iter().any(|remark| remark.contains("`owl/notes.txt`")), "{report:?}");
    assert_eq!((report.metric.as_str(), report.images), ("top1_error", 5));
    let first = (bench.text("labels.csv"), fs::read(bench.path("made/images.tar")).unwrap());

    // What is there is not overwritten; made again elsewhere it is the same.
    let error = bench.make(FOLDER).unwrap_err().to_text();
    assert!(error.contains("made` exists already, and is not overwritten"), "{error}");
    fs::rename(bench.path("made"), bench.path("earlier")).unwrap();
    bench.make(FOLDER).unwrap();
    assert_eq!((bench.text("labels.csv"), fs::read(bench.path("made/images.tar")).unwrap()), first);
}

#[test]
fn a_list_of_classes_gives_their_order() {
    let bench = birds();
    bench.write("names.txt", "owl\n2\n10\nkiwi\n");
    let report = bench.make(&format!("{FOLDER} --classes @/names.txt")).unwrap();
    assert_eq!(bench.text("classes.tsv"), "1\towl\towl\n2\tclass-2\t2\n3\tclass-10\t10\n4\tkiwi\tkiwi\n");
    assert_eq!(bench.labels_by_source()["owl/a.png"], "1");
    assert!(report.remarks.iter().any(|remark| remark == "the class kiwi has no image"), "{report:?}");
    fs::remove_dir_all(bench.path("made")).unwrap();
    bench.write("names.txt", "owl\n2\n");
    bench.refused(&format!("{FOLDER} --classes @/names.txt"), &["10/a.png: `10` is not one of the 2 classes"]);
}

#[test]
fn what_is_wrong_with_class_folders_is_named_with_its_place() {
    let bench = birds();
    bench.write("birds/owl/c.webp", b"RIFF....WEBP");
    bench.write("birds/2/d.jpg", b"");
    bench.refused(
        FOLDER,
        &["owl/c.webp: not a JPEG or PNG image: it is a WebP", "2/d.jpg: not a JPEG or PNG image: it is 0 bytes"],
    );
    let bench = birds();
    bench.write("birds/lost.png", image(9));
    bench.refused(FOLDER, &["lost.png: an image outside the class folders"]);
    bench.refused("--from folder --images @/birds/owl --season birds", &["has no folders"]);
    bench.refused("--from folder --images @/none --season birds", &["none`"]);
    // One level too high.
    let bench = Bench::new();
    bench.write("birds/train/owl/a.png", image(1));
    bench.write("birds/val/owl/a.png", image(2));
    bench.refused(FOLDER, &["`train` has no image, but a folder with images", "birds/train`"]);
    // Sizes that only a hostile file has.
    let bench = birds();
    let mut huge = image(1);
    huge[16..24].copy_from_slice(&[0, 255, 255, 255, 0, 255, 255, 255]);
    bench.write("birds/owl/huge.png", huge);
    bench.refused(FOLDER, &["owl/huge.png: "]);
}

#[test]
fn the_same_image_twice_counts_twice_and_is_told() {
    let bench = birds();
    bench.write("birds/owl/again.png", image(1));
    let report = bench.make(FOLDER).unwrap();
    assert_eq!(report.images, 6);
    let told = "images that were there before: 1, for example owl/a.png and owl/again.png; each counts";
    assert!(report.remarks.iter().any(|remark| remark == told), "{report:?}");
    fs::remove_dir_all(bench.path("made")).unwrap();
    bench.write("birds/10/same.png", image(1));
    let report = bench.make(FOLDER).unwrap();
    let told = "images that were there before: 2, 2 of them with another label, for example 10/same.png and owl/a.png";
    assert!(report.remarks.iter().any(|remark| remark.starts_with(told)), "{report:?}");
}

const CSV: &str = "--from csv --table @/table.csv --images @/photos --season photos";

fn photos(table: &str) -> Bench {
    let bench = Bench::new();
    for (name, grey) in [("a.png", 1), ("b.png", 2), ("deep/c.png", 3)] {
        bench.write(&format!("photos/{name}"), image(grey));
    }
    bench.write("photos/unused.png", image(7));
    bench.write("table.csv", table);
    bench
}

#[test]
fn a_table_names_images_and_labels() {
    let cases = [
        "image,label\na.png,0\nb.png,2\ndeep/c.png,0\n",
        "\u{feff}id;Width;CLASS\r\na;8;0\r\n\"b\";8;2\r\ndeep/c;8;0\r\n",
        "label\tfilename\n0\ta.png\n2\tb.png\n0\t./deep//c.png\n",
    ];
    for table in cases {
        let bench = photos(table);
        bench.make(CSV).unwrap();
        assert_eq!(bench.text("labels.csv"), "image,class\na.png,1\nb.png,3\nc.png,1\n", "{table}");
        assert_eq!(bench.text("classes.tsv"), "1\tclass-0\tclass-0\n2\tclass-1\tclass-1\n3\tclass-2\tclass-2\n");
    }
    let bench = photos("image,label\na.png,red fox\nb.png,owl\nc,owl\n");
    bench.write("photos/c.png", image(4));
    bench.make(CSV).unwrap();
    assert_eq!(bench.text("classes.tsv"), "1\towl\towl\n2\tred_fox\tred fox\n");
    assert_eq!(bench.text("labels.csv"), "image,class\na.png,2\nb.png,1\nc.png,1\n");
}

#[test]
fn labels_that_may_be_counted_from_0_or_1_are_asked_about() {
    let bench = photos("image,label\na.png,1\nb.png,2\n");
    bench.refused(CSV, &["counted from 0 or from 1", "--first-label 0"]);
    bench.make(&format!("{CSV} --first-label 1")).unwrap();
    assert_eq!(bench.text("labels.csv"), "image,class\na.png,1\nb.png,2\n");
    fs::remove_dir_all(bench.path("made")).unwrap();
    bench.make(&format!("{CSV} --first-label 0")).unwrap();
    assert_eq!(bench.text("labels.csv"), "image,class\na.png,2\nb.png,3\n");
    let bench = photos("image,label\na.png,0\nb.png,2\n");
    bench.refused(&format!("{CSV} --first-label 1"), &["table.csv:2: a.png: the label `0` is out of range"]);
}

#[test]
fn what_is_wrong_with_a_table_is_named_with_its_line() {
    let cases = [
        (
            "image,label\na.png,0\n../table.csv,1\n/etc/passwd,1\n",
            "table.csv:3: `../table.csv` leads out of the folder",
        ),
        ("image,label\na.png,0\n../table.csv,1\n/etc/passwd,1\n", "table.csv:4: `/etc/passwd` leads out of the folder"),
        ("image,label\na.png,0\nnone.png,1\n", "table.csv:3: there is no image `none.png`"),
        ("image,label\na.png,0\nb.png,\n", "table.csv:3: the label is empty"),
        ("image,label\na.png,0\nb.png\n", "table.csv:3: 1 fields; the header has 2"),
        ("image,label\na.png,0\n./a.png,1\n", "table.csv:3: the image `./a.png` is in line 2 already"),
        ("image,label\na.png,0\nb.png,owl\n", "the label `0` is a number, that of"),
        ("image,label\na.png,0\nb.png,70000\n", "the label `70000` is too large; 65,535 classes"),
        ("image,label\na.png,0\nb.png,-1\n", "that of"),
        ("image,label\na.png,0\nb.png,0\n", "there are 1 classes"),
        ("picture,guess\na.png,0\n", "table.csv:1: no column `image`"),
        ("image,guess\na.png,0\n", "the header has `image`, `guess`. Name the column with `--label-column`"),
        ("image,label\n", "there are no images"),
        ("", "table.csv:1: no column"),
    ];
    for (table, message) in cases {
        photos(table).refused(CSV, &[message]);
    }
    let bench = photos("image,label\na.png,0\ndeep/a.png,1\n");
    bench.write("photos/deep/a.png", image(5));
    bench.refused(CSV, &["has the file name `a.png` as well"]);
    bench.refused("--from csv --images @/photos --season photos", &["needs `--table`"]);
    bench.refused(
        "--from folder --table @/table.csv --images @/photos --season photos",
        &["`--table` is for `--from csv`"],
    );
}

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

const SHARDS: &str = "--from shards --images @/shards --season shards";

#[test]
fn shards_give_images_and_labels() {
    let bench = Bench::new();
    fs::create_dir(bench.path("shards")).unwrap();
    let [a, b, c] = [image(1), image(2), image(3)];
    bench.tar(
        "shards/0.tar",
        &[("x/a.cls", b"1\n"), ("x/a.png", &a), ("x/a.txt", b"owl"), ("b.png", &b), ("b.json", b"{\"label\": 0}")],
    );
    bench.tar("shards/1.tar", &[("a.input.png", &c), ("a.cls", b"1")]);
    bench.make(SHARDS).unwrap();
    let labels: Vec<String> = bench.labels_by_source().into_values().collect();
    assert_eq!(labels, ["1", "2", "2"]);
}

/// Names and contents of what is in a shard.
type Files<'a> = &'a [(&'a str, &'a [u8])];

#[test]
fn what_is_wrong_with_shards_is_named_with_shard_and_key() {
    let good = image(1);
    let other = image(2);
    let cases: [(Files<'_>, &str); 13] = [
        (&[("a.png", &good), ("b.png", &other), ("b.cls", b"0")], "0.tar: a: an image without a label"),
        (&[("a.cls", b"0")], "0.tar: a: a label without an image"),
        (&[("a.png", &good), ("a.cls", b"")], "a.cls: is empty"),
        (&[("a.png", &good), ("a.cls", b"\xff")], "a.cls: not UTF-8"),
        (&[("a.png", &good), ("a.json", b"{")], "a.json: not JSON"),
        (&[("a.png", &good), ("a.json", b"{\"label\": 1.5}")], "a.json: the label `1.5`"),
        (&[("a.png", &good), ("a.json", b"{\"label\": [1]}")], "a.json: the label `[1]`"),
        (
            &[("a.png", &good), ("a.json", b"{\"label\": 1}"), ("a.cls", b"0")],
            "a.cls: the label is `0`, that of the key's other file is `1`",
        ),
        (&[("a.png", &good), ("a.jpg", &other), ("a.cls", b"0")], "a.jpg: the key has another image"),
        (&[("a.png", &good), ("b.cls", b"0"), ("a.cls", b"0")], "0.tar: a: the key is there twice"),
        (&[("a.webp", b"RIFF"), ("a.cls", b"0")], "a.webp: images have to be JPEG or PNG"),
        (&[("../a.png", &good)], "`../a.png`: the path has `..`"),
        (&[("/a.png", &good)], "`/a.png`: the path is absolute"),
    ];
    for (files, message) in cases {
        let bench = Bench::new();
        fs::create_dir(bench.path("shards")).unwrap();
        bench.tar("shards/0.tar", files);
        bench.refused(SHARDS, &[message]);
        let whole = fs::read(bench.path("shards/0.tar")).unwrap();
        fs::write(bench.path("shards/0.tar"), &whole[..700]).unwrap();
        bench.refused(SHARDS, &["0.tar"]);
    }
    let bench = Bench::new();
    bench.write("shards/readme.md", "x");
    bench.refused(SHARDS, &["has no shards (.tar, .tar.gz, .tgz)"]);
    bench.write("shards/0.tar", "no tar");
    bench.refused(SHARDS, &["0.tar: not a tar or tar.gz file"]);
}

#[test]
fn a_name_for_the_season_is_taken_from_the_images() {
    let bench = birds();
    let slug = |arguments: &str| {
        let words = arguments.split(' ').map(str::to_owned);
        let line = CommandLine::try_parse_from(std::iter::once("new".to_owned()).chain(words)).unwrap();
        line.arguments.season().map(|season| season.to_string()).map_err(|failure| failure.to_text())
    };
    assert_eq!(slug("--from folder --images /data/My_Birds"), Ok("my-birds".to_owned()));
    assert_eq!(slug("--from shards --images x/val.tar.gz"), Ok("val".to_owned()));
    assert!(slug("--from folder --images /").unwrap_err().contains("--season"));
    bench.refused(&format!("{FOLDER} --crop 300"), &["`--crop 300` is larger than `--resize 256`"]);
    bench.refused("--from folder --images @/birds @/birds --season birds", &["`--images` takes one path"]);
}
