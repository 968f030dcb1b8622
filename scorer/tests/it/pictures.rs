//! Pictures with known pixels.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use holdout_images::{Archive, Names, Preparation, Prepared, Transform, prepare};
use holdout_protocol::Sha256;

use crate::models::weight;
use crate::world::{CLASSES, SIDE};

/// `uint8[height, width, 3]` of a picture, without a pattern.
pub fn pixels(number: usize) -> Vec<u8> {
    let mut state = u32::try_from(number).unwrap().wrapping_mul(2_654_435_761) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    std::iter::repeat_with(next).take(usize::try_from(3 * SIDE * SIDE).unwrap()).collect()
}

/// The picture as a file.
pub fn png(number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels(number)).unwrap();
    bytes
}

/// Its name.
pub fn name(number: usize) -> String {
    format!("picture{number:05}.png")
}

/// A tar file of so many.
pub fn archive(count: usize) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for number in 0..count {
        let bytes = png(number);
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(bytes.len()).unwrap());
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, name(number), bytes.as_slice()).unwrap();
    }
    archive.into_inner().unwrap()
}

/// So many, prepared in a folder.
pub fn prepared(folder: &Path, count: usize) -> Prepared {
    let tar = folder.join("pictures.tar");
    std::fs::File::create(&tar).unwrap().write_all(&archive(count)).unwrap();
    let names = Names::Listed((0..count).map(name).collect());
    let archive = Archive::open(&tar).unwrap();
    let transform = Transform { resize: None, crop: SIDE };
    let preparation = Preparation { key: key(), archive: &archive, names: &names, transform };
    prepare(&preparation, &folder.join("prepared"), |_, _| ControlFlow::Continue(())).unwrap()
}

/// The same once more.
pub fn prepared_again(folder: &Path) -> Prepared {
    Prepared::open(&folder.join("prepared"), key()).unwrap()
}

fn key() -> Sha256 {
    Sha256::from_bytes([1; 32])
}

/// The scores that the honest model gives a picture, computed here.
pub fn scores(number: usize) -> Vec<f64> {
    let (side, pixels) = (usize::try_from(SIDE * SIDE).unwrap(), pixels(number));
    // The model sees planes; the file has pixels.
    let planes: Vec<f64> = (0..3)
        .flat_map(|c| (0..side).map(move |at| (c, at)))
        .map(|(c, at)| f64::from(pixels[at * 3 + c]) / 255.0)
        .collect();
    let rows = weight();
    let rows = rows.chunks(planes.len());
    rows.map(|row| row.iter().zip(&planes).map(|(weight, pixel)| f64::from(*weight) * pixel).sum()).collect()
}

/// The five best classes of a picture, from 0, and how far the closest neighbours among the first
/// six are apart.
pub fn best(number: usize) -> (Vec<u16>, f64) {
    let scores = scores(number);
    let mut order: Vec<u16> = (0..CLASSES).collect();
    order.sort_by(|a, b| scores[usize::from(*b)].total_cmp(&scores[usize::from(*a)]));
    let gaps = order.windows(2).take(5).map(|pair| scores[usize::from(pair[0])] - scores[usize::from(pair[1])]);
    let gap = gaps.fold(f64::INFINITY, f64::min);
    order.truncate(5);
    (order, gap)
}
