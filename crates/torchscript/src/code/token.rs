//! Tokens, and what they may be.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    /// A word of the language: `if`, `True`, `not in`.
    Keyword,
    Number,
    /// A string, with its quotes.
    Text,
    /// An operator or a bracket.
    Symbol,
}

/// A token with its place: the number of its line, from 1, and the bytes of the file before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) line: u32,
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn is_symbol(&self, text: &str) -> bool {
        self.kind == Kind::Symbol && self.text == text
    }

    pub(super) fn is_keyword(&self, text: &str) -> bool {
        self.kind == Kind::Keyword && self.text == text
    }

    pub(super) fn is_name(&self, text: &str) -> bool {
        self.kind == Kind::Name && self.text == text
    }

    /// Returns how many bytes of the file end with it.
    pub(super) const fn end(&self) -> usize {
        self.start.saturating_add(self.text.len())
    }

    pub(super) fn opens(&self) -> bool {
        self.kind == Kind::Symbol && matches!(self.text, "(" | "[" | "{")
    }

    pub(super) fn closes(&self) -> bool {
        self.kind == Kind::Symbol && matches!(self.text, ")" | "]" | "}")
    }
}

/// The words that libtorch's lexer knows.
pub(super) const KEYWORDS: &[&str] = &[
    "Ellipsis", "False", "None", "NoneType", "True", "and", "as", "assert", "break", "class", "continue", "def", "del",
    "elif", "else", "for", "global", "if", "import", "in", "is", "not", "or", "pass", "raise", "return", "while",
    "with",
];

/// Operators of several characters, the longest first.
pub(super) const SYMBOLS: &[&str] = &[
    "**=", "<<=", ">>=", "<=>", "...", "!=", "==", "<=", ">=", "//", "<<", ">>", "+=", "-=", "*=", "/=", "%=", "|=",
    "&=", "^=", "**", "->",
];

/// Assignments that change a variable by an operator.
pub(super) const UPDATES: &[&str] = &["+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>=", "**="];

/// Single characters that are operators or brackets.
pub(super) const CHARACTERS: &str = "+-*/%@()[]:,={}><.&^|~";

pub(super) const fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}
