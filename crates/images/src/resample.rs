//! Pillow's bilinear resampling of 8-bit pictures in whole numbers, and torchvision's centre crop.
//!
//! Two passes with an 8-bit picture between them; a pass that changes nothing is left out. Only
//! what the crop keeps is computed. The weights are those of Pillow's `precompute_coeffs` and
//! `normalize_coeffs_8bpc`: a triangle that widens with the reduction, in double precision, divided
//! by their sum, then fixed point.

mod passes;
mod taps;

use self::passes::{Pixel, Rows, blend_columns, blend_rows};
use self::taps::Taps;
use crate::decode::zeroes;
use crate::geometry::{Side, sides};
use crate::{ImageError, Rgb, Transform};

/// Resizes the shorter side and takes the centre square. Gives `[3, crop, crop]` bytes: a plane of
/// red, one of green, one of blue.
///
/// # Errors
/// If the picture is smaller than the crop, or the transform is not valid.
pub fn apply(image: &Rgb, transform: Transform) -> Result<Vec<u8>, ImageError> {
    let (x, y) = sides(image.width(), image.height(), transform)?;
    let (columns, rows) = (Taps::of(x), Taps::of(y));
    let source = Rows::new(image.pixels().as_chunks().0, image.width());
    let mut planes = Planes::new(transform)?;
    if horizontal_first(x, y) {
        let mut narrow = pixels(x.len, rows.needed().len())?;
        let between = narrow.chunks_exact_mut(columns.len());
        source
            .part(rows.needed(), 0..source.width())
            .zip(between)
            .for_each(|(row, out)| blend_columns(row, &columns, out));
        let narrow = Rows::new(&narrow, x.len);
        blend_rows(&narrow, 0..columns.len(), &rows.counted_from_needed(), |row| planes.push(row));
    } else {
        let mut narrow = pixels(x.len, 1)?;
        let columns_of_part = columns.counted_from_needed();
        blend_rows(&source, columns.needed(), &rows, |row| {
            blend_columns(row, &columns_of_part, &mut narrow);
            planes.push(&narrow);
        });
    }
    Ok(planes.bytes)
}

/// Since version 13, Pillow makes the height smaller first if more than twice as many rows as
/// columns go away.
fn horizontal_first(x: Side, y: Side) -> bool {
    let gone = |side: Side| i128::from(side.from) - i128::from(side.to);
    gone(y) <= 0 || gone(y) <= 2 * gone(x)
}

fn pixels(width: u32, height: usize) -> Result<Vec<Pixel>, ImageError> {
    let mut pixels = Vec::new();
    let count = usize::try_from(width).ok().and_then(|width| width.checked_mul(height)).ok_or(ImageError::Memory)?;
    pixels.try_reserve_exact(count).map_err(|_| ImageError::Memory)?;
    pixels.resize(count, [0; 3]);
    Ok(pixels)
}

/// The result: three planes, filled row by row.
struct Planes {
    bytes: Vec<u8>,
    plane: usize,
    filled: usize,
}

impl Planes {
    fn new(transform: Transform) -> Result<Self, ImageError> {
        let bytes = zeroes(usize::try_from(transform.image_bytes()).map_err(|_| ImageError::Memory)?)?;
        Ok(Self { plane: bytes.len() / 3, bytes, filled: 0 })
    }

    fn push(&mut self, row: &[Pixel]) {
        let mut planes = self.bytes.chunks_exact_mut(self.plane).map(|plane| plane.get_mut(self.filled..));
        if let [Some(Some(red)), Some(Some(green)), Some(Some(blue))] = [(); 3].map(|()| planes.next()) {
            for (((&[r, g, b], red), green), blue) in row.iter().zip(red).zip(green).zip(blue) {
                (*red, *green, *blue) = (r, g, b);
            }
        }
        self.filled += row.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(from: u32, to: u64) -> Side {
        Side { from, to, start: 0, len: 1 }
    }

    #[test]
    fn the_height_goes_first_if_more_than_twice_as_many_rows_as_columns_go_away() {
        assert!(horizontal_first(side(100, 50), side(200, 100)), "twice as many");
        assert!(!horizontal_first(side(100, 50), side(201, 100)));
        assert!(horizontal_first(side(100, 200), side(100, 100)), "no row goes away");
        assert!(!horizontal_first(side(100, 100), side(101, 100)), "only rows go away");
        assert!(horizontal_first(side(100, 300), side(100, 300)));
    }

    #[test]
    fn the_colours_of_a_picture_become_planes() {
        let image = Rgb::new(3, 2, (0..18).collect()).unwrap();
        let planes = apply(&image, Transform { resize: None, crop: 2 }).unwrap();
        // Half a pixel is left over before the square; it is rounded to the even side, 0.
        assert_eq!(planes, [0, 3, 9, 12, 1, 4, 10, 13, 2, 5, 11, 14]);
    }

    #[test]
    fn a_picture_of_one_colour_keeps_it_whichever_side_goes_first() {
        for (width, height) in [(31, 17), (9, 100), (100, 9), (5, 5)] {
            let pixels = [10, 130, 255].repeat(width * height);
            let image = Rgb::new(width.try_into().unwrap(), height.try_into().unwrap(), pixels).unwrap();
            let planes = apply(&image, Transform { resize: Some(8), crop: 7 }).unwrap();
            assert_eq!(planes, [[10; 49], [130; 49], [255; 49]].concat(), "{width} × {height}");
        }
    }
}
