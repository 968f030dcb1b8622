//! What is made of an image before a model sees it, and the name of the result.

use holdout_protocol::{InputTransform, Sha256};
use sha2::Digest;

/// Raised whenever the pixels that come out of this crate change for any input: prepared files of
/// before are made again.
const PIXELS_VERSION: u32 = 1;

/// Shorter side to `resize`, then the centre square of `crop`; both 1 to [`Transform::MAX_SIDE`]
/// pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Transform {
    /// Pixels of the shorter side; not resized if none.
    pub resize: Option<u32>,
    /// Pixels of the side of the centre square.
    pub crop: u32,
}

impl Transform {
    /// Largest `resize` and `crop`.
    pub const MAX_SIDE: u32 = 4096;

    /// Returns the bytes of a transformed image: three planes of `crop` × `crop`.
    #[must_use]
    pub fn image_bytes(self) -> u64 {
        3 * u64::from(self.crop) * u64::from(self.crop)
    }

    /// Returns whether both sides are in their range.
    #[must_use]
    pub fn is_valid(self) -> bool {
        let sides = 1..=Self::MAX_SIDE;
        sides.contains(&self.crop) && self.resize.is_none_or(|resize| sides.contains(&resize))
    }
}

impl From<&InputTransform> for Transform {
    fn from(input: &InputTransform) -> Self {
        Self { resize: input.resize, crop: input.crop }
    }
}

/// Names the prepared images of a test set: a digest of the digests of the labels and of the
/// archive, and the transform.
#[must_use]
pub fn key(test_set: Sha256, images: Sha256, transform: Transform) -> Sha256 {
    let mut hasher = sha2::Sha256::new_with_prefix(b"holdout prepared images");
    hasher.update(PIXELS_VERSION.to_le_bytes());
    hasher.update(test_set.as_bytes());
    hasher.update(images.as_bytes());
    // No valid side is 0, so that it can stand for "not resized".
    hasher.update(transform.resize.unwrap_or(0).to_le_bytes());
    hasher.update(transform.crop.to_le_bytes());
    Sha256::from_bytes(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_changes_with_everything_that_the_pixels_depend_on() {
        let (labels, images) = (Sha256::from_bytes([1; 32]), Sha256::from_bytes([2; 32]));
        let transform = Transform { resize: Some(256), crop: 224 };
        let keys = [
            key(labels, images, transform),
            key(images, labels, transform),
            key(labels, labels, transform),
            key(labels, images, Transform { resize: Some(224), crop: 256 }),
            key(labels, images, Transform { resize: None, ..transform }),
            key(labels, images, Transform { crop: 223, ..transform }),
        ];
        let mut distinct = keys.map(|key| *key.as_bytes()).to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(key(labels, images, transform), keys[0]);
    }

    #[test]
    fn a_side_has_1_to_4096_pixels() {
        let is_valid = |resize, crop| Transform { resize, crop }.is_valid();
        assert!(is_valid(None, 1) && is_valid(Some(4096), 4096) && is_valid(Some(1), 4096));
        assert!(!is_valid(None, 0) && !is_valid(None, 4097) && !is_valid(Some(0), 1) && !is_valid(Some(4097), 1));
    }

    #[test]
    fn an_image_has_three_planes_of_its_side_also_if_that_is_large() {
        assert_eq!(Transform { resize: Some(256), crop: 224 }.image_bytes(), 150_528);
        assert_eq!(Transform { resize: None, crop: 1 << 16 }.image_bytes(), 3 << 32);
    }
}
