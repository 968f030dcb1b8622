//! From a file's bytes to pixels. The contents decide on the format, as with Pillow; the name does
//! not matter.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{ImageError, Rgb, jpeg, png};

/// Decodes a JPEG or PNG file to the pixels that Pillow's `convert("RGB")` gives.
///
/// Alpha is dropped, a palette is looked up, the rotation of EXIF is not applied. If Pillow refuses
/// a file, so does this; a few damaged or cut off PNG files that Pillow reads (wrong check sums,
/// missing rows) are refused here.
///
/// # Errors
/// If it is another format, cut off, damaged, or has more than [`ImageError::MAX_PIXELS`].
pub fn decode_rgb(bytes: &[u8]) -> Result<Rgb, ImageError> {
    match format(bytes)? {
        Format::Jpeg => guarded("JPEG", || jpeg::decode(bytes)),
        Format::Png => guarded("PNG", || png::decode(bytes)),
    }
}

/// Returns the bytes of memory that decoding will take at most, about; 0 if it will be refused at
/// once.
pub(crate) fn memory_needed(bytes: &[u8]) -> u64 {
    match format(bytes) {
        Ok(Format::Jpeg) => jpeg::memory_needed(bytes),
        Ok(Format::Png) => png::memory_needed(bytes),
        Err(_) => 0,
    }
}

#[derive(Clone, Copy)]
enum Format {
    Jpeg,
    Png,
}

fn format(bytes: &[u8]) -> Result<Format, ImageError> {
    if bytes.is_empty() {
        return Err(ImageError::Empty);
    }
    if bytes.starts_with(b"\xFF\xD8\xFF") {
        return Ok(Format::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
        return Ok(Format::Png);
    }
    Err(ImageError::Format { found: foreign_format(bytes) })
}

/// Returns the name of a format that images often have, for the message.
fn foreign_format(bytes: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 7] = [
        (b"GIF8", "GIF"),
        (b"BM", "BMP"),
        (b"RIFF", "WebP or another RIFF format"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"\0\0\0\x0CjP  ", "JPEG 2000"),
        (b"\xFF\x0A", "JPEG XL"),
    ];
    let known = KNOWN.iter().find(|(start, _)| bytes.starts_with(start));
    known.map_or("neither JPEG nor PNG", |(_, name)| name)
}

/// Runs a decoder so that nothing it does with a hostile file ends more than this image: libjpeg
/// reports its errors by unwinding, and what is not foreseen is a panic.
fn guarded(format: &'static str, decode: impl FnOnce() -> Result<Rgb, ImageError>) -> Result<Rgb, ImageError> {
    // Nothing that the closure could leave half changed outlives it.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|payload| {
        let message = payload.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("the decoder gave up");
        let detail = message.strip_prefix("libjpeg fatal error: ").unwrap_or(message);
        Err(ImageError::Damaged { format, detail: detail.to_owned() })
    })
}

/// Refuses sizes that are not decoded.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), ImageError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > ImageError::MAX_PIXELS { Err(ImageError::TooLarge { width, height }) } else { Ok(()) }
}

/// Returns memory for this many bytes, or an error if there is not enough. It is not touched yet,
/// so a file that only declares a large picture costs nothing.
pub(crate) fn with_room(bytes: usize) -> Result<Vec<u8>, ImageError> {
    let mut room = Vec::new();
    room.try_reserve_exact(bytes).map_err(|_| ImageError::Memory)?;
    Ok(room)
}

/// Zeroes, as many bytes.
pub(crate) fn zeroes(bytes: usize) -> Result<Vec<u8>, ImageError> {
    let mut zeroes = with_room(bytes)?;
    zeroes.resize(bytes, 0);
    Ok(zeroes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_told_by_the_first_bytes_and_another_is_named() {
        let known: [(&[u8], &str); 9] = [
            (b"GIF89a", "GIF"),
            (b"BM\0\0", "BMP"),
            (b"RIFF\0\0\0\0WEBP", "WebP or another RIFF format"),
            (b"II*\0", "TIFF"),
            (b"MM\0*", "TIFF"),
            (b"\0\0\0\x0CjP  \r\n", "JPEG 2000"),
            (b"\xFF\x0A", "JPEG XL"),
            (b"\xFF\xD8", "neither JPEG nor PNG"),
            (b"\x89PNG\r\n\x1A", "neither JPEG nor PNG"),
        ];
        for (bytes, found) in known {
            assert_eq!(decode_rgb(bytes), Err(ImageError::Format { found }), "{bytes:?}");
        }
        assert_eq!(decode_rgb(b""), Err(ImageError::Empty));
        assert!(matches!(format(b"\xFF\xD8\xFF\xE0"), Ok(Format::Jpeg)));
        assert!(matches!(format(b"\x89PNG\r\n\x1A\n"), Ok(Format::Png)));
    }

    #[test]
    fn as_many_pixels_are_decoded_as_pillow_decodes() {
        assert_eq!(check_size(178_956_970, 1), Ok(()));
        let refused = |width, height| check_size(width, height).unwrap_err().to_string();
        assert_eq!(refused(178_956_971, 1), "178956971 × 1 pixels; at most 178956970 are read");
        assert_eq!(refused(65_536, 65_536), "65536 × 65536 pixels; at most 178956970 are read");
    }

    #[test]
    fn a_decoder_that_panics_ends_nothing_but_its_image() {
        let damaged = |message: &str| {
            let message = message.to_owned();
            guarded("JPEG", move || std::panic::resume_unwind(Box::new(message))).unwrap_err().to_string()
        };
        assert_eq!(damaged("libjpeg fatal error: bogus table"), "the JPEG file is damaged: bogus table");
        assert_eq!(damaged("no such row"), "the JPEG file is damaged: no such row");
        let other = guarded("PNG", || std::panic::resume_unwind(Box::new(7_u8))).unwrap_err();
        assert_eq!(other.to_string(), "the PNG file is damaged: the decoder gave up");
    }

    #[test]
    fn memory_that_is_not_there_is_an_error() {
        assert_eq!(with_room(usize::MAX).unwrap_err(), ImageError::Memory);
        assert_eq!(zeroes(usize::MAX).unwrap_err(), ImageError::Memory);
        assert_eq!(zeroes(3).unwrap(), [0; 3]);
        assert_eq!(memory_needed(b"GIF89a"), 0);
    }
}
