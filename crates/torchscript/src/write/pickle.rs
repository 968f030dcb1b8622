//! The pickles of an archive that is written: a module's attributes, and no constants.

use std::io;

use super::{Attribute, TensorData};

const PROTOCOL: &[u8] = &[0x80, 2];
const MARK: u8 = b'(';
const TUPLE: u8 = b't';
const EMPTY_TUPLE: u8 = b')';
const EMPTY_DICT: u8 = b'}';
const SET_ITEMS: u8 = b'u';
const GLOBAL: u8 = b'c';
const NEW_OBJECT: u8 = 0x81;
const BUILD: u8 = b'b';
const REDUCE: u8 = b'R';
const PERSISTENT_ID: u8 = b'Q';
const UNICODE: u8 = b'X';
const INT: u8 = b'J';
const LONG: u8 = 0x8a;
const FLOAT: u8 = b'G';
const TRUE: u8 = 0x88;
const FALSE: u8 = 0x89;
const STOP: u8 = b'.';

/// `()`: a table of constants without any.
pub(crate) fn empty_tuple() -> Vec<u8> {
    [PROTOCOL, &[EMPTY_TUPLE, STOP]].concat()
}

/// Returns an object of the class `__torch__.Model` with its attributes. Tensor number *i* lies in
/// the record `data/i`.
pub(super) fn module(attributes: &[(&str, Attribute<'_>)]) -> io::Result<Vec<u8>> {
    let mut pickle = Pickle::begin();
    let mut key = 0;
    for (name, value) in attributes {
        pickle.text(name)?;
        pickle.attribute(value, &mut key)?;
    }
    Ok(pickle.end())
}

/// A tensor as a view of a storage.
#[derive(Debug, Clone)]
pub(crate) struct StoredTensor {
    /// Name of the type of the storage: `FloatStorage`.
    pub(crate) storage: &'static str,
    /// The storage lies in the record `data/KEY`.
    pub(crate) key: usize,
    /// Elements of the storage.
    pub(crate) elements: u64,
    /// The first element of the tensor.
    pub(crate) offset: u64,
    /// Sizes, outermost first.
    pub(crate) sizes: Vec<u64>,
    /// Distances, in elements, between neighbours of each dimension.
    pub(crate) strides: Vec<u64>,
    /// Whether it is a parameter, which has a gradient.
    pub(crate) parameter: bool,
}

/// An object of the class `__torch__.Model` that has these tensors, and is not training.
pub(crate) fn module_of_tensors(tensors: &[(String, StoredTensor)]) -> io::Result<Vec<u8>> {
    let mut pickle = Pickle::begin();
    for (name, tensor) in tensors {
        pickle.text(name)?;
        pickle.tensor(tensor)?;
    }
    pickle.text("training")?;
    pickle.ops(&[FALSE]);
    Ok(pickle.end())
}

struct Pickle(Vec<u8>);

impl Pickle {
    /// Begins an object of the class `__torch__.Model`: pairs of names and values follow.
    fn begin() -> Self {
        let mut pickle = Self(PROTOCOL.to_vec());
        pickle.global("__torch__", "Model");
        pickle.ops(&[EMPTY_TUPLE, NEW_OBJECT, EMPTY_DICT, MARK]);
        pickle
    }

    fn end(mut self) -> Vec<u8> {
        self.ops(&[SET_ITEMS, BUILD, STOP]);
        self.0
    }

    fn ops(&mut self, ops: &[u8]) {
        self.0.extend(ops);
    }

    fn global(&mut self, module: &str, name: &str) {
        self.ops(&[GLOBAL]);
        self.0.extend(format!("{module}\n{name}\n").into_bytes());
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.ops(&[UNICODE]);
        self.0.extend(u32::try_from(text.len()).map_err(io::Error::other)?.to_le_bytes());
        self.0.extend(text.as_bytes());
        Ok(())
    }

    fn int(&mut self, value: i64) {
        if let Ok(small) = i32::try_from(value) {
            self.ops(&[INT]);
            self.0.extend(small.to_le_bytes());
        } else {
            self.ops(&[LONG, 8]);
            self.0.extend(value.to_le_bytes());
        }
    }

    /// Returns a tuple of whole numbers.
    fn sizes(&mut self, values: &[u64]) -> io::Result<()> {
        self.ops(&[MARK]);
        for value in values {
            self.int(i64::try_from(*value).map_err(io::Error::other)?);
        }
        self.ops(&[TUPLE]);
        Ok(())
    }

    fn attribute(&mut self, value: &Attribute<'_>, key: &mut usize) -> io::Result<()> {
        match value {
            Attribute::Tensor { shape, data, parameter } => {
                self.tensor(&contiguous(shape, *data, *parameter, *key)?)?;
                *key += 1;
            }
            Attribute::Int(value) => self.int(*value),
            Attribute::Float(value) => {
                self.ops(&[FLOAT]);
                self.0.extend(value.to_be_bytes());
            }
            Attribute::Bool(value) => self.ops(&[if *value { TRUE } else { FALSE }]),
        }
        Ok(())
    }

    /// `_rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks)`.
    fn tensor(&mut self, tensor: &StoredTensor) -> io::Result<()> {
        self.global("torch._utils", "_rebuild_tensor_v2");
        self.ops(&[MARK]);
        self.ops(&[MARK]);
        self.text("storage")?;
        self.global("torch", tensor.storage);
        self.text(&tensor.key.to_string())?;
        self.text("cpu")?;
        self.int(i64::try_from(tensor.elements).map_err(io::Error::other)?);
        self.ops(&[TUPLE, PERSISTENT_ID]);
        self.int(i64::try_from(tensor.offset).map_err(io::Error::other)?);
        self.sizes(&tensor.sizes)?;
        self.sizes(&tensor.strides)?;
        self.ops(&[if tensor.parameter { TRUE } else { FALSE }]);
        self.global("collections", "OrderedDict");
        self.ops(&[EMPTY_TUPLE, REDUCE, TUPLE, REDUCE]);
        Ok(())
    }
}

/// A tensor that is all of its storage.
fn contiguous(shape: &[u64], data: TensorData<'_>, parameter: bool, key: usize) -> io::Result<StoredTensor> {
    Ok(StoredTensor {
        storage: data.storage(),
        key,
        elements: u64::try_from(data.len()).map_err(io::Error::other)?,
        offset: 0,
        sizes: shape.to_vec(),
        strides: strides(shape),
        parameter,
    })
}

/// Distances, in elements, between neighbours of each dimension of a contiguous tensor.
fn strides(shape: &[u64]) -> Vec<u64> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1u64;
    for size in shape.iter().rev() {
        strides.push(stride);
        stride = stride.saturating_mul((*size).max(1));
    }
    strides.reverse();
    strides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_are_the_distances_of_a_tensor_without_gaps() {
        assert_eq!(strides(&[2, 3, 4]), [12, 4, 1]);
        assert_eq!(strides(&[]), [0_u64; 0]);
        assert_eq!(strides(&[5, 0, 4]), [4, 4, 1], "a dimension without elements counts as 1");
        assert_eq!(strides(&[1, u64::MAX, u64::MAX]), [u64::MAX, u64::MAX, 1]);
    }

    #[test]
    fn a_number_of_more_than_32_bits_is_written_long() {
        let written = |value| {
            let mut pickle = Pickle(Vec::new());
            pickle.int(value);
            pickle.0
        };
        assert_eq!(written(-2), [b'J', 0xFE, 0xFF, 0xFF, 0xFF]);
        assert_eq!(written(i64::from(i32::MAX)), [b'J', 0xFF, 0xFF, 0xFF, 0x7F]);
        assert_eq!(written(1 << 31), [0x8a, 8, 0, 0, 0, 0x80, 0, 0, 0, 0]);
    }

    #[test]
    fn a_number_that_no_tensor_has_is_not_written() {
        let mut pickle = Pickle(Vec::new());
        assert!(pickle.sizes(&[1, u64::MAX]).is_err());
        pickle.0.clear();
        pickle.sizes(&[1, 2]).unwrap();
        assert_eq!(pickle.0, b"(J\x01\0\0\0J\x02\0\0\0t");
    }

    #[test]
    fn tensors_of_a_module_lie_in_records_of_their_own() {
        let ones = [1.0_f32; 2];
        let tensor = |parameter| Attribute::Tensor { shape: &[2], data: TensorData::F32(&ones), parameter };
        let bytes = module(&[("a", tensor(true)), ("n", Attribute::Int(7)), ("b", tensor(false))]).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let key = |key: &str| text.find(&format!("X\x01\0\0\0{key}X\x03\0\0\0cpu")).unwrap();
        assert!(key("0") < key("1"), "{text:?}");
        assert!(text.find("X\x01\0\0\0n").is_some_and(|at| key("0") < at && at < key("1")), "{text:?}");
    }
}
