//! A decoded picture.

/// A picture of 8-bit red, green and blue: rows from the top, pixels from the left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Rgb {
    /// Takes `height × width × 3` bytes; `None` if there are more or fewer, or none at all.
    #[must_use]
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        let bytes = u64::from(width).checked_mul(u64::from(height))?.checked_mul(3)?;
        let fits = bytes > 0 && u64::try_from(pixels.len()) == Ok(bytes);
        fits.then_some(Self { width, height, pixels })
    }

    /// Pixels of a row, 1 or more.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Rows, 1 or more.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// `height × width × 3` bytes.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_three_bytes_for_each_of_its_pixels() {
        let rgb = Rgb::new(3, 2, (0..18).collect()).unwrap();
        assert_eq!((rgb.width(), rgb.height(), rgb.pixels()[17]), (3, 2, 17));
        for (width, height, bytes) in [(3, 2, 17), (3, 2, 19), (0, 2, 0), (3, 0, 0), (u32::MAX, u32::MAX, 3)] {
            assert_eq!(Rgb::new(width, height, vec![0; bytes]), None, "{width} × {height}");
        }
    }
}
