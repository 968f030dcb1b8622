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
