//! Lines and values of hostile text: splitting, and showing a value without passing on what is in
//! it.

/// Most characters of a value that an error repeats.
const SHOWN: usize = 80;

/// The mark some programs put before UTF-8 text.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Returns the lines of `bytes` without their ends (LF or CRLF) and without a BOM; a final line end
/// begins no further line.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let rows = if bytes.is_empty() { None } else { Some(body.split(|&byte| byte == b'\n')) };
    (1..).zip(rows.into_iter().flatten().map(without_cr))
}

/// Returns a line without the carriage return of a CRLF.
pub(crate) fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// What a line of text may have.
pub(crate) const TEXT_ALLOWED: &str = "UTF-8 text without control characters and marks that reorder it";

/// Returns the line as text: UTF-8 without control characters other than the tab.
///
/// # Errors
///
/// Names the first character or byte that no text may have, and its place. For example,
/// `U+0000 at character 3`.
pub(crate) fn clean(line: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to();
        format!("0x{:02x} at byte {}", line.get(at).copied().unwrap_or_default(), at + 1)
    })?;
    match text.chars().zip(1_u64..).find(|(character, _)| is_forbidden(*character)) {
        Some((character, place)) => Err(format!("U+{:04X} at character {place}", u32::from(character))),
        None => Ok(text),
    }
}

/// Returns whether the line would be text without the carriage returns in it: it comes from a file
/// whose lines end with them.
pub(crate) fn has_only_stray_returns(line: &[u8]) -> bool {
    let spaced: Vec<u8> = line.iter().map(|&byte| if byte == b'\r' { b' ' } else { byte }).collect();
    line.contains(&b'\r') && clean(&spaced).is_ok()
}

/// Control characters, other than the tab, and the characters that reorder or break what is shown
/// around them.
pub(crate) fn is_forbidden(character: char) -> bool {
    (character.is_control() && character != '\t')
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Returns a value as an error shows it: escaped, at most 80 characters.
pub(crate) fn shown(bytes: &[u8]) -> String {
    // No character takes more than four bytes, so the rest of a long value need not be looked at.
    let head = bytes.get(..SHOWN * 4).unwrap_or(bytes);
    let mut text = String::new();
    let mut count = 0;
    for piece in pieces(head) {
        let length = piece.chars().count();
        if count + length > SHOWN {
            return shortened(&text);
        }
        text.push_str(&piece);
        count += length;
    }
    if head.len() < bytes.len() { shortened(&text) } else { text }
}

/// `text` with its last characters replaced by an ellipsis, so that it stays within the limit.
fn shortened(text: &str) -> String {
    text.chars().take(SHOWN - 1).chain(['…']).collect()
}

/// Each character of `bytes` escaped by itself; bytes that are not UTF-8 as `\xNN`.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = String> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid().chars().map(escaped);
        let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
        valid.chain(invalid)
    })
}

fn escaped(character: char) -> String {
    match character {
        '\t' | '\n' | '\r' | '\\' => character.escape_default().to_string(),
        _ if is_forbidden(character) || (character.is_whitespace() && character != ' ') => {
            character.escape_unicode().to_string()
        }
        _ => character.to_string(),
    }
}

/// Splits a CSV line into its fields; quotes as RFC 4180 has them. `None` if a quote is not closed
/// on the line or is followed by something other than a comma.
pub(crate) fn csv_fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (field, after) = rest.split_at(end);
                (field.to_owned(), after)
            }
        };
        fields.push(field);
        if after.is_empty() {
            return Some(fields);
        }
        rest = after.strip_prefix(',')?;
    }
}

/// Returns the field up to its closing quote, and what follows the quote.
fn quoted_field(mut rest: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    loop {
        let (head, after) = rest.split_once('"')?;
        field.push_str(head);
        match after.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Some((field, after)),
        }
    }
}

/// Returns a whole number from 1 up, written without sign, fraction or leading zeros.
pub(crate) fn whole_number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_lf_or_crlf() {
        let all = |bytes: &'static [u8]| lines(bytes).map(|(_, line)| line).collect::<Vec<_>>();
        assert_eq!(all(b""), Vec::<&[u8]>::new());
        assert_eq!(all(BOM), Vec::<&[u8]>::new());
        assert_eq!(all(b"\n"), [b""]);
        assert_eq!(all(b"\xEF\xBB\xBFa\r\nb"), [b"a", b"b"]);
        assert_eq!(all(b"a\n\n"), [&b"a"[..], b""]);
    }

    #[test]
    fn shown_values_are_short_and_harmless() {
        assert_eq!(shown(b"a\0b\x1b[31m\xff\t\\"), "a\\u{0}b\\u{1b}[31m\\xff\\t\\\\");
        assert_eq!(shown("é\u{202e}".as_bytes()), "é\\u{202e}");
        for length in [79, 80, 81, 319, 320, 321, 10_000] {
            for byte in [b'x', 0, 0xff] {
                let text = shown(&vec![byte; length]);
                assert!(text.chars().count() <= SHOWN, "{length} of {byte}");
                assert_eq!(text.ends_with('…'), !(byte == b'x' && length <= 80), "{length} of {byte}");
            }
        }
    }

    #[test]
    fn csv_fields_follow_rfc_4180() {
        let fields = |line| csv_fields(line).map(|fields| fields.join("|"));
        assert_eq!(fields("a,b").as_deref(), Some("a|b"));
        assert_eq!(fields("\"a,\"\"b\",").as_deref(), Some("a,\"b|"));
        assert_eq!(fields("").as_deref(), Some(""));
        assert_eq!(fields("\"a"), None);
        assert_eq!(fields("\"a\"b,c"), None);
    }
}
