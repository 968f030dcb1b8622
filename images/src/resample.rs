//! Pillow's bilinear resampling of 8-bit pictures in whole numbers, and torchvision's centre crop.
//!
//! Two passes, the horizontal one first, with an 8-bit picture between them; a pass that changes nothing is left out. Only
//! what the crop keeps is computed. The weights are those of Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc`: a
//! triangle that widens with the reduction, in double precision, divided by their sum, then fixed point.

mod taps;

use self::taps::{FIXED_BITS, Taps, Window};
use crate::decode::buffer;
use crate::geometry::{Side, sides};
use crate::{ImageError, Rgb, Transform};

/// Resizes the shorter side and takes the centre square. Gives `[3, crop, crop]` bytes: a plane of red, one of green, one of
/// blue.
///
/// # Errors
/// Where the picture is smaller than the crop, or the transform is not valid.
pub fn apply(image: &Rgb, transform: Transform) -> Result<Vec<u8>, ImageError> {
    let (x, y) = sides(image.width(), image.height(), transform)?;
    let (columns, rows) = (Taps::of(x), Taps::of(y));
    let needed = rows.needed();
    let mut narrow = Rows { bytes: buffer(3 * length(x.len) * needed.len())?, stride: 3 * length(x.len) };
    let wide = image.pixels().chunks_exact(3 * length(image.width())).skip(needed.start);
    for (row, out) in wide.zip(narrow.bytes.chunks_exact_mut(narrow.stride)) {
        narrow_row(row, &columns, x, out);
    }
    let mut planes = buffer(3 * length(x.len) * length(y.len))?;
    if rows.is_identity() {
        narrow.iter().enumerate().for_each(|(index, row)| split(row, index, &mut planes, y));
        return Ok(planes);
    }
    let mut sums = vec![0; narrow.stride];
    let mut row = buffer(narrow.stride)?;
    for (index, window) in rows.windows().enumerate() {
        sum_rows(&narrow, window.moved_back(needed.start), &mut sums);
        sums.iter().zip(&mut row).for_each(|(sum, out)| *out = to_byte(*sum));
        split(&row, index, &mut planes, y);
    }
    Ok(planes)
}

/// A picture between the passes: as wide as the crop, as high as the second pass needs.
struct Rows {
    bytes: Vec<u8>,
    stride: usize,
}

impl Rows {
    fn iter(&self) -> std::slice::ChunksExact<'_, u8> {
        self.bytes.chunks_exact(self.stride)
    }
}

/// The horizontal pass over one row.
fn narrow_row(row: &[u8], columns: &Taps, side: Side, out: &mut [u8]) {
    let pixels = row.as_chunks::<3>().0;
    if columns.is_identity() {
        let start = usize::try_from(side.start).unwrap_or(usize::MAX);
        let kept = pixels.get(start..).unwrap_or_default();
        out.as_chunks_mut::<3>().0.iter_mut().zip(kept).for_each(|(out, pixel)| *out = *pixel);
        return;
    }
    for (out, window) in out.as_chunks_mut::<3>().0.iter_mut().zip(columns.windows()) {
        let mut sums = [1 << (FIXED_BITS - 1); 3];
        let under = pixels.get(window.first..).unwrap_or_default();
        for (pixel, weight) in under.iter().zip(window.weights) {
            let [r, g, b] = pixel.map(i32::from);
            let [sum_r, sum_g, sum_b] = sums;
            sums = [sum_r + r * weight, sum_g + g * weight, sum_b + b * weight];
        }
        *out = sums.map(to_byte);
    }
}

/// The vertical pass: what one row of the result is, before it is rounded.
fn sum_rows(rows: &Rows, window: Window<'_>, sums: &mut [i32]) {
    sums.fill(1 << (FIXED_BITS - 1));
    for (row, &weight) in rows.iter().skip(window.first).zip(window.weights) {
        sums.iter_mut().zip(row).for_each(|(sum, &byte)| *sum += i32::from(byte) * weight);
    }
}

/// Drops the fraction. Weights are not negative; that their sum may be a little above 1 is cut off.
fn to_byte(sum: i32) -> u8 {
    let [byte, ..] = (sum >> FIXED_BITS).min(255).to_le_bytes();
    byte
}

/// Puts a row of pixels into the three planes.
fn split(row: &[u8], index: usize, planes: &mut [u8], y: Side) {
    let pixels = row.as_chunks::<3>().0;
    let plane = pixels.len() * length(y.len);
    for (channel, plane) in planes.chunks_exact_mut(plane.max(1)).enumerate() {
        let Some(out) = plane.chunks_exact_mut(pixels.len().max(1)).nth(index) else { continue };
        out.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = pixel.get(channel).copied().unwrap_or_default());
    }
}

fn length(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}
