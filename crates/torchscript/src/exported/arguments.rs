//! Arguments of calls as text of TorchScript.

use std::collections::HashMap;
use std::rc::Rc;

use super::schema::{Argument, Float, NotFinite, OptionalTensor, SymBoolArgument, SymFloatArgument, SymIntArgument};

/// Longest text that is an argument. The longest honest one is an equation of `einsum`.
const MAX_TEXT: usize = 256;

/// What a name of the program stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// How it is written.
    pub(super) text: Rc<str>,
    pub(super) kind: Kind,
    /// The tensor of the model that it is, or shares memory with.
    pub(super) of_model: Option<Rc<str>>,
}

/// Kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tensor,
    Int,
    Float,
    Bool,
}

/// The names that are defined so far.
pub(super) type Scope<'p> = HashMap<&'p str, Value>;

/// Why an argument cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unwritable<'p> {
    /// A name that is not defined before, or stands for another kind of value.
    Undefined(&'p str),
    /// A value that no operator takes, or one that is out of range.
    Value,
    /// A sparse or packed layout.
    Layout,
}

/// Where devices come from: that of the images.
pub(super) const DEVICE: &str = "d";

/// Writes an argument.
pub(super) fn text<'p>(argument: &'p Argument, scope: &Scope<'p>) -> Result<String, Unwritable<'p>> {
    let text = match argument {
        Argument::AsNone(_) => "None".to_owned(),
        Argument::AsTensor(tensor) => named(&tensor.name, Kind::Tensor, scope)?,
        Argument::AsTensors(tensors) => list("Tensor", tensors, |tensor| named(&tensor.name, Kind::Tensor, scope))?,
        Argument::AsOptionalTensor(tensor) => optional(tensor, scope)?,
        Argument::AsOptionalTensors(tensors) => {
            let items = joined(tensors, |tensor| optional(tensor, scope))?;
            format!("annotate(List[Optional[Tensor]], [{items}])")
        }
        Argument::AsInt(value) => int(*value)?,
        Argument::AsInts(values) => list("int", values, |value| int(*value))?,
        Argument::AsSymInt(value) => sym_int(value, scope)?,
        Argument::AsSymInts(values) => list("int", values, |value| sym_int(value, scope))?,
        Argument::AsFloat(value) => float(value),
        Argument::AsFloats(values) => list("float", values, |value| Ok(float(value)))?,
        Argument::AsSymFloat(SymFloatArgument::AsFloat(value)) => float(value),
        Argument::AsSymFloat(SymFloatArgument::AsName(name)) => named(name, Kind::Float, scope)?,
        Argument::AsBool(value) | Argument::AsSymBool(SymBoolArgument::AsBool(value)) => bool_text(*value).to_owned(),
        Argument::AsBools(values) => list("bool", values, |value| Ok(bool_text(*value).to_owned()))?,
        Argument::AsSymBool(SymBoolArgument::AsName(name)) => named(name, Kind::Bool, scope)?,
        Argument::AsString(value) => string(value)?,
        Argument::AsScalarType(value) => scalar_type(*value).ok_or(Unwritable::Value)?.to_string(),
        Argument::AsMemoryFormat(value) => memory_format(*value).ok_or(Unwritable::Value)?.to_string(),
        Argument::AsLayout(7) => "0".to_owned(),
        Argument::AsLayout(_) => return Err(Unwritable::Layout),
        Argument::AsDevice(_) => DEVICE.to_owned(),
        _ => return Err(Unwritable::Value),
    };
    Ok(text)
}

fn named<'p>(name: &'p str, kind: Kind, scope: &Scope<'p>) -> Result<String, Unwritable<'p>> {
    let found = scope.get(name).filter(|value| value.kind == kind);
    found.map(|value| value.text.to_string()).ok_or(Unwritable::Undefined(name))
}

fn optional<'p>(tensor: &'p OptionalTensor, scope: &Scope<'p>) -> Result<String, Unwritable<'p>> {
    match tensor {
        OptionalTensor::AsTensor(tensor) => named(&tensor.name, Kind::Tensor, scope),
        OptionalTensor::AsNone(_) => Ok("None".to_owned()),
    }
}

fn sym_int<'p>(value: &'p SymIntArgument, scope: &Scope<'p>) -> Result<String, Unwritable<'p>> {
    match value {
        SymIntArgument::AsInt(value) => int(*value),
        SymIntArgument::AsName(name) => named(name, Kind::Int, scope),
    }
}

fn joined<'p, T>(
    items: &'p [T],
    text: impl Fn(&'p T) -> Result<String, Unwritable<'p>>,
) -> Result<String, Unwritable<'p>> {
    Ok(items.iter().map(text).collect::<Result<Vec<_>, _>>()?.join(", "))
}

