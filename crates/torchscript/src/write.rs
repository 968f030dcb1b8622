//! Writing a model as a TorchScript archive, from the text of its methods and its attributes.
//!
//! The archive holds one class, `__torch__.Model`. `torch.jit.load` takes it, and so does the check
//! of this crate.
//!
//! ```
//! use holdout_torchscript::write::{Attribute, Module, TensorData, write};
//!
//! let weight: Vec<f32> = vec![0.5; 10 * 12];
//! let module = Module {
//!     attributes: vec![("weight", Attribute::parameter(&[10, 12], TensorData::F32(&weight)))],
//!     methods: "  def forward(self, x: Tensor) -> Tensor:\n    \
//!               return torch.linear(torch.flatten(x, 1), self.weight)\n",
//! };
//! let mut archive = Vec::new();
//! write(&module, &mut archive)?;
//! assert!(archive.starts_with(b"PK"));
//! # Ok::<(), std::io::Error>(())
//! ```

pub(crate) mod pickle;

use std::io::{self, Write};

use crate::archive::ArchiveWriter;

/// Version of the operators that the text is written in: torch's newest, so that none is replaced
/// by an older behaviour.
pub(crate) const VERSION: u32 = 10;

/// A model of one class.
#[derive(Debug, Clone, PartialEq)]
pub struct Module<'a> {
    /// Names and values, in this order: a name of ASCII letters, digits and `_`, not beginning with
    /// a digit. `training` is added, false, if it is missing.
    pub attributes: Vec<(&'a str, Attribute<'a>)>,
    /// The methods as TorchScript text, each line indented by at least two spaces:
    /// `  def forward(self, x: Tensor) -> Tensor:`. Operators are written `torch.relu(x)`,
    /// attributes `self.weight`.
    pub methods: &'a str,
}

/// Value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Attribute<'a> {
    Tensor {
        /// Sizes, outermost first; empty for a scalar.
        shape: &'a [u64],
        /// The elements in row-major order.
        data: TensorData<'a>,
        /// Whether it is a parameter, which has a gradient, or a buffer.
        parameter: bool,
    },
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl<'a> Attribute<'a> {
    /// A tensor that training changes.
    #[must_use]
    pub const fn parameter(shape: &'a [u64], data: TensorData<'a>) -> Self {
        Self::Tensor { shape, data, parameter: true }
    }

    /// A tensor that training leaves alone.
    #[must_use]
    pub const fn buffer(shape: &'a [u64], data: TensorData<'a>) -> Self {
        Self::Tensor { shape, data, parameter: false }
    }

    const fn declared<'n>(&self, name: &'n str) -> Declared<'n> {
        let (type_name, is_parameter) = match self {
            Self::Tensor { parameter, .. } => ("Tensor", Some(*parameter)),
            Self::Int(_) => ("int", None),
            Self::Float(_) => ("float", None),
            Self::Bool(_) => ("bool", None),
        };
        Declared { name, type_name, is_parameter }
    }
}

/// Elements of a tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TensorData<'a> {
    /// 32-bit floating-point numbers.
    F32(&'a [f32]),
    /// The bits of 16-bit floating-point numbers.
    F16(&'a [u16]),
    /// The bits of bfloat16 numbers: the upper half of a 32-bit one.
    Bf16(&'a [u16]),
    /// 64-bit whole numbers.
    I64(&'a [i64]),
    /// Bytes.
    U8(&'a [u8]),
}

impl TensorData<'_> {
    /// Returns the number of elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F16(values) | Self::Bf16(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::U8(values) => values.len(),
        }
    }

    /// Returns whether there are no elements.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the name of the type of storage.
    const fn storage(&self) -> &'static str {
        match self {
            Self::F32(_) => "FloatStorage",
            Self::F16(_) => "HalfStorage",
            Self::Bf16(_) => "BFloat16Storage",
            Self::I64(_) => "LongStorage",
            Self::U8(_) => "ByteStorage",
        }
    }

    /// Returns the bytes of an element.
    const fn item(&self) -> u64 {
        match self {
            Self::F32(_) => 4,
            Self::F16(_) | Self::Bf16(_) => 2,
            Self::I64(_) => 8,
            Self::U8(_) => 1,
        }
    }

    /// Hands out the elements' bytes, little-endian, in pieces.
    fn pieces(self, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::F32(values) => values.chunks(PIECE).try_for_each(|piece| sink(&bytes(piece, f32::to_le_bytes))),
            Self::F16(values) | Self::Bf16(values) => {
                values.chunks(PIECE).try_for_each(|piece| sink(&bytes(piece, u16::to_le_bytes)))
            }
            Self::I64(values) => values.chunks(PIECE).try_for_each(|piece| sink(&bytes(piece, i64::to_le_bytes))),
            Self::U8(values) => values.chunks(PIECE).try_for_each(sink),
        }
    }
}

