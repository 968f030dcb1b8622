//! Real pictures outside this repository. `HOLDOUT_ACCEPTANCE_DIR` names the folder that has
//! `data/`: `cargo test -p holdout-images --test acceptance -- --ignored`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use holdout_images::{Rgb, Transform, apply, decode_rgb};

const USUAL: Transform = Transform { resize: Some(256), crop: 224 };

fn corpus(path: &str) -> PathBuf {
    let Some(folder) = std::env::var_os("HOLDOUT_ACCEPTANCE_DIR") else {
        panic!("HOLDOUT_ACCEPTANCE_DIR is not set; it names the folder that has attacks/ and data/");
    };
    PathBuf::from(folder).join(path)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let files: Vec<_> = fs::read_dir(corpus(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "{folder}");
    files
}

/// The lossless picture of what Pillow and torchvision make of a file.
fn expected(folder: &str, image: &Path) -> Vec<u8> {
    let name = format!("{}.png", image.file_name().unwrap().to_str().unwrap());
    planes(&decode_rgb(&fs::read(corpus(folder).join(name)).unwrap()).unwrap())
}

fn planes(image: &Rgb) -> Vec<u8> {
    let channel = |channel| image.pixels().iter().skip(channel).step_by(3).copied();
    (0..3).flat_map(channel).collect()
}

fn assert_same_pixels(folder: &str) {
    for image in files(&format!("{folder}/images")) {
        let decoded = decode_rgb(&fs::read(&image).unwrap()).unwrap();
        let found = apply(&decoded, USUAL).unwrap();
        let expected = expected(&format!("{folder}/expected"), &image);
        assert_eq!(found.len(), expected.len(), "{}", image.display());
        let differing = found.iter().zip(&expected).filter(|(found, expected)| found != expected).count();
        assert_eq!(differing, 0, "{} has so many other bytes", image.display());
    }
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn photographs_have_the_pixels_of_pillow() {
    assert_same_pixels("data/photos");
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn unusual_forms_have_the_pixels_of_pillow() {
    assert_same_pixels("data/pixels");
}

#[test]
#[ignore = "needs a corpus outside this repository"]
fn unusable_files_are_refused() {
    for image in files("data/pixels/refused") {
        let error = decode_rgb(&fs::read(&image).unwrap()).unwrap_err();
        println!("{}: {error}", image.display());
    }
}
