//! Refusals: verdicts on what is wrong with a file, in words that are safe to show.

use std::fmt::Display;

use holdout_protocol::{LineFault, Verdict, VerdictCode, VerdictDetail};

/// Most characters of a value that a message shows.
const SHOWN: usize = 80;

/// Most faults that a verdict lists.
const LISTED: usize = 20;

/// What is refused, and why.
pub(crate) type Refused = Box<Verdict>;

/// Returns a file that is no TorchScript archive, or not one that can be understood: what was
/// found, and what is allowed.
pub(crate) fn not_torchscript(found: impl Display, allowed: impl Display) -> Refused {
    refused(VerdictCode::NotTorchscript, VerdictCode::NotTorchscript.advice(), &found, &allowed)
}

/// Returns a file that is larger, or becomes larger, than allowed.
pub(crate) fn too_large(found: impl Display, allowed: impl Display) -> Refused {
    refused(
        VerdictCode::TooLarge,
        "Save the model with torch.jit.save, which does not compress weights.",
        &found,
        &allowed,
    )
}

/// Returns a `forward` that takes or returns something else.
pub(crate) fn wrong_forward(code: VerdictCode, found: impl Display, allowed: impl Display) -> Refused {
    let advice = match code {
        VerdictCode::LoadFailed => "Wrap the model in a module whose `forward` takes the images alone.",
        _ => code.advice(),
    };
    refused(code, advice, &found, &allowed)
}

/// Returns a fault at a line of a file of the archive's code.
pub(crate) fn at_line(file: &str, line: u32, found: impl Display, allowed: impl Display) -> Refused {
    let mut verdict = not_torchscript(format_args!("`{}` line {line}: {found}", shown(file)), &allowed);
    let fault = LineFault {
        line: Some(u64::from(line)),
        code: VerdictCode::NotTorchscript,
        value: shown(file),
        allowed: allowed.to_string(),
    };
    verdict.detail.lines.push(fault);
    verdict
}

/// A refusal with an advice of its own, which is a hint as well: who shows the parts does not repeat the message.
pub(crate) fn refused_with(code: VerdictCode, advice: &str, found: &dyn Display, allowed: &dyn Display) -> Refused {
    let mut verdict = refused(code, advice, found, allowed);
    verdict.detail.hints.push(advice.to_owned());
    verdict
}

fn refused(code: VerdictCode, advice: &str, found: &dyn Display, allowed: &dyn Display) -> Refused {
    let message = format!("{found}; allowed: {allowed}. {advice}");
    Box::new(Verdict { code, message, detail: VerdictDetail { faults: 1, ..VerdictDetail::default() } })
}

/// Returns the text of the file as a message may show it: escaped, and no longer than a line.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(SHOWN).flat_map(char::escape_default).take(SHOWN).collect()
}

/// Operators that were found and are not allowed, in the order of files and lines.
#[derive(Debug, Default)]
pub(crate) struct ForbiddenOperators {
    first: Option<String>,
    /// The first that is a device: its name.
    device: Option<String>,
    lines: Vec<LineFault>,
    faults: u64,
}

impl ForbiddenOperators {
    /// Adds one. `operator` is a name of the team's own code: only letters, digits, `_`, `.`, `:` and `/` of it are kept.
    pub(crate) fn add(&mut self, file: &str, line: u32, operator: &str) {
        let safe = |letter: &char| letter.is_ascii_alphanumeric() || "_.:/".contains(*letter);
        let operator: String = operator.chars().filter(safe).take(SHOWN).collect();
        self.push(file, line, operator);
    }

    /// Adds a device that is written into the code. It is an argument of the operator that makes devices of text.
    pub(crate) fn add_device(&mut self, file: &str, line: u32, device: &str) {
        if self.first.is_none() {
            self.device = Some(shown(device));
        }
        self.add(file, line, "aten::device");
    }

    fn push(&mut self, file: &str, line: u32, operator: String) {
        self.faults += 1;
        if self.lines.len() < LISTED {
            self.lines.push(LineFault {
                line: Some(u64::from(line)),
                code: VerdictCode::ForbiddenOperator,
                value: format!("{} in {}", operator, shown(file)),
                allowed: ALLOWED.to_owned(),
            });
        }
        self.first.get_or_insert(operator);
    }

    /// The verdict, if there is any.
    pub(crate) fn into_result(self) -> Result<(), Refused> {
        let (Some(operator), Some(first)) = (self.first, self.lines.first()) else { return Ok(()) };
        let code = VerdictCode::ForbiddenOperator;
        let more = match self.faults - 1 {
            0 => String::new(),
            1 => " (and 1 more)".to_owned(),
            more => format!(" (and {more} more)"),
        };
        let line = first.line.unwrap_or_default();
        let file = first.value.split_once(" in ").map_or("", |(_, file)| file);
        let (what, allowed, advice) = match self.device {
            Some(device) => {
                (format!("the device `{device}` is written into the code"), "the device of the input", DEVICE_ADVICE)
            }
            None => (format!("the operator `{operator}` may not be used"), ALLOWED, advice(&operator)),
        };
        let message = format!("`{file}` line {line}: {what}{more}; allowed: {allowed}. {advice}");
        // Who lists the lines does not repeat the message.
        let is_its_own = advice != code.advice();
        let detail = VerdictDetail {
            hints: is_its_own.then(|| advice.to_owned()).into_iter().collect(),
            lines: self.lines,
            faults: self.faults,
            operator: Some(operator),
            ..VerdictDetail::default()
        };
        Err(Box::new(Verdict { code, message, detail }))
    }
}

