//! Images that are not decoded, and what is said about them.

use holdout_images::{ImageError, Rgb, Transform, apply, decode_rgb};

use crate::support::{grey_png, picture};

fn message(bytes: &[u8]) -> String {
    decode_rgb(bytes).unwrap_err().to_string()
}

/// A chunk of a PNG file, with the right check sum.
fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(name);
    bytes.extend(data);
    bytes.extend(crc32fast::hash(&bytes[4..]).to_be_bytes());
    bytes
}

fn png_header(width: u32, height: u32, depth: u8, color: u8) -> Vec<u8> {
    let mut data = [width.to_be_bytes(), height.to_be_bytes()].concat();
    data.extend([depth, color, 0, 0, 0]);
    [b"\x89PNG\r\n\x1A\n".to_vec(), chunk(b"IHDR", &data)].concat()
}

/// Returns where the frame's header of a JPEG file is.
fn frame(bytes: &[u8]) -> usize {
    bytes.windows(2).position(|pair| matches!(pair, [0xFF, 0xC0 | 0xC2])).unwrap()
}

#[test]
fn other_formats_are_named() {
    assert_eq!(decode_rgb(b""), Err(ImageError::Empty));
    assert!(message(b"GIF89a...").contains("GIF"));
    assert!(message(b"RIFF\x00\x00\x00\x00WEBP").contains("WebP"));
    assert!(message(b"hello").contains("neither JPEG nor PNG"));
    assert!(message(b"\xFF\xD8").contains("neither JPEG nor PNG"));
}

#[test]
fn files_that_are_cut_off_are_refused_wherever() {
    for name in ["420_q75.jpg", "progressive_420.jpg", "grey.jpg", "cmyk.jpg", "restarts.jpg"] {
        let whole = picture(name);
        for len in 1..whole.len() {
            assert!(decode_rgb(&whole[..len]).is_err(), "{name} cut to {len}");
        }
        assert!(message(&whole[..whole.len() - 1]).contains("cut off"), "{name}");
    }
    for name in ["rgb_8.png", "palette_4_interlaced.png", "grey_1.png", "rgba_16.png"] {
        let whole = picture(name);
        let image = decode_rgb(&whole).unwrap();
        for len in 1..whole.len() {
            // The chunk that ends the file has 12 bytes and says nothing.
            let cut = decode_rgb(&whole[..len]);
            assert!(cut.is_err() || (len + 12 >= whole.len() && cut == Ok(image.clone())), "{name} cut to {len}");
        }
        assert!(message(&whole[..whole.len() / 2]).contains("cut off"), "{name}");
    }
}

#[test]
fn check_sums_of_png_are_compared() {
    let whole = picture("palette_8.png");
    for at in 8..whole.len() - 12 {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        assert!(decode_rgb(&changed).is_err(), "byte {at}");
    }
}

#[test]
fn pictures_that_are_too_large_are_refused_before_they_take_memory() {
    let png = png_header(100_000, 100_000, 8, 2);
    assert_eq!(decode_rgb(&png), Err(ImageError::TooLarge { width: 100_000, height: 100_000 }));
    let mut jpeg = picture("420_q75.jpg");
    let at = frame(&jpeg);
    jpeg[at + 5..at + 9].copy_from_slice(&[0xFF, 0xDC, 0xFF, 0xDC]);
    assert_eq!(decode_rgb(&jpeg), Err(ImageError::TooLarge { width: 65_500, height: 65_500 }));
    assert!(decode_rgb(&png_header(1 << 31, 1, 8, 2)).is_err());
}

