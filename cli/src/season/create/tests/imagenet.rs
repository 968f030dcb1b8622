//! The validation images of ImageNet with the devkit.

use std::fs::{self, File};
use std::io::Write as _;

use super::*;
use crate::season::create::mat_file::{Synset, mat_file};
use crate::season::read_folder;

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
        (vec![row(1.0, "n1", 0)], "synset 1: `n1` is not a WNID"),
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
