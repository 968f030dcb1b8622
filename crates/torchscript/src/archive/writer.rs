//! Writing: stored records, aligned as torch aligns them, under one root folder, with zip64 fields
//! only if they are needed.

use std::io::{self, Write};

use super::format::{
    ALIGNMENT, DIRECTORY_ENTRY, END, END_64, END_64_LOCATOR, EXTRA_PADDING, EXTRA_ZIP64, FLAG_UTF8, IN_ZIP64,
    LOCAL_HEADER,
};

/// The root folder of every archive written here.
const ROOT: &str = "model";
/// Version of the zip specification that a reader needs: 2.0, or 4.5 if there are zip64 fields.
const NEEDS: u16 = 20;
const NEEDS_64: u16 = 45;

/// Writes an archive front to back. The CRC of a record is given before its bytes.
pub(crate) struct ArchiveWriter<W> {
    out: W,
    position: u64,
    records: Vec<Written>,
}

/// A record that has been begun.
struct Written {
    name: String,
    size: u64,
    crc: u32,
    offset: u64,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins at the position that `out` has.
    pub(crate) fn new(out: W) -> Self {
        Self { out, position: 0, records: Vec::new() }
    }

    /// Begins a record, below the root folder; exactly `size` bytes must follow by [`Self::bytes`].
    pub(crate) fn begin(&mut self, name: &str, size: u64, crc: u32) -> io::Result<()> {
        let record = Written { name: format!("{ROOT}/{name}"), size, crc, offset: self.position };
        let extra = record.local_extra()?;
        self.put(&local_header(&record, &extra)?)?;
        self.records.push(record);
        Ok(())
    }

    /// Returns the bytes of the record that was begun last.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes)
    }

    pub(crate) fn record(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let size = u64::try_from(bytes.len()).map_err(io::Error::other)?;
        self.begin(name, size, crc32fast::hash(bytes))?;
        self.bytes(bytes)
    }

    /// Writes the directory and the end, and says how many bytes the archive has.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        let start = self.position;
        for record in std::mem::take(&mut self.records) {
            let entry = directory_entry(&record)?;
            self.put(&entry)?;
            self.records.push(record);
        }
        let count = u64::try_from(self.records.len()).map_err(io::Error::other)?;
        self.put(&end_records(count, start, self.position))?;
        self.out.flush()?;
        Ok(self.position)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.position += u64::try_from(bytes.len()).map_err(io::Error::other)?;
        Ok(())
    }
}

impl Written {
    /// Returns whether a size or the offset does not fit into 32 bits.
    fn is_large(&self) -> bool {
        let fits = |value: u64| value < u64::from(IN_ZIP64);
        !(fits(self.size) && fits(self.offset))
    }

    /// Returns the 64-bit sizes, and the offset if the directory wants it.
    fn zip64(&self, offset: bool) -> Vec<u8> {
        if !self.is_large() {
            return Vec::new();
        }
        let mut values = vec![self.size, self.size];
        values.extend(offset.then_some(self.offset));
        let mut field = Vec::new();
        field.extend(EXTRA_ZIP64.to_le_bytes());
        field.extend(if offset { 24u16 } else { 16 }.to_le_bytes());
        values.iter().for_each(|value| field.extend(value.to_le_bytes()));
        field
    }

    /// Extra fields of the local header, the last of them so long that the record's bytes are
    /// aligned.
    fn local_extra(&self) -> io::Result<Vec<u8>> {
        let mut extra = self.zip64(false);
        let unpadded = 30 + self.name.len() + extra.len() + 4;
        let start = self.offset + u64::try_from(unpadded).map_err(io::Error::other)?;
        let padding = start.next_multiple_of(ALIGNMENT) - start;
        extra.extend(EXTRA_PADDING.to_le_bytes());
        extra.extend(u16::try_from(padding).map_err(io::Error::other)?.to_le_bytes());
        extra.extend((0..padding).map(|_| b'Z'));
        Ok(extra)
    }

    /// Returns what local header and directory entry say in the same words, from the version needed
    /// to the name's length.
    fn common_fields(&self) -> io::Result<Vec<u8>> {
        let (needs, size) = match u32::try_from(self.size) {
            Ok(size) if !self.is_large() => (NEEDS, size),
            _ => (NEEDS_64, IN_ZIP64),
        };
        let name = u16::try_from(self.name.len()).map_err(io::Error::other)?;
        let mut fields = Vec::new();
        [needs, FLAG_UTF8, 0, 0, 0].iter().for_each(|value| fields.extend(value.to_le_bytes()));
        [self.crc, size, size].iter().for_each(|value| fields.extend(value.to_le_bytes()));
        fields.extend(name.to_le_bytes());
        Ok(fields)
    }
}

