//! Reads tables of structures in MATLAB 5 files (`.mat` of MATLAB 5 to 7).
//!
//! A file is a header of 128 bytes and elements: a tag (type, bytes) and data, padded to 8 bytes,
//! or both in 8 bytes. A compressed element holds another one. Sizes, depth and the number of
//! matrices are bounded, because nothing of a file is believed.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::matlab_elements::Cursor;

/// Most bytes that a compressed element may have when it is unpacked.
const MAX_UNPACKED: u64 = 64 << 20;
/// Most matrices in a variable; the structure of ILSVRC 2012 has about 15,000.
const MAX_MATRICES: usize = 1_000_000;
/// Most structures within one another.
const MAX_DEPTH: usize = 8;
const HEADER: usize = 128;

pub(super) const COMPRESSED: u32 = 15;
const MATRIX: u32 = 14;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Numbers(Vec<f64>),
    /// An array of structures.
    Table {
        fields: Vec<String>,
        rows: Vec<Vec<Value>>,
    },
    /// A cell array, an object, a sparse matrix or complex numbers.
    Other,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum MatlabError {
    #[error("not a MATLAB 5 file: {0}")]
    Kind(&'static str),
    #[error("damaged: {what} at byte {at}")]
    Damaged { what: &'static str, at: usize },
    #[error("has no variable `{0}`")]
    Missing(String),
}

/// Returns the variable `name` of a file.
pub(super) fn read_variable(file: &[u8], name: &str) -> Result<Value, MatlabError> {
    if file.starts_with(b"MATLAB 7.3") {
        return Err(MatlabError::Kind("it is of MATLAB 7.3, which is HDF5; save it with `save(…, '-v7')`"));
    }
    match file.get(124..128) {
        Some([0, 1, b'I', b'M']) => {}
        Some([1, 0, b'M', b'I']) => return Err(MatlabError::Kind("it was written on a big-endian machine")),
        Some(_) => return Err(MatlabError::Kind("its header is of another kind of file")),
        None => return Err(MatlabError::Kind("it has fewer than 128 bytes")),
    }
    let mut cursor = Cursor { bytes: file, at: HEADER };
    while !cursor.is_at_end() {
        let at = cursor.at;
        let element = cursor.element()?;
        let unpacked;
        let matrix = match element.kind {
            MATRIX => element.data,
            COMPRESSED => {
                unpacked = unpack(element.data, at)?;
                let mut inner = Cursor { bytes: &unpacked, at: 0 };
                let inner = inner.element()?;
                if inner.kind != MATRIX {
                    continue;
                }
                inner.data
            }
            _ => continue,
        };
        let mut left = MAX_MATRICES;
        if let Some(value) = read_matrix(matrix, Some(name), MAX_DEPTH, &mut left)? {
            return Ok(value);
        }
    }
    Err(MatlabError::Missing(name.to_owned()))
}

fn unpack(data: &[u8], at: usize) -> Result<Vec<u8>, MatlabError> {
    let mut unpacked = Vec::new();
    let read = ZlibDecoder::new(data).take(MAX_UNPACKED + 1).read_to_end(&mut unpacked);
    if read.is_err() {
        return Err(MatlabError::Damaged { what: "a compressed variable that cannot be unpacked", at });
    }
    if u64::try_from(unpacked.len()).map_or(true, |len| len > MAX_UNPACKED) {
        return Err(MatlabError::Damaged { what: "a compressed variable that unpacks to more than 64 MiB", at });
    }
    Ok(unpacked)
}

/// Reads a matrix; `None` if it has not the name that is wanted.
fn read_matrix(
    data: &[u8],
    wanted: Option<&str>,
    depth: usize,
    left: &mut usize,
) -> Result<Option<Value>, MatlabError> {
    let mut cursor = Cursor { bytes: data, at: 0 };
    *left = left.checked_sub(1).ok_or_else(|| cursor.damaged("more than a million matrices"))?;
    if data.is_empty() {
        return Ok(Some(Value::Numbers(Vec::new())));
    }
    let flags = cursor.element()?;
    let class = flags.data.first().copied().ok_or_else(|| cursor.damaged("a matrix without a class"))?;
    let complex = flags.data.get(1).is_some_and(|flags| flags & 8 != 0);
    let dimensions = cursor.element()?;
    let count = count(dimensions.data).ok_or_else(|| cursor.damaged("the dimensions of a matrix"))?;
    let name = cursor.element()?;
    if wanted.is_some_and(|wanted| wanted.as_bytes() != name.data) {
        return Ok(None);
    }
    if complex {
        return Ok(Some(Value::Other));
    }
    let value = match class {
        2 => read_table(&mut cursor, count, depth, left)?,
        4 => Value::Text(read_text(&mut cursor, count)?),
        6..=15 => Value::Numbers(read_numbers(&mut cursor, count)?),
        _ => Value::Other,
    };
    Ok(Some(value))
}

fn read_table(cursor: &mut Cursor<'_>, count: usize, depth: usize, left: &mut usize) -> Result<Value, MatlabError> {
    let depth = depth.checked_sub(1).ok_or_else(|| cursor.damaged("structures within structures, too deep"))?;
    let length = cursor.element()?;
    let length = length.data.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
    let length = length.and_then(|length| usize::try_from(length).ok()).filter(|length| (1..=64).contains(length));
    let length = length.ok_or_else(|| cursor.damaged("the length of field names"))?;
    let names = cursor.element()?;
    let fields: Vec<String> = names
        .data
        .chunks(length)
        .map(|name| String::from_utf8_lossy(name.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned())
        .collect();
    // Each value takes 8 bytes at least.
    let values = count.checked_mul(fields.len()).filter(|values| *values <= cursor.bytes.len() / 8);
    if fields.is_empty() || values.is_none() {
        return Err(cursor.damaged("more structures than there are bytes for"));
    }
    let mut rows = Vec::with_capacity(count);
    for _ in 0..count {
        let mut row = Vec::with_capacity(fields.len());
        for _ in &fields {
            let element = cursor.element()?;
            if element.kind != MATRIX {
                return Err(cursor.damaged("a field that is no matrix"));
            }
            row.push(read_matrix(element.data, None, depth, left)?.unwrap_or(Value::Other));
        }
        rows.push(row);
    }
    Ok(Value::Table { fields, rows })
}

fn read_text(cursor: &mut Cursor<'_>, count: usize) -> Result<String, MatlabError> {
    let element = cursor.element()?;
    let text = match element.kind {
        // UTF-8 and bytes.
        1 | 2 | 16 => String::from_utf8_lossy(element.data).into_owned(),
        // UTF-16 and 16-bit characters.
        4 | 17 => {
            let units = element.data.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => return Err(cursor.damaged("characters of a kind that is not known")),
    };
    if text.chars().count() != count && text.encode_utf16().count() != count && element.kind != 16 {
        return Err(cursor.damaged("a text of another length than it says"));
    }
    Ok(text)
}

fn read_numbers(cursor: &mut Cursor<'_>, count: usize) -> Result<Vec<f64>, MatlabError> {
    let element = cursor.element()?;
    let data = element.data;
    let numbers: Vec<f64> = match element.kind {
        1 => data.as_chunks::<1>().0.iter().map(|bytes| f64::from(i8::from_le_bytes(*bytes))).collect(),
        2 => data.iter().map(|byte| f64::from(*byte)).collect(),
        3 => data.as_chunks::<2>().0.iter().map(|bytes| f64::from(i16::from_le_bytes(*bytes))).collect(),
        4 => data.as_chunks::<2>().0.iter().map(|bytes| f64::from(u16::from_le_bytes(*bytes))).collect(),
        5 => data.as_chunks::<4>().0.iter().map(|bytes| f64::from(i32::from_le_bytes(*bytes))).collect(),
        6 => data.as_chunks::<4>().0.iter().map(|bytes| f64::from(u32::from_le_bytes(*bytes))).collect(),
        7 => data.as_chunks::<4>().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect(),
        9 => data.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect(),
        _ => return Err(cursor.damaged("numbers of a kind that is not known")),
    };
    if numbers.len() != count {
        return Err(cursor.damaged("another number of values than the dimensions say"));
    }
    Ok(numbers)
}

/// Returns the number of values of a matrix of these dimensions.
fn count(dimensions: &[u8]) -> Option<usize> {
    let (sizes, rest) = dimensions.as_chunks::<4>();
    if sizes.len() < 2 || !rest.is_empty() {
        return None;
    }
    sizes
        .iter()
        .try_fold(1_usize, |product, size| product.checked_mul(usize::try_from(i32::from_le_bytes(*size)).ok()?))
}

#[cfg(test)]
#[path = "matlab_tests.rs"]
mod tests;
