//! Parameters, buffers and constants: which bytes of the archive they are, and how they lie in
//! them.

use std::collections::{BTreeMap, HashMap};

use holdout_protocol::HintCode;

use super::refusals::{malformed, unsupported};
use super::schema::{InputSpec, SymInt, TensorEntry, TensorMeta, TensorTable};
use crate::archive::{Part, Record, Section};
use crate::pickle::is_inside;
use crate::refusal::{Refused, shown};
use crate::write::pickle::StoredTensor;

/// The only layout that is not sparse or packed, of export's enumeration.
const STRIDED: u8 = 7;

/// The tensors of a program.
pub(super) struct Tensors<'r> {
    /// What the tables say.
    tables: [TensorTable; 2],
    /// Records with bytes of tensors.
    raw: HashMap<(usize, &'r str), &'r Record>,
    /// Number and type of the storages that were asked for, by their records' positions in the
    /// file: two tensors may share one.
    known: BTreeMap<u64, (usize, &'static str)>,
    /// Those storages.
    pub(super) storages: Vec<&'r Record>,
}

/// Returns the number of a section's table: 0 or 1.
const fn index(section: Section) -> usize {
    match section {
        Section::Weights => 0,
        Section::Constants => 1,
    }
}

impl<'r> Tensors<'r> {
    pub(super) fn new(records: &'r [Record], weights: TensorTable, constants: TensorTable) -> Self {
        let raw = records.iter().filter_map(|record| match &record.part {
            Part::Raw(section, name) => Some(((index(*section), name.as_str()), record)),
            _ => None,
        });
        Self { tables: [weights, constants], raw: raw.collect(), known: BTreeMap::new(), storages: Vec::new() }
    }

    /// The tensor that a parameter, buffer or constant of the program is. `None` for other inputs.
    pub(super) fn of(&mut self, spec: &InputSpec) -> Result<Option<StoredTensor>, Refused> {
        let (section, name, is_parameter) = match spec {
            InputSpec::Parameter { parameter_name, .. } => (Section::Weights, parameter_name, true),
            InputSpec::Buffer { buffer_name, persistent: true, .. } => (Section::Weights, buffer_name, false),
            InputSpec::Buffer { buffer_name, .. } => (Section::Constants, buffer_name, false),
            InputSpec::TensorConstant { tensor_constant_name, .. } => (Section::Constants, tensor_constant_name, false),
            _ => return Ok(None),
        };
        let place = index(section);
        let entry = self.tables.get(place).and_then(|table| table.config.get(name));
        let entry = entry.ok_or_else(|| {
            malformed(
                format_args!("the archive has no tensor `{}`", shown(name)),
                "every tensor that the program names",
            )
        })?;
        let (meta, kind) = described(name, entry)?;
        let path = entry.path_name.as_str();
        let record = self.raw.get(&(place, path)).copied().ok_or_else(|| {
            let found = format!("the bytes of `{}`, `{}`, are not in the archive", shown(name), shown(path));
            malformed(found, "a record for each tensor")
        })?;
        let (item, elements) = (kind.item, record.size / kind.item);
        if elements * item != record.size {
            let found = format!("the {} bytes of `{}` are no multiple of {item}", record.size, shown(name));
            return Err(malformed(found, "whole elements of the declared type"));
        }
        let (offset, sizes, strides) = numbers(name, meta)?;
        if !is_inside(elements, offset, &sizes, &strides) {
            let shape = shown(&format!("{sizes:?}"));
            let found =
                format!("the tensor `{}` of the shape {shape} reaches outside its {elements} elements", shown(name));
            return Err(malformed(found, "tensors inside their bytes"));
        }
        let key = self.key(record, kind.storage, name)?;
        let unsigned = |values: &[i64]| values.iter().map(|value| value.unsigned_abs()).collect();
        Ok(Some(StoredTensor {
            storage: kind.storage,
            key,
            elements,
            offset: offset.unsigned_abs(),
            sizes: unsigned(&sizes),
            strides: unsigned(&strides),
            // Only floating-point numbers have gradients.
            parameter: is_parameter && kind.is_float,
        }))
    }

    /// The number of a record among the storages.
    fn key(&mut self, record: &'r Record, storage: &'static str, name: &str) -> Result<usize, Refused> {
        let next = self.storages.len();
        let (key, known) = *self.known.entry(record.start).or_insert((next, storage));
        if known != storage {
            let found = format!("the bytes of `{}` belong to another tensor of another type", shown(name));
            return Err(malformed(found, "one type for the same bytes"));
        }
        if key == next {
            self.storages.push(record);
        }
        Ok(key)
    }
}

/// The type of a tensor.
#[derive(Clone, Copy)]
struct ItemType {
    storage: &'static str,
    /// Bytes of an element.
    item: u64,
    is_float: bool,
}

/// The type of a number of export's enumeration.
const fn item_type(dtype: u8) -> Option<ItemType> {
    let (storage, item, is_float) = match dtype {
        1 => ("ByteStorage", 1, false),
        2 => ("CharStorage", 1, false),
        3 => ("ShortStorage", 2, false),
        4 => ("IntStorage", 4, false),
        5 => ("LongStorage", 8, false),
        6 => ("HalfStorage", 2, true),
        7 => ("FloatStorage", 4, true),
        8 => ("DoubleStorage", 8, true),
        12 => ("BoolStorage", 1, false),
        13 => ("BFloat16Storage", 2, true),
        _ => return None,
    };
    Some(ItemType { storage, item, is_float })
}

/// Returns what an entry says of its tensor, if it is one that can be written.
fn described<'e>(name: &str, entry: &'e TensorEntry) -> Result<(&'e TensorMeta, ItemType), Refused> {
    let refuse = |what: &str| {
        let found = format!("the tensor `{}` {what}", shown(name));
        unsupported(found, "dense tensors of real numbers", HintCode::PlainWeights)
    };
    if entry.use_pickle {
        return Err(refuse("is saved as a pickle, as tensors of other classes are"));
    }
    let meta = entry.tensor_meta.as_ref().ok_or_else(|| refuse("has no description"))?;
    if meta.layout != STRIDED {
        return Err(refuse("is sparse or packed"));
    }
    let kind = item_type(meta.dtype)
        .ok_or_else(|| refuse("is of a type that models here cannot have, such as complex or float8"))?;
    Ok((meta, kind))
}

