//! One reading of a file for [`Training`]: what is bound and called where it may run in evaluation
//! mode.

use std::collections::HashMap;

use super::blocks::{Block, Visitor, walk};
use super::header::{ClassHeader, FunctionHeader};
use super::lexer::{Line, ascii};
use super::program::{Program, plain_text};
use super::source::SourceFile;
use super::split::{closing, position, split};
use super::token::{Kind, Token, UPDATES};
use super::training::{Place, State, Training};
use crate::refusal::Refused;

/// Most readings. Each takes values at least one call further.
const MAX_READINGS: usize = 16;
/// Most bytes of code that are read so often. The most of an honest model seen is 0.4 MB.
const MAX_CODE: usize = 1 << 20;

/// Reads the files until nothing new is found. `None` if that takes too long.
pub(super) fn read_training<'p>(files: &[SourceFile], program: &'p Program) -> Result<Option<Training<'p>>, Refused> {
    let mut training = Training::new(program);
    if files.iter().map(|file| file.text.len()).sum::<usize>() > MAX_CODE {
        return Ok(None);
    }
    for _ in 0..MAX_READINGS {
        for file in files {
            let text = ascii(&file.name, &file.text)?;
            walk(&file.name, text, &mut Reading::new(&mut training, &file.qualifier))?;
        }
        if !training.take_changed() {
            return Ok(Some(training));
        }
    }
    Ok(None)
}

struct Reading<'t, 'p, 'a> {
    training: &'t mut Training<'p>,
    qualifier: &'t str,
    class: Option<String>,
    place: Place,
    /// For each inner block that is open, whether it never runs.
    off: Vec<bool>,
    /// Variables that stand for functions of the archive.
    aliases: HashMap<&'a str, String>,
}

impl<'t, 'p, 'a> Reading<'t, 'p, 'a> {
    fn new(training: &'t mut Training<'p>, qualifier: &'t str) -> Self {
        Self { training, qualifier, class: None, place: Place::default(), off: Vec::new(), aliases: HashMap::new() }
    }

    fn bind(&mut self, name: &Token<'a>, state: State) {
        if let Some(function) = self.aliases.remove(name.text) {
            self.training.call(&function, None);
        }
        self.training.bind(&self.place, name.text, state);
    }

