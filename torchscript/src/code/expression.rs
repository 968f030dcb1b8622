//! Expressions: every name in them, by what stands before and behind it.

use std::collections::HashSet;

use super::check::Checker;
use super::lexer::{Kind, Token};
use super::operators::{is_root, refused_global};
use super::program::plain_text;
use crate::refusal::Refused;

/// Most operators, calls and attributes that are pending at once, in a row or around each other: libtorch recurses along them.
const MAX_CHAIN: u32 = 1000;

/// An expression that is looked at from left to right.
pub(super) struct Expression<'l, 'a> {
    tokens: &'l [Token<'a>],
    pub(super) at: usize,
    pub(super) brackets: Vec<Bracket>,
    /// The chains of all open brackets, added.
    pending: u32,
    /// Variables of comprehensions.
    pub(super) targets: HashSet<&'a str>,
}

/// An open bracket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bracket {
    /// `(`, `[` or `{`; a space for the expression as a whole.
    pub(super) open: char,
    pub(super) call: Call,
    pub(super) commas: u32,
    chain: u32,
}

/// What the arguments in a bracket are given to, where that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// `getattr(…)`; where on self, of a member of its own class.
    GetAttribute { on_self: bool },
    /// `torch.device(…)`
    Device,
    /// `torch.to(…)`, `x.to(…)`: a string is a device.
    To,
    /// `unchecked_cast(type, x)`
    Cast,
    /// Something else, or no call.
    Other,
}

impl<'l, 'a> Expression<'l, 'a> {
    pub(super) fn new(tokens: &'l [Token<'a>]) -> Self {
        let whole = Bracket { open: ' ', call: Call::Other, commas: 0, chain: 0 };
        Self { tokens, at: 0, brackets: vec![whole], pending: 0, targets: HashSet::new() }
    }

    /// Looks at all tokens.
    pub(super) fn check(mut self, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        self.comprehensions(checker)?;
        while let Some(token) = self.tokens.get(self.at).copied() {
            match token.kind {
                Kind::Name => self.name(&token, checker)?,
                Kind::Keyword => self.keyword(&token, checker)?,
                Kind::Symbol => self.symbol(&token, checker)?,
                Kind::Text => self.text(&token, checker),
                Kind::Number => {}
            }
            self.at += 1;
        }
        Ok(())
    }

    pub(super) fn token(&self, ahead: usize) -> Option<&Token<'a>> {
        self.tokens.get(self.at + ahead)
    }

    pub(super) fn before(&self, back: usize) -> Option<&Token<'a>> {
        self.at.checked_sub(back).and_then(|at| self.tokens.get(at))
    }

    /// `[x for y in z]` binds `y` before it is seen to.
    fn comprehensions(&mut self, checker: &Checker<'_, 'a>) -> Result<(), Refused> {
        let mut is_target = false;
        for token in self.tokens {
            match (token.kind, token.text) {
                (Kind::Keyword, "for") => is_target = true,
                (Kind::Keyword, "in") => is_target = false,
                (Kind::Name, name) if is_target => {
                    if is_root(name) || name == "self" || refused_global(name).is_some() {
                        return Err(checker.refuse(
                            token.line,
                            format!("`{name}` as the name of a variable"),
                            "other names",
                        ));
                    }
                    self.targets.insert(name);
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn chain(&mut self, token: &Token<'a>, checker: &Checker<'_, 'a>) -> Result<(), Refused> {
        if let Some(bracket) = self.brackets.last_mut() {
            bracket.chain += 1;
            self.pending += 1;
        }
        if self.pending > MAX_CHAIN {
            return Err(checker.refuse(token.line, "an expression of too many parts", format!("{MAX_CHAIN} in a row")));
        }
        Ok(())
    }

    fn keyword(&mut self, token: &Token<'a>, checker: &Checker<'_, 'a>) -> Result<(), Refused> {
        match token.text {
            "True" | "False" | "None" | "NoneType" | "Ellipsis" => Ok(()),
            "and" | "or" | "not" | "in" | "is" | "is not" | "not in" | "if" | "else" => self.chain(token, checker),
            "for" if self.brackets.len() > 1 => self.chain(token, checker),
            _ => Err(checker.refuse(
                token.line,
                format!("`{}` in an expression", token.text),
                "what torch.jit.save writes",
            )),
        }
    }

    fn symbol(&mut self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        if token.opens() {
            self.chain(token, checker)?;
            let open = token.text.chars().next().unwrap_or(' ');
            let call = if open == '(' { self.callee() } else { Call::Other };
            self.brackets.push(Bracket { open, call, commas: 0, chain: 0 });
            return Ok(());
        }
        if token.closes() {
            return self.close(checker);
        }
        let Some(bracket) = self.brackets.last_mut() else { return Ok(()) };
        match (token.text, bracket.open) {
            (",", _) | (":", '[' | '{') => {
                bracket.commas += u32::from(token.text == ",");
                self.pending -= std::mem::take(&mut bracket.chain);
                Ok(())
            }
            ("=", '(') if self.before(1).is_some_and(|name| name.kind == Kind::Name) => Ok(()),
            (":" | "=" | "->" | "<=>", _) => Err(checker.refuse(
                token.line,
                format!("`{}` in an expression", token.text),
                "what torch.jit.save writes",
            )),
            _ => self.chain(token, checker),
        }
    }

    /// What the parenthesis that opens here is given to.
    fn callee(&self) -> Call {
        match (self.before(2), self.before(1)) {
            (Some(point), Some(name)) if point.is_symbol(".") => match name.text {
                "device" => Call::Device,
                "to" => Call::To,
                _ => Call::Other,
            },
            (_, Some(name)) if name.is_name("getattr") => {
                let on_self = self.token(1).is_some_and(|argument| argument.is_name("self"))
                    && self.token(2).is_some_and(|behind| behind.is_symbol(","));
                Call::GetAttribute { on_self }
            }
            (_, Some(name)) if name.is_name("unchecked_cast") => Call::Cast,
            _ => Call::Other,
        }
    }

    /// `getattr(x, "0")`: how an attribute is written whose name is no name. It reaches operators just as `x.name` does.
    fn close(&mut self, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        let closed = if self.brackets.len() > 1 { self.brackets.pop() } else { None };
        self.pending -= closed.map_or(0, |bracket| bracket.chain);
        let Some(Bracket { call: Call::GetAttribute { on_self }, commas, .. }) = closed else { return Ok(()) };
        let (comma, text) = (self.before(2), self.before(1));
        let name = text
            .filter(|text| text.kind == Kind::Text && commas == 1 && comma.is_some_and(|comma| comma.is_symbol(",")));
        let Some((name, line)) = name.and_then(|name| Some((plain_text(name.text)?, name.line))) else {
            let line = text.map_or(0, |text| text.line);
            return Err(checker.refuse(line, "`getattr` of an unknown form", "`getattr(x, \"0\")`"));
        };
        Self::member(name, line, on_self, checker);
        Ok(())
    }

    /// A string is refused where it names a device other than the CPU.
    fn text(&self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) {
        let Some(bracket) = self.brackets.last() else { return };
        let is_argument = self.before(1).is_some_and(|before| before.is_symbol("(") || before.is_symbol(","));
        let is_device = match bracket.call {
            Call::Device | Call::To => is_argument,
            _ => {
                self.before(1).is_some_and(|before| before.is_symbol("="))
                    && self.before(2).is_some_and(|before| before.is_name("device"))
            }
        };
        let text = plain_text(token.text).unwrap_or_default();
        if is_device && !matches!(text, "cpu" | "cpu:0") {
            checker.forbid(token.line, "aten::device");
        }
    }
}
