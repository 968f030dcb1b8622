//! PNG: all colour types and depths, to 8 bits as Pillow does it.

use std::io::Cursor;

use png::{BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Limits};

use crate::decode::{check_size, with_room, zeroes};
use crate::{ImageError, Rgb};

const FORMAT: &str = "PNG";

/// Most bytes of everything but the pixels: colour profiles and such, which are not used.
const MAX_METADATA: usize = 64 << 20;

pub(crate) fn decode(bytes: &[u8]) -> Result<Rgb, ImageError> {
    let mut decoder = Decoder::new_with_options(Cursor::new(bytes), options());
    let (width, height) = decoder.read_header_info().map_err(refusal)?.size();
    check_size(width, height)?;
    let samples = usize::try_from(u64::from(width) * u64::from(height)).map_err(|_| ImageError::Memory)?;
    // Rows are counted among the metadata.
    let row = usize::try_from(width).unwrap_or(usize::MAX).saturating_mul(16);
    decoder.set_limits(Limits { bytes: MAX_METADATA.saturating_add(row) });
    let mut reader = decoder.read_info().map_err(refusal)?;
    let info = reader.info();
    let form = Form { color: info.color_type, depth: info.bit_depth, palette: Palette::of(info)? };
    if info.frame_control.is_some_and(|frame| (frame.width, frame.height) != (width, height)) {
        return Err(damaged("the first picture of its animation has another size".to_owned()));
    }
    let mut pixels = with_room(samples.checked_mul(3).ok_or(ImageError::Memory)?)?;
    let width_of_rows = usize::try_from(width).map_err(|_| ImageError::Memory)?;
    if info.interlaced {
        let mut frame = zeroes(reader.output_buffer_size().ok_or(ImageError::Memory)?)?;
        let row_bytes = reader.next_frame(&mut frame).map_err(refusal)?.line_size.max(1);
        frame.chunks_exact(row_bytes).for_each(|row| form.append(row, width_of_rows, &mut pixels));
    } else {
        while let Some(row) = reader.next_row().map_err(refusal)? {
            form.append(row.data(), width_of_rows, &mut pixels);
        }
    }
    Rgb::new(width, height, pixels).ok_or_else(|| damaged("it has no pixels".to_owned()))
}

/// Bytes that decoding takes: the pixels, and the samples if their rows are not in order.
pub(crate) fn memory_needed(bytes: &[u8]) -> u64 {
    let mut decoder = Decoder::new_with_options(Cursor::new(bytes), options());
    let Ok(info) = decoder.read_header_info() else { return 0 };
    let (width, height) = info.size();
    if check_size(width, height).is_err() {
        return 0;
    }
    let row = if info.interlaced { info.raw_row_length() } else { 0 };
    u64::from(height) * (3 * u64::from(width) + u64::try_from(row).unwrap_or(u64::MAX >> 32))
}

fn options() -> DecodeOptions {
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    options.set_ignore_adler32(false);
    // Pillow refuses a file with a wrong check sum before the image's data, be it of a comment.
    options.set_skip_ancillary_crc_failures(false);
    options
}

fn refusal(error: DecodingError) -> ImageError {
    match error {
        DecodingError::IoError(_) => ImageError::Truncated { format: FORMAT },
        other => damaged(other.to_string()),
    }
}

fn damaged(detail: String) -> ImageError {
    ImageError::Damaged { format: FORMAT, detail }
}

/// 256 colours; black if the file has fewer.
struct Palette([[u8; 3]; 256]);

impl Palette {
    fn of(info: &png::Info<'_>) -> Result<Self, ImageError> {
        let mut colors = [[0; 3]; 256];
        let given = info.palette.as_deref().unwrap_or_default().as_chunks::<3>().0;
        if info.color_type == ColorType::Indexed && given.is_empty() {
            return Err(damaged("it has no palette".to_owned()));
        }
        colors.iter_mut().zip(given).for_each(|(color, given)| *color = *given);
        Ok(Self(colors))
    }

    fn color(&self, index: u8) -> [u8; 3] {
        self.0.get(usize::from(index)).copied().unwrap_or_default()
    }
}

/// What the samples mean.
struct Form {
    color: ColorType,
    depth: BitDepth,
    palette: Palette,
}

impl Form {
    /// Appends a row of so many pixels as RGB.
    fn append(&self, row: &[u8], width: usize, pixels: &mut Vec<u8>) {
        let start = pixels.len();
        match (self.color, self.depth) {
            (ColorType::Grayscale, BitDepth::Sixteen) => every(row, pixels, |&[high, low]| [clamped(high, low); 3]),
            (ColorType::Grayscale, BitDepth::Eight) => every(row, pixels, |&[grey]| [grey; 3]),
            (ColorType::Grayscale, depth) => unpacked(row, depth, pixels, |grey| [full_scale(grey, depth); 3]),
            (ColorType::Indexed, BitDepth::Eight) => every(row, pixels, |&[index]| self.palette.color(index)),
            (ColorType::Indexed, depth) => unpacked(row, depth, pixels, |index| self.palette.color(index)),
            (ColorType::GrayscaleAlpha, BitDepth::Sixteen) => every(row, pixels, |&[grey, _, _, _]| [grey; 3]),
            (ColorType::GrayscaleAlpha, _) => every(row, pixels, |&[grey, _]| [grey; 3]),
            (ColorType::Rgb, BitDepth::Sixteen) => every(row, pixels, |&[r, _, g, _, b, _]| [r, g, b]),
            (ColorType::Rgb, _) => pixels.extend_from_slice(row),
            (ColorType::Rgba, BitDepth::Sixteen) => every(row, pixels, |&[r, _, g, _, b, _, _, _]| [r, g, b]),
            (ColorType::Rgba, _) => every(row, pixels, |&[r, g, b, _]| [r, g, b]),
        }
        // The last byte of a row may be filled up.
        pixels.truncate(start + 3 * width);
    }
}

