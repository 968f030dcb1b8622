//! TorchScript's text as tokens, in logical lines.
//!
//! This agrees with libtorch's own lexer (its public header `torch/csrc/jit/frontend/lexer.h`) on
//! every text that it accepts. What could be read in two ways is refused: characters outside
//! printable ASCII, tabs, a backslash outside a string, type comments, strings in three quotes,
//! numbers that run into a name. One oddity is kept: `is not` and `not in` are tokens of libtorch
//! even where a name continues behind them, so that `x is nothing` is `x`, `is not`, `hing`.

use super::token::{CHARACTERS, KEYWORDS, Kind, SYMBOLS, Token, is_word};
use crate::refusal::{Refused, at_line};

/// Deepest nesting of brackets. libtorch's parser recurses.
pub(super) const MAX_DEPTH: usize = 100;

/// Most tokens of a logical line.
const MAX_TOKENS: usize = 1 << 20;

/// Most blank lines and comments in a row. libtorch's lexer recurses along them.
const MAX_BLANK: u32 = 1000;

/// A logical line: the tokens up to the end of a line outside brackets.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Spaces before the first token.
    pub(super) indent: usize,
    /// The tokens; at least one.
    pub(super) tokens: Vec<Token<'a>>,
}

impl Line<'_> {
    /// Returns the number of the line in its file, from 1.
    pub(super) fn number(&self) -> u32 {
        self.tokens.first().map_or(0, |token| token.line)
    }
}

/// Reads a file line by line.
pub(super) struct Lexer<'a> {
    file: &'a str,
    rest: &'a str,
    /// Bytes before `rest`.
    taken: usize,
    line: u32,
    open: Vec<char>,
    /// Ends of lines and comments since the last token.
    blank: u32,
}

