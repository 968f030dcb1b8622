//! Statements: what they read and which variables they bind.

use std::collections::HashMap;

use super::check::Checker;
use super::operators::is_root;
use super::scope::Held;
use super::split::{closing, position, split};
use super::token::{Kind, Token, UPDATES};
use crate::refusal::Refused;

/// Most `elif` in a function: libtorch's parser recurses for each.
const MAX_ELIF: u32 = 100;

impl<'a> Checker<'_, 'a> {
    /// Returns what an assignment or a loop writes to: variables are collected, all else is read.
    fn target(&mut self, tokens: &[Token<'a>]) -> Result<Vec<Token<'a>>, Refused> {
        let mut names = Vec::new();
        let mut pieces = split(tokens, ",");
        while let Some(piece) = pieces.pop() {
            let piece = match piece {
                [star, rest @ ..] if star.is_symbol("*") => rest,
                _ => piece,
            };
            match piece {
                [] => {}
                [name] if name.kind == Kind::Name => names.push(*name),
                [_, inside @ .., _] if closing(piece) == Some(piece.len() - 1) => pieces.extend(split(inside, ",")),
                _ => self.expression(piece)?,
            }
        }
        Ok(names)
    }

    fn assign(&mut self, tokens: &[Token<'a>]) -> Result<(), Refused> {
        let mut pieces = split(tokens, "=");
        let value = pieces.pop().unwrap_or_default();
        self.value(value, tokens)?;
        let is_only_target = pieces.len() == 1;
        for piece in pieces {
            let colon = position(piece, |token| token.is_symbol(":"));
            let (target, annotation) = piece.split_at_checked(colon.unwrap_or(piece.len())).unwrap_or_default();
            if let Some((_, annotation)) = annotation.split_first() {
                self.value(annotation, tokens)?;
            }
            let held = if is_only_target { self.held_by(target, value) } else { HashMap::new() };
            for name in self.target(target)? {
                self.bind(&name, held.get(name.text).copied().unwrap_or(Held::Other))?;
            }
        }
        Ok(())
    }

    /// An expression that must be there.
    fn value(&mut self, value: &[Token<'a>], statement: &[Token<'a>]) -> Result<(), Refused> {
        if value.is_empty() {
            let line = statement.first().map_or(0, |token| token.line);
            return Err(self.refuse(line, "an assignment of an unknown form", "`x = y` and `x : Type = y`"));
        }
        self.expression(value)
    }

    /// A statement without a keyword of its own: an assignment of some kind, or an expression.
    pub(super) fn plain(&mut self, tokens: &[Token<'a>]) -> Result<(), Refused> {
        if position(tokens, |token| token.is_symbol("=")).is_some() {
            return self.assign(tokens);
        }
        let is_update = |token: &Token<'_>| token.kind == Kind::Symbol && UPDATES.contains(&token.text);
        let at = position(tokens, is_update).or_else(|| position(tokens, |token| token.is_symbol(":")));
        let (left, right) = tokens.split_at_checked(at.unwrap_or(tokens.len())).unwrap_or_default();
        if let [name] = left {
            self.variables.bind(name.text, Held::Other);
        }
        self.expression(left)?;
        self.expression(right.get(1..).unwrap_or_default())
    }

    pub(super) fn delete(&mut self, tokens: &[Token<'a>]) -> Result<(), Refused> {
        self.expression(tokens)?;
        for name in self.target(tokens)? {
            self.scope.unbind(name.text);
        }
        Ok(())
    }

    /// `for targets in values:`
    fn for_loop(&mut self, tokens: &[Token<'a>], line: u32) -> Result<(), Refused> {
        let Some(at) = position(tokens, |token| token.is_keyword("in")) else {
            return Err(self.refuse(line, "a loop of an unknown form", "`for x in y:`"));
        };
        let (targets, values) = tokens.split_at_checked(at).unwrap_or_default();
        self.expression(values.get(1..).unwrap_or_default())?;
        let names = self.target(targets)?;
        self.announce(&names)
    }

    /// `with value as name, value as name:`
    fn with(&mut self, tokens: &[Token<'a>]) -> Result<(), Refused> {
        for item in split(tokens, ",") {
            let at = position(item, |token| token.is_keyword("as"));
            let (value, name) = item.split_at_checked(at.unwrap_or(item.len())).unwrap_or_default();
            self.expression(value)?;
            let names = self.target(name.get(1..).unwrap_or_default())?;
            self.announce(&names)?;
        }
        Ok(())
    }

    /// Variables that the block which begins now has from its first statement on.
    fn announce(&mut self, names: &[Token<'a>]) -> Result<(), Refused> {
        for name in names {
            if is_root(name.text) || name.text == "self" {
                return Err(self.refuse(
                    name.line,
                    format!("`{}` as the name of a variable", name.text),
                    "other names",
                ));
            }
            self.targets.push(name.text);
        }
        Ok(())
    }

    pub(super) fn compound(&mut self, keyword: &Token<'a>, tokens: &[Token<'a>]) -> Result<(), Refused> {
        match keyword.text {
            "for" => self.for_loop(tokens, keyword.line),
            "with" => self.with(tokens),
            "else" if tokens.is_empty() => Ok(()),
            "elif" => {
                self.elif += 1;
                if self.elif > MAX_ELIF {
                    return Err(self.refuse(keyword.line, "too many `elif`", format!("{MAX_ELIF} in a function")));
                }
                self.expression(tokens)
            }
            "if" | "while" => self.expression(tokens),
            _ => Err(self.refuse(keyword.line, "a block of an unknown form", "what torch.jit.save writes")),
        }
    }
}
