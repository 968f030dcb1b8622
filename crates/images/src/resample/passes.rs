//! The two passes. Whole numbers only, because what is computed should not depend on the processor.

use std::ops::Range;

use super::taps::{FIXED_BITS, Taps};

/// Red, green and blue.
pub(super) type Pixel = [u8; 3];

#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pixels: &'a [Pixel],
    width: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(pixels: &'a [Pixel], width: u32) -> Self {
        Self { pixels, width: usize::try_from(width).unwrap_or(usize::MAX) }
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// Some columns of some rows.
    pub(super) fn part(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
    ) -> impl Iterator<Item = &'a [Pixel]> + use<'a> {
        let rows = self.pixels.chunks_exact(self.width.max(1)).skip(rows.start).take(rows.len());
        rows.map(move |row| row.get(columns.clone()).unwrap_or_default())
    }
}

/// The horizontal pass over one row.
pub(super) fn blend_columns(row: &[Pixel], columns: &Taps, out: &mut [Pixel]) {
    if columns.is_identity() {
        let kept = row.get(columns.needed().start..).unwrap_or_default();
        out.iter_mut().zip(kept).for_each(|(out, pixel)| *out = *pixel);
        return;
    }
    for (out, window) in out.iter_mut().zip(columns.windows()) {
        let under = row.get(window.first..).unwrap_or_default();
        let sums = under.iter().zip(window.weights).fold([HALF; 3], |[red, green, blue], (pixel, weight)| {
            let [r, g, b] = pixel.map(i32::from);
            [red + r * weight, green + g * weight, blue + b * weight]
        });
        *out = sums.map(to_byte);
    }
}

/// The vertical pass over some columns; gives the rows of the result from the top.
pub(super) fn blend_rows(source: &Rows<'_>, columns: Range<usize>, rows: &Taps, mut give: impl FnMut(&[Pixel])) {
    if rows.is_identity() {
        source.part(rows.needed(), columns).for_each(give);
        return;
    }
    let mut sums = vec![HALF; 3 * columns.len()];
    let mut out = vec![[0; 3]; columns.len()];
    for window in rows.windows() {
        sums.fill(HALF);
        let under = source.part(window.first..window.first + window.weights.len(), columns.clone());
        for (row, &weight) in under.zip(window.weights) {
            sums.iter_mut().zip(row.as_flattened()).for_each(|(sum, &byte)| *sum += i32::from(byte) * weight);
        }
        out.as_flattened_mut().iter_mut().zip(&sums).for_each(|(out, &sum)| *out = to_byte(sum));
        give(&out);
    }
}

/// Half of the last place that is kept: what is cut off is rounded by it.
const HALF: i32 = 1 << (FIXED_BITS - 1);

/// Drops the fraction. No weight is negative; that their sum may be a little above 1 is cut off.
fn to_byte(sum: i32) -> u8 {
    let [byte, ..] = (sum >> FIXED_BITS).min(255).to_le_bytes();
    byte
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Side;

    fn taps(from: u32, to: u64, start: u64, len: u32) -> Taps {
        Taps::of(Side { from, to, start, len })
    }

    fn greys(values: &[u8]) -> Vec<Pixel> {
        values.iter().map(|value| [*value, 0, 255 - value]).collect()
    }

    #[test]
    fn a_sum_is_rounded_half_up_and_cut_off_at_255() {
        let one = 1 << FIXED_BITS;
        assert_eq!([HALF, HALF + one, 255 * one + HALF, 256 * one].map(to_byte), [0, 1, 255, 255]);
        assert_eq!([HALF + one / 2, HALF + one / 2 - 1].map(to_byte), [1, 0]);
    }

    #[test]
    fn columns_are_blended_each_colour_apart() {
        let mut out = greys(&[0, 0]);
        blend_columns(&greys(&[0, 100, 200, 200]), &taps(4, 2, 0, 2), &mut out);
        // 3/7 of 0, 3/7 of 100 and 1/7 of 200; 1/7 of 100 and 6/7 of 200.
        assert_eq!(out, [[71, 0, 184], [186, 0, 69]]);
    }

    #[test]
    fn columns_that_keep_their_size_are_cut_out() {
        let mut out = greys(&[0, 0]);
        blend_columns(&greys(&[1, 2, 3, 4, 5]), &taps(5, 5, 2, 2), &mut out);
        assert_eq!(out, greys(&[3, 4]));
    }

    #[test]
    fn rows_are_blended_within_the_columns_that_are_kept() {
        let pixels = greys(&[9, 0, 9, 9, 100, 9, 9, 200, 9, 9, 200, 9]);
        let source = Rows::new(&pixels, 3);
        let mut given = Vec::new();
        blend_rows(&source, 1..2, &taps(4, 2, 0, 2), |row| given.push(row.to_vec()));
        assert_eq!(given, [[[71, 0, 184]], [[186, 0, 69]]]);
        given.clear();
        blend_rows(&source, 0..2, &taps(4, 4, 1, 2), |row| given.push(row.to_vec()));
        assert_eq!(given, [greys(&[9, 100]), greys(&[9, 200])]);
    }
}
