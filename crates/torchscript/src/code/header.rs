//! The lines that begin a class or a function.

use super::lexer::Line;
use super::split::{closing, split};
use super::token::{Kind, Token};
use crate::refusal::{Refused, at_line};

/// `class Name(Parent):`
#[derive(Debug)]
pub(super) struct ClassHeader<'a> {
    pub(super) name: Token<'a>,
    pub(super) parent: Option<Token<'a>>,
}

/// `def name(parameters) -> returns:`
#[derive(Debug)]
pub(super) struct FunctionHeader<'l, 'a> {
    pub(super) name: Token<'a>,
    pub(super) parameters: Vec<Parameter<'l, 'a>>,
    /// The tokens of the type that it returns; empty if no type is given.
    pub(super) returns: &'l [Token<'a>],
}

/// `name: type = default`
#[derive(Debug)]
pub(super) struct Parameter<'l, 'a> {
    pub(super) name: Token<'a>,
    /// Empty if no type is given.
    pub(super) annotation: &'l [Token<'a>],
    /// Empty if no default is given.
    pub(super) default: &'l [Token<'a>],
}

/// Reads the header of a class.
pub(super) fn class_header<'a>(file: &str, line: &Line<'a>) -> Result<ClassHeader<'a>, Refused> {
    match line.tokens.as_slice() {
        [_, name, colon] if name.kind == Kind::Name && colon.is_symbol(":") => {
            Ok(ClassHeader { name: *name, parent: None })
        }
        [_, name, open, parent, close, colon]
            if name.kind == Kind::Name
                && open.is_symbol("(")
                && parent.kind == Kind::Name
                && close.is_symbol(")")
                && colon.is_symbol(":") =>
        {
            Ok(ClassHeader { name: *name, parent: Some(*parent) })
        }
        _ => Err(at_line(file, line.number(), "a class of an unknown form", "`class Name(Module):`")),
    }
}

/// Reads the header of a function.
pub(super) fn function_header<'l, 'a>(file: &str, line: &'l Line<'a>) -> Result<FunctionHeader<'l, 'a>, Refused> {
    let refuse =
        || at_line(file, line.number(), "a function of an unknown form", "`def name(self, x: Tensor) -> Tensor:`");
    read_function(&line.tokens).ok_or_else(refuse)
}

fn read_function<'l, 'a>(tokens: &'l [Token<'a>]) -> Option<FunctionHeader<'l, 'a>> {
    let [_, name, rest @ ..] = tokens else { return None };
    let close = closing(rest)?;
    let (parameters, behind) = rest.split_at_checked(close + 1)?;
    let returns = match behind {
        [colon] if colon.is_symbol(":") => &[],
        [arrow, returns @ .., colon] if arrow.is_symbol("->") && colon.is_symbol(":") && !returns.is_empty() => returns,
        _ => return None,
    };
    let inside = parameters.get(1..close)?;
    let is_function = name.kind == Kind::Name && rest.first()?.is_symbol("(");
    let parameters = read_parameters(inside)?;
    is_function.then_some(FunctionHeader { name: *name, parameters, returns })
}

fn read_parameters<'l, 'a>(tokens: &'l [Token<'a>]) -> Option<Vec<Parameter<'l, 'a>>> {
    let mut parameters = Vec::new();
    let pieces = split(tokens, ",");
    let last = pieces.len().saturating_sub(1);
    for (index, piece) in pieces.into_iter().enumerate() {
        match piece {
            // A comma may stand at the end, and `()` has one empty piece.
            [] if index == last => {}
            [star] if star.is_symbol("*") => {}
            _ => parameters.push(read_parameter(piece)?),
        }
    }
    Some(parameters)
}

fn read_parameter<'l, 'a>(tokens: &'l [Token<'a>]) -> Option<Parameter<'l, 'a>> {
    let (name, rest) = tokens.split_first()?;
    let pieces = split(rest, "=");
    let (typed, default) = match pieces.as_slice() {
        [typed] => (*typed, &[][..]),
        [typed, default] if !default.is_empty() => (*typed, *default),
        _ => return None,
    };
    let annotation = match typed {
        [] => &[],
        [colon, annotation @ ..] if colon.is_symbol(":") && !annotation.is_empty() => annotation,
        _ => return None,
    };
    (name.kind == Kind::Name).then_some(Parameter { name: *name, annotation, default })
}
