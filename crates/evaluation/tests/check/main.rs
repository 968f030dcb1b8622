//! The check of prediction files, through its front door.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::as_conversions, reason = "tests")]

mod corpus;
mod hostile;
mod reference;
mod rules;

use std::io::{Read, Write};

use holdout_evaluation::{CheckError, ClassList, ImageList, Predictions, TaskShape, check};
use holdout_protocol::{Verdict, VerdictCode};

const MAX_BYTES: u64 = 1 << 20;

/// A task of `classes` classes, in an order that is not that of their numbers, and of the images
/// given.
fn task(classes: u32, images: &[&str]) -> TaskShape {
    let tsv: String = (1..=classes).rev().map(|n| format!("{n}\tn{n:08}\tclass {n}\n")).collect();
    let images = ImageList::parse(images.join("\n").as_bytes()).unwrap();
    TaskShape { classes: ClassList::parse(tsv.as_bytes()).unwrap(), images }
}

/// Ten classes, three images.
fn small() -> TaskShape {
    task(10, &["a.png", "b.png", "c.png"])
}

fn accepted(shape: &TaskShape, file: impl AsRef<[u8]>) -> Predictions {
    check(shape, file.as_ref(), MAX_BYTES).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(shape: &TaskShape, file: impl Read) -> Verdict {
    match check(shape, file, MAX_BYTES) {
        Err(CheckError::Rejected(verdict)) => *verdict,
        Err(CheckError::Read(error)) => panic!("{error}"),
        Ok(predictions) => panic!("accepted as {predictions:?}"),
    }
}

fn code(shape: &TaskShape, file: &[u8]) -> VerdictCode {
    refused(shape, file).code
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}
