//! JPEG, by libjpeg-turbo's code (as mozjpeg has it) with the settings that Pillow uses: the slow integer transform and
//! interpolated chroma.

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

/// Most passes over an image. There is a limit because a small file with thousands of empty ones would keep a core
/// busy for hours. Encoders make at most about sixty.
const MAX_SCANS: u32 = 256;

pub(crate) fn decode(bytes: &[u8]) -> Result<Rgb, ImageError> {
    let declared = markers::read(bytes).ok_or(ImageError::Truncated { format: FORMAT })?;
    let (colors, dry) = (colors(&declared)?, Cell::new(false));
    let source = Source { rest: bytes, dry: &dry };
    let pixels = match catch_unwind(AssertUnwindSafe(|| read_pixels(source, &declared, colors))) {
        Ok(pixels) => pixels?,
        // At the end of the file the decoder is given a made-up end of the image, which may be what it does not like.
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
    // What follows the image may be missing, but not faulty: Pillow needs no end of the image if all rows are there.
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

/// Inks as Adobe stores them, 255 for none; Pillow takes every file for one of these. Each channel is what the black ink
/// leaves of what the channel's own ink leaves.
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
