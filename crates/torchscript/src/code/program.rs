//! What the code of an archive declares: classes with their attributes and methods, and functions.

use std::collections::{HashMap, HashSet};

use super::blocks::{Block, Visitor, walk};
use super::header::{ClassHeader, FunctionHeader};
use super::lexer;
use super::lexer::{Kind, Line, Token};
use super::source::SourceFile;
use super::split::position;
use super::types::Type;
use crate::refusal::{Refused, at_line};

/// Kinds of classes, by what they derive from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClassKind {
    /// `Module`.
    Module,
    Plain,
    /// `NamedTuple`.
    NamedTuple,
    /// `Interface` or `ModuleInterface`: methods without bodies.
    Interface,
    /// `Enum`.
    Enum,
}

/// A class of the archive.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) kind: ClassKind,
    /// Attributes with their types, in the order of the class.
    pub(crate) attributes: Vec<(String, Type)>,
    /// Methods, and the types of their parameters and of what they return.
    methods: HashMap<String, String>,
    /// Names of attributes and constants.
    names: HashSet<String>,
    /// What `forward` takes and returns, if there is one.
    forward: Option<Forward>,
    /// What `__setstate__` takes, if there is one that takes one value of a known type.
    state: Option<Type>,
    /// Values of the members of an enumeration, as far as a pickle may name them.
    members: Vec<MemberValue>,
}

/// The value of a member of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MemberValue {
    Int(i64),
    Text(String),
}

impl MemberValue {
    fn of(tokens: &[Token<'_>]) -> Option<Self> {
        match tokens {
            [text] if text.kind == Kind::Text => plain_text(text.text).map(|text| Self::Text(text.to_owned())),
            [number] if number.kind == Kind::Number => number.text.parse().ok().map(Self::Int),
            [minus, number] if minus.is_symbol("-") && number.kind == Kind::Number => {
                format!("-{}", number.text).parse().ok().map(Self::Int)
            }
            _ => None,
        }
    }
}

impl Class {
    /// Returns whether there is a method of this name.
    pub(crate) fn has_method(&self, name: &str) -> bool {
        self.methods.contains_key(name)
    }

    /// Returns what objects of this class are made of in a pickle, if it is not a dict of their
    /// attributes: the type of the value that `__setstate__` takes. The outer `None` means
    /// attributes, the inner one a type that is not known.
    ///
    /// libtorch calls `__setstate__` only if there is a `__getstate__` as well. Otherwise it sets the attributes.
    #[expect(clippy::option_option, reason = "two kinds of absence, told apart in the only place of use")]
    pub(crate) fn state(&self) -> Option<Option<&Type>> {
        (self.has_method("__setstate__") && self.has_method("__getstate__")).then_some(self.state.as_ref())
    }

    /// Returns whether an enumeration declares a member of this value.
    pub(crate) fn has_member_value(&self, value: &MemberValue) -> bool {
        self.members.contains(value)
    }

    /// Returns what `forward` takes and returns, if there is one.
    pub(crate) const fn forward(&self) -> Option<&Forward> {
        self.forward.as_ref()
    }

    pub(crate) fn methods(&self) -> usize {
        self.methods.len()
    }

    /// Returns whether all methods of an interface are here, with the same types.
    pub(crate) fn implements(&self, interface: &Self) -> bool {
        interface.methods.iter().all(|(name, types)| self.methods.get(name) == Some(types))
    }

    /// Returns whether there is an attribute, a method or a constant of this name.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.has_method(name) || self.names.contains(name)
    }
}

/// All that the archive's code declares, by full names: `__torch__.torch.nn.modules.conv.Conv2d`.
#[derive(Debug, Default)]
pub(crate) struct Program {
    classes: HashMap<String, Class>,
    functions: HashSet<String>,
    /// The names of attributes, methods and constants of any class.
    members: HashSet<String>,
}

impl Program {
    /// Reads the declarations of all files.
    pub(super) fn read(files: &[SourceFile]) -> Result<Self, Refused> {
        let mut program = Self::default();
        for file in files {
            let text = lexer::ascii(&file.name, &file.text)?;
            let mut reader = Reader { file, program: &mut program, class: None, depth: 0 };
            walk(&file.name, text, &mut reader)?;
        }
        Ok(program)
    }

