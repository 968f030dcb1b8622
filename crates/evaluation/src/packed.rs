//! Answers as they are kept beside a result, so that a corrected label can be counted without
//! running a model again.
//!
//! One byte says the version of the form, 1. The rest is compressed by Zstandard: the lower bytes
//! of all first labels, then their upper bytes, then those of the second labels, and so on. Equal
//! bytes stand together that way: a thousand images of a thousand classes take about 6 kB.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{LABELS, Predictions};

const VERSION: u8 = 1;
/// Fast, and within a few percent of the slowest.
const LEVEL: i32 = 3;

/// Bytes that cannot be the answers for this number of images.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnpackError(String);

impl Predictions {
    /// Returns the answers in the form in which they are kept.
    ///
    /// # Errors
    ///
    /// If they cannot be compressed.
    pub fn pack(&self) -> std::io::Result<Vec<u8>> {
        let mut planes = Vec::with_capacity(self.rows().len() * LABELS * 2);
        for place in 0..LABELS {
            let labels = || self.rows().iter().map(move |row| row.get(place).copied().unwrap_or(0).to_le_bytes());
            planes.extend(labels().map(|[low, _]| low));
            planes.extend(labels().map(|[_, high]| high));
        }
        let mut packed = vec![VERSION];
        packed.extend(zstd::bulk::compress(&planes, LEVEL)?);
        Ok(packed)
    }

    /// Returns the packed answers in base64, as a scorer sends them.
    ///
    /// # Errors
    ///
    /// If they cannot be compressed.
    pub fn pack_base64(&self) -> std::io::Result<String> {
        Ok(STANDARD.encode(self.pack()?))
    }

    /// Reads what [`Predictions::pack`] wrote for `images` images. It takes no more memory than
    /// they need.
    ///
    /// # Errors
    ///
    /// If the bytes are something else, or of another number of images.
    pub fn unpack(packed: &[u8], images: usize) -> Result<Self, UnpackError> {
        let Some((version, compressed)) = packed.split_first() else {
            return Err(UnpackError("the answers are empty".to_owned()));
        };
        if *version != VERSION {
            return Err(UnpackError(format!("the answers are in form {version}; known is {VERSION}")));
        }
        let size = images.saturating_mul(LABELS * 2);
        let planes = zstd::bulk::decompress(compressed, size)
            .map_err(|error| UnpackError(format!("the answers cannot be decompressed for {images} images: {error}")))?;
        if planes.len() != size {
            return Err(UnpackError(format!("the answers have {} bytes; {images} images need {size}", planes.len())));
        }
        let mut rows = vec![[0; LABELS]; images];
        let pairs = planes.chunks_exact(images.max(1)).collect::<Vec<_>>();
        for (place, pair) in pairs.chunks_exact(2).enumerate() {
            let [low, high] = pair else { continue };
            for ((row, low), high) in rows.iter_mut().zip(*low).zip(*high) {
                if let Some(label) = row.get_mut(place) {
                    *label = u16::from_le_bytes([*low, *high]);
                }
            }
        }
        Ok(Self::from_rows(rows))
    }

    /// Reads packed answers in base64.
    ///
    /// # Errors
    ///
    /// If the text is not base64, and as [`Predictions::unpack`].
    pub fn unpack_base64(text: &str, images: usize) -> Result<(Self, Vec<u8>), UnpackError> {
        let packed =
            STANDARD.decode(text).map_err(|error| UnpackError(format!("the answers are not base64: {error}")))?;
        Ok((Self::unpack(&packed, images)?, packed))
    }

    /// Returns the rows of these images only, in this order; `None` if one of them has no row.
    #[must_use]
    pub fn of_images(&self, images: &[usize]) -> Option<Self> {
        images.iter().map(|image| self.rows().get(*image).copied()).collect::<Option<_>>().map(Self::from_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SplitMix64;

    fn answers(images: u64, classes: u64) -> Predictions {
        let mut random = SplitMix64::new(7);
        let mut label = || u16::try_from(random.below(classes) + 1).unwrap();
        Predictions::from_rows((0..images).map(|_| [label(), label(), label(), label(), label()]).collect())
    }

    #[test]
    fn answers_are_read_as_they_were_packed() {
        for (images, classes) in [(1, 2), (20, 100), (1000, 1000), (3, 65_535)] {
            let before = answers(images, classes);
            let packed = before.pack().unwrap();
            let count = usize::try_from(images).unwrap();
            assert_eq!(Predictions::unpack(&packed, count).unwrap().rows(), before.rows());
            for other in [count - 1, count + 1] {
                assert!(Predictions::unpack(&packed, other).is_err(), "{other} of {images}");
            }
            let (again, bytes) = Predictions::unpack_base64(&before.pack_base64().unwrap(), count).unwrap();
            assert_eq!((again.rows(), bytes), (before.rows(), packed));
        }
    }

    #[test]
    fn a_thousand_images_take_a_few_kilobytes() {
        let size = answers(1000, 1000).pack().unwrap().len();
        assert!(size < 7000, "{size}");
    }

    #[test]
    fn what_is_no_answers_is_refused() {
        let packed = answers(20, 10).pack().unwrap();
        assert!(Predictions::unpack(&[], 20).is_err());
        assert!(Predictions::unpack(&packed[..packed.len() - 3], 20).is_err());
        assert!(Predictions::unpack(&[&[2], &packed[1..]].concat(), 20).unwrap_err().to_string().contains("form 2"));
        assert!(Predictions::unpack_base64("?", 20).is_err());
        // What unpacks to more than the images need takes no memory for it.
        let bomb = [vec![VERSION], zstd::bulk::compress(&vec![0; 10 << 20], 3).unwrap()].concat();
        assert!(Predictions::unpack(&bomb, 20).is_err());
    }

    #[test]
    fn images_are_chosen_in_any_order() {
        let all = answers(5, 9);
        let some = all.of_images(&[4, 0]).unwrap();
        assert_eq!(some.rows(), [all.rows()[4], all.rows()[0]]);
        assert!(all.of_images(&[5]).is_none());
    }
}
