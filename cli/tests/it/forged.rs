//! Archives as files: taken apart, and made as no honest program would make them.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write as _};

use tar::{EntryType, Header};

pub type Files = BTreeMap<String, Vec<u8>>;

/// The files of an archive.
pub fn files_of(archive: &[u8]) -> Files {
    let mut tar = tar::Archive::new(zstd::Decoder::new(archive).unwrap());
    let read = tar.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    });
    read.collect()
}

/// Makes archives that nobody should read.
pub struct Forger;

impl Forger {
    pub fn packed(&self, files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = header(EntryType::Regular, u64::try_from(bytes.len()).unwrap());
            header.set_path(name).unwrap();
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        compressed(&tar.into_inner().unwrap())
    }

    /// With a file of this name, which the `tar` crate would not write.
    pub fn named(&self, name: &[u8]) -> Vec<u8> {
        let mut header = header(EntryType::Regular, 1);
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_cksum();
        let mut tar = tar::Builder::new(Vec::new());
        tar.append(&header, &b"x"[..]).unwrap();
        compressed(&tar.into_inner().unwrap())
    }

    pub fn link(&self, kind: EntryType) -> Vec<u8> {
        let mut header = header(kind, 0);
        header.set_path("manifest.json").unwrap();
        header.set_link_name("/etc/passwd").unwrap();
        header.set_cksum();
        let mut tar = tar::Builder::new(Vec::new());
        tar.append(&header, &b""[..]).unwrap();
        compressed(&tar.into_inner().unwrap())
    }

    /// A few kilobytes that unpack to more than any archive of that size does.
    pub fn bomb(&self) -> Vec<u8> {
        self.zeros("submissions/x", 400 << 20)
    }

    /// A list that is larger than what is read into memory.
    pub fn large(&self, name: &str) -> Vec<u8> {
        self.zeros(name, 257 << 20)
    }

    fn zeros(&self, name: &str, size: u64) -> Vec<u8> {
        let mut header = header(EntryType::Regular, size);
        header.set_path(name).unwrap();
        header.set_cksum();
        let mut tar = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
        tar.append(&header, std::io::repeat(0).take(size)).unwrap();
        tar.into_inner().unwrap().finish().unwrap()
    }
}

fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Cursor::new(Vec::new()), 1).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().into_inner()
}
