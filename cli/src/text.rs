//! Text for a terminal: what others wrote cannot control it, and widths count columns, not bytes or
//! characters.

use holdout_protocol::is_hidden_after;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns the text on one line with everything that could control a terminal or turn the writing
/// direction replaced. Joiners stay if a name may have them, because Persian and the scripts of
/// India are read by them.
#[must_use]
pub(crate) fn visible(text: &str) -> String {
    let before = std::iter::once(None).chain(text.chars().map(Some));
    text.chars()
        .zip(before)
        .map(|(c, before)| match c {
            '\n' | '\r' | '\t' => ' ',
            c if is_hidden_after(c, before) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Does the same as [`visible`], but keeps line breaks.
#[must_use]
pub(crate) fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// Columns that the text takes.
#[must_use]
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Returns the text cut to at most `columns`, with `…` if something was cut off: for example `東京…`
/// for `東京大学` in five.
#[must_use]
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut used = 0;
    let mut kept = String::new();
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// Returns the text cut and filled with blanks on the right to exactly `columns`.
#[must_use]
pub(crate) fn left(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let blanks = columns.saturating_sub(width(&text));
    text + &" ".repeat(blanks)
}

/// Returns the text cut and filled with blanks on the left to exactly `columns`.
#[must_use]
pub(crate) fn right(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    " ".repeat(columns.saturating_sub(width(&text))) + &text
}

/// Returns the text in lines of at most `columns`, broken between words if that can be.
#[must_use]
pub(crate) fn wrapped(text: &str, columns: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_replaced() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\u{9b}d\ne"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d e");
        assert_eq!(visible("Grüße 東京"), "Grüße 東京");
    }

    #[test]
    fn joiners_stay_where_a_name_may_have_them() {
        let name = "می\u{200c}خواهم";
        assert_eq!(visible(name), name);
        assert_eq!(visible("👩\u{200d}💻"), "👩\u{200d}💻");
        assert_eq!(visible("a\u{200d}b\u{200d}"), "a\u{fffd}b\u{fffd}");
        assert_eq!(visible("می\u{200c}\u{200c}خ"), "می\u{200c}\u{fffd}خ");
    }

    #[test]
    fn wide_characters_count_two_columns() {
        assert_eq!(width("東京"), 4);
        assert_eq!(cut("東京大学", 5), "東京…");
        assert_eq!(cut("東京大学", 4), "東…");
        assert_eq!(left("東京大学", 4), "東… ");
        assert_eq!(right("東", 4), "  東");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), "one two\nthree");
    }

    #[test]
    fn lines_stay_lines_and_each_of_them_is_made_visible() {
        assert_eq!(visible_lines("a\tb\n\nc\u{1b}[2J\r\n"), "a b\n\nc\u{fffd}[2J");
    }

    #[test]
    fn lines_break_by_columns_and_a_long_word_has_a_line_of_its_own() {
        assert_eq!(wrapped("東京 大学", 9), "東京 大学");
        assert_eq!(wrapped("東京 大学", 8), "東京\n大学");
        assert_eq!(wrapped("  a  incomprehensible\nb c ", 5), "a\nincomprehensible\nb c");
    }

    #[test]
    fn what_fits_exactly_is_not_cut() {
        assert_eq!((cut("東京", 4), cut("abc", 3), cut("abcd", 3)), ("東京".into(), "abc".into(), "ab…".into()));
        assert_eq!((cut("abc", 1), right("abcd", 3), left("abc", 3)), ("…".into(), "ab…".into(), "abc".into()));
    }
}