impl<'a> Lexer<'a> {
    /// Returns a lexer for the text of the record named `file`.
    pub(super) const fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, rest: text, taken: 0, line: 1, open: Vec::new(), blank: 0 }
    }

    /// Returns the next logical line; `None` at the end.
    pub(super) fn next_line(&mut self) -> Result<Option<Line<'a>>, Refused> {
        let mut line = Line { indent: 0, tokens: Vec::new() };
        loop {
            let spaces = self.rest.len() - self.rest.trim_start_matches(' ').len();
            self.take(spaces);
            match self.rest.chars().next() {
                Some('\n') => {
                    self.take(1);
                    self.line = self.line.saturating_add(1);
                    self.skip_blank()?;
                    if self.open.is_empty() && !line.tokens.is_empty() {
                        return Ok(Some(line));
                    }
                }
                Some('#') => self.comment()?,
                Some(first) => {
                    if line.tokens.is_empty() {
                        line.indent = spaces;
                    }
                    if line.tokens.len() >= MAX_TOKENS {
                        return Err(self.refuse("a line of too many tokens", format!("{MAX_TOKENS} of them")));
                    }
                    let token = self.token(first)?;
                    line.tokens.push(token);
                }
                None => return self.end(line),
            }
        }
    }

    fn end(&self, line: Line<'a>) -> Result<Option<Line<'a>>, Refused> {
        if let Some(open) = self.open.last() {
            return Err(self.refuse(format!("the file ends inside `{open}`"), "closed brackets"));
        }
        Ok((!line.tokens.is_empty()).then_some(line))
    }

    fn skip_blank(&mut self) -> Result<(), Refused> {
        self.blank += 1;
        if self.blank > MAX_BLANK {
            return Err(self.refuse("too many blank lines and comments", format!("{MAX_BLANK} in a row")));
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), Refused> {
        self.skip_blank()?;
        if self.rest.starts_with("# type:") {
            return Err(self.refuse("a type in a comment", "types in annotations"));
        }
        let length = self.rest.find('\n').unwrap_or(self.rest.len());
        self.take(length);
        Ok(())
    }

    fn token(&mut self, first: char) -> Result<Token<'a>, Refused> {
        self.blank = 0;
        let (kind, length) = match first {
            'a'..='z' | 'A'..='Z' | '_' => self.word(),
            '0'..='9' => (Kind::Number, self.number()?),
            '"' | '\'' => (Kind::Text, self.string(first)?),
            _ => (Kind::Symbol, self.symbol(first)?),
        };
        let (line, start) = (self.line, self.taken);
        Ok(Token { kind, text: self.take(length), line, start })
    }

    fn word(&self) -> (Kind, usize) {
        let ends = |letter: char| !is_word(letter);
        let length = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, behind) = self.rest.split_at_checked(length).unwrap_or_default();
        match word {
            "is" if behind.starts_with(" not") => (Kind::Keyword, "is not".len()),
            "not" if behind.starts_with(" in") => (Kind::Keyword, "not in".len()),
            _ if KEYWORDS.contains(&word) => (Kind::Keyword, length),
            _ => (Kind::Name, length),
        }
    }

    /// Digits, perhaps a fraction, an exponent, and `j`.
    fn number(&self) -> Result<usize, Refused> {
        let digits = |from: usize| {
            let rest = self.rest.get(from..).unwrap_or_default();
            rest.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(rest.len())
        };
        let at = |index: usize| self.rest.as_bytes().get(index).copied();
        let mut length = digits(0);
        if at(length) == Some(b'.') {
            length += 1;
            length += digits(length);
        }
        if matches!(at(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(at(length + 1), Some(b'+' | b'-')));
            let exponent = digits(length + 1 + sign);
            if exponent == 0 {
                return Err(self.refuse("a number that runs into a name", "a decimal number"));
            }
            length += 1 + sign + exponent;
        }
        length += usize::from(at(length) == Some(b'j'));
        if at(length).is_some_and(|next| next == b'.' || is_word(char::from(next))) {
            return Err(self.refuse("a number that runs into a name", "a decimal number"));
        }
        Ok(length)
    }

    fn string(&self, quote: char) -> Result<usize, Refused> {
        if self.rest.chars().take(3).filter(|letter| *letter == quote).count() == 3 {
            return Err(self.refuse("a string in three quotes", "strings in single quotes"));
        }
        let mut escaped = false;
        for (index, letter) in self.rest.char_indices().skip(1) {
            match letter {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if letter == quote => return Ok(index + 1),
                _ => {}
            }
        }
        Err(self.refuse("a string without an end", "strings that end in their line"))
    }

    fn symbol(&mut self, first: char) -> Result<usize, Refused> {
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| self.rest.starts_with(**symbol)) {
            return Ok(symbol.len());
        }
        if !CHARACTERS.contains(first) || (first == '.' && self.starts_number()) {
            return Err(self.refuse(format!("`{first}` where it has no meaning"), "what torch.jit.save writes"));
        }
        self.nest(first)?;
        Ok(1)
    }

    /// Returns whether the point is the beginning of a number, which libtorch would read as one.
    fn starts_number(&self) -> bool {
        self.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
    }

    fn nest(&mut self, bracket: char) -> Result<(), Refused> {
        match bracket {
            '(' | '[' | '{' if self.open.len() >= MAX_DEPTH => {
                Err(self.refuse("brackets nested too deeply", format!("{MAX_DEPTH} in each other")))
            }
            '(' | '[' | '{' => {
                self.open.push(bracket);
                Ok(())
            }
            ')' | ']' | '}' => match (self.open.pop(), bracket) {
                (Some('('), ')') | (Some('['), ']') | (Some('{'), '}') => Ok(()),
                _ => Err(self.refuse(format!("`{bracket}` that closes nothing"), "brackets in pairs")),
            },
            _ => Ok(()),
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.taken = self.taken.saturating_add(taken.len());
        taken
    }

    fn refuse(&self, found: impl std::fmt::Display, allowed: impl std::fmt::Display) -> Refused {
        at_line(self.file, self.line, found, allowed)
    }
}

/// What the refusal of other text says. torch.jit.save writes other letters only in names: it
/// escapes them in strings.
const ASCII: &str = "printable ASCII; rename attributes, classes and functions whose names have other letters";

/// Refuses text that is not printable ASCII and ends of lines.
pub(super) fn ascii<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Refused> {
    let is_strange = |byte: &u8| !matches!(byte, b' '..=b'~' | b'\n');
    if let Some(position) = bytes.iter().position(is_strange) {
        let before = bytes.get(..position).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let byte = bytes.get(position).copied().unwrap_or_default();
        return Err(at_line(file, line, format!("the byte {byte:#04x}"), ASCII));
    }
    std::str::from_utf8(bytes).map_err(|_| at_line(file, 1, "text that is not ASCII", "printable ASCII"))
}

#[cfg(test)]
mod tests;
