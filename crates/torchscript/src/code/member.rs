//! A line in the body of a class.

use super::lexer::Line;
use super::program::plain_text;
use super::split::position;
use super::token::{Kind, Token};

/// A line of a class's body.
pub(super) enum Member<'l, 'a> {
    /// `__parameters__ = ["weight", ]` and the like: what torch needs to know of the attributes.
    List,
    /// `name : Type`, or `__annotations__["0"] = Type` if the name is not an identifier.
    Attribute(&'a str, &'l [Token<'a>]),
    /// `name : Final[Type] = value`, or `NAME = value` of an enumeration.
    Constant(&'a str, &'l [Token<'a>]),
}

impl<'l, 'a> Member<'l, 'a> {
    pub(super) fn of(line: &'l Line<'a>) -> Option<Self> {
        match line.tokens.as_slice() {
            [name, equals, open, .., close]
                if is_list(name.text) && equals.is_symbol("=") && open.is_symbol("[") && close.is_symbol("]") =>
            {
                Some(Self::List)
            }
            [name, open, text, close, equals, of @ ..]
                if name.text == "__annotations__"
                    && open.is_symbol("[")
                    && text.kind == Kind::Text
                    && close.is_symbol("]")
                    && equals.is_symbol("=") =>
            {
                Some(Self::Attribute(plain_text(text.text)?, of))
            }
            [name, colon, of @ ..] if colon.is_symbol(":") && name.kind == Kind::Name => {
                let is_constant = position(of, |token| token.is_symbol("=")).is_some();
                Some(if is_constant { Self::Constant(name.text, &[]) } else { Self::Attribute(name.text, of) })
            }
            [name, equals, value @ ..] if equals.is_symbol("=") && name.kind == Kind::Name && !value.is_empty() => {
                Some(Self::Constant(name.text, value))
            }
            _ => None,
        }
    }
}

pub(super) fn is_list(name: &str) -> bool {
    let lists = ["__parameters__", "__buffers__", "__forward_hooks__", "__forward_pre_hooks__", "__annotations__"];
    lists.contains(&name)
}
