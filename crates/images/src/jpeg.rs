//! JPEG, by libjpeg-turbo's code (as mozjpeg has it) with the settings that Pillow uses: the slow
//! integer transform and interpolated chroma.

mod markers;

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mozjpeg::{ColorSpace, Decompress};

use self::markers::Declared;
use crate::decode::{check_size, with_room};
use crate::{ImageError, Rgb};

const FORMAT: &str = "JPEG";

/// Rows that are read at a time.
const STRIP: usize = 16;

/// Most passes over an image. There is a limit because a small file with thousands of empty ones
/// would keep a core busy for hours. Encoders make at most about sixty.
const MAX_SCANS: u32 = 256;

pub(crate) fn decode(bytes: &[u8]) -> Result<Rgb, ImageError> {
    let declared = markers::read(bytes).ok_or(ImageError::Truncated { format: FORMAT })?;
    let (colors, dry) = (colors(&declared)?, Cell::new(false));
    let source = Source { rest: bytes, dry: &dry };
    let pixels = match catch_unwind(AssertUnwindSafe(|| read_pixels(source, &declared, colors))) {
        Ok(pixels) => pixels?,
        // At the end of the file the decoder is given a made-up end of the image, which may be what
        // it does not like.
        Err(_) if dry.get() => return Err(ImageError::Truncated { format: FORMAT }),
        Err(unwinding) => resume_unwind(unwinding),
    };
    Rgb::new(declared.width.into(), declared.height.into(), pixels).ok_or_else(|| damaged("it has no pixels"))
}

/// Bytes that decoding takes: the pixels, and all coefficients of an image with several scans.
pub(crate) fn memory_needed(bytes: &[u8]) -> u64 {
    let Some(declared) = markers::read(bytes).filter(|declared| colors(declared).is_ok()) else { return 0 };
    let pixels = u64::from(declared.width) * u64::from(declared.height);
    pixels * (3 + if declared.whole { 2 * u64::from(declared.components) } else { 0 })
}

/// Returns what the decoder shall give, if it can: what Pillow asks it for.
fn colors(declared: &Declared) -> Result<ColorSpace, ImageError> {
    check_size(declared.width.into(), declared.height.into())?;
    let unsupported = |found| Err(ImageError::Unsupported { format: FORMAT, found });
    if !matches!(declared.process, 0xC0..=0xC2) {
        return unsupported(process_name(declared.process).to_owned());
    }
    if declared.precision != 8 {
        return unsupported(format!("{} bits a sample", declared.precision));
    }
    if declared.scans > MAX_SCANS {
        return unsupported(format!("{} scans, more than {MAX_SCANS},", declared.scans));
    }
    match declared.components {
        1 => Ok(ColorSpace::JCS_GRAYSCALE),
        3 => Ok(ColorSpace::JCS_RGB),
        4 => Ok(ColorSpace::JCS_CMYK),
        count => unsupported(format!("{count} components")),
    }
}

const fn process_name(process: u8) -> &'static str {
    match process {
        0xC3 | 0xC7 | 0xCB | 0xCF => "lossless coding",
        0xC5 | 0xC6 => "hierarchical coding",
        _ => "arithmetic coding",
    }
}

/// Returns all pixels. Unwinds if libjpeg finds an error; see [`crate::decode`].
fn read_pixels(source: Source<'_>, declared: &Declared, colors: ColorSpace) -> Result<Vec<u8>, ImageError> {
    let dry = source.dry;
    let failed = |error: io::Error| damaged(&error.to_string());
    let decoder = Decompress::builder().from_reader(source).map_err(failed)?;
    let (width, height) = (usize::from(declared.width), usize::from(declared.height));
    if decoder.size() != (width, height) || decoder.components().len() != usize::from(declared.components) {
        return Err(damaged("it has two frames that contradict each other"));
    }
    let mut decoder = decoder.to_colorspace(colors).map_err(failed)?;
    let row_bytes = width * usize::from(declared.components);
    let mut strip = vec![0; row_bytes * STRIP.min(height)];
    let mut pixels = with_room(3 * width * height)?;
    for first in (0..height).step_by(STRIP) {
        let rows = strip.get_mut(..row_bytes * STRIP.min(height - first)).unwrap_or_default();
        let read = decoder.read_scanlines_into(rows).map(|samples| append(samples, colors, &mut pixels));
        // It would paint what is missing.
        if dry.get() {
            return Err(ImageError::Truncated { format: FORMAT });
        }
        read.map_err(failed)?;
    }
    // What follows the image may be missing, but not faulty: Pillow needs no end of the image if
    // all rows are there.
    match catch_unwind(AssertUnwindSafe(|| decoder.finish())) {
        Ok(Ok(())) => Ok(pixels),
        Ok(Err(_)) | Err(_) if dry.get() => Ok(pixels),
        Ok(Err(error)) => Err(failed(error)),
        Err(unwinding) => resume_unwind(unwinding),
    }
}

fn damaged(detail: &str) -> ImageError {
    ImageError::Damaged { format: FORMAT, detail: detail.to_owned() }
}

