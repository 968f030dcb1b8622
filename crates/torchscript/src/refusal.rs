//! Refusals: verdicts on what is wrong with a file, in words that are safe to show.

use std::fmt::Display;

use holdout_protocol::{HintCode, LineFault, Verdict, VerdictCode, VerdictDetail};

/// Most characters of a value that a message shows.
const SHOWN: usize = 80;

/// Most faults that a verdict lists.
const LISTED: usize = 20;

/// What is refused, and why.
pub(crate) type Refused = Box<Verdict>;

/// Returns a file that is no TorchScript archive, or not one that can be understood: what was
/// found, and what is allowed.
pub(crate) fn not_torchscript(found: impl Display, allowed: impl Display) -> Refused {
    Box::new(refused(VerdictCode::NotTorchscript, &found, &allowed))
}

/// Returns a file that is larger, or becomes larger, than allowed.
pub(crate) fn too_large(found: impl Display, allowed: impl Display) -> Refused {
    refused_with(VerdictCode::TooLarge, HintCode::SaveUncompressed, &found, &allowed)
}

/// Returns a `forward` that takes or returns something else.
pub(crate) fn wrong_forward(code: VerdictCode, found: impl Display, allowed: impl Display) -> Refused {
    match code {
        VerdictCode::LoadFailed => refused_with(code, HintCode::WrapForward, &found, &allowed),
        _ => Box::new(refused(code, &found, &allowed)),
    }
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

/// Returns a refusal whose advice is closer than that of its code.
pub(crate) fn refused_with(code: VerdictCode, advice: HintCode, found: &dyn Display, allowed: &dyn Display) -> Refused {
    Box::new(refused(code, found, allowed).advise(advice))
}

fn refused(code: VerdictCode, found: &dyn Display, allowed: &dyn Display) -> Verdict {
    let detail = VerdictDetail { faults: 1, ..VerdictDetail::default() };
    Verdict::new(code, format!("{found}; allowed: {allowed}"), detail)
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
    has_random: bool,
}

impl ForbiddenOperators {
    /// Adds one. `operator` is a name of the team's own code: only letters, digits, `_`, `.`, `:`
    /// and `/` of it are kept, because the rest could hurt a terminal.
    pub(crate) fn add(&mut self, file: &str, line: u32, operator: &str) {
        let safe = |letter: &char| letter.is_ascii_alphanumeric() || "_.:/".contains(*letter);
        self.has_random |= operator.strip_prefix("aten::").is_some_and(is_random);
        let operator: String = operator.chars().filter(safe).take(SHOWN).collect();
        self.push(file, line, operator);
    }

    /// Adds a device that is written into the code. It is an argument of the operator that makes
    /// devices of text.
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

    /// Returns whether one of them draws random numbers.
    pub(crate) const fn has_random(&self) -> bool {
        self.has_random
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
                let what = format!("the device `{device}` is written into the code");
                (what, "the device of the input", Some(HintCode::DeviceOfInput))
            }
            None => (format!("the operator `{operator}` may not be used"), ALLOWED, advice(&operator)),
        };
        let message = format!("`{file}` line {line}: {what}{more}; allowed: {allowed}");
        let detail = VerdictDetail {
            lines: self.lines,
            faults: self.faults,
            operator: Some(operator),
            ..VerdictDetail::default()
        };
        let verdict = Verdict::new(code, message, detail);
        Err(Box::new(match advice {
            Some(advice) => verdict.advise(advice),
            None => verdict,
        }))
    }
}

/// Returns what to do instead, if it is more than the verdict's advice. Operators that a tool put
/// into the model are not to be found in its code, so the tool is named.
fn advice(operator: &str) -> Option<HintCode> {
    let (namespace, name) = operator.split_once("::").unwrap_or_default();
    Some(match (namespace, name) {
        ("quantized", _) | (_, "quantize_per_tensor" | "quantize_per_channel" | "dequantize") => HintCode::FloatModel,
        ("mkldnn" | "mkldnn_prepacked", _) | ("aten", "to_mkldnn") => HintCode::BeforeInference,
        ("prepacked" | "metal" | "vulkan" | "metal_prepack" | "vulkan_prepack", _) => HintCode::BeforeMobile,
        ("aten", "cuda" | "xpu" | "hpu") => HintCode::MoveToInput,
        ("torchvision", _) => HintCode::WithoutTorchvision,
        ("aten", name) if is_random(name) => HintCode::TraceInEval,
        _ => return None,
    })
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
mod tests;
