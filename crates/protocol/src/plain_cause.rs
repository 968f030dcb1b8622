//! What a reader of JSON, YAML, a query or a command line says of a value, without the names that
//! Rust has for its types.

/// Types, and what they take.
const TYPES: [(&str, &str); 15] = [
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number from 0 to 18446744073709551615"),
    ("usize", "a whole number from 0 to 18446744073709551615"),
    ("i32", "a whole number from -2147483648 to 2147483647"),
    ("i64", "a whole number from -9223372036854775808 to 9223372036854775807"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("bool", "`true` or `false`"),
    ("boolean", "`true` or `false`"),
    ("a boolean", "`true` or `false`"),
    ("floating point", "a number"),
    ("a sequence", "a list"),
    ("a map", "an object"),
];

/// Sentences of Rust's own number readers.
const SENTENCES: [(&str, &str); 6] = [
    ("invalid digit found in string", "not a whole number"),
    ("number too large to fit in target type", "the number is too large"),
    ("number too small to fit in target type", "the number is too small"),
    ("cannot parse integer from empty string", "empty; a whole number is wanted"),
    ("invalid float literal", "not a number"),
    ("invalid socket address syntax", "not an address with a port, such as `127.0.0.1:8080`"),
];

/// Returns what a type takes: `a whole number from 0 to 255` for `u8`. `None` if it is no type of a
/// value in text.
#[must_use]
pub fn type_in_words(name: &str) -> Option<&'static str> {
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, words)| *words)
}

/// Returns a cause without names of Rust's types.
///
/// For example, `invalid type: string "soon", expected u32` becomes
/// `invalid type: string "soon", expected a whole number from 0 to 4294967295`.
#[must_use]
pub fn plain_cause(cause: &str) -> String {
    // The value at fault comes before, and may be any text.
    let Some((before, after)) = cause.rsplit_once("expected ") else { return plain_sentence(cause) };
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let named = |(name, words): &(&str, &'static str)| {
        after.strip_prefix(*name).filter(|rest| ends(rest)).map(|rest| (rest.to_owned(), *words))
    };
    if let Some((rest, words)) = TYPES.iter().find_map(named) {
        return format!("{before}expected {words}{rest}");
    }
    match after.strip_prefix("struct ") {
        Some(rest) => {
            let (_, rest) = rest.split_at(rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()));
            format!("{before}expected an object{rest}")
        }
        None => cause.to_owned(),
    }
}

fn plain_sentence(cause: &str) -> String {
    let known = SENTENCES.iter().find_map(|(sentence, words)| Some((cause.split_once(sentence)?, words)));
    match known {
        Some(((before, after), words)) => format!("{before}{words}{after}"),
        None => plain_range(cause).unwrap_or_else(|| cause.to_owned()),
    }
}

/// Returns `10 is not a whole number from 1 to 9` for `10 is not in 1..=9`.
fn plain_range(cause: &str) -> Option<String> {
    let (before, range) = cause.split_once(" is not in ")?;
    let (least, rest) = range.split_once("..=")?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    all_digits(least).then(|| format!("{before} is not a whole number from {least} to {rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_what_they_take() {
        let cases = [
            (
                r#"invalid type: string "u64", expected u64 at line 1"#,
                r#"invalid type: string "u64", expected a whole number from 0 to 18446744073709551615 at line 1"#,
            ),
            (
                "invalid value: integer `-1`, expected u8",
                "invalid value: integer `-1`, expected a whole number from 0 to 255",
            ),
            ("invalid type: map, expected a boolean", "invalid type: map, expected `true` or `false`"),
            (
                "invalid type: null, expected struct NewTask at line 1",
                "invalid type: null, expected an object at line 1",
            ),
            ("invalid digit found in string", "not a whole number"),
            ("`x`: number too large to fit in target type", "`x`: the number is too large"),
            ("invalid socket address syntax", "not an address with a port, such as `127.0.0.1:8080`"),
            ("4294967296 is not in 1..=200", "4294967296 is not a whole number from 1 to 200"),
        ];
        for (cause, plain) in cases {
            assert_eq!(plain_cause(cause), plain);
        }
        for same in ["expected u8x", "the lake is not in 1 park", "missing field `u64`", "expected one of `u64`"] {
            assert_eq!(plain_cause(same), same);
        }
    }
}
