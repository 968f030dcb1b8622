//! Names in expressions, and what they reach.

use super::check::Checker;
use super::class::ClassKind;
use super::expression::{Call, Expression};
use super::operators::{is_allowed, is_method, is_refused_method};
use super::token::{Kind, Token};
use crate::refusal::{Refused, shown};

/// Most names in a row that may lead to a class.
const MAX_PATH: usize = 64;

/// Most digits of the index of a constant. libtorch reads it as a number of 32 bits.
const MAX_DIGITS: usize = 9;

impl<'a> Expression<'_, 'a> {
    pub(super) fn name(&mut self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        if self.before(1).is_some_and(|before| before.is_symbol(".")) {
            self.chain(token, checker)?;
            if token.text == "repeat_interleave" {
                self.repeat_interleave(token, true, checker);
            }
            Self::member(token.text, token.line, self.is_on_self(), checker);
            return Ok(());
        }
        if self.is_keyword_argument() {
            return Ok(());
        }
        match token.text {
            "torch" => self.torch(token, checker),
            "ops" => self.ops(token, checker),
            "CONSTANTS" => self.constants(token, checker),
            "__torch__" => self.declared(token, checker),
            "Tuple" => {
                self.tuple_type(token, checker);
                Ok(())
            }
            "getattr" | "unchecked_cast" if self.token(1).is_some_and(|next| next.is_symbol("(")) => Ok(()),
            name if self.targets.contains(name) => Ok(()),
            _ => {
                checker.bare_name(token);
                Ok(())
            }
        }
    }

    /// `name=` as an argument.
    fn is_keyword_argument(&self) -> bool {
        self.brackets.last().is_some_and(|bracket| bracket.open == '(')
            && self.before(1).is_some_and(|before| before.is_symbol("(") || before.is_symbol(","))
            && self.token(1).is_some_and(|next| next.is_symbol("="))
    }

    /// Returns whether what stands before the point is `self` or `(self)` and nothing else.
    fn is_on_self(&self) -> bool {
        let is_self = |back: usize| self.before(back).is_some_and(|token| token.is_name("self"));
        let begins = |back: usize| {
            !self.before(back).is_some_and(|token| {
                token.closes() || token.is_symbol(".") || token.kind == Kind::Name || token.kind == Kind::Text
            })
        };
        let is_bracket = |back: usize, bracket: &str| self.before(back).is_some_and(|token| token.is_symbol(bracket));
        (is_self(2) && begins(3)) || (is_bracket(2, ")") && is_self(3) && is_bracket(4, "(") && begins(5))
    }

    /// `value.name`: an attribute or a method of a class of the archive, or an operator.
    pub(super) fn member(name: &str, line: u32, on_self: bool, checker: &mut Checker<'_, 'a>) {
        let is_own = on_self && checker.is_own_member(name);
        let is_declared = || checker.program.has_member(name) && !is_refused_method(name);
        if !(is_own || is_method(name) || is_declared()) {
            checker.forbid(line, &format!("aten::{name}"));
        }
    }

    /// Returns the name behind a point behind this token, if there is one.
    fn selected(&self, ahead: usize) -> Option<&'a str> {
        let name = self.token(ahead + 1).filter(|name| name.kind == Kind::Name)?;
        self.token(ahead).filter(|point| point.is_symbol("."))?;
        Some(name.text)
    }

    /// `torch.name`: an operator of the namespace `aten`.
    fn torch(&mut self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        let Some(name) = self.selected(1) else {
            checker.forbid(token.line, "torch");
            return Ok(());
        };
        let is_device = name == "device" && self.is_plain_device();
        if let ("autograd" | "classes", Some(inner)) = (name, self.selected(3)) {
            checker.forbid(token.line, &format!("torch.{name}.{inner}"));
            return self.skip(4, token, checker);
        }
        let operator = format!("aten::{name}");
        if !is_device && !is_allowed(&operator) {
            checker.forbid(token.line, &operator);
        }
        if name == "repeat_interleave" {
            self.repeat_interleave(token, false, checker);
        }
        self.skip(2, token, checker)
    }

    /// `torch.device("…")`, whose string is looked at when it comes.
    fn is_plain_device(&self) -> bool {
        let is = |ahead: usize, symbol: &str| self.token(ahead).is_some_and(|token| token.is_symbol(symbol));
        is(3, "(") && self.token(4).is_some_and(|token| token.kind == Kind::Text) && is(5, ")")
    }

    /// `ops.namespace.name`
    fn ops(&mut self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        let (Some(namespace), Some(name)) = (self.selected(1), self.selected(3)) else {
            checker.forbid(token.line, "ops");
            return Ok(());
        };
        let operator = format!("{namespace}::{name}");
        if !is_allowed(&operator) || name == "repeat_interleave" {
            checker.forbid(token.line, &operator);
        }
        self.skip(4, token, checker)
    }

    /// `CONSTANTS.c0`
    fn constants(&mut self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        let number = self.selected(1).and_then(|name| name.strip_prefix('c'));
        let is_index =
            |number: &str| (1..=MAX_DIGITS).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        if !number.is_some_and(is_index) {
            return Err(checker.refuse(token.line, "`CONSTANTS` of an unknown form", "`CONSTANTS.c0`"));
        }
        self.skip(2, token, checker)
    }

    /// `__torch__.a.b`: a class or a function of the archive. What follows is an attribute of it.
    fn declared(&mut self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        let mut name = "__torch__".to_owned();
        let mut length = 0;
        while let Some(step) = self.selected(length + 1).filter(|_| length < 2 * MAX_PATH) {
            name.push('.');
            name.push_str(step);
            length += 2;
            if let Some(class) = checker.program.class(&name) {
                if self.is_cast() && class.kind != ClassKind::Enum {
                    checker.forbid(token.line, "prim::unchecked_cast");
                }
                return self.skip(length, token, checker);
            }
            if checker.program.has_function(&name) {
                return self.skip(length, token, checker);
            }
        }
        if let Some(class) = name.strip_prefix("__torch__.torch.classes.") {
            checker.forbid(token.line, &format!("torch.classes.{class}"));
            return self.skip(length, token, checker);
        }
        let found = format!("`{}`, which the archive does not declare", shown(&name));
        Err(checker.refuse(token.line, found, "classes and functions of its own code"))
    }

    /// Returns whether this is the type of a cast. libtorch reads the attributes of an object and
    /// the items of a tuple without a look at what they are, so that no cast may lie about it.
    pub(super) fn is_cast(&self) -> bool {
        self.brackets.iter().any(|bracket| bracket.call == Call::Cast && bracket.commas == 0)
    }

    /// Goes on behind the next `count` tokens, which have been seen to.
    fn skip(&mut self, count: usize, token: &Token<'a>, checker: &Checker<'_, 'a>) -> Result<(), Refused> {
        self.at += count;
        self.chain(token, checker)
    }
}
