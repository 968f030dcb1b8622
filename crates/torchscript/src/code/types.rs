//! Types as annotations name them: `Dict[str, List[Tensor]]`.

use super::lexer::{Lexer, ascii};
use super::token::{Kind, Token};

/// A type: a name and its arguments. The nodes lie in one list, the outermost first, so that
/// nothing needs to recurse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Type {
    nodes: Vec<Node>,
    needs_looks: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    name: String,
    arguments: Vec<usize>,
}

impl Type {
    /// Returns the name of the node at `index`; 0 is the whole type.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.nodes.get(index).map_or("", |node| node.name.as_str())
    }

    /// Indices of the nodes between the brackets of that at `index`.
    pub(crate) fn arguments(&self, index: usize) -> &[usize] {
        self.nodes.get(index).map_or(&[], |node| node.arguments.as_slice())
    }

    /// Returns whether a class of an archive's code or a tuple is named anywhere in it. libtorch
    /// reads the attributes of an object and the items of a tuple without checking that there are
    /// as many, so every value of such a type must be looked at.
    pub(crate) const fn needs_looks(&self) -> bool {
        self.needs_looks
    }

    /// Returns whether this is `Optional[other]`.
    pub(crate) fn is_optional_of(&self, other: &Self) -> bool {
        let same = |(node, other): (&Node, &Node)| {
            node.name == other.name
                && node.arguments.iter().map(|at| at.checked_sub(1)).eq(other.arguments.iter().map(|at| Some(*at)))
        };
        self.name(0) == "Optional"
            && self.nodes.len() == other.nodes.len() + 1
            && self.nodes.iter().skip(1).zip(&other.nodes).all(same)
    }

    /// Reads a type from text, as the pickles hold it. Returns `None` if it is not a type.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = ascii("", text.as_bytes()).ok()?;
        let mut lexer = Lexer::new("", text);
        let line = lexer.next_line().ok()??;
        let is_all = lexer.next_line().ok()?.is_none();
        is_all.then(|| Self::of(&line.tokens))?
    }

    /// Reads a type from tokens. Returns `None` if they are not a type.
    pub(super) fn of(tokens: &[Token<'_>]) -> Option<Self> {
        let mut reader = Reader { nodes: Vec::new(), open: Vec::new() };
        let mut rest = reader.one(tokens)?;
        while !rest.is_empty() {
            rest = reader.next(rest)?;
        }
        let needs_looks = |node: &Node| node.name.starts_with("__torch__") || node.name == "Tuple";
        let needs_looks = reader.nodes.iter().any(needs_looks);
        reader.open.is_empty().then_some(Self { nodes: reader.nodes, needs_looks })
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

/// Returns a name with points, or `None`.
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
    fn an_optional_is_told_from_others() {
        let of = |text: &str| Type::parse(text).unwrap();
        assert!(of("Optional[Tuple[Tensor, List[int]]]").is_optional_of(&of("Tuple[Tensor, List[int]]")));
        assert!(!of("Optional[Tuple[Tensor]]").is_optional_of(&of("Tuple[Tensor, Tensor]")));
        assert!(!of("Optional[Tuple[List[int], int]]").is_optional_of(&of("Tuple[List[int, int]]")));
        assert!(!of("List[Tuple[Tensor]]").is_optional_of(&of("Tuple[Tensor]")));
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
