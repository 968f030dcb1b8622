//! Images that a table names with their labels.

use std::fs;

use super::*;

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
