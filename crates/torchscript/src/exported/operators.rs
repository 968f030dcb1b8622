//! Operators of exported programs: which are written as they are, which by another name, and which
//! not at all.
//!
//! `run_decompositions()` leaves operators that the list of allowed ones does not have, such as
//! variants that say for certain that they copy. Each is written as the operator that it came from.

use std::borrow::Cow;

use super::schema::{Argument, Float, Node};

/// A call of an operator of `aten` with its arguments as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call<'n> {
    pub(super) name: Cow<'n, str>,
    /// With their names, in order.
    pub(super) positional: Vec<(&'n str, String)>,
    pub(super) keywords: Vec<(&'n str, String)>,
}

/// How a call is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written<'n> {
    /// As this call.
    Call(Call<'n>),
    /// As this call, whose only result is the first of the original's.
    First(Call<'n>),
    /// As its first argument: it only says something of it.
    Argument,
    /// Not at all: it checks what the scorer or libtorch checks.
    Nothing,
}

impl<'n> Call<'n> {
    fn named(&self, name: &str) -> Option<&str> {
        let mut all = self.positional.iter().chain(&self.keywords);
        all.find(|(known, _)| *known == name).map(|(_, text)| text.as_str())
    }

    /// A call of another name with these arguments: `=` and a text, or the name of an argument of
    /// this call. What is missing is `None`.
    fn rewritten(&self, name: &'static str, arguments: &[&'static str], keywords: &[&'static str]) -> Self {
        let text = |argument: &'static str| match argument.strip_prefix('=') {
            Some(text) => text.to_owned(),
            None => self.named(argument).unwrap_or("None").to_owned(),
        };
        let pair = |argument: &&'static str| (*argument, text(argument));
        Call {
            name: Cow::Borrowed(name),
            positional: arguments.iter().map(pair).collect(),
            keywords: keywords.iter().map(pair).collect(),
        }
    }

    fn renamed(self, name: &'static str) -> Self {
        Call { name: Cow::Borrowed(name), ..self }
    }
}

/// What stands for the overload of a view that is the same as its argument.
pub(super) const NO_CHANGE: &str = "no change";

/// Returns how a call of `torch.ops.aten` is written.
pub(super) fn written<'n>(call: Call<'n>, overload: &str) -> Written<'n> {
    let normal = ["input", "weight", "bias", "running_mean", "running_var", "=False", "momentum", "eps", "=True"];
    let attention = |mask| ["query", "key", "value", mask, "dropout_p", "is_causal"];
    match call.name.as_ref() {
        "_assert_tensor_metadata"
        | "_assert_scalar"
        | "_assert_async"
        | "_functional_assert_async"
        | "_functional_assert_scalar"
        | "sym_constrain_range"
        | "sym_constrain_range_for_size" => Written::Nothing,
        // Gradients are never recorded, so a tensor without them is the tensor.
        "alias" | "detach" | "detach_" | "lift" | "lift_fresh" => Written::Argument,
        "as_strided" if overload == NO_CHANGE => Written::Argument,
        "lift_fresh_copy" => Written::Call(call.rewritten("clone", &["self"], &[])),
        "_to_copy" if call.named("dtype").is_none_or(|dtype| dtype == "None") => {
            Written::Call(call.rewritten("clone", &["self"], &["memory_format"]))
        }
        "_to_copy" => Written::Call(call.rewritten("to", &["self", "dtype", "=False", "=True", "memory_format"], &[])),
        "_unsafe_view" => Written::Call(call.renamed("view")),
        "_unsafe_index" => Written::Call(call.renamed("index")),
        "sym_size" => Written::Call(call.renamed("size")),
        "sym_numel" => Written::Call(call.renamed("numel")),
        "_native_batch_norm_legit_no_training" => Written::First(call.rewritten("batch_norm", &normal, &[])),
        "_native_batch_norm_legit" if overload == "no_stats" => {
            let of_batch = ["input", "weight", "bias", "=None", "=None", "=True", "momentum", "eps", "=True"];
            Written::First(call.rewritten("batch_norm", &of_batch, &[]))
        }
        "native_group_norm" => {
            Written::First(call.rewritten("group_norm", &["input", "group", "weight", "bias", "eps", "=True"], &[]))
        }
        "_fused_rms_norm" => {
            Written::First(call.rewritten("rms_norm", &["input", "normalized_shape", "weight", "eps"], &[]))
        }
        "_scaled_dot_product_flash_attention_for_cpu" => {
            Written::First(with_defaults(call.rewritten(ATTENTION, &attention("attn_mask"), &["scale"])))
        }
        "_scaled_dot_product_flash_attention" => {
            Written::First(with_defaults(call.rewritten(ATTENTION, &attention("=None"), &["scale"])))
        }
        "_scaled_dot_product_efficient_attention" | "_scaled_dot_product_cudnn_attention" => {
            Written::First(with_defaults(call.rewritten(ATTENTION, &attention("attn_bias"), &["scale"])))
        }
        "_fft_r2c" | "_fft_c2c" | "_fft_c2r" => Written::Call(fourier(call)),
        _ => Written::Call(call),
    }
}

