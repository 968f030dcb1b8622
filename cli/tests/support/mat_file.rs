//! Writes a MATLAB 5 file with the table of synsets, as the development kit of ILSVRC 2012 has it.

use std::io::Write as _;

/// A row of the table.
pub struct Synset<'a> {
    pub id: f64,
    pub wnid: &'a str,
    pub words: &'a str,
    pub children: u8,
}

/// The file: a header, and one variable `synsets`, compressed or not.
pub fn mat_file(synsets: &[Synset<'_>], compressed: bool) -> Vec<u8> {
    file_of(&table(synsets), compressed)
}

/// A file of one variable.
pub fn file_of(matrix: &[u8], compressed: bool) -> Vec<u8> {
    let mut file = format!("{:<116}", "MATLAB 5.0 MAT-file, written for a test").into_bytes();
    file.extend([0; 8]);
    file.extend([0, 1, b'I', b'M']);
    if !compressed {
        file.extend(matrix);
        return file;
    }
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(matrix).unwrap();
    let packed = packed.finish().unwrap();
    file.extend(15_u32.to_le_bytes());
    file.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
    file.extend(packed);
    file
}

fn table(synsets: &[Synset<'_>]) -> Vec<u8> {
    let fields = ["ILSVRC2012_ID", "WNID", "words", "num_children"];
    let names: Vec<u8> = fields
        .iter()
        .flat_map(|field| {
            let mut name = field.as_bytes().to_vec();
            name.resize(32, 0);
            name
        })
        .collect();
    let mut body = head(2, synsets.len(), 1, b"synsets");
    body.extend(element(5, &32_i32.to_le_bytes()));
    body.extend(element(1, &names));
    for synset in synsets {
        body.extend(number(synset.id));
        body.extend(text(synset.wnid));
        body.extend(text(synset.words));
        let mut children = head(6, 1, 1, b"");
        // MATLAB stores small whole numbers in the smallest type that holds them.
        children.extend(element(2, &[synset.children]));
        body.extend(element(14, &children));
    }
    element(14, &body)
}

fn number(value: f64) -> Vec<u8> {
    let mut body = head(6, 1, 1, b"");
    body.extend(element(9, &value.to_le_bytes()));
    element(14, &body)
}

fn text(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut body = head(4, 1, units.len() / 2, b"");
    body.extend(element(4, &units));
    element(14, &body)
}

/// Flags, dimensions and name of a matrix.
fn head(class: u8, rows: usize, columns: usize, name: &[u8]) -> Vec<u8> {
    let mut head = element(6, &[class, 0, 0, 0, 0, 0, 0, 0]);
    let sizes: Vec<u8> = [rows, columns].iter().flat_map(|size| i32::try_from(*size).unwrap().to_le_bytes()).collect();
    head.extend(element(5, &sizes));
    head.extend(element(1, name));
    head
}

fn element(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut element = Vec::new();
    match u16::try_from(data.len()) {
        Ok(small @ 1..=4) => {
            element.extend(kind.to_le_bytes());
            element.extend(small.to_le_bytes());
        }
        _ => {
            element.extend(u32::from(kind).to_le_bytes());
            element.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        }
    }
    element.extend(data);
    element.resize(element.len().next_multiple_of(8), 0);
    element
}
