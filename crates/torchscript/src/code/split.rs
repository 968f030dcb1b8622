//! Taking token sequences apart at brackets and separators.

use super::token::Token;

/// Returns the pieces between the symbols `at` that stand outside all brackets of the sequence; one
/// more than there are of them.
pub(super) fn split<'l, 'a>(tokens: &'l [Token<'a>], at: &str) -> Vec<&'l [Token<'a>]> {
    let mut pieces = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (index, token) in tokens.iter().enumerate() {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is_symbol(at) {
            pieces.push(tokens.get(start..index).unwrap_or_default());
            start = index + 1;
        }
    }
    pieces.push(tokens.get(start..).unwrap_or_default());
    pieces
}

/// Returns where the first token outside all brackets is that fits.
pub(super) fn position(tokens: &[Token<'_>], fits: impl Fn(&Token<'_>) -> bool) -> Option<usize> {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && fits(token) {
            return Some(index);
        }
    }
    None
}

/// Returns where the bracket that the sequence begins with is closed. `None` where it begins with
/// no bracket.
pub(super) fn closing(tokens: &[Token<'_>]) -> Option<usize> {
    if !tokens.first()?.opens() {
        return None;
    }
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth = depth.checked_sub(1)?;
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

/// Takes `function(argument, argument)` apart. `None` if it is something else, or has arguments
/// with names or a `*`.
pub(super) fn call<'l, 'a>(tokens: &'l [Token<'a>]) -> Option<(String, Vec<&'l [Token<'a>]>)> {
    let open = tokens.iter().position(Token::opens)?;
    let (function, arguments) = tokens.split_at_checked(open)?;
    if !arguments.first()?.is_symbol("(") || closing(arguments)? != arguments.len() - 1 {
        return None;
    }
    let mut arguments = split(arguments.get(1..arguments.len() - 1)?, ",");
    arguments.pop_if(|last| last.is_empty());
    let is_plain = |argument: &&[Token<'_>]| {
        position(argument, |token| token.is_symbol("=")).is_none()
            && !argument.first().is_none_or(|first| first.is_symbol("*"))
    };
    arguments.iter().all(is_plain).then(|| (function.iter().map(|token| token.text).collect(), arguments))
}

#[cfg(test)]
mod tests {
    use super::super::lexer::Lexer;
    use super::*;

    fn tokens(text: &str) -> Vec<Token<'_>> {
        Lexer::new("", text).next_line().unwrap().unwrap().tokens
    }

    fn texts(tokens: &[Token<'_>]) -> String {
        tokens.iter().map(|token| token.text).collect()
    }

    #[test]
    fn only_separators_outside_all_brackets_split() {
        let split_at = |text: &str| split(&tokens(text), ",").into_iter().map(texts).collect::<Vec<_>>();
        assert_eq!(split_at("a, f(b, [c, d]), {e: f}"), ["a", "f(b,[c,d])", "{e:f}"]);
        assert_eq!(split_at("a,, b,"), ["a", "", "b", ""]);
        assert_eq!(split_at("a"), ["a"]);
    }

    #[test]
    fn the_first_token_outside_brackets_is_found() {
        let found = |text: &str| position(&tokens(text), |token| token.is_symbol("="));
        assert_eq!(found("a: f(b=c) = d = e"), Some(8));
        assert_eq!(found("f(b=c)"), None);
    }

    #[test]
    fn a_bracket_is_closed_where_its_own_end_stands() {
        let closed = |text: &str| closing(&tokens(text));
        assert_eq!(closed("(a, [b], (c)) + (d)"), Some(10));
        assert_eq!(closed("[]"), Some(1));
        assert_eq!(closed("a(b)"), None);
        assert_eq!(closing(&[]), None);
        assert_eq!(closing(&tokens("(a, b)")[..3]), None);
    }
}
