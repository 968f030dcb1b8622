//! The blocks of a file: classes, functions, and the statements in them, by indentation.

use super::header::{ClassHeader, FunctionHeader, class_header, function_header};
use super::lexer::{Lexer, Line, MAX_DEPTH};
use super::token::{Kind, Token};
use crate::refusal::{Refused, at_line};

/// Sees the lines of a file in order.
pub(super) trait Visitor<'a> {
    fn class(&mut self, header: &ClassHeader<'a>) -> Result<(), Refused>;
    /// A line of a class's body that is no method.
    fn member(&mut self, line: &Line<'a>) -> Result<(), Refused>;
    /// A function begins: of the file, of the class that is open, or within another function.
    fn function(&mut self, header: &FunctionHeader<'_, 'a>) -> Result<(), Refused>;
    /// A statement of the function that is open. If it ends with `:`, a block begins behind it.
    fn statement(&mut self, line: &Line<'a>) -> Result<(), Refused>;
    /// The innermost block has ended.
    fn leave(&mut self, block: Block);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// The body of a class.
    Class,
    /// The body of a function.
    Function,
    /// The body of a condition or a loop.
    Inner,
}

/// Shows all lines of the text of `file` to the visitor.
pub(super) fn walk<'a>(file: &'a str, text: &'a str, visitor: &mut impl Visitor<'a>) -> Result<(), Refused> {
    let mut lexer = Lexer::new(file, text);
    let mut walker = Walker { file, open: Vec::new(), begun: None, last: 0 };
    while let Some(line) = lexer.next_line()? {
        walker.line(&line, visitor)?;
    }
    walker.end(visitor)
}

struct Walker<'a> {
    file: &'a str,
    /// Open blocks with their indentation, which rises.
    open: Vec<(usize, Block)>,
    /// The block that the line before this began.
    begun: Option<Block>,
    last: u32,
}

impl<'a> Walker<'a> {
    fn line(&mut self, line: &Line<'a>, visitor: &mut impl Visitor<'a>) -> Result<(), Refused> {
        self.last = line.number();
        self.indent(line.indent, visitor)?;
        match self.open.last().map(|(_, block)| *block) {
            None => self.top(line, visitor),
            Some(Block::Class) => self.in_class(line, visitor),
            Some(Block::Function | Block::Inner) => self.in_body(line, visitor),
        }
    }

    /// Ends the blocks that are deeper than this line, and begins the one that was announced.
    fn indent(&mut self, indent: usize, visitor: &mut impl Visitor<'a>) -> Result<(), Refused> {
        let at = |open: &[(usize, Block)]| open.last().map_or(0, |(indent, _)| *indent);
        if let Some(begun) = self.begun.take() {
            if indent <= at(&self.open) {
                return Err(self.refuse("a block without lines", "an indented block"));
            }
            if self.open.len() >= MAX_DEPTH {
                return Err(self.refuse("blocks nested too deeply", format!("{MAX_DEPTH} in each other")));
            }
            self.open.push((indent, begun));
            return Ok(());
        }
        while indent < at(&self.open) {
            self.leave(visitor);
        }
        if indent == at(&self.open) {
            Ok(())
        } else {
            Err(self.refuse("an indentation", "that of the lines before it"))
        }
    }

    fn leave(&mut self, visitor: &mut impl Visitor<'a>) {
        if let Some((_, block)) = self.open.pop() {
            visitor.leave(block);
        }
    }

    fn end(&mut self, visitor: &mut impl Visitor<'a>) -> Result<(), Refused> {
        if self.begun.is_some() {
            return Err(self.refuse("a block without lines", "an indented block"));
        }
        while !self.open.is_empty() {
            self.leave(visitor);
        }
        Ok(())
    }

    fn top(&mut self, line: &Line<'a>, visitor: &mut impl Visitor<'a>) -> Result<(), Refused> {
        match line.tokens.as_slice() {
            [first, ..] if first.is_keyword("class") => {
                visitor.class(&class_header(self.file, line)?)?;
                self.begun = Some(Block::Class);
                Ok(())
            }
            [first, ..] if first.is_keyword("def") => self.function(line, visitor),
            [first, path @ ..] if first.is_keyword("import") && is_path(path) => Ok(()),
            [name, equals, number]
                if name.is_name("op_version_set") && equals.is_symbol("=") && number.kind == Kind::Number =>
            {
                Ok(())
            }
            _ => Err(self.refuse("a statement outside classes and functions", "classes and functions")),
        }
    }

    fn in_class(&mut self, line: &Line<'a>, visitor: &mut impl Visitor<'a>) -> Result<(), Refused> {
        match line.tokens.first() {
            Some(first) if first.is_keyword("def") => self.function(line, visitor),
            Some(first) if first.is_keyword("pass") && line.tokens.len() == 1 => Ok(()),
            Some(first) if first.kind == Kind::Name => visitor.member(line),
            _ => Err(self.refuse("a statement in the body of a class", "attributes and methods")),
        }
    }

    fn in_body(&mut self, line: &Line<'a>, visitor: &mut impl Visitor<'a>) -> Result<(), Refused> {
        let Some(first) = line.tokens.first() else { return Ok(()) };
        if first.is_keyword("def") {
            return self.function(line, visitor);
        }
        let begins =
            first.kind == Kind::Keyword && matches!(first.text, "if" | "elif" | "else" | "while" | "for" | "with");
        if begins != line.tokens.last().is_some_and(|last| last.is_symbol(":")) {
            return Err(self.refuse("a block in the line that begins it", "blocks on lines of their own"));
        }
        visitor.statement(line)?;
        self.begun = begins.then_some(Block::Inner);
        Ok(())
    }

    fn function(&mut self, line: &Line<'a>, visitor: &mut impl Visitor<'a>) -> Result<(), Refused> {
        visitor.function(&function_header(self.file, line)?)?;
        self.begun = Some(Block::Function);
        Ok(())
    }

    fn refuse(&self, found: impl std::fmt::Display, allowed: impl std::fmt::Display) -> Refused {
        at_line(self.file, self.last, found, allowed)
    }
}

/// Returns whether the tokens are names with points between them.
fn is_path(tokens: &[Token<'_>]) -> bool {
    let fits = |(index, token): (usize, &Token<'_>)| {
        if index % 2 == 0 { token.kind == Kind::Name } else { token.is_symbol(".") }
    };
    tokens.len() % 2 == 1 && tokens.iter().enumerate().all(fits)
}