/// Appends samples as RGB.
fn append(samples: &[u8], colors: ColorSpace, pixels: &mut Vec<u8>) {
    match colors {
        ColorSpace::JCS_GRAYSCALE => pixels.extend(samples.iter().flat_map(|&grey| [grey; 3])),
        ColorSpace::JCS_CMYK => pixels.extend(samples.as_chunks().0.iter().flat_map(of_inverted_cmyk)),
        _ => pixels.extend_from_slice(samples),
    }
}

/// Inks as Adobe stores them, 255 for none; Pillow takes every file for one of these. Each channel
/// is what the black ink leaves of what the channel's own ink leaves.
fn of_inverted_cmyk(&[c, m, y, k]: &[u8; 4]) -> [u8; 3] {
    [c, m, y].map(|left| k - scaled(255 - left, k))
}

/// `a · b / 255`, rounded as Pillow does: never above `b`.
fn scaled(a: u8, b: u8) -> u8 {
    let product = u32::from(a) * u32::from(b) + 128;
    let [rounded, ..] = (((product >> 8) + product) >> 8).to_le_bytes();
    rounded
}

/// The file's bytes, and whether the decoder wanted more than there are.
struct Source<'a> {
    rest: &'a [u8],
    dry: &'a Cell<bool>,
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.dry.set(self.dry.get() || self.rest.is_empty());
        self.rest.read(into)
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.dry.set(self.dry.get() || self.rest.is_empty());
        Ok(self.rest)
    }

    fn consume(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(components: u8) -> Declared {
        Declared { width: 10, height: 20, precision: 8, components, process: 0xC0, scans: 1, whole: false }
    }

    fn refused(declared: &Declared) -> String {
        colors(declared).unwrap_err().to_string()
    }

    #[test]
    fn each_form_of_jpeg_that_pillow_reads_is_decoded() {
        assert_eq!(colors(&declared(1)), Ok(ColorSpace::JCS_GRAYSCALE));
        assert_eq!(colors(&declared(3)), Ok(ColorSpace::JCS_RGB));
        assert_eq!(colors(&declared(4)), Ok(ColorSpace::JCS_CMYK));
        assert_eq!(colors(&Declared { process: 0xC2, scans: 256, ..declared(3) }), Ok(ColorSpace::JCS_RGB));
    }

    #[test]
    fn a_form_of_jpeg_that_is_not_read_is_named() {
        for (odd, found) in [
            (declared(2), "2 components"),
            (Declared { process: 0xC3, ..declared(3) }, "lossless coding"),
            (Declared { process: 0xC6, ..declared(3) }, "hierarchical coding"),
            (Declared { process: 0xC9, ..declared(3) }, "arithmetic coding"),
            (Declared { precision: 12, ..declared(3) }, "12 bits a sample"),
            (Declared { scans: 257, ..declared(3) }, "257 scans, more than 256,"),
        ] {
            assert_eq!(refused(&odd), format!("JPEG with {found} is not read"));
        }
        let large = Declared { width: u16::MAX, height: u16::MAX, ..declared(3) };
        assert!(refused(&large).starts_with("65535 × 65535 pixels"), "{}", refused(&large));
    }

    #[test]
    fn inks_leave_of_each_colour_what_black_and_the_own_ink_leave() {
        assert_eq!(of_inverted_cmyk(&[255, 255, 255, 255]), [255, 255, 255]);
        assert_eq!(of_inverted_cmyk(&[255, 255, 255, 0]), [0, 0, 0]);
        assert_eq!(of_inverted_cmyk(&[0, 128, 255, 100]), [0, 50, 100]);
    }

    #[test]
    fn a_product_of_bytes_is_rounded_to_the_nearest_and_never_above_its_second() {
        for a in 0..=255 {
            for b in 0..=255 {
                let exact = f64::from(a) * f64::from(b) / 255.0;
                let found = scaled(a, b);
                assert!((f64::from(found) - exact).abs() <= 0.5 && found <= b, "{a} {b} {found}");
            }
        }
    }

    #[test]
    fn coefficients_take_memory_if_all_of_them_are_kept() {
        let frame = |process: u8| [&b"\xFF\xD8\xFF"[..], &[process], b"\0\x08\x08\0\x14\0\x0A\x03"].concat();
        assert_eq!(memory_needed(&frame(0xC0)), 10 * 20 * 3);
        assert_eq!(memory_needed(&frame(0xC2)), 10 * 20 * (3 + 6));
        assert_eq!(memory_needed(&frame(0xC3)), 0, "it is refused at once");
    }

    #[test]
    fn a_source_remembers_that_more_was_wanted_than_there_is() {
        let dry = Cell::new(false);
        let mut source = Source { rest: b"abc", dry: &dry };
        let mut two = [0; 2];
        assert_eq!((source.read(&mut two).unwrap(), dry.get()), (2, false));
        source.consume(1);
        assert!(!dry.get());
        assert_eq!(source.fill_buf().unwrap(), b"");
        assert!(dry.get());
        source.consume(9);
        assert_eq!(source.rest, b"");
    }
}
