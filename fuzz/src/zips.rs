//! Zip archives of stored files, with the right checksums around any bytes.

/// The records of an archive without descriptors, as `holdout_torchscript::write` makes them.
pub fn records(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([archive[at], archive[at + 1]]));
    let u32_at = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().expect("four bytes"));
    let mut records = Vec::new();
    let mut at = 0;
    while u32_at(at) == 0x0403_4b50 {
        let (name, extra, size) = (u16_at(at + 26), u16_at(at + 28), u32_at(at + 22) as usize);
        let start = at + 30 + name + extra;
        let name = String::from_utf8(archive[at + 30..at + 30 + name].to_vec()).expect("names are text");
        records.push((name, archive[start..start + size].to_vec()));
        at = start + size;
    }
    records
}

/// An archive of these files.
pub fn stored(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in files {
        let offset = bytes.len() as u32;
        let facts = facts(name, content);
        bytes.extend(0x0403_4b50u32.to_le_bytes());
        bytes.extend(&facts);
        bytes.extend(name.as_bytes());
        bytes.extend(content);
        directory.extend(0x0201_4b50u32.to_le_bytes());
        directory.extend([0; 2]);
        directory.extend(&facts);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = bytes.len() as u32;
    let size = directory.len() as u32;
    bytes.extend(directory);
    bytes.extend(0x0605_4b50u32.to_le_bytes());
    bytes.extend([0; 4]);
    [files.len() as u16; 2].iter().for_each(|count| bytes.extend(count.to_le_bytes()));
    [size, start].iter().for_each(|field| bytes.extend(field.to_le_bytes()));
    bytes.extend([0; 2]);
    bytes
}

/// The fields that a file's own header and its entry in the directory have in common.
fn facts(name: &str, content: &[u8]) -> Vec<u8> {
    let size = content.len() as u32;
    let mut bytes = vec![10, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [crc32fast::hash(content), size, size].iter().for_each(|field| bytes.extend(field.to_le_bytes()));
    bytes.extend((name.len() as u16).to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}
