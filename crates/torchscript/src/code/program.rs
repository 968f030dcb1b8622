//! What the code of an archive declares: classes with their attributes and methods, and functions.

use std::collections::{HashMap, HashSet};

use super::blocks::{Block, Visitor, walk};
use super::class::{Class, ClassKind, MemberValue};
use super::forward::{Forward, types};
use super::header::{ClassHeader, FunctionHeader};
use super::lexer;
use super::lexer::Line;
use super::member::Member;
use super::source::SourceFile;
use super::token::Token;
use super::types::Type;
use crate::refusal::{Refused, at_line};

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
            _ = match of.name(0) {
                "int" => class.numbers.insert(name.to_owned()),
                "NoneType" => class.nothings.insert(name.to_owned()),
                _ => false,
            };
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
            nothings: HashSet::new(),
            numbers: HashSet::new(),
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

/// Returns the content of a string without escapes. `None` if it has one.
pub(super) fn plain_text(literal: &str) -> Option<&str> {
    let content = literal.get(1..literal.len().checked_sub(1)?)?;
    (!content.contains('\\')).then_some(content)
}
