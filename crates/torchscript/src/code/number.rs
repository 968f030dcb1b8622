//! Which variables and expressions hold one whole number, or the sizes of a tensor, as far as the
//! text shows it.

use std::collections::HashMap;

use super::check::Checker;
use super::scope::Held;
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
                Kind::Name => self.variables.holds(one.text, Held::Number),
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

    /// `torch.size(x)[0]`, or the same with the size in parentheses or in a variable.
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
        self.is_sizes(list) && self.is_number(std::slice::from_ref(index))
    }

    /// `torch.size(x)`, or a variable that holds it.
    fn is_sizes(&self, tokens: &[Token<'a>]) -> bool {
        match tokens {
            [name] => name.kind == Kind::Name && self.variables.holds(name.text, Held::Sizes),
            _ => call(tokens).is_some_and(|(function, arguments)| function == "torch.size" && arguments.len() == 1),
        }
    }

    /// Returns what a value is shown to be.
    fn held(&self, value: &[Token<'a>]) -> Held {
        match value {
            _ if self.is_number(value) => Held::Number,
            _ if self.is_sizes(value) => Held::Sizes,
            _ => Held::Other,
        }
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

    /// Returns what the variables of `target = value` hold, if the text shows it.
    pub(super) fn held_by(&self, target: &[Token<'a>], value: &[Token<'a>]) -> HashMap<&'a str, Held> {
        let names = split(target, ",").into_iter().filter(|piece| !piece.is_empty());
        // With a `*` or brackets among them, values and targets do not go together.
        let names = names.map(|piece| if let [name] = piece { Some(name.text) } else { None });
        let names: Vec<_> = names.collect::<Option<_>>().unwrap_or_default();
        let values = split(value, ",");
        let mut held = HashMap::new();
        match values.as_slice() {
            [list] if target.len() > 1 && self.is_sizes(list) => {
                held.extend(names.into_iter().map(|name| (name, Held::Number)));
            }
            _ if values.len() == names.len() => {
                for (name, value) in names.into_iter().zip(values) {
                    let value = self.held(value);
                    // `a, a = 1, x` leaves it open what `a` holds.
                    held.entry(name).and_modify(|before| *before = Held::Other).or_insert(value);
                }
            }
            _ => (),
        }
        held
    }
}
