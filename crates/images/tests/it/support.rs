//! Pictures and archives for tests.

use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use holdout_images::{Archive, Transform};
use holdout_protocol::Sha256;
use zip::write::SimpleFileOptions;

pub const SMALL: Transform = Transform { resize: None, crop: 4 };

/// Goes on whatever happens.
pub fn go_on(_: u64, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub fn digest(bytes: &[u8]) -> Sha256 {
    use sha2::Digest;
    Sha256::from_bytes(sha2::Sha256::digest(bytes).into())
}

pub fn key_of(number: u8) -> Sha256 {
    Sha256::from_bytes([number; 32])
}

/// A picture of `tests/pictures`.
pub fn picture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name)).unwrap()
}

/// A PNG file in one shade of grey.
pub fn grey_png(side: u32, shade: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![shade; usize::try_from(side * side).unwrap()]).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Files by path.
pub type Files = Vec<(String, Vec<u8>)>;

/// `a00.png`, `a01.png` …, each in a shade of its own.
pub fn shades(count: u8) -> Files {
    (0..count).map(|shade| (format!("a{shade:02}.png"), grey_png(6, shade))).collect()
}

pub fn tar(files: &Files) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        add_to_tar(&mut builder, path, bytes, tar::EntryType::Regular);
    }
    builder.into_inner().unwrap()
}

/// Adds an entry under a path that the `tar` crate itself would not write.
pub fn add_to_tar(builder: &mut tar::Builder<Vec<u8>>, path: &str, bytes: &[u8], kind: tar::EntryType) {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_size(u64::try_from(bytes.len()).unwrap());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_cksum();
    builder.append(&header, bytes).unwrap();
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zip(files: &Files, options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(path.as_str(), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A folder that is deleted with this.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(&path).unwrap().write_all(bytes).unwrap();
        path
    }

    /// Writes an archive and opens it.
    pub fn archive(&self, bytes: &[u8]) -> Archive {
        Archive::open(&self.write("archive", bytes)).unwrap()
    }

    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }
}