/// What to do about a device that is written into the code.
const DEVICE_ADVICE: &str = "Trace or script the model on a CPU, and write `x.device` for the device of a tensor. If it is the device of \
                             `torch.autocast`, trace the model: then it is not in the code.";

/// Returns what to do instead. Operators that a tool put into the model are not to be found in its
/// code, so the tool is named.
fn advice(operator: &str) -> &'static str {
    let (namespace, name) = operator.split_once("::").unwrap_or_default();
    match (namespace, name) {
        ("quantized", _) | (_, "quantize_per_tensor" | "quantize_per_channel" | "dequantize") => {
            "Quantised models are not accepted; send the float model, from before it was quantised."
        }
        ("mkldnn" | "mkldnn_prepacked", _) | ("aten", "to_mkldnn") => {
            "Save the model before `torch.jit.optimize_for_inference`; the scorer optimises it by itself."
        }
        ("prepacked" | "metal" | "vulkan" | "metal_prepack" | "vulkan_prepack", _) => {
            "Save the model before `optimize_for_mobile`."
        }
        ("aten", "cuda" | "xpu" | "hpu") => {
            "The model moves a tensor to a device of its own choice. Remove that, or write `.to(x.device)`: the scorer puts the model and \
             the images on its device."
        }
        ("torchvision", _) => "Operators of torchvision's own library are not accepted; write the model without them.",
        ("aten", name) if is_random(name) => {
            "Trace the model with torch.jit.trace after `eval()`, or put what draws random numbers behind `if self.training:`."
        }
        _ => VerdictCode::ForbiddenOperator.advice(),
    }
}

/// Operators of `aten` that draw random numbers and whose only fault that is.
pub(crate) fn is_random(name: &str) -> bool {
    matches!(
        name,
        "rand"
            | "rand_like"
            | "randn"
            | "randn_like"
            | "randint"
            | "randint_like"
            | "randperm"
            | "uniform_"
            | "normal"
            | "normal_"
            | "exponential_"
            | "random_"
            | "log_normal_"
            | "multinomial"
            | "poisson"
    )
}

/// What is allowed instead of a forbidden operator.
const ALLOWED: &str =
    "operators that compute tensors from tensors on the device of the input, without chance, files, threads or output";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_cut() {
        assert_eq!(shown("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
        assert_eq!(shown(&"x".repeat(200)).len(), 80);
        assert!(shown(&"\u{202e}".repeat(80)).chars().all(|letter| letter.is_ascii_graphic()));
    }

    #[test]
    fn the_tool_that_wrote_an_operator_is_named() {
        let message = |operator: &str| {
            let mut operators = ForbiddenOperators::default();
            operators.add("code/__torch__.py", 1, operator);
            operators.into_result().unwrap_err().message
        };
        for (operator, words) in [
            ("aten::to_mkldnn", "optimize_for_inference"),
            ("quantized::linear_dynamic", "Quantised"),
            ("prepacked::conv2d_clamp_run", "optimize_for_mobile"),
            ("aten::rand", "torch.jit.trace"),
            ("aten::cuda", "to(x.device)"),
            ("aten::save", VerdictCode::ForbiddenOperator.advice()),
        ] {
            assert!(message(operator).contains(words), "{}", message(operator));
        }
    }

    #[test]
    fn an_advice_of_its_own_is_a_hint_as_well() {
        let hints = |operator: &str| {
            let mut operators = ForbiddenOperators::default();
            operators.add("code/__torch__.py", 1, operator);
            operators.into_result().unwrap_err().detail.hints
        };
        assert!(hints("aten::to_mkldnn").concat().contains("optimize_for_inference"));
        assert_eq!(hints("aten::save"), Vec::<String>::new());
    }

    #[test]
    fn operators_keep_only_safe_letters_and_the_first_is_named() {
        let mut operators = ForbiddenOperators::default();
        for number in 0..30 {
            operators.add("code/__torch__.py", number + 1, &format!("aten::op{number}<\n>"));
        }
        let verdict = operators.into_result().unwrap_err();
        assert_eq!(verdict.detail.operator.as_deref(), Some("aten::op0"));
        assert_eq!((verdict.detail.lines.len(), verdict.detail.faults), (20, 30));
        assert!(
            verdict
                .message
                .starts_with("`code/__torch__.py` line 1: the operator `aten::op0` may not be used (and 29 more)")
        );
    }
}
