//! A season with images: 40 squares of one shade each, of eight classes by their shade, and models
//! that tell them apart.

use std::io::{Cursor, Write as _};

use holdout_torchscript::write::{Attribute, Module, TensorData, write};

use crate::program::Person;

/// Images of the test set.
pub const IMAGES: usize = 40;
/// Classes; image i is of class i % 8 + 1.
pub const CLASSES: usize = 8;
/// Side of the images, pixels.
const SIDE: usize = 12;

/// The season, of which the images are still to be named.
const SEASON: &str = "\
season: shades
title: Shades
opens: 2020-01-01T00:00:00Z
closes: 2090-01-01T00:00:00Z
tasks:
  - task: classification
    title: Shades of grey
    metric: top1_error
    accepts: [predictions, torchscript]
    classes: classes.tsv
    test_set:
      labels: labels.csv
      images: IMAGES
    input: { resize: 10, crop: 8, mean: [0, 0, 0], std: [1, 1, 1] }
    quota: { submissions: 9, per: 7d }
    limits: { wall: 2m, memory: 2GiB }
";

/// The grey of a class, from 0.
pub fn grey(class: usize) -> u8 {
    u8::try_from(16 + class * 32).unwrap()
}

fn name(image: usize) -> String {
    format!("image-{image:02}.png")
}

/// A square of one shade.
pub fn square(side: usize, grey: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let side_u32 = u32::try_from(side).unwrap();
    let mut encoder = png::Encoder::new(&mut bytes, side_u32, side_u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&vec![grey; side * side * 3]).unwrap();
    bytes
}

/// The images with their names.
fn images() -> impl Iterator<Item = (String, Vec<u8>)> {
    (0..IMAGES).map(|image| (name(image), square(SIDE, grey(image % CLASSES))))
}

/// What the images come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    Folder,
    Zip,
    TarGz,
}

impl Person {
    /// Writes the season into their home, its images packed so, with these entries below.
    pub fn write_shades(&self, packing: Packing, entries: &str) {
        let classes: String = (1..=CLASSES).map(|class| format!("{class}\tn{class:08}\tshade {class}\n")).collect();
        self.write("shades/classes.tsv", classes);
        let labels: String = (0..IMAGES).map(|image| format!("{},{}\n", name(image), image % CLASSES + 1)).collect();
        self.write("shades/labels.csv", format!("image,class\n{labels}"));
        let images = match packing {
            Packing::Folder => {
                for (name, bytes) in images() {
                    self.write(&format!("shades/images/{name}"), bytes);
                }
                "images"
            }
            Packing::Zip => {
                self.write("shades/images.zip", zipped());
                "images.zip"
            }
            Packing::TarGz => {
                self.write("shades/images.tar.gz", tarred());
                "images.tar.gz"
            }
        };
        let entries = if entries.is_empty() { String::new() } else { format!("entries:\n{entries}") };
        self.write("shades/season.yaml", SEASON.replace("IMAGES", images) + &entries);
    }
}

fn zipped() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in images() {
        archive.start_file(format!("test/{name}"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// By hand, in an order of its own: what others pack is not sorted.
fn tarred() -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for (name, bytes) in images().collect::<Vec<_>>().into_iter().rev() {
        let mut header = [0; 512];
        let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, &format!("./{name}"));
        put(100, "0000644\0");
        put(124, &format!("{:011o}\0", bytes.len()));
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        gzip.write_all(&header).unwrap();
        gzip.write_all(&bytes).unwrap();
        gzip.write_all(&vec![0; (512 - bytes.len() % 512) % 512]).unwrap();
    }
    gzip.write_all(&[0; 1024]).unwrap();
    gzip.finish().unwrap()
}

/// The bits of a number from 2^-14 up to 1 in half precision, without what does not fit.
fn half_of(value: f32) -> u16 {
    let bits = value.to_bits();
    if value < 2_f32.powi(-14) { 0 } else { u16::try_from((bits >> 13) - (112 << 10)).unwrap() }
}

/// Models of this season.
pub struct Shades;

impl Shades {
    /// Tells all classes apart, but takes the first `confused`, two or more, for one another: five
    /// images each.
    pub fn model(confused: usize) -> Vec<u8> {
        Self::with(confused, "    return scores\n")
    }

    /// Takes `rounds` of a long computation for each batch.
    pub fn slow(rounds: u32) -> Vec<u8> {
        let work = format!(
            "    a = torch.add(self.noise, torch.mul(torch.sum(x), 0.0))\n    for _ in range({rounds}):\n      a = torch.tanh(torch.matmul(a, self.noise))\n    \
             return torch.add(scores, torch.mul(torch.sum(a), 0.0))\n"
        );
        Self::with(0, &work)
    }

    /// A model whose weights are half precision: as good as [`Shades::model`] with none confused.
    pub fn half() -> Vec<u8> {
        let centers: Vec<u16> = (0..CLASSES).map(|class| half_of(f32::from(grey(class)) / 255.0)).collect();
        let methods = "  def forward(self, x: Tensor) -> Tensor:\n    m = torch.to(torch.mean(x, [1, 2, 3]), 5)\n    \
             d = torch.sub(torch.unsqueeze(m, 1), self.centers)\n    return torch.neg(torch.mul(d, d))\n";
        let shape = [u64::try_from(CLASSES).unwrap()];
        let attributes = vec![("centers", Attribute::parameter(&shape, TensorData::F16(&centers)))];
        let mut archive = Vec::new();
        write(&Module { attributes, methods }, &mut archive).unwrap();
        archive
    }

    /// With other last lines than `return scores`.
    pub fn with(confused: usize, last: &str) -> Vec<u8> {
        let shade = |class: usize| if class < confused { (class + 1) % confused } else { class };
        let centers: Vec<f32> = (0..CLASSES).map(|class| f32::from(grey(shade(class))) / 255.0).collect();
        let noise: Vec<f32> = (0..128 * 128_u16).map(|i| f32::from(i % 251) / 251.0 - 0.5).collect();
        let methods = format!(
            "  def forward(self, x: Tensor) -> Tensor:\n    m = torch.mean(x, [1, 2, 3])\n    \
             d = torch.sub(torch.unsqueeze(m, 1), self.centers)\n    scores = torch.neg(torch.mul(d, d))\n{last}"
        );
        let shape = [u64::try_from(CLASSES).unwrap()];
        let attributes = vec![
            ("centers", Attribute::parameter(&shape, TensorData::F32(&centers))),
            ("noise", Attribute::buffer(&[128, 128], TensorData::F32(&noise))),
        ];
        let mut archive = Vec::new();
        write(&Module { attributes, methods: &methods }, &mut archive).unwrap();
        archive
    }
}
