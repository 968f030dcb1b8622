//! Which images of an unfinished file are done.
//!
//! Numbers little-endian: `holdout record\r\n`, then for each image that is done its index (`u32`),
//! the CRC-32 of its bytes and the CRC-32 of key, index and that. Nothing is believed: an entry
//! counts only if its own check sum is right and the image's bytes have the one that it says. So it
//! does not matter what a killed process or a lost power supply left undone.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use holdout_protocol::Sha256;

const MAGIC: &[u8; 16] = b"holdout record\r\n";

/// The record of an unfinished file, open for more.
#[derive(Debug)]
pub(crate) struct Record {
    file: File,
    key: Sha256,
}

impl Record {
    /// Takes up a record, or begins one: gives the images that it names, and the CRC-32 of each.
    pub(crate) fn open(path: &Path, key: Sha256) -> io::Result<(Self, BTreeMap<u32, u32>)> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let Some((entries, rest)) = bytes.strip_prefix(MAGIC).map(<[u8]>::as_chunks::<12>) else {
            file.set_len(0)?;
            file.write_all(MAGIC)?;
            return Ok((Self { file, key }, BTreeMap::new()));
        };
        // An entry that was cut off; what is added has to begin if entries begin.
        let whole = bytes.len() - rest.len();
        file.set_len(u64::try_from(whole).map_err(io::Error::other)?)?;
        Ok((Self { file, key }, entries.iter().filter_map(|entry| read_entry(entry, key)).collect()))
    }

    /// Notes that an image's bytes are written.
    pub(crate) fn add(&mut self, index: u32, crc: u32) -> io::Result<()> {
        self.file.write_all(&entry(self.key, index, crc))
    }
}

fn entry(key: Sha256, index: u32, crc: u32) -> [u8; 12] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key.as_bytes());
    hasher.update(&index.to_le_bytes());
    hasher.update(&crc.to_le_bytes());
    let mut entry = [0; 12];
    let numbers = [index, crc, hasher.finalize()];
    entry.as_chunks_mut::<4>().0.iter_mut().zip(numbers).for_each(|(bytes, number)| *bytes = number.to_le_bytes());
    entry
}

fn read_entry(bytes: &[u8; 12], key: Sha256) -> Option<(u32, u32)> {
    let &[index, crc, _] = bytes.as_chunks::<4>().0.as_array::<3>()?;
    let (index, crc) = (u32::from_le_bytes(index), u32::from_le_bytes(crc));
    (entry(key, index, crc) == *bytes).then_some((index, crc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record");
        let key = Sha256::from_bytes([1; 32]);
        let (mut record, entries) = Record::open(&path, key).unwrap();
        assert!(entries.is_empty());
        for index in 0..5 {
            record.add(index, index * 7).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        let read = |bytes: &[u8], key| {
            std::fs::write(&path, bytes).unwrap();
            Record::open(&path, key).unwrap().1.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(read(&whole, key), [(0, 0), (1, 7), (2, 14), (3, 21), (4, 28)]);
        assert_eq!(read(&whole[..whole.len() - 1], key).len(), 4);
        Record::open(&path, key).unwrap().0.add(9, 9).unwrap();
        assert_eq!(Record::open(&path, key).unwrap().1.into_values().collect::<Vec<_>>(), [0, 7, 14, 21, 9]);
        let mut changed = whole.clone();
        changed[16 + 12 + 3] ^= 1;
        assert_eq!(read(&changed, key), [(0, 0), (2, 14), (3, 21), (4, 28)]);
        assert!(read(&whole, Sha256::from_bytes([2; 32])).is_empty());
        assert!(read(&whole[1..], key).is_empty());
        assert!(read(b"", key).is_empty());
    }
}
