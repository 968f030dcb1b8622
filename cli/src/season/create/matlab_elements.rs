//! Elements of a MATLAB file: a type, a length, and as many bytes.

use super::matlab::{COMPRESSED, MatlabError};

pub(super) struct Element<'a> {
    pub(super) kind: u32,
    pub(super) data: &'a [u8],
}

pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) const fn damaged(&self, what: &'static str) -> MatlabError {
        MatlabError::Damaged { what, at: self.at }
    }

    /// Returns the next element, and goes behind it and its padding.
    pub(super) fn element(&mut self) -> Result<Element<'a>, MatlabError> {
        let ends = MatlabError::Damaged { what: "the end of the data within an element", at: self.at };
        let word = |at: usize| {
            let bytes = self.bytes.get(at..)?.first_chunk::<4>()?;
            Some(u32::from_le_bytes(*bytes))
        };
        let first = word(self.at).ok_or_else(|| ends.clone())?;
        let (kind, length, start, padded) = match first >> 16 {
            0 => {
                let length =
                    word(self.at + 4).and_then(|length| usize::try_from(length).ok()).ok_or_else(|| ends.clone())?;
                // Only compressed elements are not padded.
                let padded = if first == COMPRESSED { Some(length) } else { length.checked_next_multiple_of(8) };
                (first, length, self.at + 8, padded.and_then(|padded| padded.checked_add(8)))
            }
            length if length <= 4 => {
                let length = usize::try_from(length).map_err(|_| ends.clone())?;
                (first & 0xffff, length, self.at + 4, Some(8))
            }
            _ => return Err(self.damaged("a small element of more than 4 bytes")),
        };
        let data = start.checked_add(length).and_then(|end| self.bytes.get(start..end)).ok_or(ends)?;
        // The padding of the last element may be missing.
        self.at = padded.and_then(|padded| self.at.checked_add(padded)).unwrap_or(usize::MAX);
        Ok(Element { kind, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind and data of an element, and where the next one begins.
    type Found = Result<(u32, Vec<u8>, usize), MatlabError>;

    fn elements(bytes: &[u8]) -> Vec<Found> {
        let mut cursor = Cursor { bytes, at: 0 };
        let mut found = Vec::new();
        while !cursor.is_at_end() {
            let element = cursor.element().map(|element| (element.kind, element.data.to_vec()));
            let failed = element.is_err();
            found.push(element.map(|(kind, data)| (kind, data, cursor.at)));
            if failed {
                break;
            }
        }
        found
    }

    #[test]
    fn elements_are_padded_to_eight_bytes_unless_they_are_compressed() {
        let plain = [2, 0, 0, 0, 3, 0, 0, 0, 7, 8, 9, 0, 0, 0, 0, 0, 1, 0, 2, 0, 5, 6, 0, 0];
        assert_eq!(elements(&plain), [Ok((2, vec![7, 8, 9], 16)), Ok((1, vec![5, 6], 24))]);
        let compressed = [15, 0, 0, 0, 1, 0, 0, 0, 7, 1, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(elements(&compressed), [Ok((15, vec![7], 9)), Ok((1, vec![], 17))]);
        assert_eq!(elements(&plain[..11]), [Ok((2, vec![7, 8, 9], 16))], "the last padding may be missing");
    }

    #[test]
    fn an_element_that_is_cut_off_is_damaged_where_it_begins() {
        let ends = |bytes: &[u8]| elements(bytes).pop().unwrap().unwrap_err();
        for bytes in [&[2, 0, 0, 0, 3, 0, 0, 0, 7, 8][..], &[2, 0, 0, 0, 3, 0], &[2, 0], &[1, 0, 2, 0, 5]] {
            assert_eq!(ends(bytes), MatlabError::Damaged { what: "the end of the data within an element", at: 0 });
        }
        let small = ends(&[1, 0, 5, 0, 1, 2, 3, 4]);
        assert_eq!(small, MatlabError::Damaged { what: "a small element of more than 4 bytes", at: 0 });
    }
}
