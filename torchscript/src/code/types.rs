//! Types as annotations name them: `Dict[str, List[Tensor]]`.

use super::lexer::{Kind, Lexer, Token, ascii};

/// A type: a name and its arguments. The nodes lie in one list, the outermost first, so that nothing needs to recurse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Type {
    nodes: Vec<Node>,
    has_classes: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    name: String,
    arguments: Vec<usize>,
}

impl Type {
    /// Name of the node at `index`; 0 is the whole type.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.nodes.get(index).map_or("", |node| node.name.as_str())
    }

    /// Indices of the nodes between the brackets of that at `index`.
    pub(crate) fn arguments(&self, index: usize) -> &[usize] {
        self.nodes.get(index).map_or(&[], |node| node.arguments.as_slice())
    }

    /// Whether a class of an archive's code is named anywhere in it.
    pub(crate) const fn has_classes(&self) -> bool {
        self.has_classes
    }

    /// Reads a type from text, as the pickles hold it. `None` where it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = ascii("", text.as_bytes()).ok()?;
        let mut lexer = Lexer::new("", text);
        let line = lexer.next_line().ok()??;
        let is_all = lexer.next_line().ok()?.is_none();
        is_all.then(|| Self::of(&line.tokens))?
    }

    /// Reads a type from tokens. `None` where they are none.
    pub(super) fn of(tokens: &[Token<'_>]) -> Option<Self> {
        let mut reader = Reader { nodes: Vec::new(), open: Vec::new() };
        let mut rest = reader.one(tokens)?;
        while !rest.is_empty() {
            rest = reader.next(rest)?;
        }
        let has_classes = reader.nodes.iter().any(|node| node.name.starts_with("__torch__"));
        reader.open.is_empty().then_some(Self { nodes: reader.nodes, has_classes })
    }
}

struct Reader {
    nodes: Vec<Node>,
    /// Nodes whose brackets are open.
    open: Vec<usize>,
}

impl Reader {
    /// Takes what may follow a type: a comma and a further type, or a bracket that ends.
    fn next<'l, 'a>(&mut self, tokens: &'l [Token<'a>]) -> Option<&'l [Token<'a>]> {
        let (first, rest) = tokens.split_first()?;
        if first.is_symbol("]") {
            self.open.pop()?;
            return Some(rest);
        }
        if !first.is_symbol(",") || self.open.is_empty() {
            return None;
        }
        self.one(rest)
    }

    /// Takes a name, and the bracket behind it with its first argument.
    fn one<'l, 'a>(&mut self, tokens: &'l [Token<'a>]) -> Option<&'l [Token<'a>]> {
        let mut tokens = tokens;
        loop {
            let (name, rest) = path(tokens)?;
            let index = self.nodes.len();
            self.nodes.push(Node { name, arguments: Vec::new() });
            if let Some(parent) = self.open.last().and_then(|parent| self.nodes.get_mut(*parent)) {
                parent.arguments.push(index);
            }
            match rest {
                // `Tuple[()]`: no arguments.
                [open, left, right, close, rest @ ..]
                    if open.is_symbol("[") && left.is_symbol("(") && right.is_symbol(")") && close.is_symbol("]") =>
                {
                    return Some(rest);
                }
                [open, rest @ ..] if open.is_symbol("[") => {
                    self.open.push(index);
                    tokens = rest;
                }
                _ => return Some(rest),
            }
        }
    }
}

/// A name with points, or `None`.
fn path<'l, 'a>(tokens: &'l [Token<'a>]) -> Option<(String, &'l [Token<'a>])> {
    let (first, mut rest) = tokens.split_first()?;
    if first.kind == Kind::Keyword {
        return matches!(first.text, "None" | "NoneType").then(|| ("NoneType".to_owned(), rest));
    }
    if first.kind != Kind::Name {
        return None;
    }
    let mut name = first.text.to_owned();
    while let [point, next, behind @ ..] = rest {
        if !point.is_symbol(".") || next.kind != Kind::Name {
            break;
        }
        name.push('.');
        name.push_str(next.text);
        rest = behind;
    }
    Some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(of: &Type, index: usize) -> String {
        let arguments: Vec<_> = of.arguments(index).iter().map(|argument| written(of, *argument)).collect();
        if arguments.is_empty() {
            of.name(index).to_owned()
        } else {
            format!("{}<{}>", of.name(index), arguments.join(" "))
        }
    }

    #[test]
    fn types_are_read() {
        let read = |text: &str| written(&Type::parse(text).unwrap(), 0);
        assert_eq!(read("Tensor"), "Tensor");
        assert_eq!(read("Dict[str, List[Tensor]]"), "Dict<str List<Tensor>>");
        assert_eq!(read("Tuple[int, Tuple[()], __torch__.a.B]"), "Tuple<int Tuple __torch__.a.B>");
        assert_eq!(read("Optional[List[List[int]]]"), "Optional<List<List<int>>>");
        assert_eq!(read("NoneType"), "NoneType");
    }

    #[test]
    fn what_is_no_type_is_none() {
        for text in [
            "",
            "List[",
            "List]",
            "a b",
            "1",
            "List[int",
            "[int]",
            "a.",
            "(a)",
            "List[int],",
            "List[]",
            "a[b]c",
            "a\nb",
            "\u{e9}",
        ] {
            assert_eq!(Type::parse(text), None, "{text}");
        }
        assert_eq!(Type::parse(&format!("{}int{}", "List[".repeat(200), "]".repeat(200))), None);
    }
}
