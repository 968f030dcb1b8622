//! Zip archives written field by field, so that each field can be wrong.

/// A record, as the local header, the directory and the bytes have it.
#[derive(Debug, Clone)]
pub struct Record {
    pub name: String,
    /// The bytes as they lie in the file.
    pub bytes: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    pub crc: u32,
    pub size: u64,
    /// Name in the local header, if it is another one.
    pub local_name: Option<String>,
    /// Size in the local header, if it is another one.
    pub local_size: Option<u32>,
    /// Size packed in the directory, if it is another one.
    pub packed: Option<u64>,
    /// Bytes between this record and the next.
    pub gap: Vec<u8>,
}

impl Record {
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            method: 0,
            flags: 0,
            crc: crc32fast::hash(bytes),
            size: bytes.len() as u64,
            local_name: None,
            local_size: None,
            packed: None,
            gap: Vec::new(),
        }
    }

    pub fn deflated(name: &str, bytes: &[u8]) -> Self {
        use std::io::Write;
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        Self { bytes: encoder.finish().unwrap(), method: 8, ..Self::new(name, bytes) }
    }

    fn header(&self, local: bool, descriptor: bool) -> Vec<u8> {
        let zero = local && descriptor;
        let packed = self.packed.unwrap_or(self.bytes.len() as u64) as u32;
        let size = if local { self.local_size.unwrap_or(self.size as u32) } else { self.size as u32 };
        let name = if local { self.local_name.as_ref().unwrap_or(&self.name) } else { &self.name };
        let mut bytes = Vec::new();
        bytes.extend(20u16.to_le_bytes());
        bytes.extend((self.flags | if descriptor { 8 } else { 0 }).to_le_bytes());
        bytes.extend(self.method.to_le_bytes());
        bytes.extend([0; 4]);
        let local_packed = if local && self.local_size.is_some() { size } else { packed };
        let fields = if zero { [0, 0, 0] } else { [self.crc, local_packed, size] };
        fields.iter().for_each(|field| bytes.extend(field.to_le_bytes()));
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes
    }
}

/// An archive.
#[derive(Debug, Clone, Default)]
pub struct Zip {
    pub records: Vec<Record>,
    pub before: Vec<u8>,
    pub comment: Vec<u8>,
    /// With descriptors behind the records, padding in front of them, and zip64 end records, as
    /// torch writes.
    pub as_torch: bool,
}

impl Zip {
    /// The records of an archive of stored records without descriptors.
    pub fn read(bytes: &[u8]) -> Self {
        let u16_at = |at: usize| usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()));
        let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let mut zip = Self::default();
        let mut at = 0;
        while u32_at(at) == 0x0403_4b50 {
            let (name, extra, size) = (u16_at(at + 26), u16_at(at + 28), u32_at(at + 22) as usize);
            let start = at + 30 + name + extra;
            let name = std::str::from_utf8(&bytes[at + 30..at + 30 + name]).unwrap();
            zip.records.push(Record::new(name, &bytes[start..start + size]));
            at = start + size;
        }
        zip
    }

    pub fn find(&mut self, name: &str) -> &mut Record {
        self.records.iter_mut().find(|record| record.name == format!("model/{name}")).unwrap()
    }

    /// The same record with other bytes.
    pub fn replace(&mut self, name: &str, bytes: &[u8]) {
        *self.find(name) = Record::new(&format!("model/{name}"), bytes);
    }

    pub fn remove(&mut self, name: &str) {
        self.records.retain(|record| record.name != format!("model/{name}"));
    }

    pub fn push(&mut self, name: &str, bytes: &[u8]) {
        self.records.push(Record::new(name, bytes));
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.before.clone();
        let mut directory = Vec::new();
        for record in &self.records {
            let offset = bytes.len() as u32;
            self.record(record, &mut bytes);
            directory.extend(0x0201_4b50u32.to_le_bytes());
            directory.extend([0; 2]);
            directory.extend(record.header(false, self.as_torch));
            directory.extend([0; 12]);
            directory.extend(offset.to_le_bytes());
            directory.extend(record.name.as_bytes());
        }
        let start = bytes.len();
        bytes.extend(&directory);
        self.end(start, directory.len(), &mut bytes);
        bytes
    }

    fn record(&self, record: &Record, bytes: &mut Vec<u8>) {
        bytes.extend(0x0403_4b50u32.to_le_bytes());
        bytes.extend(record.header(true, self.as_torch));
        let name = record.local_name.as_ref().unwrap_or(&record.name);
        let padding = if self.as_torch { &b"FB\x05\x00ZZZZZ"[..] } else { &[] };
        bytes.extend((padding.len() as u16).to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend(padding);
        bytes.extend(&record.bytes);
        if self.as_torch {
            let sizes = [0x0807_4b50, record.crc, record.bytes.len() as u32, record.size as u32];
            sizes.iter().for_each(|field| bytes.extend(field.to_le_bytes()));
        }
        bytes.extend(&record.gap);
    }

    fn end(&self, start: usize, size: usize, bytes: &mut Vec<u8>) {
        let count = self.records.len();
        let end = bytes.len() as u64;
        if self.as_torch {
            bytes.extend(0x0606_4b50u32.to_le_bytes());
            bytes.extend(44u64.to_le_bytes());
            bytes.extend([0; 12]);
            [count, count, size, start].iter().for_each(|field| bytes.extend((*field as u64).to_le_bytes()));
            bytes.extend(0x0706_4b50u32.to_le_bytes());
            bytes.extend([0; 4]);
            bytes.extend(end.to_le_bytes());
            bytes.extend(1u32.to_le_bytes());
        }
        bytes.extend(0x0605_4b50u32.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend([(count as u16).to_le_bytes(), (count as u16).to_le_bytes()].concat());
        bytes.extend([(size as u32).to_le_bytes(), (start as u32).to_le_bytes()].concat());
        bytes.extend((self.comment.len() as u16).to_le_bytes());
        bytes.extend(&self.comment);
    }
}
