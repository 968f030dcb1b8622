//! What is wrong with a list that an organizer sends: a class list, an image list, labels.

use std::fmt;

use crate::text::{TEXT_ALLOWED, shown};

/// Most faults that an error lists.
const LISTED: usize = 20;

macro_rules! problems {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $problem:literal, $allowed:literal;)+) => {
        /// What can be wrong with a list. Each has a code, which the pages translate.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ListProblem {
            $($(#[$doc])* $variant,)+
        }

        impl ListProblem {
            /// Returns the code, as it is in answers of the API.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// Returns what is wrong, in words that the value follows.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $problem,)+ }
            }

            /// Returns what is allowed; `{}` stands for the number of the fault.
            const fn allowed(self) -> &'static str {
                match self { $(Self::$variant => $allowed,)+ }
            }
        }
    };
}

problems! {
    /// The file is empty.
    NoLines = "no_lines", "no lines in", "one line for each test image";
    /// A CSV file has a header only.
    NoRows = "no_rows", "no rows under", "one row for each test image";
    /// More images than a test set may have, or none; with that number.
    ImageCount = "image_count", "number of images", "1 to {} images";
    /// More classes than a task may have, or none; with that number.
    ClassCount = "class_count", "number of lines", "1 to {} classes, one a line";
    /// Not as many names as labels; with the number of labels.
    ImagesOfLabels = "images_of_labels", "number of images", "{} images, one for each label";
    /// A line with bytes that are not UTF-8, or characters that no text may have.
    NotText = "not_text", "not plain text:", "{text}";
    /// Another header than `image,class`.
    Header = "header", "header", "image,class";
    /// A row of labels that is not of two fields.
    NotTwoFields = "not_two_fields", "not two fields", "image name, comma, class";
    /// A line of classes that is not of three fields.
    NotThreeFields = "not_three_fields", "not three fields", "class number, tab, class id, tab, name";
    /// A class that is not in the class list; with its number of classes.
    Class = "class", "class", "a class number from 1 to {} or the id of a class of the list";
    /// A class number outside 1..C; with C.
    ClassNumber = "class_number", "class number", "the class numbers 1 to {}, each once";
    /// A class id that cannot stand in a prediction file.
    ClassId = "class_id", "class id", "1 to 64 bytes without spaces, commas and quotes, and not all digits";
    /// A name that is empty or too long.
    ClassName = "class_name", "class name", "1 to 1000 bytes of text";
    /// A name that is no file name.
    ImageName = "image_name", "image name",
        "a file name of 1 to 255 bytes without folders, control characters and spaces at its ends";
    /// An image with two lines; with the number of the line before.
    RepeatedImage = "repeated_image", "repeated image", "each once; line {} has it already";
    /// A class number with two lines; with the number of the line before.
    RepeatedClassNumber = "repeated_class_number", "repeated class number", "each once; line {} has it already";
    /// A class id with two lines; with the number of the line before.
    RepeatedClassId = "repeated_class_id", "repeated class id", "each once; line {} has it already";
}

/// One fault of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFault {
    /// Number of the line, from 1; `None` if it is of no single line.
    pub line: Option<u64>,
    /// What is wrong.
    pub problem: ListProblem,
    /// The number that belongs to the problem, if one does: see [`ListProblem`].
    pub number: Option<u64>,
    /// The value at fault, escaped, at most 80 characters.
    pub value: String,
}

impl ListFault {
    /// Returns what is allowed in place of the value.
    #[must_use]
    pub fn allowed(&self) -> String {
        let number = self.number.unwrap_or_default().to_string();
        self.problem.allowed().replace("{text}", TEXT_ALLOWED).replace("{}", &number)
    }
}

impl fmt::Display for ListFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{} `{}`; allowed: {}", self.problem.words(), self.value, self.allowed())
    }
}

/// A list that cannot be taken, with its first twenty faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListError {
    /// Which list: `class list`, `image list`, `labels`.
    pub list: &'static str,
    /// The first twenty faults, those of lines first and in their order.
    pub faults: Vec<ListFault>,
    /// How many there are in all.
    pub total: u64,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} cannot be used: ", self.list)?;
        for (index, fault) in self.faults.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { "" } else { "\n" })?;
        }
        match self.total.saturating_sub(u64::try_from(self.faults.len()).unwrap_or(u64::MAX)) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for ListError {}

/// Faults as they are met.
#[derive(Debug)]
pub(crate) struct ListFaults {
    list: &'static str,
    faults: Vec<ListFault>,
    total: u64,
}

impl ListFaults {
    pub(crate) const fn of(list: &'static str) -> Self {
        Self { list, faults: Vec::new(), total: 0 }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(crate) fn add(&mut self, line: Option<u64>, problem: ListProblem, value: &[u8]) {
        self.push(line, problem, None, value);
    }

    /// Adds a fault with the number that belongs to its problem.
    pub(crate) fn add_with(&mut self, line: Option<u64>, problem: ListProblem, number: usize, value: &[u8]) {
        self.push(line, problem, u64::try_from(number).ok(), value);
    }

    /// Adds a line that is no text; `found` says which character or byte no text may have.
    pub(crate) fn add_unclean(&mut self, line: u64, found: &str) {
        self.add(Some(line), ListProblem::NotText, found.as_bytes());
    }

    /// Adds a line whose value line `before` has.
    pub(crate) fn add_repeated(&mut self, line: u64, problem: ListProblem, value: &str, before: u64) {
        self.push(Some(line), problem, Some(before), value.as_bytes());
    }

    fn push(&mut self, line: Option<u64>, problem: ListProblem, number: Option<u64>, value: &[u8]) {
        self.total += 1;
        if self.faults.len() < LISTED {
            self.faults.push(ListFault { line, problem, number, value: shown(value) });
        }
    }

    /// `value` if there were no faults.
    pub(crate) fn or<T>(self, value: T) -> Result<T, ListError> {
        if self.total == 0 {
            return Ok(value);
        }
        self.fail()
    }

    /// Gives up for the faults so far, of which there is at least one.
    pub(crate) fn fail<T>(self) -> Result<T, ListError> {
        Err(ListError { list: self.list, faults: self.faults, total: self.total })
    }
}
