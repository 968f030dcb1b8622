//! PNG: all colour types and depths, to 8 bits as Pillow does it.

use std::io::Cursor;

use png::{BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Limits};

use crate::decode::{buffer, check_size};
use crate::{ImageError, Rgb};

const FORMAT: &str = "PNG";

/// Most bytes of everything but the pixels: colour profiles and such, which are not used.
const MAX_METADATA: usize = 64 << 20;

/// Decodes to RGB.
pub(crate) fn decode(bytes: &[u8]) -> Result<Rgb, ImageError> {
    let mut decoder = Decoder::new_with_options(Cursor::new(bytes), options());
    let (width, height) = decoder.read_header_info().map_err(refusal)?.size();
    check_size(width, height)?;
    // One row is counted among the metadata.
    let row = usize::try_from(width).unwrap_or(usize::MAX).saturating_mul(8);
    decoder.set_limits(Limits { bytes: MAX_METADATA.saturating_add(row) });
    let mut reader = decoder.read_info().map_err(refusal)?;
    let palette = Palette::of(reader.info())?;
    let mut samples = buffer(reader.output_buffer_size().ok_or(ImageError::TooLarge { width, height })?)?;
    let frame = reader.next_frame(&mut samples).map_err(refusal)?;
    if (frame.width, frame.height) != (width, height) {
        return Err(damaged("the first frame of an animation has another size".to_owned()));
    }
    let pixels = match (frame.color_type, frame.bit_depth) {
        (ColorType::Rgb, BitDepth::Eight) => samples,
        form => to_rgb(&samples, form, &palette, Rows { width, height, bytes: frame.line_size })?,
    };
    Rgb::new(width, height, pixels).ok_or_else(|| damaged("no pixels".to_owned()))
}

/// Bytes that decoding takes: the samples as they are, and the pixels.
pub(crate) fn memory_needed(bytes: &[u8]) -> u64 {
    let mut decoder = Decoder::new_with_options(Cursor::new(bytes), options());
    let Ok(info) = decoder.read_header_info() else { return 0 };
    let (width, height) = info.size();
    let row = info.raw_row_length();
    if check_size(width, height).is_err() {
        return 0;
    }
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

/// 256 colours; black where the file has fewer.
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

#[derive(Clone, Copy)]
struct Rows {
    width: u32,
    height: u32,
    /// Bytes of a row of samples; the last one may be filled up.
    bytes: usize,
}

fn to_rgb(
    samples: &[u8],
    (color, depth): (ColorType, BitDepth),
    palette: &Palette,
    rows: Rows,
) -> Result<Vec<u8>, ImageError> {
    let too_large = ImageError::TooLarge { width: rows.width, height: rows.height };
    let width = usize::try_from(rows.width).map_err(|_| too_large.clone())?;
    let bytes = samples.len().checked_div(rows.bytes).and_then(|height| height.checked_mul(width)?.checked_mul(3));
    let mut pixels = buffer(bytes.ok_or(too_large)?)?;
    let out = pixels.chunks_exact_mut(width.saturating_mul(3).max(1));
    for (row, out) in samples.chunks_exact(rows.bytes.max(1)).zip(out) {
        let out = out.as_chunks_mut::<3>().0.iter_mut();
        match (color, depth) {
            (ColorType::Grayscale, depth) => grey(row, depth, out),
            (ColorType::Indexed, BitDepth::Eight) => every::<1>(row, out, |&[index]| palette.color(index)),
            (ColorType::Indexed, depth) => unpacked(row, depth, out, |index| palette.color(index)),
            (ColorType::GrayscaleAlpha, BitDepth::Sixteen) => every::<4>(row, out, |&[grey, ..]| [grey; 3]),
            (ColorType::GrayscaleAlpha, _) => every::<2>(row, out, |&[grey, _]| [grey; 3]),
            (ColorType::Rgb, BitDepth::Sixteen) => every::<6>(row, out, |&[r, _, g, _, b, _]| [r, g, b]),
            (ColorType::Rgb, _) => every::<3>(row, out, |pixel| *pixel),
            (ColorType::Rgba, BitDepth::Sixteen) => every::<8>(row, out, |&[r, _, g, _, b, ..]| [r, g, b]),
            (ColorType::Rgba, _) => every::<4>(row, out, |&[r, g, b, _]| [r, g, b]),
        }
    }
    Ok(pixels)
}

type Out<'a> = std::slice::IterMut<'a, [u8; 3]>;

fn every<const N: usize>(row: &[u8], out: Out<'_>, color: impl Fn(&[u8; N]) -> [u8; 3]) {
    out.zip(row.as_chunks::<N>().0).for_each(|(pixel, samples)| *pixel = color(samples));
}

fn grey(row: &[u8], depth: BitDepth, out: Out<'_>) {
    match depth {
        // Pillow takes 16-bit grey for plain numbers and cuts them off at 255.
        BitDepth::Sixteen => every::<2>(row, out, |&[high, low]| [if high == 0 { low } else { 255 }; 3]),
        BitDepth::Eight => every::<1>(row, out, |&[grey]| [grey; 3]),
        BitDepth::Four => unpacked(row, depth, out, |grey| [grey * 0x11; 3]),
        BitDepth::Two => unpacked(row, depth, out, |grey| [grey * 0x55; 3]),
        BitDepth::One => unpacked(row, depth, out, |grey| [grey * 0xFF; 3]),
    }
}

/// Samples of 1, 2, 4 or 8 bits, the first one in the high bits of a byte.
fn unpacked(row: &[u8], depth: BitDepth, out: Out<'_>, color: impl Fn(u8) -> [u8; 3]) {
    let bits = match depth {
        BitDepth::One => 1,
        BitDepth::Two => 2,
        BitDepth::Four => 4,
        BitDepth::Eight | BitDepth::Sixteen => 8,
    };
    let samples = row
        .iter()
        .flat_map(|&byte| (0..8 / bits).map(move |place| (byte >> (8 - bits * (place + 1))) & (0xFF >> (8 - bits))));
    out.zip(samples).for_each(|(pixel, sample)| *pixel = color(sample));
}