    /// Returns the class of this full name.
    pub(crate) fn class(&self, name: &str) -> Option<&Class> {
        self.classes.get(name)
    }

    /// Returns the same name, as long as the program lives, if it is that of a class.
    pub(crate) fn class_name(&self, name: &str) -> Option<&str> {
        self.classes.get_key_value(name).map(|(name, _)| name.as_str())
    }

    /// Returns whether a function of the archive has this full name.
    pub(super) fn has_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    /// Returns whether any class declares a member of this name.
    pub(super) fn has_member(&self, name: &str) -> bool {
        self.members.contains(name)
    }

    fn defines(&self, name: &str) -> bool {
        self.classes.contains_key(name) || self.functions.contains(name)
    }
}

/// Collects the declarations of a file.
struct Reader<'p> {
    file: &'p SourceFile,
    program: &'p mut Program,
    /// The class that is open: its full name and what it has so far.
    class: Option<(String, Class)>,
    /// Functions that are open.
    depth: usize,
}

impl Reader<'_> {
    fn full_name(&self, name: &Token<'_>) -> Result<String, Refused> {
        let full = format!("{}.{}", self.file.qualifier, name.text);
        if self.program.defines(&full) {
            return Err(at_line(
                &self.file.name,
                name.line,
                format!("`{}` for the second time", name.text),
                "each name once",
            ));
        }
        Ok(full)
    }

    fn attribute(&mut self, name: &str, of: &[Token<'_>], line: u32) -> Result<(), Refused> {
        let Some(of) = Type::of(of) else {
            return Err(at_line(&self.file.name, line, "an attribute of an unknown type", "`name : Type`"));
        };
        self.constant(name, line)?;
        if let Some((_, class)) = &mut self.class {
            class.attributes.push((name.to_owned(), of));
        }
        Ok(())
    }

    fn constant(&mut self, name: &str, line: u32) -> Result<(), Refused> {
        self.program.members.insert(name.to_owned());
        if self.class.as_mut().is_none_or(|(_, class)| class.names.insert(name.to_owned())) {
            return Ok(());
        }
        Err(at_line(&self.file.name, line, "an attribute for the second time", "each name once"))
    }

    fn member_value(&mut self, value: &[Token<'_>]) {
        if let Some((_, class)) = &mut self.class {
            class.members.extend(MemberValue::of(value));
        }
    }

    fn method(&mut self, header: &FunctionHeader<'_, '_>) -> Result<(), Refused> {
        let name = header.name.text;
        self.program.members.insert(name.to_owned());
        if let (Some((_, class)), "__setstate__", [_, state]) = (&mut self.class, name, header.parameters.as_slice()) {
            class.state = Type::of(state.annotation);
        }
        if let (Some((_, class)), "forward") = (&mut self.class, name) {
            class.forward = Some(Forward::of(header));
        }
        let before = self.class.as_mut().and_then(|(_, class)| class.methods.insert(name.to_owned(), types(header)));
        if before.is_none() {
            return Ok(());
        }
        Err(at_line(
            &self.file.name,
            header.name.line,
            format!("the method `{name}` for the second time"),
            "each name once",
        ))
    }
}

/// What a method `forward` takes and returns, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forward {
    /// Type of each parameter behind `self`, and whether it may be left out. A type that is not given is a tensor.
    parameters: Vec<(String, bool)>,
    /// Empty if it is not given.
    returns: String,
}

impl Forward {
    fn of(header: &FunctionHeader<'_, '_>) -> Self {
        let parameters = header.parameters.iter().skip(1);
        let parameters = parameters.map(|parameter| (text(parameter.annotation), !parameter.default.is_empty()));
        Self { parameters: parameters.collect(), returns: text(header.returns) }
    }

    /// Returns what it takes, if that is something else than one tensor: `(Tensor, Tensor)`.
    pub(crate) fn takes_other(&self) -> Option<String> {
        let required = self.parameters.iter().filter(|(_, optional)| !optional).count();
        let first = self.parameters.first().map(|(of, _)| of.as_str());
        let is_one_tensor =
            required <= 1 && first.is_some_and(|of| matches!(of, "" | "Tensor" | "Optional[Tensor]" | "Any"));
        let types = || self.parameters.iter().map(|(of, _)| if of.is_empty() { "Tensor" } else { of });
        (!is_one_tensor).then(|| format!("({})", types().collect::<Vec<_>>().join(", ")))
    }

