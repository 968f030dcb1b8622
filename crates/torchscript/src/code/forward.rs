//! The `forward` of a class: what it takes and gives.

use super::header::FunctionHeader;
use super::token::Token;

/// What a method `forward` takes and returns, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forward {
    /// Type of each parameter behind `self`, and whether it may be left out. A type that is not
    /// given is a tensor.
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

    /// Returns what it returns, if that is certainly neither a tensor, nor a tuple, nor a
    /// dictionary or list of tensors: `Dict[str, int]`.
    pub(crate) fn returns_other(&self) -> Option<&str> {
        let values = self.returns.strip_prefix("Dict[").and_then(|rest| Some(rest.split_once(", ")?.1));
        let values = values.or_else(|| self.returns.strip_prefix("List[")).and_then(|rest| rest.strip_suffix(']'));
        if values.is_some_and(|of| matches!(of, "Tensor" | "Optional[Tensor]")) {
            return None;
        }
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

#[cfg(test)]
mod tests {
    use super::super::header::function_header;
    use super::super::lexer::Lexer;
    use super::*;

    /// Returns what is found of `forward(self, …)` with this rest of its header.
    fn read<T>(rest: &str, found: impl Fn(&FunctionHeader<'_, '_>) -> T) -> T {
        let text = format!("def forward(self{rest}:");
        let line = Lexer::new("", &text).next_line().unwrap().unwrap();
        found(&function_header("", &line).unwrap())
    }

    #[test]
    fn a_forward_of_one_tensor_may_have_more_that_can_be_left_out() {
        let takes_other = |rest: &str| read(rest, |header| Forward::of(header).takes_other());
        for good in [
            ", x: Tensor) -> Tensor",
            ", x)",
            ", x: Optional[Tensor]=None) -> Tensor",
            ", x: Any)",
            ", x: Tensor, scale: float=1.0) -> Tensor",
        ] {
            assert_eq!(takes_other(good), None, "{good}");
        }
        for (other, types) in [
            (")", "()"),
            (", x: List[Tensor])", "(List[Tensor])"),
            (", x: Tensor, y: Tensor)", "(Tensor, Tensor)"),
            (", x, y: Dict[str, Tensor])", "(Tensor, Dict[str, Tensor])"),
            (", x: int=1, y: Tensor)", "(int, Tensor)"),
        ] {
            assert_eq!(takes_other(other).as_deref(), Some(types), "{other}");
        }
    }

    #[test]
    fn only_what_certainly_has_no_scores_is_another_result() {
        let returns_other =
            |of: &str| read(&format!(") -> {of}"), |header| Forward::of(header).returns_other().map(str::to_owned));
        for good in [
            "Tensor",
            "Tuple[Tensor, int]",
            "Optional[Tensor]",
            "Any",
            "__torch__.Out",
            "Dict[str, Tensor]",
            "Dict[int, Optional[Tensor]]",
            "List[Tensor]",
        ] {
            assert_eq!(returns_other(good), None, "{good}");
        }
        for other in [
            "Dict[str, int]",
            "Dict[str, List[Tensor]]",
            "List[List[Tensor]]",
            "List[int]",
            "int",
            "float",
            "bool",
            "str",
            "NoneType",
        ] {
            assert_eq!(returns_other(other).as_deref(), Some(other));
        }
        assert_eq!(read(")", |header| Forward::of(header).returns_other().map(str::to_owned)), None);
    }

    #[test]
    fn the_types_of_a_method_are_told_apart_by_their_ends() {
        assert_eq!(read(", x: List[int], y) -> Tensor", types), "List[int];;Tensor;");
        assert_ne!(read(", x: int, y: Tensor)", types), read(", x: int) -> Tensor", types));
        assert_eq!(read(")", types), ";");
    }
}
