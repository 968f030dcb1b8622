//! Every rule of prediction files, with a good and a bad file.

use holdout_protocol::VerdictCode::{self, *};

use super::*;

#[test]
fn both_forms_give_the_same() {
    let shape = small();
    let kit = accepted(&shape, "1 2 3 4 5\n6\n10 9\n");
    assert_eq!(kit.rows(), [[1, 2, 3, 4, 5], [6, 0, 0, 0, 0], [10, 9, 0, 0, 0]]);
    let csv = "image,labels\nc.png,10 9\na.png,1 2 3 4 5\nb.png,6\n";
    for header in ["image,labels", "ImageId,PredictionString", "\"image\",\"labels\"", "image,\"labels\""] {
        assert_eq!(accepted(&shape, csv.replace("image,labels", header)), kit, "{header}");
    }
    assert_eq!(accepted(&shape, kit.to_kit_text()), kit);
    assert_eq!(accepted(&shape, "n00000001 n00000002 3 n00000004 5\nn00000006\n10 n00000009\n"), kit);
}

#[test]
fn spellings_that_are_accepted() {
    let shape = small();
    let plain = accepted(&shape, "1 2\n3\n4 5\n");
    let files: [&[u8]; 12] = [
        b"1 2\n3\n4 5",
        b"1 2\r\n3\r\n4 5\r\n",
        b"1 2\r\n3\n4 5",
        b"\xEF\xBB\xBF1 2\n3\n4 5\n",
        b"1\t2\n3\n4\t \t5\n",
        b"  1 2\n3\t\n 4  5 \r\n",
        b"image,labels\na.png,1 2\nb.png,3\nc.png,4 5",
        b"\xEF\xBB\xBFimage,labels\r\na.png,1 2\r\nb.png,3\r\nc.png,4 5\r\n",
        b"image,labels\n\"a.png\",\"1 2\"\n\"b.png\",3\nc.png,\"4 5\"\n",
        b"image,labels\nb.png,\" 3 \"\nc.png,4\t5\na.png, 1 2\n",
        b"\"ImageId\",PredictionString\nc.png,4  5 \nb.png,n00000003\na.png,1 2",
        b"image,labels\r\nc.png,4 5\nb.png,3\r\na.png,1 2",
    ];
    for file in files {
        let text = String::from_utf8_lossy(file);
        assert_eq!(accepted(&shape, file), plain, "{text:?}");
        assert_eq!(accepted(&shape, gzip(file)), plain, "gzip of {text:?}");
        assert_eq!(accepted(&shape, zstd(file)), plain, "zstd of {text:?}");
    }
    let members = [gzip(b"1 2\n3"), gzip(b""), gzip(b"\n4 5\n")].concat();
    assert_eq!(accepted(&shape, members), plain);
    let frames = [zstd(b"1 2\n3"), zstd(b""), zstd(b"\n4 5\n")].concat();
    assert_eq!(accepted(&shape, frames), plain);
}

#[test]
fn labels_that_are_none() {
    let shape = small();
    let bad = [
        "+5",
        "-0",
        "-1",
        "5.0",
        "5.",
        "0x10",
        "1_0",
        "\"3\"",
        "nan",
        "01",
        "00",
        "007",
        "1e1",
        "1,2",
        "5;",
        "#",
        "n1",
        "N00000001",
        "n000000011",
        "x",
        "５",
        "1/2",
        "''",
        "--",
        "1 2;DROP",
    ];
    for label in bad {
        for line in [format!("{label}\n1\n2\n"), format!("1\n2\n3 {label}\n")] {
            // A comma in the first line makes it a CSV file.
            let expected = if line.lines().next().unwrap().contains(',') { BadHeader } else { BadLabel };
            assert_eq!(code(&shape, line.as_bytes()), expected, "{line:?}");
        }
        let csv = format!("image,labels\na.png,\"4 {}\"\nb.png,1\nc.png,1\n", label.replace('"', "\"\""));
        assert_eq!(code(&shape, csv.as_bytes()), BadLabel, "{csv:?}");
    }
    let outside =
        ["0", "11", "99999", "65536", "65537", "4294967303", "18446744073709551623", "n00000011", "n99999999"];
    for label in outside {
        let verdict = refused(&shape, format!("1\n4 {label}\n2\n").as_bytes());
        let fault = &verdict.detail.lines[0];
        assert_eq!((verdict.code, fault.line, fault.value.as_str()), (LabelOutOfRange, Some(2), label));
        assert!(fault.allowed.contains("1 to 10"), "{fault:?}");
        assert_eq!(verdict.detail.hints.iter().any(|hint| hint.contains("begin at 1")), label == "0", "{label}");
        assert_eq!(code(&shape, format!("image,labels\na.png,{label}\nb.png,1\nc.png,1").as_bytes()), LabelOutOfRange);
    }
    let hints = refused(&shape, &b"5.0\n1\n2\n"[..]).detail.hints;
    assert!(hints[0].contains("fraction"), "{hints:?}");
}

