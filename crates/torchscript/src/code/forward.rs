//! The `forward` of a class: what it takes and gives.

use super::header::FunctionHeader;
use super::token::Token;

/// What a method `forward` takes and returns, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forward {
    /// Type of each parameter behind `self`, and whether it may be left out. A type that is not given is a tensor.
    parameters: Vec<(String, bool)>,
    /// Empty if it is not given.
    returns: String,
}

impl Forward {
    pub(super) fn of(header: &FunctionHeader<'_, '_>) -> Self {
        let parameters = header.parameters.iter().skip(1);
        let parameters = parameters.map(|parameter| (text(parameter.annotation), !parameter.default.is_empty()));
        Self { parameters: parameters.collect(), returns: text(header.returns) }
    }

    /// Returns what it takes, if that is something else than one tensor: `(Tensor, Tensor)`.
    pub(crate) fn takes_other(&self) -> Option<String> {
        let required = self.parameters.iter().filter(|(_, optional)| !optional).count();
        let first = self.parameters.first().map(|(of, _)| of.as_str());
        let is_one_tensor =
            required <= 1 && first.is_some_and(|of| matches!(of, "" | "Tensor" | "Optional[Tensor]" | "Any"));
        let types = || self.parameters.iter().map(|(of, _)| if of.is_empty() { "Tensor" } else { of });
        (!is_one_tensor).then(|| format!("({})", types().collect::<Vec<_>>().join(", ")))
    }

    /// Returns what it returns, if that is certainly neither a tensor nor a tuple: `Dict[str,
    /// Tensor]`.
    pub(crate) fn returns_other(&self) -> Option<&str> {
        let others = ["Dict[", "List[", "int", "float", "bool", "str", "NoneType"];
        others.iter().any(|other| self.returns.starts_with(other)).then_some(self.returns.as_str())
    }
}

pub(super) fn text(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|token| if token.text == "," { ", " } else { token.text }).collect()
}

/// Returns the types of the parameters behind `self` and of what is returned, as text.
pub(super) fn types(header: &FunctionHeader<'_, '_>) -> String {
    let annotations = header.parameters.iter().skip(1).map(|parameter| parameter.annotation);
    let mut text = String::new();
    for tokens in annotations.chain([header.returns]) {
        tokens.iter().for_each(|token| text.push_str(token.text));
        text.push(';');
    }
    text
}