fn local_header(record: &Written, extra: &[u8]) -> io::Result<Vec<u8>> {
    let mut header = LOCAL_HEADER.to_le_bytes().to_vec();
    header.extend(record.common_fields()?);
    header.extend(u16::try_from(extra.len()).map_err(io::Error::other)?.to_le_bytes());
    header.extend(record.name.as_bytes());
    header.extend(extra);
    Ok(header)
}

fn directory_entry(record: &Written) -> io::Result<Vec<u8>> {
    let extra = record.zip64(true);
    let offset = if extra.is_empty() { u32::try_from(record.offset).map_err(io::Error::other)? } else { IN_ZIP64 };
    let mut entry = DIRECTORY_ENTRY.to_le_bytes().to_vec();
    entry.extend(NEEDS.to_le_bytes());
    entry.extend(record.common_fields()?);
    entry.extend(u16::try_from(extra.len()).map_err(io::Error::other)?.to_le_bytes());
    // Length of the comment, number of the disk, internal and external attributes: all zero.
    entry.extend([0; 10]);
    entry.extend(offset.to_le_bytes());
    entry.extend(record.name.as_bytes());
    entry.extend(extra);
    Ok(entry)
}

/// Returns the three end records for a directory of `count` entries between the offsets `start` and
/// `end`.
fn end_records(count: u64, start: u64, end: u64) -> Vec<u8> {
    let mut records = END_64.to_le_bytes().to_vec();
    records.extend(44u64.to_le_bytes());
    records.extend(NEEDS_64.to_le_bytes());
    records.extend(NEEDS_64.to_le_bytes());
    records.extend([0; 8]);
    [count, count, end - start, start].iter().for_each(|value| records.extend(value.to_le_bytes()));
    records.extend(END_64_LOCATOR.to_le_bytes());
    records.extend([0; 4]);
    records.extend(end.to_le_bytes());
    records.extend(1u32.to_le_bytes());
    records.extend(END.to_le_bytes());
    records.extend([0; 4]);
    let count = u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
    records.extend([count, count].concat());
    let narrow = |value: u64| u32::try_from(value).unwrap_or(IN_ZIP64).to_le_bytes();
    records.extend([narrow(end - start), narrow(start)].concat());
    records.extend([0; 2]);
    records
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Seek, SeekFrom};

    use super::*;
    use crate::archive::{Part, Table, records};

    /// A file in which zeros take no room.
    struct Sparse(File);

    impl Write for Sparse {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if bytes.len() > 4096 {
                self.0.seek(SeekFrom::Current(i64::try_from(bytes.len()).map_err(io::Error::other)?))?;
                return Ok(bytes.len());
            }
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    #[test]
    fn archives_beyond_four_gigabytes_are_read_as_they_were_written() {
        let mut sparse = Sparse(tempfile::tempfile().unwrap());
        let large = (5u64 << 30) + 3;
        let zeros = vec![0; 1 << 20];
        let mut archive = ArchiveWriter::new(&mut sparse);
        archive.begin("data/0", large, 7).unwrap();
        for _ in 0..large >> 20 {
            archive.bytes(&zeros).unwrap();
        }
        archive.bytes(&[1, 2, 3]).unwrap();
        archive.record("data/1", b"behind").unwrap();
        let length = archive.finish().unwrap();
        let found = records(&sparse.0).unwrap();
        let facts: Vec<_> = found.iter().map(|record| (record.part.clone(), record.size, record.packed)).collect();
        let key = |key: &str| Part::Storage(Table::Data, key.to_owned());
        assert_eq!(facts, [(key("0"), large, large), (key("1"), 6, 6)]);
        assert!(found.iter().all(|record| record.start % ALIGNMENT == 0));
        assert!(found[1].start > large && length == sparse.0.metadata().unwrap().len());
    }

    fn written(size: u64, offset: u64, name: &str) -> Written {
        Written { name: name.to_owned(), size, crc: 7, offset }
    }

    #[test]
    fn a_record_is_large_once_a_field_of_32_bits_would_say_otherwise() {
        let most = u64::from(u32::MAX) - 1;
        assert!(!written(most, most, "a").is_large());
        assert!(written(most + 1, 0, "a").is_large() && written(0, most + 1, "a").is_large());
        assert!(written(most, most, "a").zip64(true).is_empty());
        assert_eq!((written(0, 1 << 32, "a").zip64(false).len(), written(0, 1 << 32, "a").zip64(true).len()), (20, 28));
    }

    #[test]
    fn the_bytes_of_a_record_are_aligned_wherever_its_header_begins() {
        for offset in [0, 1, 63, 64, 65, 127, 1 << 33] {
            for name in ["a", "model/code/__torch__.py", "model/data/1234567890123456789012345678901234567890"] {
                let record = written(3, offset, name);
                let header = local_header(&record, &record.local_extra().unwrap()).unwrap();
                let start = offset + u64::try_from(header.len()).unwrap();
                assert_eq!(start % ALIGNMENT, 0, "{offset} {name}");
                assert!(start - offset < 30 + 60 + 24 + ALIGNMENT, "no more than is needed");
            }
        }
    }
}
