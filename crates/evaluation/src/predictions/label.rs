//! The labels of one line, by every rule.

use holdout_protocol::{Hint, HintCode, VerdictCode};

use super::LABELS;
use super::report::{Report, RowFault};
use crate::ClassList;
use crate::text::whole_number;

/// Reads labels separated by spaces and tabs, 1 to 5 of them, each once; what is absent is 0.
pub(super) fn labels(text: &str, classes: &ClassList, report: &mut Report) -> Result<[u16; LABELS], RowFault> {
    let mut hints = Report::default();
    let found = read(text, classes, &mut hints);
    if found.is_err() && has_boxes(text) {
        // A coordinate that is 0 says nothing about how classes are numbered.
        report.hint(HintCode::Localisation);
    } else {
        report.hint_all(&hints);
    }
    found
}

/// Returns whether a row has a class id and four numbers, again and again.
fn has_boxes(text: &str) -> bool {
    let words: Vec<&str> = words(text).take(5 * LABELS + 1).collect();
    let number = |word: &&str| word.parse::<f64>().is_ok();
    let object = |object: &[&str]| {
        object
            .split_first()
            .is_some_and(|(id, rest)| id.starts_with('n') && names_a_class(id) && rest.iter().all(number))
    };
    !words.is_empty() && words.len().is_multiple_of(5) && words.chunks(5).all(object)
}

fn read(text: &str, classes: &ClassList, report: &mut Report) -> Result<[u16; LABELS], RowFault> {
    let mut labels = [0; LABELS];
    let mut places = labels.iter_mut().enumerate();
    let mut given = Vec::with_capacity(LABELS);
    for word in words(text) {
        let Some((_, place)) = places.next() else {
            let allowed = format!("at most {LABELS} labels in a line");
            return Err(RowFault::new(VerdictCode::TooManyLabels, word, allowed));
        };
        let label = label(word, classes, report)?;
        if given.contains(&label) {
            return Err(RowFault::new(VerdictCode::RepeatedLabel, word, "each label once in a line".to_owned()));
        }
        given.push(label);
        *place = label;
    }
    if given.is_empty() {
        return Err(RowFault::new(VerdictCode::EmptyLine, text, format!("1 to {LABELS} labels")));
    }
    Ok(labels)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\t']).filter(|word| !word.is_empty())
}

fn label(word: &str, classes: &ClassList, report: &mut Report) -> Result<u16, RowFault> {
    let count = classes.count();
    if let Some(number) = whole_number(word).and_then(|number| u16::try_from(number).ok())
        && number <= count
    {
        return Ok(number);
    }
    if let Some(number) = classes.number_of(word) {
        return Ok(number);
    }
    if word == "0" {
        report.hint(HintCode::ZeroBased);
    }
    if word.split_once('.').is_some_and(|(whole, part)| is_digits(whole) && is_digits(part)) {
        report.hint(HintCode::Fraction);
    }
    if let Some(space) = word.chars().find(|letter| letter.is_whitespace()) {
        let code = u32::from(space);
        report.hint(Hint::from(HintCode::OddSpace).with("character", format!("U+{code:04X}")));
    }
    let allowed = format!("a class number from 1 to {count} or the id of a class of the list");
    Err(RowFault::new(
        if names_a_class(word) { VerdictCode::LabelOutOfRange } else { VerdictCode::BadLabel },
        word,
        allowed,
    ))
}

/// Returns whether the word has the form of a label: a number without leading zeros, or `n` and
/// eight digits as WordNet has it.
fn names_a_class(word: &str) -> bool {
    let number = is_digits(word) && (word == "0" || !word.starts_with('0'));
    number || word.strip_prefix('n').is_some_and(|digits| digits.len() == 8 && is_digits(digits))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> ClassList {
        let text: String = (1..=20).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect();
        ClassList::parse(text.as_bytes()).unwrap()
    }

    fn fault(text: &str) -> (VerdictCode, Vec<HintCode>) {
        let mut report = Report::default();
        let found = labels(text, &classes(), &mut report).unwrap_err();
        report.add_row(1, found);
        let verdict = report.into_verdict().unwrap();
        (verdict.code, verdict.detail.known_hints.iter().map(|hint| hint.code).collect())
    }

    #[test]
    fn labels_are_numbers_or_ids_and_what_is_absent_is_0() {
        let read = |text| labels(text, &classes(), &mut Report::default()).unwrap();
        assert_eq!(read("20\t n00000003  1"), [20, 3, 1, 0, 0]);
    }

    #[test]
    fn each_fault_has_its_own_code() {
        assert_eq!(fault("1 2 3 4 5 6").0, VerdictCode::TooManyLabels);
        assert_eq!(fault("1 n00000001").0, VerdictCode::RepeatedLabel);
        assert_eq!(fault(" \t").0, VerdictCode::EmptyLine);
        assert_eq!(fault("21").0, VerdictCode::LabelOutOfRange);
        assert_eq!(fault("n99999999").0, VerdictCode::LabelOutOfRange);
        assert_eq!(fault("07").0, VerdictCode::BadLabel);
        assert_eq!(fault("cat").0, VerdictCode::BadLabel);
    }

    #[test]
    fn what_is_often_meant_is_said_with_it() {
        assert_eq!(fault("0"), (VerdictCode::LabelOutOfRange, vec![HintCode::ZeroBased]));
        assert_eq!(fault("3.0"), (VerdictCode::BadLabel, vec![HintCode::Fraction]));
        assert_eq!(fault("3\u{a0}4"), (VerdictCode::BadLabel, vec![HintCode::OddSpace]));
        // A row of boxes: a coordinate that is 0 says nothing about how classes are numbered.
        assert_eq!(fault("n00000001 0 0 50 60"), (VerdictCode::LabelOutOfRange, vec![HintCode::Localisation]));
    }
}
