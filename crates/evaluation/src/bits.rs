//! A fixed number of bits, one an image, with the counts that scores and paired tests are made of.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::images::MAX_IMAGES;

/// Bits that cannot be read or do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BitsError {
    /// Another number of bytes than the bits take.
    #[error("{bytes} bytes for {bits} bits; {bits} bits take {wanted} bytes")]
    Length {
        /// Bits wanted.
        bits: usize,
        /// Bytes given.
        bytes: usize,
        /// Bytes that so many bits take.
        wanted: usize,
    },
    /// A bit after the last is set.
    #[error("a bit after the last of {0} is set; the unused bits of the last byte are 0")]
    Surplus(usize),
    /// More bits than a test set can have images.
    #[error("{0} bits; at most 10000000")]
    TooMany(usize),
    /// Not base64.
    #[error("the bits are not base64")]
    Base64,
}

/// Bits 0..n. Bits after the last are always 0, so that equal bits are equal values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bits {
    n: usize,
    words: Vec<u64>,
}

impl Bits {
    /// `n` bits, all 0.
    #[must_use]
    pub fn zeros(n: usize) -> Self {
        Self { n, words: vec![0; n.div_ceil(64)] }
    }

    /// `n` bits, all 1.
    #[must_use]
    pub fn ones(n: usize) -> Self {
        Self::from_fn(n, |_| true)
    }

    /// `n` bits, bit `i` as `bit(i)` says.
    pub fn from_fn(n: usize, mut bit: impl FnMut(usize) -> bool) -> Self {
        let word = |start: usize, bit: &mut dyn FnMut(usize) -> bool| {
            (start..n.min(start + 64)).rev().fold(0, |word, index| (word << 1) | u64::from(bit(index)))
        };
        Self { n, words: (0..n).step_by(64).map(|start| word(start, &mut bit)).collect() }
    }

    /// Bits from words of 64, the least significant bit first; `words` must be as many as `n` bits
    /// take.
    pub(crate) fn from_words(n: usize, words: Vec<u64>) -> Self {
        Self { n, words }
    }

    /// Returns the number of bits.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.n
    }

    /// Returns whether there are no bits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Bit `index`; `None` after the last.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<bool> {
        let word = self.words.get(index / 64).filter(|_| index < self.n)?;
        Some(word >> (index % 64) & 1 == 1)
    }

    /// Sets bit `index` to 1; does nothing after the last.
    pub fn set(&mut self, index: usize) {
        if index < self.n
            && let Some(word) = self.words.get_mut(index / 64)
        {
            *word |= 1 << (index % 64);
        }
    }

    /// Returns the bits in their order.
    pub fn iter(&self) -> impl Iterator<Item = bool> {
        (0..self.n).filter_map(|index| self.get(index))
    }

    /// Returns the number of ones.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| ones(*word)).sum()
    }

    /// The bits that are 1 in both; `None` if the sizes differ.
    #[must_use]
    pub fn and(&self, other: &Self) -> Option<Self> {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a & b);
        (self.n == other.n).then(|| Self { n: self.n, words: words.collect() })
    }

    /// Returns the number of ones of `self & other`; `None` if the sizes differ.
    #[must_use]
    pub fn count_and(&self, other: &Self) -> Option<usize> {
        self.count_with(other, |a, b| a & b)
    }

    /// Returns the number of ones of `self & !other`; `None` if the sizes differ.
    #[must_use]
    pub fn count_and_not(&self, other: &Self) -> Option<usize> {
        self.count_with(other, |a, b| a & !b)
    }

    /// Returns the number of bits in which the two differ, within the mask if there is one; `None`
    /// if the sizes differ.
    #[must_use]
    pub fn count_differing(&self, other: &Self, mask: Option<&Self>) -> Option<usize> {
        let Some(mask) = mask else { return self.count_with(other, |a, b| a ^ b) };
        if self.n != other.n || self.n != mask.n {
            return None;
        }
        let words = self.words.iter().zip(&other.words).zip(&mask.words);
        Some(words.map(|((a, b), mask)| ones((a ^ b) & mask)).sum())
    }

    fn count_with(&self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Option<usize> {
        let words = self.words.iter().zip(&other.words);
        (self.n == other.n).then(|| words.map(|(a, b)| ones(combine(*a, *b))).sum())
    }

    /// The bits of the other sense.
    #[must_use]
    pub fn not(&self) -> Self {
        let mut words: Vec<u64> = self.words.iter().map(|word| !word).collect();
        if let Some(last) = words.last_mut()
            && !self.n.is_multiple_of(64)
        {
            *last &= (1 << (self.n % 64)) - 1;
        }
        Self { n: self.n, words }
    }

    /// Returns the bytes: bit `i % 8`, from the least, of byte `i / 8` is bit `i`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(self.n.div_ceil(8));
        bytes
    }

    /// Reads what [`Bits::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// If there are not exactly as many bytes as `n` bits take, a bit after the last is set, or `n`
    /// is above [`MAX_IMAGES`].
    pub fn from_bytes(n: usize, bytes: &[u8]) -> Result<Self, BitsError> {
        if n > MAX_IMAGES {
            return Err(BitsError::TooMany(n));
        }
        let wanted = n.div_ceil(8);
        if bytes.len() != wanted {
            return Err(BitsError::Length { bits: n, bytes: bytes.len(), wanted });
        }
        let words =
            bytes.chunks(8).map(|chunk| chunk.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
        let bits = Self { n, words: words.collect() };
        if bits.not().not() == bits { Ok(bits) } else { Err(BitsError::Surplus(n)) }
    }

    /// Returns the bytes as base64, as the protocol carries them.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.to_bytes())
    }

    /// Reads what [`Bits::to_base64`] wrote.
    ///
    /// # Errors
    ///
    /// As for [`Bits::from_bytes`], and if the text is not base64.
    pub fn from_base64(n: usize, text: &str) -> Result<Self, BitsError> {
        if n > MAX_IMAGES {
            return Err(BitsError::TooMany(n));
        }
        Self::from_bytes(n, &STANDARD.decode(text).map_err(|_| BitsError::Base64)?)
    }
}

