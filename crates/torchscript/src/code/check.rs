//! The second pass over the code: every statement, every name in it.
//!
//! What a name can reach in TorchScript: `torch.x` and `ops.n.x` an operator, `value.x` an
//! attribute, a method or an operator, a bare name a variable or a function of the language,
//! `__torch__.a.b` what the archive declares. Operators are values: `f = torch.save` is allowed by
//! the language, so names are looked at wherever they stand, not only where they are called.

use std::collections::HashMap;

use super::blocks::{Block, Visitor, walk};
use super::expression::Expression;
use super::header::{ClassHeader, FunctionHeader};
use super::lexer;
use super::lexer::Line;
use super::operators::{is_root, refused_global};
use super::program::Program;
use super::scope::{Held, Scope, Variables};
use super::source::{Insertions, SourceFile};
use super::split::{position, split};
use super::token::{Kind, Token};
use super::training::{Place, Training, is_training};
use super::types::Type;
use crate::OperatorCheck;
use crate::refusal::{ForbiddenOperators, Refused, at_line, is_random};

/// What is found in the files.
pub(super) struct Found {
    /// The operators that may not be used.
    pub(super) forbidden: ForbiddenOperators,
    /// For each file, what has to be inserted.
    pub(super) insertions: Vec<Insertions>,
}

/// Checks all files. `off` says what runs in training only, if more than the text around it is
/// known of that.
pub(super) fn check(
    files: &[SourceFile],
    program: &Program,
    off: Option<&Training<'_>>,
    operators: OperatorCheck,
) -> Result<Found, Refused> {
    let mut found = Found { forbidden: ForbiddenOperators::default(), insertions: Vec::new() };
    for file in files {
        let mut insertions = Insertions::new();
        let mut checker = Checker {
            file,
            program,
            off,
            operators,
            forbidden: &mut found.forbidden,
            insertions: &mut insertions,
            class: None,
            place: Place::default(),
            functions: 0,
            elif: 0,
            scope: Scope::default(),
            targets: Vec::new(),
            parameters: HashMap::new(),
            variables: Variables::default(),
            training: Vec::new(),
        };
        let text = lexer::ascii(&file.name, &file.text)?;
        walk(&file.name, text, &mut checker)?;
        found.insertions.push(insertions);
    }
    Ok(found)
}

/// Looks at one file.
pub(super) struct Checker<'p, 'a> {
    file: &'p SourceFile,
    pub(super) program: &'p Program,
    off: Option<&'p Training<'p>>,
    operators: OperatorCheck,
    forbidden: &'p mut ForbiddenOperators,
    insertions: &'p mut Insertions,
    /// Full name of the class that is open.
    pub(super) class: Option<String>,
    /// The outermost function that is open.
    place: Place,
    /// Functions that are open, one within the other.
    functions: u32,
    pub(super) elif: u32,
    pub(super) scope: Scope<'a>,
    /// Names that the block which begins next binds: the targets of its loop.
    pub(super) targets: Vec<&'a str>,
    /// Types of the parameters of the function that is open. Those that are bound again have none.
    parameters: HashMap<&'a str, Option<Type>>,
    /// Variables of the function that is open which hold one whole number.
    pub(super) variables: Variables<'a>,
    /// For each inner block that is open, whether it runs in training only.
    training: Vec<bool>,
}

impl<'a> Checker<'_, 'a> {
    /// Notes an operator that may not be used.
    ///
    /// Random numbers may be drawn behind `if self.training:`, and where only that leads, because
    /// every model is put into evaluation mode after loading. A model that sets the flag itself
    /// draws them anyway, and then its two runs differ.
    pub(super) fn forbid(&mut self, line: u32, operator: &str) {
        let is_off = || self.training.contains(&true) || self.off.is_some_and(|off| off.is_never_called(&self.place));
        if operator.strip_prefix("aten::").is_some_and(is_random) && is_off() {
            return;
        }
        if self.operators == OperatorCheck::Enforced {
            self.forbidden.add(&self.file.name, line, operator);
        }
    }

    /// Notes a device that is written into the code.
    pub(super) fn forbid_device(&mut self, line: u32, device: &str) {
        if self.operators == OperatorCheck::Enforced {
            self.forbidden.add_device(&self.file.name, line, device);
        }
    }

    /// Has text written into the file at this place.
    pub(super) fn insert(&mut self, at: usize, text: &'static str) {
        self.insertions.insert(at, text);
    }

    /// Returns the type of a parameter that is never bound to something else.
    pub(super) fn parameter_type(&self, name: &str) -> Option<&Type> {
        self.parameters.get(name)?.as_ref()
    }

    pub(super) fn refuse(&self, line: u32, found: impl std::fmt::Display, allowed: impl std::fmt::Display) -> Refused {
        at_line(&self.file.name, line, found, allowed)
    }

    /// Returns whether `self.name` is a member of the class whose method this is.
    pub(super) fn is_own_member(&self, name: &str) -> bool {
        let class = self.class.as_deref().and_then(|class| self.program.class(class));
        self.scope.is_bound("self") && class.is_some_and(|class| class.declares(name))
    }

    pub(super) fn expression(&mut self, tokens: &[Token<'a>]) -> Result<(), Refused> {
        Expression::new(tokens).check(self)
    }

    /// Binds a variable to a value of this kind. The names that everything else is reached by are
    /// no variables.
    pub(super) fn bind(&mut self, name: &Token<'a>, held: Held) -> Result<(), Refused> {
        if is_root(name.text) || name.text == "self" {
            return Err(self.refuse(name.line, format!("`{}` as the name of a variable", name.text), "other names"));
        }
        self.scope.bind(name.text);
        self.parameters.insert(name.text, None);
        self.variables.bind(name.text, held);
        Ok(())
    }

    /// The parameters of a function. Only the first may be `self`.
    fn parameters(&mut self, header: &FunctionHeader<'_, 'a>) -> Result<(), Refused> {
        for (index, parameter) in header.parameters.iter().enumerate() {
            self.expression(parameter.annotation)?;
            self.expression(parameter.default)?;
            if parameter.name.text == "self" && index == 0 && self.functions == 1 {
                self.scope.bind("self");
            } else {
                let held = if is_int(parameter.annotation) { Held::Number } else { Held::Other };
                self.bind(&parameter.name, held)?;
            }
        }
        for parameter in &header.parameters {
            self.parameters.insert(parameter.name.text, Type::of(parameter.annotation));
        }
        Ok(())
    }
}