/// Elements that are written at a time.
const PIECE: usize = 1 << 16;

fn bytes<T: Copy, const N: usize>(values: &[T], of: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| of(*value)).collect()
}

/// Writes the archive, beginning at the position that `out` has.
///
/// # Errors
/// `InvalidInput` if a name is not one, is given twice, or a shape does not fit its elements; else
/// what `out` says.
pub fn write(module: &Module<'_>, out: &mut impl Write) -> io::Result<()> {
    let attributes = with_training(&module.attributes);
    check(&attributes)?;
    let mut archive = ArchiveWriter::new(out);
    let tensors = attributes.iter().filter_map(|(_, value)| match value {
        Attribute::Tensor { data, .. } => Some(data),
        _ => None,
    });
    for (key, data) in tensors.enumerate() {
        storage(&mut archive, &format!("data/{key}"), *data)?;
    }
    archive.record("data.pkl", &pickle::module(&attributes)?)?;
    archive.record("constants.pkl", &pickle::empty_tuple())?;
    let declared: Vec<Declared<'_>> = attributes.iter().map(|(name, value)| value.declared(name)).collect();
    archive.record("code/__torch__.py", class(&declared, module.methods).as_bytes())?;
    archive.record("version", format!("{VERSION}\n").as_bytes())?;
    archive.record("byteorder", b"little")?;
    archive.finish().map(drop)
}

/// Writes the elements of a tensor. They are read twice, because their CRC stands before them.
fn storage(archive: &mut ArchiveWriter<impl Write>, name: &str, data: TensorData<'_>) -> io::Result<()> {
    let mut crc = crc32fast::Hasher::new();
    data.pieces(&mut |piece| {
        crc.update(piece);
        Ok(())
    })?;
    let elements = u64::try_from(data.len()).map_err(io::Error::other)?;
    archive.begin(name, elements * data.item(), crc.finalize())?;
    data.pieces(&mut |piece| archive.bytes(piece))
}

fn with_training<'a>(attributes: &[(&'a str, Attribute<'a>)]) -> Vec<(&'a str, Attribute<'a>)> {
    let mut attributes = attributes.to_vec();
    if attributes.iter().all(|(name, _)| *name != "training") {
        attributes.push(("training", Attribute::Bool(false)));
    }
    attributes
}

fn check(attributes: &[(&str, Attribute<'_>)]) -> io::Result<()> {
    for (index, (name, value)) in attributes.iter().enumerate() {
        let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if !starts_well || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            return Err(invalid(format!("`{name}` is not the name of an attribute")));
        }
        if attributes.iter().take(index).any(|(other, _)| other == name) {
            return Err(invalid(format!("the attribute `{name}` is given twice")));
        }
        check_shape(name, value)?;
    }
    Ok(())
}

fn check_shape(name: &str, value: &Attribute<'_>) -> io::Result<()> {
    let Attribute::Tensor { shape, data, .. } = value else { return Ok(()) };
    let wanted = shape.iter().try_fold(1u64, |product, size| product.checked_mul(*size));
    if wanted == u64::try_from(data.len()).ok() {
        return Ok(());
    }
    Err(invalid(format!("`{name}` has {} elements and the shape {shape:?}", data.len())))
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// An attribute as its class declares it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its type.
    pub(crate) type_name: &'static str,
    /// Whether a tensor is a parameter or a buffer. `None` for all else.
    pub(crate) is_parameter: Option<bool>,
}

/// The class as torch writes it: which attributes are parameters and buffers, the types of all, the
/// methods.
pub(crate) fn class(attributes: &[Declared<'_>], methods: &str) -> String {
    let tensors = |wanted: bool| {
        let names = attributes.iter().filter(|attribute| attribute.is_parameter == Some(wanted));
        names.map(|attribute| format!("\"{}\", ", attribute.name)).collect::<String>()
    };
    let types = attributes.iter().map(|attribute| format!("  {} : {}\n", attribute.name, attribute.type_name));
    format!(
        "class Model(Module):\n  __parameters__ = [{}]\n  __buffers__ = [{}]\n{}{methods}",
        tensors(true),
        tensors(false),
        types.collect::<String>()
    )
}