fn ones(word: u64) -> usize {
    usize::try_from(word.count_ones()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SplitMix64;

    #[test]
    fn no_bits_are_empty_and_one_is_not() {
        assert!(Bits::zeros(0).is_empty());
        assert!(!Bits::zeros(1).is_empty());
    }

    #[test]
    fn as_many_bits_are_read_as_a_test_set_may_have_images() {
        let most = Bits::zeros(MAX_IMAGES);
        assert_eq!(Bits::from_base64(MAX_IMAGES, &most.to_base64()), Ok(most));
        let more = Bits::zeros(MAX_IMAGES + 1).to_base64();
        assert_eq!(Bits::from_base64(MAX_IMAGES + 1, &more), Err(BitsError::TooMany(MAX_IMAGES + 1)));
    }

    #[test]
    fn counts_agree_with_a_loop() {
        let mut random = SplitMix64::new(3);
        for n in [0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 1000] {
            let mut make = || Bits::from_fn(n, |_| random.below(3) == 0);
            let (a, b, mask) = (make(), make(), make());
            let all = || (0..n).map(|i| (a.get(i).unwrap(), b.get(i).unwrap(), mask.get(i).unwrap()));
            assert_eq!(a.count(), all().filter(|x| x.0).count());
            assert_eq!(a.count_and(&b), Some(all().filter(|x| x.0 && x.1).count()));
            assert_eq!(a.count_and_not(&b), Some(all().filter(|x| x.0 && !x.1).count()));
            assert_eq!(a.count_differing(&b, None), Some(all().filter(|x| x.0 != x.1).count()));
            assert_eq!(a.count_differing(&b, Some(&mask)), Some(all().filter(|x| x.0 != x.1 && x.2).count()));
            assert_eq!(a.not().count(), n - a.count());
            assert_eq!(Bits::ones(n).count(), n);
            assert_eq!(Bits::from_bytes(n, &a.to_bytes()), Ok(a.clone()));
            assert_eq!(Bits::from_base64(n, &a.to_base64()), Ok(a.clone()));
            let mut again = Bits::zeros(n);
            a.iter().enumerate().filter(|(_, bit)| *bit).for_each(|(i, _)| again.set(i));
            again.set(n);
            assert_eq!(again, a);
            assert_eq!(a.get(n), None);
        }
    }

    #[test]
    fn bytes_are_least_bit_first() {
        let bits = Bits::from_fn(10, |i| i == 0 || i == 9);
        assert_eq!(bits.to_bytes(), [1, 2]);
    }

    #[test]
    fn strangers_are_refused() {
        assert_eq!(Bits::from_bytes(10, &[0, 4]), Err(BitsError::Surplus(10)));
        assert_eq!(Bits::from_bytes(9, &[0]), Err(BitsError::Length { bits: 9, bytes: 1, wanted: 2 }));
        assert_eq!(Bits::from_bytes(8, &[0, 0]), Err(BitsError::Length { bits: 8, bytes: 2, wanted: 1 }));
        assert_eq!(Bits::from_base64(8, "*"), Err(BitsError::Base64));
        assert_eq!(Bits::from_bytes(usize::MAX, &[]), Err(BitsError::TooMany(usize::MAX)));
        assert_eq!(Bits::zeros(8).count_and(&Bits::zeros(9)), None);
        assert_eq!(Bits::zeros(8).count_and_not(&Bits::zeros(9)), None);
        assert_eq!(Bits::zeros(8).count_differing(&Bits::zeros(9), None), None);
        assert_eq!(Bits::zeros(8).count_differing(&Bits::zeros(8), Some(&Bits::zeros(9))), None);
    }
}