/// Returns whether this is the type `int`.
fn is_int(annotation: &[Token<'_>]) -> bool {
    matches!(annotation, [name] if name.is_name("int"))
}

impl<'a> Visitor<'a> for Checker<'_, 'a> {
    fn class(&mut self, header: &ClassHeader<'a>) -> Result<(), Refused> {
        self.class = Some(format!("{}.{}", self.file.qualifier, header.name.text));
        Ok(())
    }

    /// The types and values of attributes. The name itself reaches nothing.
    fn member(&mut self, line: &Line<'a>) -> Result<(), Refused> {
        let at = position(&line.tokens, |token| token.is_symbol(":") || token.is_symbol("="));
        let (_, behind) = line.tokens.split_at_checked(at.unwrap_or(0)).unwrap_or_default();
        for piece in split(behind.get(1..).unwrap_or_default(), "=") {
            self.expression(piece)?;
        }
        Ok(())
    }

    fn function(&mut self, header: &FunctionHeader<'_, 'a>) -> Result<(), Refused> {
        self.functions += 1;
        if self.functions == 1 {
            self.elif = 0;
            self.place = Place::new(&self.file.qualifier, self.class.as_ref(), header.name.text);
            self.parameters.clear();
            self.variables.clear();
        } else {
            // Only what is forked is written so.
            self.forbid(header.name.line, "prim::Closure");
            self.bind(&header.name, Held::Other)?;
        }
        self.scope.enter();
        self.parameters(header)?;
        self.expression(header.returns)
    }

    fn statement(&mut self, line: &Line<'a>) -> Result<(), Refused> {
        let Some((first, rest)) = line.tokens.split_first() else { return Ok(()) };
        if let Some((_, body)) = rest.split_last().filter(|(last, _)| last.is_symbol(":")) {
            self.compound(first, body)?;
            let is_off = is_training(body) || self.off.is_some_and(|off| off.is_off(&self.place, body));
            self.training.push(first.is_keyword("if") && is_off);
            self.scope.enter();
            for name in std::mem::take(&mut self.targets) {
                self.scope.bind(name);
                self.variables.bind(name, Held::Other);
            }
            return Ok(());
        }
        match (first.kind, first.text) {
            (Kind::Keyword, "pass" | "break" | "continue") if rest.is_empty() => Ok(()),
            (Kind::Keyword, "return" | "raise") => self.expression(rest),
            (Kind::Keyword, "assert") => split(rest, ",").into_iter().try_for_each(|piece| self.expression(piece)),
            (Kind::Keyword, "del") => self.delete(rest),
            (Kind::Keyword, "global" | "import" | "class" | "as" | "def") => {
                Err(self.refuse(first.line, format!("`{}` in a function", first.text), "what torch.jit.save writes"))
            }
            _ => self.plain(&line.tokens),
        }
    }

    fn leave(&mut self, block: Block) {
        match block {
            Block::Class => self.class = None,
            Block::Function => {
                self.functions = self.functions.saturating_sub(1);
                self.scope.leave();
            }
            Block::Inner => {
                self.training.pop();
                self.scope.leave();
            }
        }
    }
}

impl<'a> Checker<'_, 'a> {
    /// A bare name that is no root: a variable, or something of the language.
    pub(super) fn bare_name(&mut self, name: &Token<'a>) {
        if self.scope.is_bound(name.text) || super::operators::is_global(name.text) {
            return;
        }
        match refused_global(name.text) {
            Some(operator) => self.forbid(name.line, operator),
            None if self.scope.may_be_bound(name.text) => {}
            None => self.forbid(name.line, name.text),
        }
    }
}