/// Pillow takes 16-bit grey for plain numbers and cuts them off at 255.
const fn clamped(high: u8, low: u8) -> u8 {
    if high == 0 { low } else { 255 }
}

/// Pixels of `N` bytes.
fn every<const N: usize>(row: &[u8], pixels: &mut Vec<u8>, color: impl Fn(&[u8; N]) -> [u8; 3]) {
    pixels.extend(row.as_chunks::<N>().0.iter().flat_map(color));
}

/// Pixels of 1, 2 or 4 bits, the first one in the high bits of a byte.
fn unpacked(row: &[u8], depth: BitDepth, pixels: &mut Vec<u8>, color: impl Fn(u8) -> [u8; 3]) {
    let bits = bits(depth);
    let samples = row
        .iter()
        .flat_map(|byte| (1..=8 / bits).map(move |place| (byte >> (8 - bits * place)) & (0xFF >> (8 - bits))));
    pixels.extend(samples.flat_map(color));
}

/// Returns the largest value becomes 255.
const fn full_scale(grey: u8, depth: BitDepth) -> u8 {
    grey * (0xFF / (0xFF >> (8 - bits(depth))))
}

/// Bits of a sample that is not larger than a byte.
const fn bits(depth: BitDepth) -> u8 {
    match depth {
        BitDepth::One => 1,
        BitDepth::Two => 2,
        BitDepth::Four => 4,
        BitDepth::Eight | BitDepth::Sixteen => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_of_16_bits_is_cut_off_at_255() {
        for (high, low, grey) in [(0, 0, 0), (0, 255, 255), (0, 17, 17), (1, 0, 255), (255, 255, 255)] {
            assert_eq!(clamped(high, low), grey, "{high} {low}");
        }
    }

    fn appended(color: ColorType, depth: BitDepth, row: &[u8], width: usize) -> Vec<u8> {
        let mut colors = [[0; 3]; 256];
        (colors[1], colors[2], colors[15]) = ([10, 20, 30], [40, 50, 60], [70, 80, 90]);
        let mut pixels = vec![9];
        Form { color, depth, palette: Palette(colors) }.append(row, width, &mut pixels);
        assert_eq!(pixels.remove(0), 9, "what was there before stays");
        pixels
    }

    #[test]
    fn small_samples_are_spread_over_all_greys_with_the_first_in_the_high_bits() {
        let grey = |depth, row: &[u8], width| {
            appended(ColorType::Grayscale, depth, row, width).chunks(3).map(|pixel| pixel[0]).collect::<Vec<_>>()
        };
        assert_eq!(grey(BitDepth::One, &[0b1010_0000, 0xFF], 9), [255, 0, 255, 0, 0, 0, 0, 0, 255]);
        assert_eq!(grey(BitDepth::Two, &[0b0001_1011], 4), [0, 85, 170, 255]);
        assert_eq!(grey(BitDepth::Four, &[0x0F, 0x10], 3), [0, 255, 17]);
    }

    #[test]
    fn an_index_is_looked_up_and_is_not_spread() {
        assert_eq!(appended(ColorType::Indexed, BitDepth::Four, &[0x1F], 2), [10, 20, 30, 70, 80, 90]);
        assert_eq!(appended(ColorType::Indexed, BitDepth::Two, &[0b0110_0000], 2), [10, 20, 30, 40, 50, 60]);
        assert_eq!(appended(ColorType::Indexed, BitDepth::Eight, &[2, 200], 2), [40, 50, 60, 0, 0, 0]);
    }

    #[test]
    fn alpha_is_dropped_and_of_16_bits_of_a_colour_the_high_ones_are_kept() {
        assert_eq!(appended(ColorType::Rgba, BitDepth::Eight, &[1, 2, 3, 4, 5, 6, 7, 8], 2), [1, 2, 3, 5, 6, 7]);
        assert_eq!(appended(ColorType::Rgba, BitDepth::Sixteen, &[1, 2, 3, 4, 5, 6, 7, 8], 1), [1, 3, 5]);
        assert_eq!(appended(ColorType::Rgb, BitDepth::Sixteen, &[1, 2, 3, 4, 5, 6], 1), [1, 3, 5]);
        assert_eq!(appended(ColorType::GrayscaleAlpha, BitDepth::Eight, &[1, 2, 3, 4], 2), [1, 1, 1, 3, 3, 3]);
        assert_eq!(appended(ColorType::GrayscaleAlpha, BitDepth::Sixteen, &[1, 2, 3, 4], 1), [1, 1, 1]);
        assert_eq!(appended(ColorType::Grayscale, BitDepth::Sixteen, &[0, 7, 1, 0], 2), [7, 7, 7, 255, 255, 255]);
    }
}
