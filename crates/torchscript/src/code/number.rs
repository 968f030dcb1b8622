//! Which variables and expressions hold one whole number, as far as the text shows it.

use std::collections::HashSet;

use super::check::Checker;
use super::split::{call, closing, split};
use super::token::{Kind, Token};

/// Most tokens of an expression that is looked at. In an honest one there are about ten.
const MAX_TOKENS: usize = 64;

impl<'a> Checker<'_, 'a> {
    /// Returns whether the expression is one whole number: an `int`, or a tensor that was made of
    /// one.
    pub(super) fn is_number(&self, tokens: &[Token<'a>]) -> bool {
        match tokens {
            _ if tokens.len() > MAX_TOKENS => false,
            [minus, number @ ..] if minus.is_symbol("-") => matches!(number, [_]) && self.is_number(number),
            [one] => match one.kind {
                Kind::Number => one.text.bytes().all(|byte| byte.is_ascii_digit()),
                Kind::Name => self.numbers.contains(one.text),
                _ => false,
            },
            [object, point, name] if object.is_name("self") && point.is_symbol(".") => {
                self.is_number_attribute(name.text)
            }
            [.., last] if last.is_symbol("]") => self.is_size_at_index(tokens),
            _ => call(tokens).is_some_and(|(function, arguments)| self.gives_number(&function, &arguments)),
        }
    }

    /// `self.name` of a class that declares `name : int`.
    fn is_number_attribute(&self, name: &str) -> bool {
        let class = self.class.as_deref().and_then(|class| self.program.class(class));
        self.scope.is_bound("self") && class.is_some_and(|class| class.numbers.contains(name))
    }

    /// `torch.size(x)[0]`, or the same with the size in parentheses.
    fn is_size_at_index(&self, tokens: &[Token<'a>]) -> bool {
        let (list, index) = match tokens {
            [list @ .., open, index, _] if open.is_symbol("[") => (list, index),
            [list @ .., open, minus, index, _] if open.is_symbol("[") && minus.is_symbol("-") => (list, index),
            _ => return false,
        };
        let list = match list {
            [_, inside @ .., _] if closing(list) == Some(list.len() - 1) => inside,
            _ => list,
        };
        is_sizes(list) && self.is_number(std::slice::from_ref(index))
    }

    /// Returns whether a call gives one whole number. Of some functions that is so only if their
    /// arguments are such.
    fn gives_number(&self, function: &str, arguments: &[&[Token<'a>]]) -> bool {
        let are_numbers = || arguments.iter().all(|argument| self.is_number(argument));
        match (function, arguments.len()) {
            ("int" | "torch.len" | "torch.dim" | "torch.numel", 1) | ("torch.size", 2) => true,
            ("ops.prim.NumToTensor" | "torch.neg" | "torch.abs", 1) => are_numbers(),
            (
                "torch.add" | "torch.sub" | "torch.mul" | "torch.floordiv" | "torch.floor_divide" | "torch.remainder"
                | "ops.prim.min" | "ops.prim.max",
                2,
            ) => are_numbers(),
            _ => false,
        }
    }

    /// Returns those variables of `target = value` that are bound to one whole number.
    pub(super) fn numbers_of(&self, target: &[Token<'a>], value: &[Token<'a>]) -> HashSet<&'a str> {
        let names = split(target, ",").into_iter().filter(|piece| !piece.is_empty());
        // With a `*` or brackets among them, values and targets do not go together.
        let names = names.map(|piece| if let [name] = piece { Some(name.text) } else { None });
        let names: Vec<_> = names.collect::<Option<_>>().unwrap_or_default();
        let values = split(value, ",");
        match values.as_slice() {
            [list] if target.len() > 1 && is_sizes(list) => names.into_iter().collect(),
            _ if values.len() == names.len() => {
                let pairs = names.into_iter().zip(values);
                let (numbers, others): (Vec<_>, Vec<_>) = pairs.partition(|(_, value)| self.is_number(value));
                let mut numbers: HashSet<_> = numbers.into_iter().map(|(name, _)| name).collect();
                others.iter().for_each(|(name, _)| _ = numbers.remove(name));
                numbers
            }
            _ => HashSet::new(),
        }
    }
}

/// `torch.size(x)`, a list of numbers.
fn is_sizes(tokens: &[Token<'_>]) -> bool {
    call(tokens).is_some_and(|(function, arguments)| function == "torch.size" && arguments.len() == 1)
}
