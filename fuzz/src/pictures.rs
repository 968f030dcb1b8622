//! Small pictures and archives of them.

use std::io::Write as _;

/// A PNG file of six by six pixels in one shade.
fn png(color: png::ColorType, depth: png::BitDepth, shade: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 6, 6);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette(vec![0, 10, 20, 30, 40, 50]);
    }
    let mut writer = encoder.write_header().expect("a header");
    let line = (6 * color.samples() * depth as usize).div_ceil(8);
    let shade = if color == png::ColorType::Indexed { 0 } else { shade };
    writer.write_image_data(&vec![shade; 6 * line]).expect("an image");
    writer.finish().expect("an image");
    bytes
}

/// Grey, palette and colours with and without alpha; and the JPEG files of the crate's own tests.
pub fn all() -> Vec<Vec<u8>> {
    use png::BitDepth::{Eight, One, Sixteen, Two};
    use png::ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let kinds = [
        (Grayscale, One),
        (Grayscale, Sixteen),
        (Indexed, Two),
        (GrayscaleAlpha, Eight),
        (Rgb, Eight),
        (Rgba, Sixteen),
    ];
    let mut pictures: Vec<_> = kinds.iter().map(|(color, depth)| png(*color, *depth, 0x55)).collect();
    let jpegs = [
        "q1.jpg",
        "grey.jpg",
        "cmyk_progressive.jpg",
        "420_q75.jpg",
        "restarts.jpg",
        "ycck.jpg",
        "progressive_420.jpg",
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/images/tests/pictures");
    pictures.extend(jpegs.iter().filter_map(|name| std::fs::read(folder.join(name)).ok()));
    pictures
}

/// Three pictures as tar, tar.gz and zip, stored and deflated.
pub fn archives() -> Vec<Vec<u8>> {
    let files: Vec<_> = (0u8..3)
        .map(|shade| (format!("images/a{shade}.png"), png(png::ColorType::Grayscale, png::BitDepth::Eight, shade)))
        .collect();
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in &files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, bytes.as_slice()).expect("memory takes bytes");
    }
    let tar = builder.into_inner().expect("memory takes bytes");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&tar).expect("memory takes bytes");
    let gzip = encoder.finish().expect("memory takes bytes");
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, bytes) in &files {
        writer.start_file(path.as_str(), zip::write::SimpleFileOptions::default()).expect("memory takes bytes");
        writer.write_all(bytes).expect("memory takes bytes");
    }
    let deflated = writer.finish().expect("memory takes bytes").into_inner();
    vec![tar, gzip, crate::zips::stored(&files), deflated]
}
