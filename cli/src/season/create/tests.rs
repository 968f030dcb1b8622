//! Each source, good and bad, class folders here and the others in files of their own; the folder
//! is read as `season apply` reads it.

mod imagenet;
mod parquet_files;
mod shards;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use clap::Parser;
use tempfile::TempDir;

use super::*;
use crate::season::images::ImageTar;

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
