//! Expressions: every name in them, by what stands before and behind it.

use std::collections::HashSet;

use super::check::Checker;
use super::operators::{is_root, refused_global};
use super::program::plain_text;
use super::split::{closing, split};
use super::token::{Kind, Token};
use super::types::Type;
use crate::refusal::Refused;

/// Most operators, calls and attributes that are pending at once, in a row or around each other:
/// libtorch recurses along them.
const MAX_CHAIN: u32 = 1000;

/// An expression that is looked at from left to right.
pub(super) struct Expression<'l, 'a> {
    pub(super) tokens: &'l [Token<'a>],
    pub(super) at: usize,
    pub(super) brackets: Vec<Bracket>,
    /// The chains of all open brackets, added.
    pending: u32,
    pub(super) targets: HashSet<&'a str>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Bracket {
    /// `(`, `[` or `{`; a space for the expression as a whole.
    pub(super) open: char,
    pub(super) call: Call,
    pub(super) commas: u32,
    chain: u32,
    /// Where the bracket stands among the tokens.
    start: usize,
}

/// What the arguments in a bracket are given to, if that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// `getattr(…)`; if on self, of a member of its own class.
    GetAttribute { on_self: bool },
    /// `torch.device(…)`
    Device,
    /// `torch.to(…)`, `x.to(…)`: a string is a device.
    To,
    /// `unchecked_cast(type, x)`
    Cast,
    /// `torch.eq(…)` and others that only compare or show their arguments: a string stays a string.
    Text,
    /// Something else, or no call.
    Other,
}

impl<'l, 'a> Expression<'l, 'a> {
    pub(super) fn new(tokens: &'l [Token<'a>]) -> Self {
        let whole = Bracket { open: ' ', call: Call::Other, commas: 0, chain: 0, start: 0 };
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
            self.brackets.push(Bracket { open, call, commas: 0, chain: 0, start: self.at });
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

    /// Returns what the parenthesis that opens here is given to.
    fn callee(&self) -> Call {
        match (self.before(2), self.before(1)) {
            (Some(point), Some(name)) if point.is_symbol(".") => match name.text {
                "device" => Call::Device,
                "to" => Call::To,
                "eq" | "ne" | "__contains__" | "warn" | "format" | "RaiseException" => Call::Text,
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

    /// `getattr(x, "0")`: how an attribute is written whose name is no name. It reaches operators
    /// just as `x.name` does.
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
        if name == "repeat_interleave" {
            checker.forbid(line, "aten::repeat_interleave");
        }
        Ok(())
    }

    /// A string is refused if it names a device other than the CPU, or stands where a device is
    /// wanted and names none.
    ///
    /// libtorch turns a string into a device wherever one is wanted, also the value of a variable.
    /// So the name of a device may only be compared with something, shown, or stand in a list of
    /// names, where `torch.nn.MultiheadAttention` looks for that of its input.
    fn text(&self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) {
        let Some(bracket) = self.brackets.last() else { return };
        let text = plain_text(token.text).unwrap_or_default();
        if matches!(text, "cpu" | "cpu:0") {
            return;
        }
        let is_argument = self.before(1).is_some_and(|before| before.is_symbol("(") || before.is_symbol(","));
        let is_wanted = match bracket.call {
            Call::Device | Call::To => is_argument,
            _ => {
                self.before(1).is_some_and(|before| before.is_symbol("="))
                    && self.before(2).is_some_and(|before| before.is_name("device"))
            }
        };
        let compares = |token: Option<&Token<'_>>| {
            token.is_some_and(|token| {
                token.is_symbol("==") || token.is_symbol("!=") || token.is_keyword("in") || token.is_keyword("not in")
            })
        };
        let is_only_text = bracket.call == Call::Text || compares(self.before(1)) || compares(self.token(1));
        let is_comma = |token: Option<&Token<'_>>| token.is_some_and(|token| token.is_symbol(","));
        let is_listed =
            bracket.open == '[' && LISTED.contains(&text) && (is_comma(self.before(1)) || is_comma(self.token(1)));
        if is_wanted || (names_device(text) && !is_only_text && !is_listed) {
            checker.forbid_device(token.line, text);
        }
    }

    /// Returns whether `unchecked_cast(type, x)`, whose bracket is the innermost of a cast, only
    /// takes the `Optional` off a parameter.
    fn unwraps_parameter(&self, checker: &Checker<'_, 'a>) -> bool {
        let cast = self.brackets.iter().rfind(|bracket| bracket.call == Call::Cast);
        let inside = cast.and_then(|cast| self.tokens.get(cast.start..)).and_then(|tokens| {
            let end = closing(tokens)?;
            tokens.get(1..end)
        });
        let pieces = inside.map(|tokens| split(tokens, ",")).unwrap_or_default();
        let [wanted, [value]] = pieces.as_slice() else { return false };
        let declared = checker.parameter_type(value.text);
        Type::of(wanted).zip(declared).is_some_and(|(wanted, declared)| declared.is_optional_of(&wanted))
    }

    /// A tuple in the type of a cast: libtorch takes as many items off a tuple as its type says.
    pub(super) fn tuple_type(&self, token: &Token<'a>, checker: &mut Checker<'_, 'a>) {
        if self.is_cast() && !self.unwraps_parameter(checker) {
            checker.forbid(token.line, "prim::unchecked_cast");
        }
    }
}

/// The devices in the lists of `torch.nn.MultiheadAttention` and `torch.nn.TransformerEncoder`.
const LISTED: &[&str] = &["cuda", "xpu", "privateuseone"];

/// Returns whether libtorch reads the text as a device: `cuda`, `meta:0`.
fn names_device(text: &str) -> bool {
    const DEVICES: &[&str] = &[
        "cpu",
        "cuda",
        "fpga",
        "hip",
        "hpu",
        "ideep",
        "ipu",
        "lazy",
        "maia",
        "meta",
        "mkldnn",
        "mps",
        "mtia",
        "opencl",
        "opengl",
        "privateuseone",
        "ve",
        "vulkan",
        "xla",
        "xpu",
    ];
    let (kind, number) = text.split_once(':').unwrap_or((text, "0"));
    DEVICES.contains(&kind) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
