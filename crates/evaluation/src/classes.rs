//! A task's class list: `classes.tsv`, a line a class: class number, tab, class id, tab, name.
//!
//! The numbers are 1..C; the order of the lines is the order of the models' outputs, and need not
//! be that of the numbers.

use std::collections::HashMap;

use holdout_protocol::Class;

use crate::list_error::{ListError, ListFaults, ListProblem};
use crate::text::{clean, lines, whole_number};

/// Most classes a task may have: a label then fits 16 bits, and 0 is left for "no label".
pub const MAX_CLASSES: usize = 65_535;

const MAX_ID_BYTES: usize = 64;
const MAX_NAME_BYTES: usize = 1000;

/// The classes of a task, in the order of the models' outputs.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassList {
    classes: Vec<Class>,
    numbers: HashMap<String, u16>,
}

impl ClassList {
    /// Reads `classes.tsv`.
    ///
    /// # Errors
    ///
    /// Names each line, the value and what is allowed: lines of other than three fields, numbers
    /// that are not 1..C each once, ids that are repeated, empty, longer than 64 bytes, all digits,
    /// or contain a space, comma or quote.
    pub fn parse(tsv: &[u8]) -> Result<Self, ListError> {
        let mut faults = ListFaults::of("class list");
        let count = lines(tsv).count();
        if count == 0 || count > MAX_CLASSES {
            faults.add_with(None, ListProblem::ClassCount, MAX_CLASSES, count.to_string().as_bytes());
            return faults.fail();
        }
        let mut draft = Draft::of(count);
        for (line, bytes) in lines(tsv) {
            draft.add_line(line, bytes, &mut faults);
        }
        faults.or(Self { classes: draft.classes, numbers: draft.numbers })
    }

    /// Makes a list of classes in the order of the models' outputs.
    ///
    /// # Errors
    ///
    /// As for [`ClassList::parse`]; lines are the positions in `classes`, from 1.
    pub fn new(classes: &[Class]) -> Result<Self, ListError> {
        Self::parse(write_tsv(classes).as_bytes())
    }

    /// Returns the number of classes, C; at least 1.
    #[must_use]
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Never, because a list has at least one class.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// C as the labels are stored.
    #[must_use]
    pub fn count(&self) -> u16 {
        u16::try_from(self.classes.len()).unwrap_or(u16::MAX)
    }

    /// Returns the classes in the order of the models' outputs.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Returns the number, 1..C, of the class with this id.
    #[must_use]
    pub fn number_of(&self, wordnet_id: &str) -> Option<u16> {
        self.numbers.get(wordnet_id).copied()
    }

    /// Returns the number, 1..C, of the class at a model's output `index`, 0..C. For example,
    /// output 0 stands for the class of the first line of `classes.tsv`, which need not have the
    /// number 1.
    #[must_use]
    pub fn number_at(&self, index: usize) -> Option<u16> {
        self.classes.get(index).and_then(|class| u16::try_from(class.id).ok())
    }

    /// Returns the numbers of all classes in the order of the models' outputs: what turns output
    /// indices into labels.
    #[must_use]
    pub fn numbers_in_output_order(&self) -> Vec<u16> {
        (0..self.len()).filter_map(|index| self.number_at(index)).collect()
    }

    /// Returns a label of an organizer's file: class number or class id.
    pub(crate) fn label(&self, text: &str) -> Option<u16> {
        let number = whole_number(text).and_then(|number| u16::try_from(number).ok());
        number.filter(|&number| number <= self.count()).or_else(|| self.number_of(text))
    }

    /// Returns the list as `classes.tsv`; reading it gives the same list again.
    #[must_use]
    pub fn to_tsv(&self) -> String {
        write_tsv(&self.classes)
    }
}

fn write_tsv(classes: &[Class]) -> String {
    classes.iter().map(|class| format!("{}\t{}\t{}\n", class.id, class.wordnet_id, class.name)).collect()
}

/// A list while it is read.
struct Draft {
    classes: Vec<Class>,
    numbers: HashMap<String, u16>,
    /// The line of each number.
    seen: Vec<Option<u64>>,
}

impl Draft {
    fn of(count: usize) -> Self {
        Self { classes: Vec::with_capacity(count), numbers: HashMap::with_capacity(count), seen: vec![None; count] }
    }