#[test]
fn each_rule_has_its_code_line_and_value() {
    let cases: [(&str, VerdictCode, Option<u64>, &str); 34] = [
        ("", EmptyFile, None, "0 bytes"),
        ("\u{feff}", EmptyFile, None, "0 bytes"),
        ("image,labels\n", EmptyFile, None, "a header only"),
        ("image,labels", EmptyFile, None, "a header only"),
        ("1\n\n2\n", EmptyLine, Some(2), ""),
        ("1\n \t\n2\n", EmptyLine, Some(2), " \\t"),
        ("\n1\n2\n3\n", EmptyLine, Some(1), ""),
        ("1\n2\n3\n\n4\n", TooManyRows, Some(5), "4"),
        ("image;labels\na.png;1\n", BadHeader, Some(1), "image;labels"),
        ("ImageId\tPredictionString\r\na.png\t1\n", BadHeader, Some(1), "ImageId\\tPredictionString"),
        ("1\u{a0}2\n1\n1\n", BadLabel, Some(1), "1\\u{a0}2"),
        ("1\r\n\r\n2\r\n", EmptyLine, Some(2), ""),
        ("image,labels\na.png,\nb.png,1\nc.png,1\n", EmptyLine, Some(2), ""),
        ("image,labels\na.png\nb.png,1\nc.png,1\n", EmptyLine, Some(2), ""),
        ("image,labels\na.png,1\n\nc.png,1\n", EmptyLine, Some(3), ""),
        ("1 2 3 4 5 6\n1\n2\n", TooManyLabels, Some(1), "6"),
        ("1 2 3 4 5 5\n1\n2\n", TooManyLabels, Some(1), "5"),
        ("1\n7 7\n2\n", RepeatedLabel, Some(2), "7"),
        ("1\n7 n00000007\n2\n", RepeatedLabel, Some(2), "n00000007"),
        ("1\n1 2 3 4 1\n2\n", RepeatedLabel, Some(2), "1"),
        ("1\n2\n", TooFewRows, None, "2 rows"),
        ("1\n2\n3\n4\n", TooManyRows, Some(4), "4"),
        ("1\n2\n3\nx", TooManyRows, Some(4), "x"),
        ("image,label\na.png,1\n", BadHeader, Some(1), "image,label"),
        ("Image,Labels\na.png,1\n", BadHeader, Some(1), "Image,Labels"),
        ("a.png,1\nb.png,1\nc.png,1\n", BadHeader, Some(1), "a.png,1"),
        ("image,labels,more\na.png,1\n", BadHeader, Some(1), "image,labels,more"),
        ("image, labels\na.png,1\n", BadHeader, Some(1), "image, labels"),
        ("1,2,3,4,5\n", BadHeader, Some(1), "1,2,3,4,5"),
        ("label1 label2\n1\n2\n3\n", BadLabel, Some(1), "label1"),
        ("image,labels\na.png,1\nd.png,1\nc.png,1\n", UnknownImage, Some(3), "d.png"),
        ("image,labels\na.png,1\nA.png,1\nc.png,1\n", UnknownImage, Some(3), "A.png"),
        ("image,labels\na.png,1\nb.png,1\na.png,1\n", RepeatedImage, Some(4), "a.png"),
        ("image,labels\na.png,1\nc.png,1\n", MissingImage, None, "b.png"),
    ];
    for (file, code, line, value) in cases {
        let verdict = refused(&small(), file.as_bytes());
        let fault = &verdict.detail.lines[0];
        assert_eq!((verdict.code, fault.code), (code, code), "{file:?}: {verdict:?}");
        assert_eq!((fault.line, fault.value.as_str()), (line, value), "{file:?}: {verdict:?}");
        assert!(verdict.advice == code.advice() && !verdict.message.contains(&verdict.advice), "{verdict:?}");
        assert!(verdict.message.contains(value) && verdict.message.contains(&fault.allowed), "{verdict:?}");
    }
}

