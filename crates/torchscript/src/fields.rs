//! Takes numbers and byte strings off the front of bytes.

/// The rest of some bytes. Every method is `None` if too few are left, and then has taken nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Bytes that are left.
    pub(crate) const fn left(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes up to `end`, which is taken too but not given.
    pub(crate) fn until(&mut self, end: u8) -> Option<&'a [u8]> {
        let length = self.0.iter().position(|byte| *byte == end)?;
        let taken = self.bytes(length)?;
        self.bytes(1)?;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_off_the_front_lowest_byte_first() {
        let mut fields = Fields::new(&[1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 1, 9]);
        assert_eq!((fields.u8(), fields.u16(), fields.u32()), (Some(1), Some(0x0302), Some(0x0706_0504)));
        assert_eq!((fields.u64(), fields.left()), (Some(0x0100_0000_0000_0008), 1));
        assert_eq!((fields.array(), fields.left()), (Some([9]), 0));
    }

    #[test]
    fn what_is_too_short_gives_nothing_and_loses_nothing() {
        let mut fields = Fields::new(&[1, 2, 3]);
        assert_eq!((fields.u32(), fields.bytes(4), fields.until(b'\n')), (None, None, None));
        assert_eq!((fields.left(), fields.bytes(3)), (3, Some(&[1, 2, 3][..])));
        assert_eq!((fields.u8(), fields.bytes(0)), (None, Some(&[][..])));
    }

    #[test]
    fn a_text_ends_before_its_end_which_is_taken_too() {
        let mut fields = Fields::new(b"torch\n\nDevice");
        assert_eq!((fields.until(b'\n'), fields.until(b'\n')), (Some(&b"torch"[..]), Some(&b""[..])));
        assert_eq!((fields.until(b'\n'), fields.left()), (None, 6));
    }
}