/// A list. TorchScript takes one without items for a list of tensors, unless it says what it is.
fn list<'p, T>(
    of: &str,
    items: &'p [T],
    text: impl Fn(&'p T) -> Result<String, Unwritable<'p>>,
) -> Result<String, Unwritable<'p>> {
    if items.is_empty() {
        return Ok(format!("annotate(List[{of}], [])"));
    }
    Ok(format!("[{}]", joined(items, text)?))
}

/// A whole number. The smallest one is the negation of one that is too large.
fn int<'p>(value: i64) -> Result<String, Unwritable<'p>> {
    if value == i64::MIN { Err(Unwritable::Value) } else { Ok(value.to_string()) }
}

/// A floating-point number, exactly, with a point or an exponent.
fn float(value: &Float) -> String {
    match value {
        Float::Finite(value) => format!("{value:?}"),
        Float::Other(NotFinite::Infinity) => "inf".to_owned(),
        Float::Other(NotFinite::NegativeInfinity) => "-inf".to_owned(),
        Float::Other(NotFinite::NaN) => "nan".to_owned(),
    }
}

const fn bool_text(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

fn string<'p>(value: &str) -> Result<String, Unwritable<'p>> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    if value.len() <= MAX_TEXT && value.bytes().all(is_plain) {
        Ok(format!("\"{value}\""))
    } else {
        Err(Unwritable::Value)
    }
}

/// A scalar type of ATen's enumeration, of one of export's. Numbers of a Fourier transform are
/// complex.
const fn scalar_type(exported: u8) -> Option<u8> {
    match exported {
        1..=12 => Some(exported - 1),
        13 => Some(15),
        _ => None,
    }
}

/// A memory format of ATen's enumeration, of one of export's.
const fn memory_format(exported: u8) -> Option<u8> {
    match exported {
        1 => Some(0),
        2 => Some(2),
        4 => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str) -> Result<String, String> {
        let argument: Argument = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let value = |text: &str, kind| Value { text: text.into(), kind, of_model: None };
        let scope = HashMap::from([("t", value("v1", Kind::Tensor)), ("s", value("v2", Kind::Int))]);
        text(&argument, &scope).map_err(|why| format!("{why:?}"))
    }

    #[test]
    fn arguments_are_written_as_torchscript() {
        for (json, expected) in [
            (r#"{"as_none": true}"#, "None"),
            (r#"{"as_tensor": {"name": "t"}}"#, "v1"),
            (r#"{"as_tensors": []}"#, "annotate(List[Tensor], [])"),
            (
                r#"{"as_optional_tensors": [{"as_none": true}, {"as_tensor": {"name": "t"}}]}"#,
                "annotate(List[Optional[Tensor]], [None, v1])",
            ),
            (r#"{"as_ints": [1, -2]}"#, "[1, -2]"),
            (r#"{"as_sym_ints": [{"as_name": "s"}, {"as_int": 8}]}"#, "[v2, 8]"),
            (r#"{"as_float": 1e-05}"#, "1e-5"),
            (r#"{"as_float": 2}"#, "2.0"),
            (r#"{"as_float": "-Infinity"}"#, "-inf"),
            (r#"{"as_bool": true}"#, "True"),
            (r#"{"as_string": "bhwc,hkc->bhwk"}"#, "\"bhwc,hkc->bhwk\""),
            (r#"{"as_scalar_type": 7}"#, "6"),
            (r#"{"as_scalar_type": 10}"#, "9"),
            (r#"{"as_scalar_type": 12}"#, "11"),
            (r#"{"as_scalar_type": 13}"#, "15"),
            (r#"{"as_memory_format": 1}"#, "0"),
            (r#"{"as_memory_format": 2}"#, "2"),
            (r#"{"as_memory_format": 4}"#, "1"),
            (r#"{"as_layout": 7}"#, "0"),
            (r#"{"as_device": {"type": "cuda", "index": 3}}"#, "d"),
        ] {
            assert_eq!(written(json).as_deref(), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        for json in [
            r#"{"as_tensor": {"name": "s"}}"#,
            r#"{"as_tensor": {"name": "u"}}"#,
            r#"{"as_sym_int": {"as_name": "t"}}"#,
            r#"{"as_string": "a\"b"}"#,
            r#"{"as_string": "a\nb"}"#,
            r#"{"as_string": "a\\"}"#,
            r#"{"as_int": -9223372036854775808}"#,
            r#"{"as_int": 9223372036854775808}"#,
            r#"{"as_float": "1.0"}"#,
            r#"{"as_scalar_type": 14}"#,
            r#"{"as_scalar_type": 300}"#,
            r#"{"as_memory_format": 3}"#,
            r#"{"as_layout": 1}"#,
            r#"{"as_complex": {"real": 1.0, "imag": 0.0}}"#,
            r#"{"as_other": 1}"#,
        ] {
            assert!(written(json).is_err(), "{json}");
        }
    }
}