#[test]
fn rows_of_csv_files() {
    let shape = small();
    // The row too many is named by what is wrong with it, and ends the reading.
    assert_eq!(code(&shape, b"image,labels\na.png,1\nb.png,1\nc.png,1\nb.png,2\nx\n"), RepeatedImage);
    assert_eq!(code(&shape, b"image,labels\na.png,1\nb.png,1\nc.png,1\nd.png,2\n"), UnknownImage);
    let verdict = refused(&shape, &b"image,labels\na.png,1\na.png,1\nb.png,1\nc.png,1\n"[..]);
    let codes: Vec<_> = verdict.detail.lines.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [RepeatedImage, TooManyRows]);
    assert_eq!(code(&shape, b"image,labels\na.png,1,2\nb.png,1\nc.png,1\n"), BadLabel);
    assert_eq!(code(&shape, b"image,labels\n\"a.png,1\nb.png,1\nc.png,1\n"), UnknownImage);
    assert_eq!(code(&shape, b"image,labels\n\"a.png\"x,1\nb.png,1\nc.png,1\n"), UnknownImage);
    assert_eq!(code(&shape, b"image,labels\na.png,\"1\nb.png,1\nc.png,1\n"), UnknownImage);
    assert_eq!(code(&shape, b"image,labels\n\"a\n.png\",1\nb.png,1\nc.png,1\n"), UnknownImage);
    // A row at fault still counts as the row of its image.
    let verdict = refused(&shape, &b"image,labels\na.png,x\nb.png,1\nc.png,1\n"[..]);
    assert_eq!((verdict.code, verdict.detail.faults), (BadLabel, 1));
    let quoted = task(10, &["a,1.png", "b\"2.png"]);
    let csv = "image,labels\n\"b\"\"2.png\",2\n\"a,1.png\",1\n";
    assert_eq!(accepted(&quoted, csv).rows(), [[1, 0, 0, 0, 0], [2, 0, 0, 0, 0]]);
}

#[test]
fn almost_right_names_get_a_hint() {
    let shape = task(10, &["a.png", "b.png"]);
    let hint = |csv: &str| refused(&shape, csv.as_bytes()).detail.hints.iter().any(|hint| hint.contains("extension"));
    assert!(hint("image,labels\ntest/a,1\ntest/b,2\n"));
    assert!(hint("image,labels\ntest/a.png,1\ntest/b.png,2\n"));
    assert!(hint("image,labels\na.jpg,1\nb.jpg,2\n"));
    assert!(!hint("image,labels\na.jpg,1\nb.png,2\n"));
    assert!(!hint("image,labels\nx,1\ny,2\n"));
    let bare = task(10, &["a", "b"]);
    let verdict = refused(&bare, &b"image,labels\na.JPEG,1\nb.JPEG,2\n"[..]);
    assert_eq!((verdict.code, verdict.detail.hints.len()), (UnknownImage, 1));
}

#[test]
fn what_is_not_text() {
    let shape = small();
    let files: [&[u8]; 16] = [
        b"1\n2\n\xff\n",
        b"1\n2\0\n3\n",
        b"1\n2\x0b3\n4\n",
        b"1\n2\x0c\n4\n",
        b"1\r2\r3\r",
        b"1\n2\x1b[0m\n3\n",
        b"1\n2\x7f\n3\n",
        "1\n2\u{85}3\n3\n".as_bytes(),
        "1\n2\u{202e}\n3\n".as_bytes(),
        "1\n\u{feff}2\n3\n".as_bytes(),
        b"\xff\xfe1\0\n\0",
        b"\xfe\xff\x001\0\n",
        b"PK\x03\x04\x14\0\0\0",
        b"\xfd7zXZ\0\0\x04",
        b"image,labels\na.png,1\nb\xff.png,1\nc.png,1\n",
        b"image,labels\na.png,1\nb.png,\xc3\nc.png,1\n",
    ];
    for file in files {
        assert_eq!(code(&shape, file), NotText, "{:?}", String::from_utf8_lossy(file));
    }
    let message = |file: &[u8]| refused(&shape, file).message;
    let said = "line 2: not plain text: `U+202E at character 2`; allowed: UTF-8 text without control characters";
    assert!(message("1\n2\u{202e}\n3\n".as_bytes()).starts_with(said));
    assert!(message(b"image,labels\na.png,1\nb.png,\0\nc.png,1\n").contains("`U+0000 at character 7`"));
    assert!(message(b"1\n2\n4\xff\n").contains("line 3: not plain text: `0xff at byte 2`"));
    let hint = |file: &[u8]| refused(&shape, file).detail.hints.join(" ");
    assert!(hint(b"\xff\xfe1\0\n\0").contains("UTF-16"));
    assert!(hint(b"\xfe\xff\x001\0\n").contains("UTF-16"));
    assert!(hint(b"1\r2\r3\r").contains("carriage returns"));
    assert!(hint(&gzip(&gzip(b"1\n2\n3\n"))).contains("compressed twice"));
    assert!(hint(&zstd(&gzip(b"1\n2\n3\n"))).contains("compressed twice"));
    assert!(hint(b"1,2,3\n").contains("spaces"));
    assert!(hint(b"label1 label2\n1\n2\n3\n").contains("no header"));
    assert!(hint(b"# mine\n1\n2\n3\n").contains("no comments"));
    assert!(hint(b"1\nx\n2\n").is_empty());
}