/// A Fourier transform as the function of `torch.fft` that it came from. What cannot be told stays
/// as it is, and is refused.
fn fourier(call: Call<'_>) -> Call<'_> {
    // A transform divides by nothing, the root of the number of values, or that number. `torch.fft`
    // names this by the way that does it by itself.
    let is_backward = call.name == "_fft_c2r" || call.named("forward") == Some("False");
    let norm = match (call.named("normalization"), is_backward) {
        (Some("0"), false) | (Some("2"), true) => "=\"backward\"",
        (Some("2"), false) | (Some("0"), true) => "=\"forward\"",
        (Some("1"), _) => "=\"ortho\"",
        _ => return call,
    };
    let name = match (call.name.as_ref(), call.named("onesided").or_else(|| call.named("forward"))) {
        ("_fft_r2c", Some("True")) => "fft_rfftn",
        ("_fft_r2c", Some("False")) | ("_fft_c2c", Some("True")) => "fft_fftn",
        ("_fft_c2c", Some("False")) => "fft_ifftn",
        ("_fft_c2r", _) => return to_real(call, norm),
        _ => return call,
    };
    call.rewritten(name, &["self", "=None", "dim", norm], &[])
}

/// A transform to real numbers. Its size along the last dimension cannot be told from its argument;
/// -1 keeps the other sizes.
fn to_real<'n>(call: Call<'n>, norm: &'static str) -> Call<'n> {
    let dims = call.named("dim").map_or(0, |dims| dims.split(',').count());
    let Some(last) = call.named("last_dim_size").map(str::to_owned) else { return call };
    let mut written = call.rewritten("fft_irfftn", &["self", "=None", "dim", norm], &[]);
    for (name, text) in &mut written.positional {
        if *name == "=None" {
            *text = format!("[{}{last}]", "-1, ".repeat(dims.saturating_sub(1)));
        }
    }
    written
}

const ATTENTION: &str = "scaled_dot_product_attention";

/// The probability and the flag of an attention, which a program leaves out if they are zero and
/// false.
fn with_defaults(mut call: Call<'_>) -> Call<'_> {
    for (name, text) in &mut call.positional {
        match *name {
            "dropout_p" if text == "None" => "0.0".clone_into(text),
            "is_causal" if text == "None" => "False".clone_into(text),
            _ => {}
        }
    }
    call
}

/// Returns how a calculation with sizes is written: before, between and behind its arguments.
/// `None` if it is not known.
pub(super) fn of_sizes(target: &str) -> Option<(&'static str, &'static str)> {
    let written = match target {
        "_operator.add" => "torch.add(",
        "_operator.sub" => "torch.sub(",
        "_operator.mul" => "torch.mul(",
        "_operator.floordiv" => "torch.floordiv(",
        "_operator.mod" => "torch.remainder(",
        "_operator.truediv" => "torch.div(",
        "_operator.neg" => "torch.neg(",
        "_operator.eq" => "torch.eq(",
        "_operator.ne" => "torch.ne(",
        "_operator.lt" => "torch.lt(",
        "_operator.le" => "torch.le(",
        "_operator.gt" => "torch.gt(",
        "_operator.ge" => "torch.ge(",
        "torch.sym_max" => "ops.prim.max(",
        "torch.sym_min" => "ops.prim.min(",
        "torch.sym_float" => "float(",
        "torch.sym_int" | "math.trunc" => "int(",
        "torch.sym_not" => "torch.__not__(",
        "math.ceil" => "torch.ceil(",
        "math.floor" => "torch.floor(",
        _ => return None,
    };
    Some((written, ")"))
}

/// Views: their results share memory with their first argument.
pub(super) fn is_view(name: &str) -> bool {
    matches!(
        name,
        "alias"
            | "chunk"
            | "detach"
            | "detach_"
            | "diagonal"
            | "expand"
            | "expand_as"
            | "narrow"
            | "permute"
            | "select"
            | "slice"
            | "split"
            | "split_with_sizes"
            | "squeeze"
            | "t"
            | "transpose"
            | "unbind"
            | "unfold"
            | "unsqueeze"
            | "view"
            | "view_as"
            | "swapaxes"
            | "movedim"
    )
}

/// Returns true if an operator changes its first argument. All such names end so.
pub(super) fn is_in_place(name: &str) -> bool {
    name.ends_with('_') && !name.ends_with("__") && name != "detach_"
}

/// Whether a call computes as in training: it drops at random, or takes mean and variance of the
/// batch although there are those of training.
pub(super) fn is_training(node: &Node) -> bool {
    let Some(name) = aten(&node.target).map(|(name, _)| name) else { return false };
    let argument = |name: &str| node.inputs.iter().find(|input| input.name == name).map(|input| &input.arg);
    let is_true = |name: &str| matches!(argument(name), Some(Argument::AsBool(true)));
    let has_chance =
        |name: &str| !matches!(argument(name), Some(Argument::AsFloat(Float::Finite(0.0)) | Argument::AsInt(0)));
    match name {
        "batch_norm" | "native_batch_norm" => {
            is_true("training") && matches!(argument("running_mean"), Some(Argument::AsTensor(_)))
        }
        "_native_batch_norm_legit" | "_native_batch_norm_legit_functional" => {
            matches!(argument("running_mean"), Some(Argument::AsTensor(_)))
        }
        "dropout"
        | "dropout_"
        | "alpha_dropout"
        | "alpha_dropout_"
        | "feature_dropout"
        | "feature_dropout_"
        | "feature_alpha_dropout"
        | "feature_alpha_dropout_"
        | "native_dropout" => is_true("train") && has_chance("p"),
        "rrelu" | "rrelu_" | "rrelu_with_noise" => is_true("training"),
        "scaled_dot_product_attention" => argument("dropout_p").is_some() && has_chance("dropout_p"),
        _ => false,
    }
}

/// Name and overload of an operator of `aten`.
pub(super) fn aten(target: &str) -> Option<(&str, &str)> {
    let path = target.strip_prefix("torch.ops.aten.")?;
    let (name, overload) = path.split_once('.')?;
    let is_name = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    (is_name(name) && is_name(overload)).then_some((name, overload))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &'static str, arguments: &[(&'static str, &str)]) -> Call<'static> {
        let positional = arguments.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        Call { name: name.into(), positional, keywords: Vec::new() }
    }

    fn texts(written: Written<'_>) -> (String, Vec<String>, Vec<String>) {
        let (Written::Call(call) | Written::First(call)) = written else { panic!("{written:?}") };
        let text = |pairs: Vec<(&str, String)>| pairs.into_iter().map(|(_, text)| text).collect();
        (call.name.into_owned(), text(call.positional), text(call.keywords))
    }

    #[test]
    fn decomposed_operators_become_those_that_they_came_from() {
        let no_training = call(
            "_native_batch_norm_legit_no_training",
            &[
                ("input", "v1"),
                ("weight", "w"),
                ("bias", "None"),
                ("running_mean", "m"),
                ("running_var", "s"),
                ("momentum", "0.1"),
                ("eps", "1e-5"),
            ],
        );
        let (name, positional, _) = texts(written(no_training, "default"));
        assert_eq!(
            (name.as_str(), positional.join(" ")),
            ("batch_norm", "v1 w None m s False 0.1 1e-5 True".to_owned())
        );
        let attention = call(
            "_scaled_dot_product_flash_attention_for_cpu",
            &[("query", "q"), ("key", "k"), ("value", "v"), ("scale", "0.5")],
        );
        let (name, positional, keywords) = texts(written(attention, "default"));
        assert_eq!((name.as_str(), positional.join(" ")), (ATTENTION, "q k v None 0.0 False".to_owned()));
        assert_eq!(keywords, ["0.5"]);
        let real = [("self", "v1"), ("dim", "[2, 3]"), ("normalization", "1"), ("onesided", "True")];
        let (name, positional, _) = texts(written(call("_fft_r2c", &real), "default"));
        assert_eq!((name.as_str(), positional.join(" ")), ("fft_rfftn", "v1 None [2, 3] \"ortho\"".to_owned()));
        let back = [("self", "v1"), ("dim", "[2, 3]"), ("normalization", "2"), ("last_dim_size", "v9")];
        let (name, positional, _) = texts(written(call("_fft_c2r", &back), "default"));
        assert_eq!((name.as_str(), positional.join(" ")), ("fft_irfftn", "v1 [-1, v9] [2, 3] \"backward\"".to_owned()));
        for (forward, normalization, name, norm) in [
            ("True", "0", "fft_fftn", "backward"),
            ("True", "2", "fft_fftn", "forward"),
            ("False", "0", "fft_ifftn", "forward"),
            ("False", "2", "fft_ifftn", "backward"),
        ] {
            let complex = [("self", "v1"), ("dim", "[1]"), ("normalization", normalization), ("forward", forward)];
            let (found, positional, _) = texts(written(call("_fft_c2c", &complex), "default"));
            assert_eq!((found.as_str(), positional.join(" ")), (name, format!("v1 None [1] \"{norm}\"")));
        }
        let groups = [("input", "v1"), ("weight", "w"), ("bias", "None"), ("group", "4"), ("eps", "1e-5")];
        let (name, positional, _) = texts(written(call("native_group_norm", &groups), "default"));
        assert_eq!((name.as_str(), positional.join(" ")), ("group_norm", "v1 4 w None 1e-5 True".to_owned()));
        let unknown = [("self", "v1"), ("dim", "[1]"), ("normalization", "3"), ("forward", "True")];
        assert_eq!(texts(written(call("_fft_c2c", &unknown), "default")).0, "_fft_c2c");
        let cast = call("_to_copy", &[("self", "v1"), ("dtype", "5")]);
        assert_eq!(texts(written(cast, "default")).1, ["v1", "5", "False", "True", "None"]);
        assert_eq!(texts(written(call("_to_copy", &[("self", "v1")]), "default")).0, "clone");
        assert_eq!(texts(written(call("relu", &[("self", "v1")]), "default")).0, "relu");
    }

    #[test]
    fn calculations_with_sizes_have_their_names_in_torchscript() {
        let names = [
            ("add", "add"),
            ("sub", "sub"),
            ("mul", "mul"),
            ("floordiv", "floordiv"),
            ("mod", "remainder"),
            ("truediv", "div"),
            ("neg", "neg"),
            ("eq", "eq"),
            ("ne", "ne"),
            ("lt", "lt"),
            ("le", "le"),
            ("gt", "gt"),
            ("ge", "ge"),
        ];
        for (python, torch) in names {
            let written = of_sizes(&format!("_operator.{python}")).unwrap();
            assert_eq!((written.0.to_owned(), written.1), (format!("torch.{torch}("), ")"));
        }
        for (python, torch) in [
            ("torch.sym_max", "ops.prim.max("),
            ("torch.sym_min", "ops.prim.min("),
            ("torch.sym_float", "float("),
            ("torch.sym_int", "int("),
            ("math.trunc", "int("),
            ("torch.sym_not", "torch.__not__("),
            ("math.ceil", "torch.ceil("),
            ("math.floor", "torch.floor("),
        ] {
            assert_eq!(of_sizes(python), Some((torch, ")")));
        }
        assert_eq!(of_sizes("_operator.pow"), None);
    }

    #[test]
    fn a_target_of_aten_has_a_name_and_an_overload() {
        assert_eq!(aten("torch.ops.aten.add.Tensor"), Some(("add", "Tensor")));
        for other in [
            "torch.ops.aten.add",
            "torch.ops.aten.a b.c",
            "torch.ops.aten.a.b.c",
            "torch.ops.mine.add.default",
            "_operator.add",
        ] {
            assert_eq!(aten(other), None, "{other}");
        }
    }
}