    fn add_line(&mut self, line: u64, bytes: &[u8], faults: &mut ListFaults) {
        let text = match clean(bytes) {
            Ok(text) => text,
            Err(found) => return faults.add_unclean(line, &found),
        };
        let fields: Vec<&str> = text.split('\t').collect();
        let &[number, id, name] = fields.as_slice() else {
            return faults.add(Some(line), ListProblem::NotThreeFields, bytes);
        };
        let text = number;
        let Some((number, before)) = self.number(text, line) else {
            return faults.add_with(Some(line), ListProblem::ClassNumber, self.seen.len(), text.as_bytes());
        };
        if let Some(before) = before {
            return faults.add_repeated(line, ListProblem::RepeatedClassNumber, text, before);
        }
        if !is_id(id) {
            return faults.add(Some(line), ListProblem::ClassId, id.as_bytes());
        }
        if name.trim().is_empty() || name.len() > MAX_NAME_BYTES {
            return faults.add(Some(line), ListProblem::ClassName, name.as_bytes());
        }
        if let Some(other) = self.numbers.insert(id.to_owned(), number) {
            let before = self.line_of(other).unwrap_or_default();
            return faults.add_repeated(line, ListProblem::RepeatedClassId, id, before);
        }
        self.classes.push(Class { id: u32::from(number), wordnet_id: id.to_owned(), name: name.to_owned() });
    }

    /// Returns the number, if it is in 1..C, and the line that had it before.
    fn number(&mut self, text: &str, line: u64) -> Option<(u16, Option<u64>)> {
        let number = u16::try_from(whole_number(text)?).ok()?;
        let seen = self.seen.get_mut(usize::from(number).checked_sub(1)?)?;
        let before = *seen;
        seen.get_or_insert(line);
        Some((number, before))
    }

    fn line_of(&self, number: u16) -> Option<u64> {
        *self.seen.get(usize::from(number).checked_sub(1)?)?
    }
}

/// Returns whether an id can stand in a prediction file: it must be one word that cannot be taken
/// for a class number. For example, `n01440764` can, and `17` cannot.
fn is_id(id: &str) -> bool {
    let word = !id.contains(|c: char| c.is_whitespace() || matches!(c, ',' | '"'));
    word && !id.is_empty() && id.len() <= MAX_ID_BYTES && !id.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_order_is_kept_and_ids_are_found() {
        let tsv = "\u{feff}2\tn02\ttwo, too\r\n1\tn01\tone\n3\tn03\tthree";
        let list = ClassList::parse(tsv.as_bytes()).unwrap();
        assert_eq!(list.numbers_in_output_order(), [2, 1, 3]);
        assert_eq!(list.number_at(0), Some(2));
        assert_eq!(list.number_at(3), None);
        assert_eq!(list.number_of("n03"), Some(3));
        assert_eq!(list.number_of("n04"), None);
        assert_eq!(ClassList::parse(list.to_tsv().as_bytes()).unwrap(), list);
        assert_eq!(ClassList::new(list.classes()).unwrap(), list);
    }

    #[test]
    fn each_rule_names_line_value_and_allowed() {
        let cases: [(&[u8], u64, &str, &str); 12] = [
            (b"1\ta\tA\n1\tb\tB\n", 2, "1", "each once; line 1 has it already"),
            (b"1\ta\tA\n3\tb\tB\n", 2, "3", "1 to 2"),
            (b"0\ta\tA\n1\tb\tB\n", 1, "0", "1 to 2"),
            (b"01\ta\tA\n", 1, "01", "1 to 1"),
            (b"+1\ta\tA\n", 1, "+1", "1 to 1"),
            (b"1\ta\n", 1, "1\\ta", "tab"),
            (b"1\ta\tA\tB\n", 1, "1\\ta\\tA\\tB", "tab"),
            (b"1\ta\tA\n2\ta\tB\n", 2, "a", "each once; line 1 has it already"),
            (b"1\t12\tA\n", 1, "12", "not all digits"),
            (b"1\ta b\tA\n", 1, "a b", "spaces"),
            (b"1\ta\t\n", 1, "", "1 to 1000"),
            (b"1\ta\t\xff\n", 1, "0xff at byte 5", "UTF-8"),
        ];
        for (tsv, line, value, allowed) in cases {
            let error = ClassList::parse(tsv).unwrap_err();
            let fault = &error.faults[0];
            assert_eq!((fault.line, fault.value.as_str()), (Some(line), value), "{error}");
            assert!(fault.allowed().contains(allowed), "{error}");
        }
    }

    #[test]
    fn the_number_of_classes_is_bounded() {
        assert!(ClassList::parse(b"").unwrap_err().to_string().contains("65535"));
        let many = |count| (1..=count).map(|n| format!("{n}\tid{n}\tname\n")).collect::<String>();
        assert_eq!(ClassList::parse(many(MAX_CLASSES).as_bytes()).unwrap().count(), u16::MAX);
        assert!(ClassList::parse(many(MAX_CLASSES + 1).as_bytes()).is_err());
    }

    #[test]
    fn at_most_twenty_faults_are_listed() {
        let error = ClassList::parse("x\n".repeat(30).as_bytes()).unwrap_err();
        assert_eq!((error.faults.len(), error.total), (20, 30));
        assert!(error.to_string().ends_with("and 10 more"));
    }
}
