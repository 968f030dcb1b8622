//! Prediction files, compressed or not: what is accepted means the same in its canonical form, and
//! a refusal shows nothing of the file that could hurt a terminal or a page.
#![no_main]

use std::sync::LazyLock;

use holdout_evaluation::{CheckError, ClassList, ImageList, TaskShape, check};
use libfuzzer_sys::fuzz_target;

const MAX_BYTES: u64 = 1 << 20;

static SHAPE: LazyLock<TaskShape> = LazyLock::new(|| {
    let classes: String = (1..=10).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect();
    TaskShape {
        classes: ClassList::parse(classes.as_bytes()).expect("a class list"),
        images: ImageList::parse(b"a.png\nb.png\nc,c.png\n").expect("an image list"),
    }
});

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "1 2 3 4 5\n6\n10 9\n",
        "\u{feff}n00000001 2\r\n3\t4\r\n5\r\n\r\n",
        "image,labels\n\"c,c.png\",\"10 9\"\na,1 2 3\nb.png,n00000006\n",
        "ImageId,PredictionString\r\na.png,1\r\nb.png,0\r\nc.png,1.0\r\n",
        "n00000001 0 0 9 9\n1\u{a0}2\n1,2\n",
        "image;labels\na.png;1\n",
    ];
    let gzip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, text.as_bytes()).expect("memory takes bytes");
        encoder.finish().expect("memory takes bytes")
    };
    let mut seeds: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    seeds.extend(texts.iter().take(3).map(|text| gzip(text)));
    seeds.extend(texts.iter().take(3).map(|text| zstd::encode_all(text.as_bytes(), 1).expect("memory takes bytes")));
    seeds
}

fuzz_target!(init: holdout_fuzz::seed("predictions", seeds()), |bytes: &[u8]| {
    match check(&SHAPE, bytes, MAX_BYTES) {
        Ok(predictions) => {
            let canonical = predictions.to_kit_text();
            let again = check(&SHAPE, canonical.as_bytes(), MAX_BYTES);
            assert_eq!(again.expect("the canonical form is accepted"), predictions);
        }
        Err(CheckError::Rejected(verdict)) => {
            assert!(verdict.detail.lines.len() <= 20 && verdict.detail.faults >= 1, "{verdict:?}");
            for fault in &verdict.detail.lines {
                assert!(fault.value.chars().count() <= 80, "{verdict:?}");
                assert!(!fault.value.chars().any(|c| c.is_control() || c == '\u{202e}'), "{verdict:?}");
            }
        }
        Err(CheckError::Read(error)) => panic!("memory can be read: {error}"),
    }
});
