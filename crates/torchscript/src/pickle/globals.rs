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
    /// `torch.FloatStorage` and its like: bytes an element, whether it is a whole number or a truth
    /// value, and its type if it is a real floating-point number.
    Storage { item: u64, integers: bool, float: Option<&'static str> },
}

impl<'a> Global<'a> {
    /// Returns what `module.name` stands for.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_storage_of_torch_has_the_bytes_of_its_elements() {
        let bytes = |kind: &str| match storage(kind) {
            Some(Global::Storage { item, .. }) => Some(item),
            _ => None,
        };
        let known: [(&[&str], Option<u64>); 6] = [
            (&["Bool", "Byte", "Char"], Some(1)),
            (&["Half", "BFloat16", "Short"], Some(2)),
            (&["Float", "Int", "ComplexHalf"], Some(4)),
            (&["Double", "Long", "ComplexFloat"], Some(8)),
            (&["ComplexDouble"], Some(16)),
            (&["QInt8", "", "float", "Typed", "Untyped"], None),
        ];
        for (kinds, expected) in known {
            for kind in kinds {
                assert_eq!(bytes(kind), expected, "{kind}");
            }
        }
    }

    #[test]
    fn real_floating_point_numbers_are_told_from_whole_and_complex_ones() {
        let of = |kind: &str| match storage(kind) {
            Some(Global::Storage { integers, float, .. }) => (integers, float),
            other => panic!("{other:?}"),
        };
        for kind in ["Bool", "Byte", "Char", "Short", "Int", "Long"] {
            assert_eq!(of(kind), (true, None), "{kind}");
        }
        for (kind, name) in [("Half", "float16"), ("BFloat16", "bfloat16"), ("Float", "float32"), ("Double", "float64")]
        {
            assert_eq!(of(kind), (false, Some(name)), "{kind}");
        }
        for kind in ["ComplexHalf", "ComplexFloat", "ComplexDouble"] {
            assert_eq!(of(kind), (false, None), "{kind}");
        }
    }
}
