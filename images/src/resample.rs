//! Resizing and cropping.

use crate::{ImageError, Rgb, Transform};

/// Resizes and crops; gives `[3, crop, crop]` bytes: a plane of red, one of green, one of blue.
///
/// # Errors
/// Where the picture is smaller than the crop, or the transform is not valid.
pub fn apply(image: &Rgb, transform: Transform) -> Result<Vec<u8>, ImageError> {
    if !transform.is_valid() {
        return Err(ImageError::Transform);
    }
    let (width, height) = (image.width(), image.height());
    Err(ImageError::SmallerThanCrop { width, height, crop: transform.crop })
}
