//! Prints digests of what becomes of each image of a folder, for `tests/pillow/compare.py`:
//! `digests FOLDER RESIZE CROP` (0: not resized) → name, width, height, digest of the RGB pixels,
//! digest of the planes; or name and error.
#![expect(clippy::unwrap_used, reason = "a program of developers")]

use std::fmt::Write;

use holdout_images::{Transform, apply, decode_rgb};
use sha2::Digest;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, resize, crop] = arguments.as_slice() else { panic_usage() };
    let resize = Some(resize.parse().unwrap()).filter(|resize| *resize != 0);
    let transform = Transform { resize, crop: crop.parse().unwrap() };
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        match decode_rgb(&std::fs::read(&path).unwrap()) {
            Ok(image) => {
                let planes = apply(&image, transform).map_or_else(|error| error.to_string(), |planes| digest(&planes));
                println!("{name}\t{}\t{}\t{}\t{planes}", image.width(), image.height(), digest(image.pixels()));
            }
            Err(error) => println!("{name}\t{error}"),
        }
    }
}

fn panic_usage() -> ! {
    eprintln!("digests FOLDER RESIZE CROP");
    std::process::exit(2)
}

fn digest(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