    /// Returns what it returns, if that is certainly neither a tensor nor a tuple: `Dict[str,
    /// Tensor]`.
    pub(crate) fn returns_other(&self) -> Option<&str> {
        let others = ["Dict[", "List[", "int", "float", "bool", "str", "NoneType"];
        others.iter().any(|other| self.returns.starts_with(other)).then_some(self.returns.as_str())
    }
}

fn text(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|token| if token.text == "," { ", " } else { token.text }).collect()
}

/// Returns the types of the parameters behind `self` and of what is returned, as text.
fn types(header: &FunctionHeader<'_, '_>) -> String {
    let annotations = header.parameters.iter().skip(1).map(|parameter| parameter.annotation);
    let mut text = String::new();
    for tokens in annotations.chain([header.returns]) {
        tokens.iter().for_each(|token| text.push_str(token.text));
        text.push(';');
    }
    text
}

impl<'a> Visitor<'a> for Reader<'_> {
    fn class(&mut self, header: &ClassHeader<'a>) -> Result<(), Refused> {
        let kind = match header.parent.map(|parent| parent.text) {
            None => ClassKind::Plain,
            Some("Module") => ClassKind::Module,
            Some("NamedTuple") => ClassKind::NamedTuple,
            Some("Interface" | "ModuleInterface") => ClassKind::Interface,
            Some("Enum") => ClassKind::Enum,
            Some(_) => {
                let allowed = "Module, NamedTuple, Interface, ModuleInterface and Enum";
                return Err(at_line(&self.file.name, header.name.line, "a class derived from another", allowed));
            }
        };
        let class = Class {
            kind,
            attributes: Vec::new(),
            methods: HashMap::new(),
            names: HashSet::new(),
            forward: None,
            state: None,
            members: Vec::new(),
        };
        self.class = Some((self.full_name(&header.name)?, class));
        Ok(())
    }

    fn member(&mut self, line: &Line<'a>) -> Result<(), Refused> {
        match Member::of(line) {
            Some(Member::List) => Ok(()),
            Some(Member::Attribute(name, of)) => self.attribute(name, of, line.number()),
            Some(Member::Constant(name, value)) => {
                self.constant(name, line.number())?;
                self.member_value(value);
                Ok(())
            }
            None => Err(at_line(&self.file.name, line.number(), "an attribute of an unknown form", "`name : Type`")),
        }
    }

    fn function(&mut self, header: &FunctionHeader<'_, 'a>) -> Result<(), Refused> {
        self.depth += 1;
        if self.depth > 1 {
            return Ok(());
        }
        if self.class.is_some() {
            return self.method(header);
        }
        let name = self.full_name(&header.name)?;
        self.program.functions.insert(name);
        Ok(())
    }

    fn statement(&mut self, _: &Line<'a>) -> Result<(), Refused> {
        Ok(())
    }

    fn leave(&mut self, block: Block) {
        match block {
            Block::Function => self.depth = self.depth.saturating_sub(1),
            Block::Class => {
                if let Some((name, class)) = self.class.take() {
                    self.program.classes.insert(name, class);
                }
            }
            Block::Inner => {}
        }
    }
}

/// A line of a class's body.
enum Member<'l, 'a> {
    /// `__parameters__ = ["weight", ]` and the like: what torch needs to know of the attributes.
    List,
    /// `name : Type`, or `__annotations__["0"] = Type` if the name is not an identifier.
    Attribute(&'a str, &'l [Token<'a>]),
    /// `name : Final[Type] = value`, or `NAME = value` of an enumeration.
    Constant(&'a str, &'l [Token<'a>]),
}

impl<'l, 'a> Member<'l, 'a> {
    fn of(line: &'l Line<'a>) -> Option<Self> {
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

fn is_list(name: &str) -> bool {
    let lists = ["__parameters__", "__buffers__", "__forward_hooks__", "__forward_pre_hooks__", "__annotations__"];
    lists.contains(&name)
}

/// Returns the content of a string without escapes. `None` if it has one.
pub(super) fn plain_text(literal: &str) -> Option<&str> {
    let content = literal.get(1..literal.len().checked_sub(1)?)?;
    (!content.contains('\\')).then_some(content)
}