    /// Binds every name among the tokens to something unknown.
    fn bind_all(&mut self, tokens: &[Token<'a>]) {
        for name in tokens.iter().filter(|token| token.kind == Kind::Name) {
            self.bind(name, State::Unknown);
        }
    }

    /// Notes what a statement binds. Returns true if that is a name for a function of the archive.
    fn bindings(&mut self, tokens: &[Token<'a>]) -> bool {
        let pieces = split(tokens, "=");
        let [target, value] = pieces.as_slice() else {
            let is_update = |token: &Token<'_>| token.kind == Kind::Symbol && UPDATES.contains(&token.text);
            let end = position(tokens, is_update).or_else(|| (pieces.len() > 1).then_some(tokens.len()));
            self.bind_all(tokens.get(..end.unwrap_or(0)).unwrap_or_default());
            return false;
        };
        if let ([name], Some((function, length))) = (*target, self.named_function(value))
            && length == value.len()
            && name.kind == Kind::Name
        {
            self.bind(name, State::Unknown);
            self.aliases.insert(name.text, function);
            return true;
        }
        let colon = position(target, |token| token.is_symbol(":")).unwrap_or(target.len());
        let targets = split(target.get(..colon).unwrap_or_default(), ",");
        let values = split(value, ",");
        for (index, target) in targets.iter().enumerate() {
            match (*target, values.get(index)) {
                ([name], Some(value)) if name.kind == Kind::Name && values.len() == targets.len() => {
                    let state = self.training.state(&self.place, value);
                    self.bind(name, state);
                }
                _ => self.bind_all(target),
            }
        }
        false
    }

    /// The function of the archive that the tokens begin with, and how many of them name it.
    fn named_function(&self, tokens: &[Token<'a>]) -> Option<(String, usize)> {
        let (root, mut rest) = tokens.split_first()?;
        if !root.is_name("__torch__") {
            return None;
        }
        let mut name = root.text.to_owned();
        while let [point, step, behind @ ..] = rest {
            if !point.is_symbol(".") || step.kind != Kind::Name || self.training.program.class(&name).is_some() {
                break;
            }
            name.push('.');
            name.push_str(step.text);
            rest = behind;
            if self.training.program.has_function(&name) {
                return Some((name, tokens.len() - rest.len()));
            }
        }
        None
    }

    /// All calls among the tokens, and what could be called from elsewhere.
    fn calls(&mut self, tokens: &[Token<'a>]) {
        let has_getattr = tokens.iter().any(|token| token.is_name("getattr"));
        for (at, token) in tokens.iter().enumerate() {
            let is_member = at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(|point| point.is_symbol("."));
            let behind = tokens.get(at + 1..).unwrap_or_default();
            if token.kind == Kind::Text && has_getattr {
                let name = plain_text(token.text).unwrap_or_default();
                self.training.call(&format!(".{name}"), None);
            } else if token.kind == Kind::Name && is_member {
                if self.training.program.has_member(token.text) {
                    self.call(&format!(".{}", token.text), behind);
                }
            } else if let Some((function, length)) = self.named_function(tokens.get(at..).unwrap_or_default()) {
                self.call(&function, tokens.get(at + length..).unwrap_or_default());
            } else if let Some(function) = self.aliases.get(token.text).cloned() {
                self.call(&function, behind);
            }
        }
    }

    /// A function is named before these tokens. If they are no plain arguments, it may be called
    /// with any.
    fn call(&mut self, called: &str, behind: &[Token<'a>]) {
        let arguments = || {
            behind.first().filter(|open| open.is_symbol("("))?;
            let mut arguments = split(behind.get(1..closing(behind)?)?, ",");
            arguments.pop_if(|last| last.is_empty());
            let is_plain =
                |argument: &&[Token<'_>]| !argument.iter().any(|token| token.is_symbol("*") || token.is_symbol("="));
            let states = arguments.iter().map(|argument| self.training.state(&self.place, argument));
            arguments.iter().all(is_plain).then(|| states.collect())
        };
        let arguments = arguments();
        self.training.call(called, arguments);
    }

    /// The names that a loop, a comprehension or a `with` binds.
    fn bind_targets(&mut self, tokens: &[Token<'a>]) {
        let mut is_target = false;
        for token in tokens {
            match (token.kind, token.text) {
                (Kind::Keyword, "for" | "as") => is_target = true,
                (Kind::Keyword, "in") | (Kind::Symbol, ":") => is_target = false,
                (Kind::Name, _) if is_target => self.bind(token, State::Unknown),
                _ => {}
            }
        }
    }
}

impl<'a> Visitor<'a> for Reading<'_, '_, 'a> {
    fn class(&mut self, header: &ClassHeader<'a>) -> Result<(), Refused> {
        self.class = Some(format!("{}.{}", self.qualifier, header.name.text));
        Ok(())
    }

    /// Hooks are named in lists.
    fn member(&mut self, line: &Line<'a>) -> Result<(), Refused> {
        self.calls(&line.tokens);
        for name in line.tokens.iter().filter_map(|token| plain_text(token.text).filter(|_| token.kind == Kind::Text)) {
            self.training.call(&format!(".{name}"), None);
        }
        Ok(())
    }

    fn function(&mut self, header: &FunctionHeader<'_, 'a>) -> Result<(), Refused> {
        let name = header.name.text;
        self.place = Place::new(self.qualifier, self.class.as_ref(), name);
        self.off.clear();
        self.aliases.clear();
        if name == "forward" || name.starts_with("__") {
            self.training.call(&self.place.called, None);
        }
        let parameters = header.parameters.iter().skip(usize::from(self.class.is_some()));
        for (index, parameter) in parameters.enumerate() {
            let given = self.training.given(&self.place.called, index);
            self.bind(&parameter.name, given);
            self.calls(parameter.default);
            if !parameter.default.is_empty() {
                let state = self.training.state(&self.place, parameter.default);
                self.bind(&parameter.name, state);
            }
        }
        Ok(())
    }

    fn statement(&mut self, line: &Line<'a>) -> Result<(), Refused> {
        let tokens = line.tokens.as_slice();
        let is_off = self.off.last() == Some(&true);
        let is_compound = tokens.last().is_some_and(|last| last.is_symbol(":"));
        if !is_off {
            self.bind_targets(tokens);
            if is_compound || !self.bindings(tokens) {
                self.calls(tokens);
            }
        }
        if is_compound {
            let condition = tokens.get(1..tokens.len() - 1).unwrap_or_default();
            let is_if = tokens.first().is_some_and(|first| first.is_keyword("if"));
            self.off.push(is_off || (is_if && self.training.is_off(&self.place, condition)));
        }
        Ok(())
    }

    fn leave(&mut self, block: Block) {
        match block {
            Block::Class => self.class = None,
            Block::Function => {}
            Block::Inner => _ = self.off.pop(),
        }
    }
}
