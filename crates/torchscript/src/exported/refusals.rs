//! Refusals of exported programs. Each says what to do, in lines of Python if a better file can be
//! made by them.

use std::fmt::Display;

use holdout_protocol::{HintCode, VerdictCode};

use crate::refusal::{Refused, refused_with, shown};

/// A program that cannot be understood, or one that is not as PyTorch writes it.
pub(super) fn malformed(found: impl Display, allowed: impl Display) -> Refused {
    refused_with(VerdictCode::NotTorchscript, HintCode::ExportAgain, &found, &allowed)
}

/// A program of a kind that is not accepted, and what to do instead.
pub(super) fn unsupported(found: impl Display, allowed: impl Display, advice: HintCode) -> Refused {
    refused_with(VerdictCode::NotTorchscript, advice, &found, &allowed)
}

/// A program whose `forward` does not take one batch of images, or returns something else than
/// scores.
pub(super) fn wrong_form(code: VerdictCode, found: impl Display, allowed: impl Display, advice: HintCode) -> Refused {
    refused_with(code, advice, &found, &allowed)
}

/// A call that a model may not make. `what` says what is wrong with it.
pub(super) fn forbidden(target: &str, number: usize, what: &str, advice: HintCode) -> Refused {
    let found = format!("call {number} of the program, `{}`, {what}", shown(target));
    let mut verdict =
        refused_with(VerdictCode::ForbiddenOperator, advice, &found, &"calls that compute tensors from tensors");
    verdict.detail.operator = Some(operator_of(target));
    verdict
}

/// The operator that a target names, as TorchScript writes it: `aten::relu` of
/// `torch.ops.aten.relu.default`.
pub(super) fn operator_of(target: &str) -> String {
    let path = target.strip_prefix("torch.ops.").unwrap_or(target);
    let mut steps = path.split('.');
    let (namespace, name) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
    let safe = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').take(80).collect()
    };
    format!("{}::{}", safe(namespace), safe(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_named_as_torchscript_names_it() {
        for (target, operator) in [
            ("torch.ops.aten.relu.default", "aten::relu"),
            ("torch.ops.torchvision.nms.default", "torchvision::nms"),
            ("_operator.add", "_operator::add"),
            ("torch.ops.aten", "aten::"),
            ("torch.ops.a\n`b.c-d.e", "ab::cd"),
        ] {
            assert_eq!(operator_of(target), operator, "{target:?}");
        }
        assert_eq!(operator_of(&format!("a.{}", "b".repeat(100))).len(), "a::".len() + 80);
    }

    #[test]
    fn a_forbidden_call_is_named_with_its_number() {
        let verdict = forbidden("torch.ops.aten.rand.default", 12, "draws random numbers", HintCode::ExportInEval);
        let expected = "call 12 of the program, `torch.ops.aten.rand.default`, draws random numbers; allowed: ";
        assert!(verdict.message.starts_with(expected), "{}", verdict.message);
        assert_eq!(verdict.detail.operator.as_deref(), Some("aten::rand"));
        assert_eq!(verdict.code, VerdictCode::ForbiddenOperator);
    }
}
