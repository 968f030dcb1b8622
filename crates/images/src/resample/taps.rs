//! Which pixels of a side go into a pixel of the result, and with what weights.

use std::ops::Range;

use crate::geometry::Side;

/// Bits of a weight's fraction (Pillow's `PRECISION_BITS`).
pub(super) const FIXED_BITS: u32 = 22;

/// The taps of every pixel that is kept.
pub(super) struct Taps {
    /// First pixel and range of `weights` of each pixel of the result.
    windows: Vec<(usize, Range<usize>)>,
    weights: Vec<i32>,
    identity: bool,
}

/// Pixels next to each other, and the weight of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window<'a> {
    pub(super) first: usize,
    pub(super) weights: &'a [i32],
}

impl Taps {
    pub(super) fn of(side: Side) -> Self {
        let mut taps = Self { windows: Vec::new(), weights: Vec::new(), identity: u64::from(side.from) == side.to };
        for index in side.start..side.start + u64::from(side.len) {
            taps.push(side, index);
        }
        taps
    }

    /// Returns whether the side keeps its size, so that there is nothing to compute.
    pub(super) const fn is_identity(&self) -> bool {
        self.identity
    }

    /// Pixels of the result.
    pub(super) const fn len(&self) -> usize {
        self.windows.len()
    }

    pub(super) fn windows(&self) -> impl ExactSizeIterator<Item = Window<'_>> {
        self.windows.iter().map(|(first, range)| {
            let weights = self.weights.get(range.clone()).unwrap_or_default();
            Window { first: *first, weights }
        })
    }

    /// Returns the pixels that are needed for anything that is kept.
    pub(super) fn needed(&self) -> Range<usize> {
        let first = self.windows.iter().map(|(first, _)| *first).min().unwrap_or(0);
        let end = self.windows.iter().map(|(first, range)| first + range.len()).max();
        first..end.unwrap_or(0)
    }

    /// The same, with pixels counted from the first one that is needed.
    pub(super) fn counted_from_needed(&self) -> Self {
        let start = self.needed().start;
        let windows = self.windows.iter().map(|(first, range)| (first.saturating_sub(start), range.clone()));
        Self { windows: windows.collect(), weights: self.weights.clone(), identity: self.identity }
    }

    fn push(&mut self, side: Side, index: u64) {
        let before = self.weights.len();
        let first = if self.identity {
            self.weights.push(1 << FIXED_BITS);
            truncated(float(index))
        } else {
            self.push_triangle(side, index)
        };
        self.windows.push((first, before..self.weights.len()));
    }

    /// Pillow's arithmetic, operation for operation, because another order would round another way.
    /// Gives the first pixel.
    fn push_triangle(&mut self, side: Side, index: u64) -> usize {
        let scale = f64::from(side.from) / float(side.to);
        let spread = scale.max(1.0);
        let reciprocal = 1.0 / spread;
        let center = (float(index) + 0.5) * scale;
        let first = truncated(center - spread + 0.5);
        let end = truncated((center + spread + 0.5).min(f64::from(side.from)));
        let triangle = |x: f64| (1.0 - ((x - center + 0.5) * reciprocal).abs()).max(0.0);
        let positions = || {
            std::iter::successors(Some((center - spread + 0.5).trunc().max(0.0)), |x| Some(x + 1.0))
                .take(end.saturating_sub(first))
        };
        let sum = positions().map(triangle).fold(0.0, |sum, weight| sum + weight);
        let whole = f64::from(1 << FIXED_BITS);
        self.weights.extend(positions().map(|x| rounded(triangle(x) / sum * whole)));
        first
    }
}

/// Exact below 2⁵³, and no side comes near it.
fn float(n: u64) -> f64 {
    let [low, high] = [n & u64::from(u32::MAX), n >> 32].map(|half| u32::try_from(half).map_or(0.0, f64::from));
    high * 4_294_967_296.0 + low
}

/// Towards 0, and 0 for what is negative.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "`as` is the one way; it saturates")]
fn truncated(x: f64) -> usize {
    x as usize
}

/// Returns the nearest weight; none is negative.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "`as` is the one way; at most 2²²")]
fn rounded(weight: f64) -> i32 {
    (weight + 0.5) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(from: u32, to: u64, start: u64, len: u32) -> Side {
        Side { from, to, start, len }
    }

    fn windows(side: Side) -> Vec<(usize, Vec<i32>)> {
        Taps::of(side).windows().map(|window| (window.first, window.weights.to_vec())).collect()
    }

    #[test]
    fn a_side_that_keeps_its_size_is_copied() {
        let taps = Taps::of(side(10, 10, 3, 2));
        assert!(taps.is_identity());
        assert_eq!(windows(side(10, 10, 3, 2)), [(3, vec![1 << 22]), (4, vec![1 << 22])]);
        assert_eq!((taps.needed(), taps.len()), (3..5, 2));
    }

    #[test]
    fn half_the_size_blends_four_pixels_by_their_distance_and_fewer_at_the_edges() {
        let whole = f64::from(1 << FIXED_BITS);
        let of = |shares: &[f64]| shares.iter().map(|share| rounded(share * whole)).collect::<Vec<_>>();
        let expected = [
            (0, of(&[3.0 / 7.0, 3.0 / 7.0, 1.0 / 7.0])),
            (1, of(&[0.125, 0.375, 0.375, 0.125])),
            (3, of(&[1.0 / 7.0, 3.0 / 7.0, 3.0 / 7.0])),
        ];
        assert_eq!(windows(side(6, 3, 0, 3)), expected);
    }

    #[test]
    fn twice_the_size_blends_the_two_nearest_pixels() {
        let quarter = 1 << (FIXED_BITS - 2);
        let expected = [
            (0, vec![4 * quarter]),
            (0, vec![3 * quarter, quarter]),
            (0, vec![quarter, 3 * quarter]),
            (1, vec![4 * quarter]),
        ];
        assert_eq!(windows(side(2, 4, 0, 4)), expected);
    }

    #[test]
    fn the_weights_of_every_pixel_are_one_in_all_and_lie_inside_the_picture() {
        for (from, to) in [(500, 341), (375, 256), (7, 100), (1, 9), (60_000, 256), (3, 2)] {
            let len = u32::try_from(to).unwrap();
            for (first, weights) in windows(side(from, to, 0, len)) {
                assert!(first + weights.len() <= usize::try_from(from).unwrap(), "{from} {to} {first}");
                let error = weights.iter().sum::<i32>() - (1 << FIXED_BITS);
                assert!(usize::try_from(error.unsigned_abs()).unwrap() <= weights.len(), "{from} {to}: {error}");
                assert!(weights.iter().all(|weight| *weight >= 0));
            }
        }
    }

    #[test]
    fn only_what_the_crop_keeps_is_needed_and_counted_from_there() {
        let taps = Taps::of(side(100, 50, 10, 5));
        assert_eq!(taps.needed(), 19..31);
        let counted = taps.counted_from_needed();
        assert_eq!(counted.needed(), 0..12);
        let weights = |taps: &Taps| taps.windows().map(|window| window.weights.to_vec()).collect::<Vec<_>>();
        assert_eq!(weights(&counted), weights(&taps));
    }

    #[test]
    fn whole_numbers_become_floating_point_exactly() {
        for n in [0, 1, u64::from(u32::MAX), 1 << 32, (1 << 32) + 7, (1 << 53) - 1] {
            assert_eq!(format!("{:.0}", float(n)), n.to_string());
        }
        assert_eq!([-0.9, 0.0, 2.99].map(truncated), [0, 0, 2]);
    }
}
