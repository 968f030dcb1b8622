//! Sizes and offsets as torchvision computes them.

use crate::{ImageError, Transform};

/// A stretch of one side of the resized picture that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Side {
    /// Pixels of the decoded picture.
    pub(crate) from: u32,
    /// Pixels of the whole resized picture; more than 2³² only if one side is thousands of times
    /// the other.
    pub(crate) to: u64,
    /// First pixel that is kept.
    pub(crate) start: u64,
    /// Pixels that are kept.
    pub(crate) len: u32,
}

/// Returns what is kept of the width, and of the height.
///
/// `Resize`: the shorter side becomes `resize`, the longer one ⌊resize · long / short⌋.
/// `CenterCrop`: half of what is left over goes before, rounded half to even.
pub(crate) fn sides(width: u32, height: u32, transform: Transform) -> Result<(Side, Side), ImageError> {
    if !transform.is_valid() {
        return Err(ImageError::Transform);
    }
    let short = width.min(height).max(1);
    let resized = |side: u32| match transform.resize {
        Some(resize) if side == short => u64::from(resize),
        Some(resize) => u64::from(resize) * u64::from(side) / u64::from(short),
        None => u64::from(side),
    };
    let (to_width, to_height) = (resized(width), resized(height));
    let crop = u64::from(transform.crop);
    if to_width < crop || to_height < crop {
        return Err(ImageError::SmallerThanCrop { width: to_width, height: to_height, crop: transform.crop });
    }
    let side = |from, to| Side { from, to, start: half_to_even(to - crop), len: transform.crop };
    Ok((side(width, to_width), side(height, to_height)))
}

/// `n / 2`, a half rounded to the even neighbour.
const fn half_to_even(n: u64) -> u64 {
    match n % 4 {
        3 => n / 2 + 1,
        _ => n / 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_to_even() {
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(half_to_even), [0, 0, 1, 2, 2, 2, 3, 4]);
    }

    #[test]
    fn sides_are_those_of_torchvision() {
        let transform = Transform { resize: Some(256), crop: 224 };
        let (x, y) = sides(500, 375, transform).unwrap();
        assert_eq!((x.to, x.start, x.len), (341, 58, 224));
        assert_eq!((y.to, y.start, y.len), (256, 16, 224));
        let (x, y) = sides(333, 777, Transform { resize: Some(100), crop: 99 }).unwrap();
        assert_eq!((x.to, x.start), (100, 0));
        assert_eq!((y.to, y.start), (233, 67));
        let (x, _) = sides(1, 60000, transform).unwrap();
        assert_eq!(x.to, 256);
        let (x, y) = sides(300, 224, Transform { resize: None, crop: 224 }).unwrap();
        assert_eq!((x.to, x.start, y.to, y.start), (300, 38, 224, 0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let crop = Transform { resize: None, crop: 224 };
        let refused = ImageError::SmallerThanCrop { width: 223, height: 500, crop: 224 };
        assert_eq!(sides(223, 500, crop), Err(refused));
        let refused = ImageError::SmallerThanCrop { width: 200, height: 400, crop: 224 };
        assert_eq!(sides(1, 2, Transform { resize: Some(200), ..crop }), Err(refused));
        for transform in [Transform { resize: Some(0), crop: 1 }, Transform { resize: None, crop: 0 }] {
            assert_eq!(sides(300, 300, transform), Err(ImageError::Transform));
        }
        assert_eq!(sides(9000, 9000, Transform { resize: None, crop: 4097 }), Err(ImageError::Transform));
    }
}
