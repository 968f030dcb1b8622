//! Texts and their tokens.

use super::*;

fn words(text: &str) -> Vec<&str> {
    let mut lexer = Lexer::new("code/__torch__.py", text);
    let mut words = Vec::new();
    while let Some(line) = lexer.next_line().unwrap() {
        words.extend(line.tokens.iter().map(|token| token.text));
    }
    words
}

fn refusal(text: &str) -> String {
    let mut lexer = Lexer::new("code/__torch__.py", text);
    loop {
        match lexer.next_line() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("{text:?} is accepted"),
            Err(verdict) => return verdict.message,
        }
    }
}

#[test]
fn tokens_are_those_of_libtorch() {
    assert_eq!(words("a.b(1.5e-07, -2)"), ["a", ".", "b", "(", "1.5e-07", ",", "-", "2", ")"]);
    assert_eq!(words("x [ 1: ] = \"a\\\"b\" 'c'"), ["x", "[", "1", ":", "]", "=", "\"a\\\"b\"", "'c'"]);
    assert_eq!(words("a<=b**c->d...e!=1."), ["a", "<=", "b", "**", "c", "->", "d", "...", "e", "!=", "1."]);
    assert_eq!(words("x is nothing"), ["x", "is not", "hing"]);
    assert_eq!(words("not inner, not  inner, isnot"), ["not in", "ner", ",", "not", "inner", ",", "isnot"]);
    assert_eq!(words("torch . from_file(\n  x)"), ["torch", ".", "from_file", "(", "x", ")"]);
    assert_eq!(words("2j 1.j 1e5"), ["2j", "1.j", "1e5"]);
}

#[test]
fn comments_and_blank_lines_are_nothing() {
    assert_eq!(words("# print(x)\n\n  a # b\n#\n"), ["a"]);
    let mut lexer = Lexer::new("f", "if a:\n  b = (1,\n2)\n\n# c\nd");
    let indents: Vec<_> = std::iter::from_fn(|| lexer.next_line().unwrap())
        .map(|line| (line.indent, line.tokens.len(), line.number()))
        .collect();
    assert_eq!(indents, [(0, 3, 1), (2, 7, 2), (0, 1, 6)]);
}

#[test]
fn what_has_two_readings_is_refused() {
    let texts = [
        "a \\\n b",
        "x;y",
        "a ? b",
        "!a",
        "$",
        "`",
        "# type: (Tensor) -> Tensor",
        "\"\"\"a\"\"\"",
        "'''",
        "\"a",
        "\"a\\\n\"",
        "1x",
        "0x10",
        "1e",
        "1_000",
        "1..a",
        ".5",
        "a.5",
        "(",
        ")",
        "(]",
        "{a)",
    ];
    for text in texts {
        assert!(refusal(text).starts_with("`code/__torch__.py` line 1: "), "{text}");
    }
}

#[test]
fn depth_is_limited() {
    let nested = |depth| format!("{}x{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(words(&nested(MAX_DEPTH)).len(), 2 * MAX_DEPTH + 1);
    assert!(refusal(&nested(MAX_DEPTH + 1)).contains("nested too deeply"));
    assert!(refusal(&"(".repeat(200_000)).contains("nested too deeply"));
}

#[test]
fn blank_lines_are_limited() {
    assert_eq!(words(&format!("a{}b", "\n".repeat(1000))), ["a", "b"]);
    assert!(refusal(&format!("a{}b", "\n".repeat(1001))).contains("blank lines"));
    assert!(refusal(&format!("a{}", "#\n".repeat(501))).contains("blank lines"));
    assert_eq!(words(&"a\n".repeat(5000)).len(), 5000);
}

#[test]
fn other_characters_are_named_with_their_line() {
    for byte in [0, b'\t', b'\r', 0x7f, 0x80, 0xe2] {
        let refused = ascii("code/__torch__.py", &[b'a', b'\n', byte]).unwrap_err();
        assert!(refused.message.contains(&format!("line 2: the byte {byte:#04x}")), "{}", refused.message);
    }
    assert_eq!(ascii("f", b"a ~\n").unwrap(), "a ~\n");
}
