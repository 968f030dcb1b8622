//! The texts that people write: how long they may be, and which characters they may have. Every
//! text that the API takes and shows is checked here, or is a name (`name.rs`).

use serde_json::json;

use crate::limits::NOTE;
use crate::{NotAllowed, Reason, unusable_character};

/// Checks a text of one line of at most `most` characters. Control characters would reach terminals
/// through the board, and what turns the direction of writing would turn its row.
///
/// # Errors
/// Names the field, and what its text may be.
pub fn check_line(field: &'static str, text: Option<&str>, most: usize) -> Result<(), NotAllowed> {
    let text = text.unwrap_or_default();
    check_length(field, text, most)?;
    match unusable_character(text) {
        Some(c) => Err(unusable(field, c, "one line of text")),
        None => Ok(()),
    }
}

/// Checks a text of several lines of at most `most` characters. It is shown in terminals, too, so
/// it has no control characters but line ends and tabs.
///
/// # Errors
/// Names the field, and what its text may be.
pub fn check_lines(field: &'static str, text: Option<&str>, most: usize) -> Result<(), NotAllowed> {
    let text = text.unwrap_or_default();
    check_length(field, text, most)?;
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        Some(c) => Err(unusable(field, c, "text, line ends and tabs")),
        None => Ok(()),
    }
}

/// Returns a line that says something, without blanks at its ends.
///
/// # Errors
/// Names the field, and what its text may be.
pub fn required_line(field: &'static str, text: &str, most: usize) -> Result<String, NotAllowed> {
    let text = required(field, text, most)?;
    check_line(field, Some(text), most)?;
    Ok(text.to_owned())
}

/// Returns a text of several lines that says something, without blanks at its ends and with line
/// feeds alone between its lines.
///
/// # Errors
/// Names the field, and what its text may be.
pub fn required_lines(field: &'static str, text: &str, most: usize) -> Result<String, NotAllowed> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = required(field, &text, most)?;
    check_lines(field, Some(text), most)?;
    Ok(text.to_owned())
}

/// Checks the reason that organizers give for a decision: a line that says something.
///
/// # Errors
/// Says what `reason` may be.
pub fn check_reason(reason: &str) -> Result<(), NotAllowed> {
    required_line("reason", reason, NOTE).map(drop)
}

fn required<'t>(field: &'static str, text: &'t str, most: usize) -> Result<&'t str, NotAllowed> {
    match text.trim() {
        "" => {
            let message = format!("`{field}` is missing; write 1 to {most} characters");
            Err(NotAllowed::new(field, message, Reason::TextRequired, json!({ "most": most })))
        }
        text => Ok(text),
    }
}

pub(crate) fn check_length(field: &'static str, text: &str, most: usize) -> Result<(), NotAllowed> {
    match text.chars().count() {
        count if count > most => {
            let message = format!("`{field}` has {count} characters; at most {most} are allowed");
            Err(NotAllowed::new(field, message, Reason::TextTooLong, json!({ "length": count, "most": most })))
        }
        _ => Ok(()),
    }
}

fn unusable(field: &'static str, character: char, taken: &str) -> NotAllowed {
    let shown = character.escape_unicode().to_string();
    let message = format!("`{field}` contains {shown}; it takes {taken}");
    NotAllowed::new(field, message, Reason::ControlCharacter, json!({ "value": shown }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason<T>(checked: Result<T, NotAllowed>) -> Option<Reason> {
        checked.err().map(|error| error.reason)
    }

    #[test]
    fn a_text_keeps_its_lines_and_no_control_characters() {
        assert_eq!(required_lines("text", " one\r\ntwo\rthree\tfour \n", 100).unwrap(), "one\ntwo\nthree\tfour");
        assert_eq!(required_lines("text", &"é".repeat(100), 100).unwrap().chars().count(), 100);
        for (bad, why) in [
            ("", Reason::TextRequired),
            (" \n\t", Reason::TextRequired),
            ("\u{1b}[31m", Reason::ControlCharacter),
            ("a\0b", Reason::ControlCharacter),
            (&"x".repeat(101), Reason::TextTooLong),
        ] {
            assert_eq!(reason(required_lines("text", bad, 100)), Some(why), "{bad:?}");
        }
    }

    #[test]
    fn a_line_has_no_other_lines_and_nothing_that_turns_its_direction() {
        assert_eq!(required_line("title", " می\u{200c}خواهم ", 100).unwrap(), "می\u{200c}خواهم");
        for bad in ["one\ntwo", "a\u{202e}b", "a\u{200b}b"] {
            assert_eq!(reason(required_line("title", bad, 100)), Some(Reason::ControlCharacter), "{bad:?}");
            assert_eq!(reason(check_line("title", Some(bad), 100)), Some(Reason::ControlCharacter), "{bad:?}");
        }
        assert_eq!(reason(check_line("note", None, 100)), None);
        assert_eq!(reason(check_reason("  ")), Some(Reason::TextRequired));
    }

    #[test]
    fn a_text_may_be_as_long_as_the_limit_in_characters() {
        check_line("note", Some(&"ä".repeat(10)), 10).unwrap();
        check_lines("note", Some(&"ä".repeat(10)), 10).unwrap();
        let error = check_line("note", Some(&"ä".repeat(11)), 10).unwrap_err();
        assert_eq!((error.field, error.message.as_str()), ("note", "`note` has 11 characters; at most 10 are allowed"));
        assert_eq!(error.facts, json!({ "length": 11, "most": 10 }));
    }

    #[test]
    fn a_character_that_cannot_be_seen_is_named_by_its_number() {
        let error = check_line("method", Some("a\u{202e}b"), 10).unwrap_err();
        assert_eq!(error.message, "`method` contains \\u{202e}; it takes one line of text");
        let error = check_lines("text", Some("a\u{1b}b"), 10).unwrap_err();
        assert_eq!(error.message, "`text` contains \\u{1b}; it takes text, line ends and tabs");
        assert_eq!(error.facts, json!({ "value": "\\u{1b}" }));
    }

    #[test]
    fn blanks_around_a_text_that_is_needed_do_not_count() {
        assert_eq!(required_line("title", &format!(" {} ", "x".repeat(10)), 10).unwrap(), "x".repeat(10));
        let error = required_line("title", " ", 10).unwrap_err();
        assert_eq!((error.field, error.message.as_str()), ("title", "`title` is missing; write 1 to 10 characters"));
    }
}