#[test]
fn the_first_twenty_faults_in_file_order() {
    let images: Vec<String> = (0..100).map(|index| format!("{index:03}")).collect();
    let shape = task(10, &images.iter().map(String::as_str).collect::<Vec<_>>());
    let kit: String =
        (0..60).map(|index| if index % 2 == 0 { "1\n".to_owned() } else { format!("{index}\n") }).collect();
    let verdict = refused(&shape, kit.as_bytes());
    let detail = &verdict.detail;
    // Lines 12, 14, … 60 have the labels 11, 13, … 59; then forty rows are missing.
    assert_eq!((verdict.code, detail.lines.len(), detail.faults), (LabelOutOfRange, 20, 26));
    let lines: Vec<_> = detail.lines.iter().filter_map(|fault| fault.line).collect();
    assert_eq!(lines, (12..=50).step_by(2).collect::<Vec<_>>());
    assert!(verdict.message.contains("(and 25 more faults)"), "{}", verdict.message);
    assert!(!detail.stopped_early);

    // The row too many ends the reading.
    let verdict = refused(&shape, "x\n".repeat(1000).as_bytes());
    assert_eq!((verdict.detail.lines.len(), verdict.detail.faults, verdict.detail.stopped_early), (20, 101, true));
    assert!(verdict.message.contains("(and at least 100 more faults)"), "{}", verdict.message);

    let verdict = refused(&shape, &b"image,labels\n007,1\n008,x\n"[..]);
    let faults = &verdict.detail.lines;
    assert_eq!((verdict.code, faults.len(), verdict.detail.faults), (BadLabel, 20, 99));
    assert_eq!((faults[1].code, faults[1].line, faults[1].value.as_str()), (MissingImage, None, "000"));
    assert_eq!(faults[8].value, "009");
}

#[test]
fn values_are_escaped_and_cut() {
    let verdict = refused(&small(), format!("<script>\u{a0}[31m{}\n1\n2\n", "x".repeat(500)).as_bytes());
    let value = &verdict.detail.lines[0].value;
    assert!(value.starts_with("<script>\\u{a0}[31mxx") && value.chars().count() == 80, "{value}");
    let verdict = refused(&small(), format!("{}\n1\n2\n", "é".repeat(500)).as_bytes());
    assert_eq!(verdict.detail.lines[0].value.chars().count(), 80);
}

#[test]
fn large_classes_and_short_lists() {
    let large = task(65_535, &["a", "b"]);
    assert_eq!(accepted(&large, "65535 1\n65534\n").rows(), [[65_535, 1, 0, 0, 0], [65_534, 0, 0, 0, 0]]);
    assert_eq!(code(&large, b"65536\n1\n"), LabelOutOfRange);
    let short = task(2, &["a"]);
    assert_eq!(accepted(&short, "2 1").rows(), [[2, 1, 0, 0, 0]]);
    assert_eq!(code(&short, b"2 1 2"), RepeatedLabel);
}

#[test]
fn test_sets_without_names_take_both_forms() {
    let shape = TaskShape { images: ImageList::numbered(2), ..small() };
    let kit = accepted(&shape, "4\n5\n");
    assert_eq!(accepted(&shape, "image,labels\n00000002,5\n00000001,4\n"), kit);
}

#[test]
fn what_people_send_by_mistake_is_taken_or_named() {
    let shape = small();
    for good in
        ["1\n2\n3\n\n \t\n\r\n", "image,labels\na.png,1\nb.png,1\nc.png,1\n\n\n", "image,labels\na,1\nb,2\nc.png,3\n"]
    {
        assert!(check(&shape, good.as_bytes(), 1 << 20).is_ok(), "{good:?}");
    }
    let hints = |file: &str| refused(&shape, file.as_bytes()).detail.hints.join(" ");
    assert!(hints("image;labels\na.png;1\n").contains("semicolons"));
    assert!(hints("image\tlabels\na.png\t1\n").contains("tabs"));
    assert!(hints("image,labels\ra.png,1\r").contains("carriage returns"));
    assert!(hints("1\u{a0}2\n1\n1\n").contains("U+00A0"));
    let boxes = hints("ImageId,PredictionString\na.png,n00000001 0 0 10 10 n00000002 0 0 1 1\n");
    assert!(boxes.contains("localisation") && !boxes.contains("begin at 1"), "{boxes}");
}

#[test]
fn a_name_without_an_extension_is_taken_only_if_one_image_could_be_meant() {
    let shape = task(10, &["a.jpg", "a.png", "b.png"]);
    assert_eq!(code(&shape, b"image,labels\na,1\na.png,1\nb,2\n"), UnknownImage);
    assert!(check(&shape, &b"image,labels\na.jpg,1\na.png,1\nb,2\n"[..], 1 << 20).is_ok());
    assert_eq!(code(&shape, b"image,labels\nb,1\na.png,1\nb.png,2\n"), RepeatedImage);
}
