//! The names that a pickle may call on.

use crate::code::Program;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global<'a> {
    /// A class of the archive's code, by its full name.
    Class(&'a str),
    /// `torch._utils._rebuild_tensor_v2`
    Tensor,
    /// `collections.OrderedDict`: the hooks of a tensor, always none.
    Hooks,
    /// `torch.jit._pickle.build_intlist` and its like: a list, and the type of its items.
    List(&'static str),
    /// `torch.jit._pickle.restore_type_tag`: a list or a dict, and its type as text.
    Tagged,
    /// `builtins.complex`
    Complex,
    /// `torch.device`
    Device,
    /// `torch.FloatStorage` and its like: bytes an element, whether it is a whole number or a truth value, and its type if it is a
    /// real floating-point number.
    Storage { item: u64, integers: bool, float: Option<&'static str> },
}

impl<'a> Global<'a> {
    /// What `module.name` stands for.
    pub(super) fn of(module: &str, name: &str, program: &'a Program) -> Option<Self> {
        match (module, name) {
            ("torch._utils", "_rebuild_tensor_v2") => Some(Self::Tensor),
            ("collections", "OrderedDict") => Some(Self::Hooks),
            ("torch.jit._pickle", "build_intlist") => Some(Self::List("int")),
            ("torch.jit._pickle", "build_tensorlist") => Some(Self::List("Tensor")),
            ("torch.jit._pickle", "build_doublelist") => Some(Self::List("float")),
            ("torch.jit._pickle", "build_boollist") => Some(Self::List("bool")),
            ("torch.jit._pickle", "restore_type_tag") => Some(Self::Tagged),
            ("builtins", "complex") => Some(Self::Complex),
            ("torch", "device") => Some(Self::Device),
            ("torch", _) => storage(name.strip_suffix("Storage")?),
            _ => program.class_name(&format!("{module}.{name}")).map(Self::Class),
        }
    }
}

/// Returns a storage of this type.
fn storage(kind: &str) -> Option<Global<'static>> {
    let integers = matches!(kind, "Bool" | "Byte" | "Char" | "Short" | "Int" | "Long");
    let float = match kind {
        "Half" => Some("float16"),
        "BFloat16" => Some("bfloat16"),
        "Float" => Some("float32"),
        "Double" => Some("float64"),
        _ => None,
    };
    item_bytes(kind).map(|item| Global::Storage { item, integers, float })
}

/// Returns the bytes of an element of a storage of this type.
const fn item_bytes(kind: &str) -> Option<u64> {
    match kind.as_bytes() {
        b"Bool" | b"Byte" | b"Char" => Some(1),
        b"Half" | b"BFloat16" | b"Short" => Some(2),
        b"Float" | b"Int" | b"ComplexHalf" => Some(4),
        b"Double" | b"Long" | b"ComplexFloat" => Some(8),
        b"ComplexDouble" => Some(16),
        _ => None,
    }
}
