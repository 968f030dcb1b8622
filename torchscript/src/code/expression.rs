//! Expressions: every name in them, by what stands before and behind it.

use std::collections::HashSet;

use super::check::Checker;
use super::lexer::{Kind, Token};
use super::operators::{is_allowed, is_method, is_refused_method, is_root, refused_global};
use super::program::{ClassKind, plain_text};
use crate::refusal::Refused;

/// Most names in a row that may lead to a class.
const MAX_PATH: usize = 64;

/// Most operators, calls and attributes that are pending at once, in a row or around each other: libtorch recurses along them.
const MAX_CHAIN: u32 = 1000;

/// An expression that is looked at from left to right.
pub(super) struct Expression<'l, 'a> {
    tokens: &'l [Token<'a>],
    at: usize,
    brackets: Vec<Bracket>,
    /// The chains of all open brackets, added.
    pending: u32,
    /// Variables of comprehensions.
    targets: HashSet<&'a str>,
}

/// An open bracket.
#[derive(Debug, Clone, Copy)]
struct Bracket {
    /// `(`, `[` or `{`; a space for the expression as a whole.
    open: char,
    call: Call,
    commas: u32,
    chain: u32,
}

/// What the arguments in a bracket are given to, where that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
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

    fn token(&self, ahead: usize) -> Option<&Token<'a>> {
        self.tokens.get(self.at + ahead)
    }

    fn before(&self, back: usize) -> Option<&Token<'a>> {
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

    fn chain(&mut self, token: &Token<'a>, checker: &Checker<'_, 'a>) -> Result<(), Refused> {
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

    fn name(&mut self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        if self.before(1).is_some_and(|before| before.is_symbol(".")) {
            self.chain(token, checker)?;
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

    /// Whether what stands before the point is `self` or `(self)` and nothing else.
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
    fn member(name: &str, line: u32, on_self: bool, checker: &mut Checker<'_, 'a>) {
        let is_own = on_self && checker.is_own_member(name);
        let is_declared = || checker.program.has_member(name) && !is_refused_method(name);
        if !(is_own || is_method(name) || is_declared()) {
            checker.forbid(line, &format!("aten::{name}"));
        }
    }

    /// The name behind a point behind this token, if there is one.
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
        if !is_allowed(&operator) {
            checker.forbid(token.line, &operator);
        }
        self.skip(4, token, checker)
    }

    /// `CONSTANTS.c0`
    fn constants(&mut self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) -> Result<(), Refused> {
        let number = self.selected(1).and_then(|name| name.strip_prefix('c'));
        if !number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())) {
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
                if self.is_cast() && !matches!(class.kind, ClassKind::NamedTuple | ClassKind::Enum) {
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
        let found = format!("`{}`, which the archive does not declare", crate::refusal::shown(&name));
        Err(checker.refuse(token.line, found, "classes and functions of its own code"))
    }

    /// Whether this is the type of a cast. libtorch reads the attributes of an object without a look at its class, so that no cast may
    /// lie about it.
    fn is_cast(&self) -> bool {
        self.brackets.iter().any(|bracket| bracket.call == Call::Cast && bracket.commas == 0)
    }

    /// Goes on behind the next `count` tokens, which have been seen to.
    fn skip(&mut self, count: usize, token: &Token<'a>, checker: &Checker<'_, 'a>) -> Result<(), Refused> {
        self.at += count;
        self.chain(token, checker)
    }
}