/// Offset, sizes and strides.
fn numbers(name: &str, meta: &TensorMeta) -> Result<(i64, Vec<i64>, Vec<i64>), Refused> {
    let number = |size: &SymInt| match size {
        SymInt::AsInt(size) => Some(*size),
        SymInt::AsExpr(_) => None,
    };
    let all = |sizes: &[SymInt]| sizes.iter().map(number).collect::<Option<Vec<_>>>();
    let (offset, sizes, strides) = (number(&meta.storage_offset), all(&meta.sizes), all(&meta.strides));
    offset.zip(sizes).zip(strides).map(|((offset, sizes), strides)| (offset, sizes, strides)).ok_or_else(|| {
        malformed(format_args!("the sizes of the tensor `{}` are no numbers", shown(name)), "tensors of fixed sizes")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn meta(changes: &Value) -> TensorMeta {
        let mut fields = json!({
            "dtype": 7, "sizes": [{ "as_int": 2 }, { "as_int": 3 }], "strides": [{ "as_int": 3 }, { "as_int": 1 }],
            "storage_offset": { "as_int": 4 }, "layout": 7,
        });
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(fields).unwrap()
    }

    fn entry(use_pickle: bool, tensor_meta: Option<TensorMeta>) -> TensorEntry {
        TensorEntry { path_name: "weight_0".to_owned(), use_pickle, tensor_meta }
    }

    #[test]
    fn a_number_of_export_stands_for_a_type_and_the_bytes_of_its_elements() {
        let found = |dtype| item_type(dtype).map(|of| (of.storage, of.item, of.is_float));
        for (dtype, storage, item, is_float) in [
            (1, "ByteStorage", 1, false),
            (2, "CharStorage", 1, false),
            (3, "ShortStorage", 2, false),
            (4, "IntStorage", 4, false),
            (5, "LongStorage", 8, false),
            (6, "HalfStorage", 2, true),
            (7, "FloatStorage", 4, true),
            (8, "DoubleStorage", 8, true),
            (12, "BoolStorage", 1, false),
            (13, "BFloat16Storage", 2, true),
        ] {
            assert_eq!(found(dtype), Some((storage, item, is_float)), "{dtype}");
        }
        for other in [0, 9, 10, 11, 14, 255] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn only_dense_tensors_of_real_numbers_are_weights() {
        let refused = |entry: &TensorEntry| described("a\n", entry).map(|_| ()).unwrap_err().message;
        assert!(described("w", &entry(false, Some(meta(&json!({}))))).is_ok());
        for (entry, why) in [
            (entry(true, Some(meta(&json!({})))), "is saved as a pickle"),
            (entry(false, None), "has no description"),
            (entry(false, Some(meta(&json!({ "layout": 1 })))), "is sparse or packed"),
            (entry(false, Some(meta(&json!({ "dtype": 10 })))), "is of a type that models here cannot have"),
        ] {
            let message = refused(&entry);
            assert!(message.starts_with(&format!("the tensor `a\\n` {why}")), "{message}");
        }
    }

    #[test]
    fn offset_sizes_and_strides_are_whole_numbers_and_not_mixed_up() {
        assert_eq!(numbers("w", &meta(&json!({}))), Ok((4, vec![2, 3], vec![3, 1])));
        let expression = json!({ "as_expr": { "expr_str": "Symbol('s0')" } });
        for field in ["sizes", "strides"] {
            let message = numbers("w", &meta(&json!({ field: [expression] }))).unwrap_err().message;
            assert!(message.starts_with("the sizes of the tensor `w` are no numbers"), "{message}");
        }
        assert!(numbers("w", &meta(&json!({ "storage_offset": expression }))).is_err());
    }
}