#[test]
fn pictures_without_pixels_are_refused() {
    for (width, height) in [(0, 5), (5, 0), (0, 0)] {
        assert!(decode_rgb(&png_header(width, height, 8, 2)).is_err());
    }
    let mut jpeg = picture("420_q75.jpg");
    let at = frame(&jpeg);
    jpeg[at + 5..at + 7].copy_from_slice(&[0, 0]);
    assert!(decode_rgb(&jpeg).is_err());
    assert_eq!(Rgb::new(0, 1, Vec::new()), None);
    assert_eq!(Rgb::new(1, 1, vec![0; 4]), None);
    assert_eq!(Rgb::new(u32::MAX, u32::MAX, Vec::new()), None);
}

#[test]
fn forms_that_are_not_read_are_named() {
    let with = |offset: usize, byte: u8| {
        let mut jpeg = picture("420_q75.jpg");
        let at = frame(&jpeg);
        jpeg[at + offset] = byte;
        message(&jpeg)
    };
    assert_eq!(with(4, 12), "JPEG with 12 bits a sample is not read");
    assert_eq!(with(9, 2), "JPEG with 2 components is not read");
    assert_eq!(with(1, 0xC3), "JPEG with lossless coding is not read");
    assert_eq!(with(1, 0xC5), "JPEG with hierarchical coding is not read");
    assert_eq!(with(1, 0xC9), "JPEG with arithmetic coding is not read");
    assert!(message(&png_header(1, 1, 3, 0)).contains("damaged"));
}

#[test]
fn thousands_of_scans_are_not_begun() {
    let mut jpeg = picture("progressive_420.jpg");
    let scan = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    let end = scan + 2 + jpeg[scan + 2..].windows(2).position(|pair| pair[0] == 0xFF && pair[1] != 0).unwrap();
    let first = jpeg[scan..end].to_vec();
    for _ in 0..300 {
        jpeg.splice(scan..scan, first.iter().copied());
    }
    assert!(message(&jpeg).contains("scans"), "{}", message(&jpeg));
}

#[test]
fn damage_that_pillow_finds_is_found() {
    let jpeg = picture("420_q75.jpg");
    let table = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC4]).unwrap();
    let mut changed = jpeg;
    changed[table + 5..table + 21].fill(0xFF);
    assert!(message(&changed).contains("Huffman"), "{}", message(&changed));
    let rows = [&[0; 5][..], &[7; 5]].concat();
    let packed = |rows: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, rows).unwrap();
        encoder.finish().unwrap()
    };
    let png = |color, data: &[u8]| [png_header(4, 2, 8, color), chunk(b"IDAT", data), chunk(b"IEND", b"")].concat();
    // The second row has a filter that there is not.
    assert!(message(&png(0, &packed(&rows))).contains("damaged"));
    assert!(message(&png(0, &packed(&rows[..5]))).contains("damaged"));
    assert!(message(&png(3, &packed(&[0; 10]))).contains("palette"));
    let mut wrong_sum = packed(&[0; 10]);
    *wrong_sum.last_mut().unwrap() ^= 1;
    assert!(message(&png(0, &wrong_sum)).contains("damaged"));
    assert!(decode_rgb(&png(0, &packed(&[0; 10]))).is_ok());
}

#[test]
fn pictures_smaller_than_the_crop_are_refused() {
    let image = decode_rgb(&grey_png(20, 1)).unwrap();
    let error = apply(&image, Transform { resize: None, crop: 21 }).unwrap_err();
    assert_eq!(error.to_string(), "20 × 20 pixels after resizing; the centre square has 21 × 21");
    assert!(apply(&image, Transform { resize: Some(20), crop: 20 }).is_ok());
    assert_eq!(apply(&image, Transform { resize: Some(4097), crop: 20 }), Err(ImageError::Transform));
}

#[test]
fn long_thin_pictures_take_no_more_memory_than_their_crop() {
    let image = Rgb::new(1, 3_000_000, vec![9; 9_000_000]).unwrap();
    // The whole of it would have 3 × 10¹² bytes.
    let planes = apply(&image, Transform { resize: Some(512), crop: 512 }).unwrap();
    assert_eq!(planes, vec![9; 3 * 512 * 512]);
}
