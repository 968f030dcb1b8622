//! The names of a test set's images, sorted by their bytes: the order of the lines of the kit's
//! text.

use crate::list_error::{ListError, ListFaults, ListProblem};
use crate::text::{clean, lines};

/// Most images of a test set.
pub const MAX_IMAGES: usize = 10_000_000;

pub(crate) const MAX_NAME_BYTES: usize = 255;

/// Image names, unique, sorted by their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageList {
    /// All names one after another: one allocation for a hundred thousand of them.
    names: String,
    /// Where each name ends in `names`.
    ends: Vec<usize>,
    /// Whether no name has a comma or a quote, which CSV files would have to quote.
    plain: bool,
}

impl ImageList {
    /// Reads a text with one name a line, in any order.
    ///
    /// # Errors
    ///
    /// Names each line with a name that is not a file name or is repeated, and what is allowed;
    /// also refuses an empty list and one of more than [`MAX_IMAGES`].
    pub fn parse(text: &[u8]) -> Result<Self, ListError> {
        let mut faults = ListFaults::of("image list");
        let mut rows = Vec::new();
        for (line, bytes) in lines(text) {
            match clean(bytes) {
                Ok(name) if is_image_name(name) => rows.push((line, name)),
                Ok(_) => faults.add(Some(line), ListProblem::ImageName, bytes),
                Err(found) => faults.add_unclean(line, &found),
            }
        }
        rows.sort_by_key(|&(line, name)| (name, line));
        for pair in rows.windows(2) {
            if let &[(before, first), (line, second)] = pair
                && first == second
            {
                faults.add_repeated(line, ListProblem::RepeatedImage, second, before);
            }
        }
        let count = rows.len();
        if count == 0 || count > MAX_IMAGES {
            faults.add_with(None, ListProblem::ImageCount, MAX_IMAGES, count.to_string().as_bytes());
            return faults.fail();
        }
        faults.or(Self::from_sorted(rows.into_iter().map(|(_, name)| name)))
    }

    /// Names for images that have none: the number of the line, from 1, in eight digits, for
    /// example `00000001`.
    #[must_use]
    pub fn numbered(count: usize) -> Self {
        let names: Vec<String> = (1..=count.min(MAX_IMAGES)).map(|number| format!("{number:08}")).collect();
        Self::from_sorted(names.iter().map(String::as_str))
    }

    /// Takes names that are already checked, sorted and unique.
    pub(crate) fn from_sorted<'a>(sorted: impl Iterator<Item = &'a str>) -> Self {
        let mut list = Self { names: String::new(), ends: Vec::new(), plain: true };
        for name in sorted {
            list.names.push_str(name);
            list.ends.push(list.names.len());
        }
        list.plain = !list.names.contains([',', '"']);
        list
    }

    /// Returns whether no name needs quotes in a CSV file.
    pub(crate) const fn is_plain(&self) -> bool {
        self.plain
    }

    /// Returns the number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether the list is empty; one that was read has at least one name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the name at a position, from 0.
    #[must_use]
    pub fn name(&self, index: usize) -> Option<&str> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.names.get(start..*self.ends.get(index)?)
    }

    /// Returns the names in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.name(index))
    }

    /// Returns the position of a name.
    #[must_use]
    pub fn position(&self, name: &[u8]) -> Option<usize> {
        let index = self.first_not_below(name);
        (self.name(index)?.as_bytes() == name).then_some(index)
    }

    /// Returns the first position whose name is not below `name`.
    pub(crate) fn first_not_below(&self, name: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.name(middle) {
                Some(found) if found.as_bytes() < name => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// Returns whether the names are those of [`ImageList::numbered`]: the test set came without
    /// file names.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        self.iter().zip(1_u64..).all(|(name, number)| format!("{number:08}") == name)
    }

    /// Writes one name a line, as [`ImageList::parse`] reads it.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.iter().flat_map(|name| [name, "\n"]).collect()
    }
}

/// Returns whether this can name an image: a plain file name that survives a line of text.
pub(crate) fn is_image_name(name: &str) -> bool {
    let plain = !name.contains(['/', '\\']) && name != "." && name != ".." && name.trim() == name;
    plain && !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.contains('\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_images_is_never_empty() {
        assert!(!ImageList::parse(b"a\n").unwrap().is_empty());
        assert!(ImageList::numbered(0).is_empty());
    }

    #[test]
    fn names_are_sorted_by_bytes_and_found() {
        let list = ImageList::parse(b"b\na10\na9\nB\r\n\xC3\xA9\n").unwrap();
        assert_eq!(list.iter().collect::<Vec<_>>(), ["B", "a10", "a9", "b", "é"]);
        for (index, name) in list.iter().enumerate() {
            assert_eq!(list.position(name.as_bytes()), Some(index));
        }
        for absent in ["", "A", "a1", "a100", "c", "zz"] {
            assert_eq!(list.position(absent.as_bytes()), None);
        }
        assert_eq!(ImageList::parse(list.to_text().as_bytes()).unwrap(), list);
    }

    #[test]
    fn numbered_names_are_recognised() {
        let list = ImageList::numbered(12);
        assert_eq!(list.name(11), Some("00000012"));
        assert!(list.is_numbered());
        assert!(!ImageList::parse(b"00000002\n00000001\n00000004").unwrap().is_numbered());
        assert!(!ImageList::parse(b"+0000001").unwrap().is_numbered());
    }

    #[test]
    fn names_that_are_no_file_names_are_refused() {
        let long = "x".repeat(256);
        for name in ["", ".", "..", "a/b", "a\\b", " a", "a ", "a\tb", "a\u{b}b", long.as_str()] {
            let error = ImageList::parse(format!("good\n{name}\n").as_bytes()).unwrap_err();
            assert_eq!(error.faults[0].line, Some(2), "{name:?}");
        }
        let error = ImageList::parse(b"a\nb\na\n").unwrap_err();
        assert_eq!((error.faults[0].line, error.faults[0].value.as_str()), (Some(3), "a"));
        assert!(ImageList::parse(b"").is_err());
    }
}
