//! Refusals of exported programs. Each says what to do, in lines of Python if a better file can be made by them.

use std::fmt::Display;

use holdout_protocol::VerdictCode;

use crate::refusal::{Refused, refused_with, shown};

/// The lines that export a model for batches of any size.
pub(super) const EXPORT: &str = "Export it so: `program = torch.export.export(model.eval(), (torch.rand(2, 3, SIDE, SIDE),), dynamic_shapes=({0: \
                                 torch.export.Dim.DYNAMIC},))` and `torch.export.save(program, \"model.pt2\")`, with the side of the task's images \
                                 for SIDE.";

/// What to do about an operator: each form of a program has operators that the other one has not.
pub(super) const DECOMPOSE: &str = "Rewrite the model without it, or send the other form of the program: as exported, or after \
                                    `run_decompositions()`.";

/// A program that cannot be understood, or one that is not as PyTorch writes it.
pub(super) fn malformed(found: impl Display, allowed: impl Display) -> Refused {
    refused_with(
        VerdictCode::NotTorchscript,
        "Export and save the model again, and compare the size after copying it.",
        &found,
        &allowed,
    )
}

/// A program of a kind that is not accepted, and what to do instead.
pub(super) fn unsupported(found: impl Display, allowed: impl Display, advice: &str) -> Refused {
    refused_with(VerdictCode::NotTorchscript, advice, &found, &allowed)
}

/// A program whose `forward` does not take one batch of images, or returns something else than scores.
pub(super) fn wrong_form(code: VerdictCode, found: impl Display, allowed: impl Display, advice: &str) -> Refused {
    refused_with(code, advice, &found, &allowed)
}

/// A call that a model may not make. `what` says what is wrong with it.
pub(super) fn forbidden(target: &str, number: usize, what: &str, advice: &str) -> Refused {
    let found = format!("call {number} of the program, `{}`, {what}", shown(target));
    let mut verdict =
        refused_with(VerdictCode::ForbiddenOperator, advice, &found, &"calls that compute tensors from tensors");
    verdict.detail.operator = Some(operator_of(target));
    verdict
}

/// The operator that a target names, as TorchScript writes it: `aten::relu` of `torch.ops.aten.relu.default`.
pub(super) fn operator_of(target: &str) -> String {
    let path = target.strip_prefix("torch.ops.").unwrap_or(target);
    let mut steps = path.split('.');
    let (namespace, name) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
    let safe = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').take(80).collect()
    };
    format!("{}::{}", safe(namespace), safe(name))
}
