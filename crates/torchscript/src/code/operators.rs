//! Which operators and which names may be used.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The data file of allowed operators; its head says by what rule.
static ALLOWED: LazyLock<HashSet<&str>> = LazyLock::new(|| lines(include_str!("../../data/allowed.txt")).collect());

/// The other operators of `aten`.
static REGISTERED: LazyLock<HashSet<&str>> =
    LazyLock::new(|| lines(include_str!("../../data/registered.txt")).collect());

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Returns true if the operator with this full name, such as `aten::relu`, may be used.
pub(crate) fn is_allowed(operator: &str) -> bool {
    ALLOWED.contains(operator)
}

/// Returns whether `value.name` may be used on any value: it is an allowed operator, a property of
/// tensors or a conversion.
pub(super) fn is_method(name: &str) -> bool {
    ALLOWED.contains(format!("aten::{name}").as_str()) || PROPERTIES.contains(&name) || CONVERSIONS.contains(&name)
}

/// Returns whether `value.name` is an operator of libtorch that may not be used.
pub(super) fn is_refused_method(name: &str) -> bool {
    REGISTERED.contains(name) || name == "grad"
}

/// Properties of tensors, devices and enumerations that are no operators of `aten`, and the making
/// of an object.
const PROPERTIES: &[&str] = &[
    "H",
    "T",
    "__new__",
    "data",
    "device",
    "dtype",
    "index",
    "is_cpu",
    "is_cuda",
    "is_maia",
    "is_meta",
    "is_mkldnn",
    "is_mps",
    "is_mtia",
    "is_nested",
    "is_quantized",
    "is_sparse",
    "is_sparse_csr",
    "is_vulkan",
    "is_xla",
    "is_xpu",
    "itemsize",
    "layout",
    "name",
    "nbytes",
    "ndim",
    "requires_grad",
    "shape",
    "tolist",
    "type",
    "value",
];

/// Conversions of a tensor: `x.float()`.
const CONVERSIONS: &[&str] = &["byte", "cdouble", "cfloat", "char", "double", "float", "half", "int", "long", "short"];

/// What a name that is no variable may stand for: functions of the language that compute,
/// constants, and types.
const GLOBALS: &[&str] = &[
    "AssertionError",
    "abs",
    "all",
    "annotate",
    "any",
    "bool",
    "chr",
    "complex",
    "dict",
    "divmod",
    "enumerate",
    "float",
    "inf",
    "infj",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "nan",
    "nanj",
    "ord",
    "pow",
    "range",
    "rangelist",
    "round",
    "sorted",
    "str",
    "sum",
    "tuple",
    "uninitialized",
    "zip", // Types:
    "Any",
    "Device",
    "Dict",
    "Final",
    "List",
    "Optional",
    "Tensor",
    "Tuple",
    "Union",
    "number",
];

/// Returns whether the name may stand for something else than a variable.
pub(super) fn is_global(name: &str) -> bool {
    GLOBALS.contains(&name)
}

/// Names that libtorch knows and that may not be used, with the operator behind them.
const REFUSED_GLOBALS: &[(&str, &str)] = &[
    ("_to_tensor", "prim::NumToTensor"),
    ("awaitable", "prim::awaitable"),
    ("bin", "aten::bin"),
    ("fork", "prim::fork"),
    ("getattr", "prim::GetAttr"),
    ("hasattr", "prim::HasAttr"),
    ("hash", "aten::hash"),
    ("hex", "aten::hex"),
    ("id", "prim::id"),
    ("oct", "aten::oct"),
    ("print", "prim::Print"),
    ("rpc_async", "prim::rpc_async"),
    ("rpc_remote", "prim::rpc_remote"),
    ("rpc_sync", "prim::rpc_sync"),
    ("unchecked_cast", "prim::unchecked_cast"),
];

/// Returns the operator behind a name that may not be used.
pub(super) fn refused_global(name: &str) -> Option<&'static str> {
    REFUSED_GLOBALS.iter().find(|(refused, _)| *refused == name).map(|(_, operator)| *operator)
}

/// Names that code cannot give to anything of its own: all that it says of operators and of its
/// classes begins with one.
pub(super) fn is_root(name: &str) -> bool {
    matches!(name, "torch" | "ops" | "__torch__" | "CONSTANTS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_files_are_sorted_and_apart() {
        for text in [include_str!("../../data/allowed.txt"), include_str!("../../data/registered.txt")] {
            let names: Vec<_> = lines(text).collect();
            let mut sorted = names.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(names, sorted);
        }
        assert!(lines(include_str!("../../data/registered.txt")).all(|name| !is_allowed(&format!("aten::{name}"))));
    }

    #[test]
    fn what_must_stay_out_is_out() {
        let out = "from_file save _print hash manual_seed seed initial_seed Generator rand randn rand_like randint randperm normal normal_ \
            uniform_ random_ exponential_ multinomial poisson as_strided as_strided_ set_ set_data resize_ resize_as_ \
            _resize_output_ _reshape_alias _index_put_impl_ _unsafe_index _unsafe_index_put _unsafe_view unsafe_split \
            _sparse_coo_tensor_unsafe _sparse_csr_tensor_unsafe sparse_coo_tensor to_sparse to_dense to_mkldnn cuda pin_memory \
            record_stream backward grad requires_grad_ wait data alias _make_dual device \
            quantize_per_tensor _empty_affine_quantized _version _backward _copy_from _foobar _lazy_clone";
        for name in out.split_whitespace() {
            assert!(!is_allowed(&format!("aten::{name}")), "{name}");
        }
        for name in ["prim::Print", "prim::TimePoint", "prim::id", "prim::grad", "prim::awaitable_wait", "prim::fork"] {
            assert!(!is_allowed(name), "{name}");
        }
        assert!(ALLOWED.iter().all(|name| name.starts_with("aten::") || name.starts_with("prim::")));
        let never = ["unsafe", "backward", "to_sparse", "mkldnn_", "quantize_", "as_strided", "resize"];
        assert!(!ALLOWED.iter().any(|name| never.iter().any(|part| name.contains(part))));
    }

    #[test]
    fn what_honest_models_need_is_in() {
        for name in [
            "warn",
            "empty",
            "dropout",
            "bernoulli_",
            "_convolution",
            "format",
            "index_put_",
            "scaled_dot_product_attention",
            "_native_multi_head_attention",
            "_transformer_encoder_layer_fwd",
        ] {
            assert!(is_allowed(&format!("aten::{name}")), "{name}");
        }
        assert!(is_allowed("prim::RaiseException"));
        assert!(is_method("relu") && is_method("dtype") && is_method("float") && !is_method("from_file"));
    }
}
