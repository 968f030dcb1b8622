//! The canonical form of a test set, version 1. All numbers are little-endian.
//!
//! ```text
//! 16 bytes   "holdout tests 1\n"
//! u32        C, number of classes
//! C times    u16 class number, u16 length, class id, u16 length, name
//!            in the order of the models' outputs
//! u32        n, number of images
//! n times    u8 bytes shared with the name before, u8 length, further bytes
//!            ascending; as many shared as can be
//! n times    u16 class number
//!            in the order of the images
//! ```
//!
//! The bytes are a function of the test set, and the reader takes nothing but what the writer
//! gives, so the SHA-256 of the bytes names a version. Names share most of their bytes with the one
//! before, which keeps the form small.

use std::fmt::Write;

use crate::images::is_image_name;
use crate::text::clean;
use crate::{ClassList, ImageList, MAX_CLASSES, MAX_IMAGES, TaskShape, TestSet};

const MAGIC: &[u8; 16] = b"holdout tests 1\n";

/// Bytes that are not the canonical form of a test set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// Another kind of file, or another version.
    #[error("not a test set of version 1")]
    Magic,
    /// The bytes end too early.
    #[error("the bytes end within the {0}")]
    Short(&'static str),
    /// A count that no test set has.
    #[error("{count} {what}; allowed are 1 to {most}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many.
        count: u32,
        /// Most allowed.
        most: usize,
    },
    /// The class list is not one.
    #[error("{0}")]
    Classes(#[from] crate::ListError),
    /// An image name that is not one, or is not above the one before, or is not written as briefly
    /// as can be.
    #[error("image {0} has no proper name")]
    Image(usize),
    /// A label outside the class list. Which one it is stays unsaid.
    #[error("the label of image {0} is not a class number")]
    Label(usize),
    /// Bytes after the last label.
    #[error("{0} bytes after the last label")]
    Surplus(usize),
}

pub(super) fn write(set: &TestSet) -> Vec<u8> {
    let TaskShape { classes, images } = &set.shape;
    let mut out = MAGIC.to_vec();
    out.extend(length32(classes.len()));
    for class in classes.classes() {
        out.extend(u16::try_from(class.id).unwrap_or(u16::MAX).to_le_bytes());
        for text in [&class.wordnet_id, &class.name] {
            out.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
            out.extend(text.as_bytes());
        }
    }
    out.extend(length32(images.len()));
    let mut before: &[u8] = b"";
    for name in images.iter().map(str::as_bytes) {
        let shared = shared_prefix(before, name);
        let rest = name.get(shared..).unwrap_or_default();
        out.extend([shared, rest.len()].map(|length| u8::try_from(length).unwrap_or(u8::MAX)));
        out.extend(rest);
        before = name;
    }
    out.extend(set.labels.iter().flat_map(|label| label.to_le_bytes()));
    out
}

fn length32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

/// Returns how many bytes two names have in common at their beginning.
fn shared_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

pub(super) fn read(bytes: &[u8]) -> Result<TestSet, CanonicalError> {
    let mut rest = bytes.strip_prefix(MAGIC).ok_or(CanonicalError::Magic)?;
    let classes = read_classes(&mut rest)?;
    let count = read_count(&mut rest, "images", MAX_IMAGES)?;
    let images = read_images(&mut rest, count)?;
    let labels = read_labels(&mut rest, count, classes.count())?;
    if !rest.is_empty() {
        return Err(CanonicalError::Surplus(rest.len()));
    }
    Ok(TestSet { shape: TaskShape { classes, images }, labels })
}

fn take_bytes<'a>(rest: &mut &'a [u8], length: usize, what: &'static str) -> Result<&'a [u8], CanonicalError> {
    let (head, tail) = rest.split_at_checked(length).ok_or(CanonicalError::Short(what))?;
    *rest = tail;
    Ok(head)
}

fn take_array<const N: usize>(rest: &mut &[u8], what: &'static str) -> Result<[u8; N], CanonicalError> {
    let (head, tail) = rest.split_first_chunk().ok_or(CanonicalError::Short(what))?;
    *rest = tail;
    Ok(*head)
}

fn read_count(rest: &mut &[u8], what: &'static str, most: usize) -> Result<usize, CanonicalError> {
    let count = u32::from_le_bytes(take_array(rest, what)?);
    let fitting = usize::try_from(count).ok().filter(|count| (1..=most).contains(count));
    fitting.ok_or(CanonicalError::Count { what, count, most })
}

/// Reads the classes by way of the list's text, so that its rules stand in one place.
fn read_classes(rest: &mut &[u8]) -> Result<ClassList, CanonicalError> {
    let count = read_count(rest, "classes", MAX_CLASSES)?;
    let mut tsv = String::new();
    for _ in 0..count {
        let number = u16::from_le_bytes(take_array(rest, "classes")?);
        let id = read_text(rest)?;
        let name = read_text(rest)?;
        // Writing to a string cannot fail.
        let _ = writeln!(tsv, "{number}\t{id}\t{name}");
    }
    Ok(ClassList::parse(tsv.as_bytes())?)
}

fn read_text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, CanonicalError> {
    let length = u16::from_le_bytes(take_array(rest, "classes")?);
    let text = clean(take_bytes(rest, usize::from(length), "classes")?);
    // A control character would end the line of the list and begin another.
    text.map_err(|_| CanonicalError::Short("text of a class"))
}

fn read_images(rest: &mut &[u8], count: usize) -> Result<ImageList, CanonicalError> {
    // Not reserved by `count`, which nothing has borne out yet.
    let mut names: Vec<String> = Vec::new();
    for index in 0..count {
        let [shared_length, length] = take_array(rest, "image names")?;
        let further = take_bytes(rest, usize::from(length), "image names")?;
        let before = names.last().map_or("", String::as_str).as_bytes();
        let head = before.get(..usize::from(shared_length)).ok_or(CanonicalError::Image(index))?;
        let name = [head, further].concat();
        if name.as_slice() <= before || shared_prefix(before, &name) != head.len() {
            return Err(CanonicalError::Image(index));
        }
        let name = clean(&name).ok().filter(|name| is_image_name(name)).ok_or(CanonicalError::Image(index))?;
        names.push(name.to_owned());
    }
    Ok(ImageList::from_sorted(names.iter().map(String::as_str)))
}

fn read_labels(rest: &mut &[u8], count: usize, classes: u16) -> Result<Vec<u16>, CanonicalError> {
    let bytes = take_bytes(rest, count.saturating_mul(2), "labels")?;
    let labels: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    match labels.iter().position(|label| !(1..=classes).contains(label)) {
        Some(index) => Err(CanonicalError::Label(index)),
        None => Ok(labels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SplitMix64;

    fn sample() -> TestSet {
        let classes = ClassList::parse("2\tn02\tzwölf\n1\tn01\tone\n".as_bytes()).unwrap();
        TestSet::parse_labels(classes, "image,class\na_10.png,1\na_11.png,2\nb.png,2\né,1\nè,1\n".as_bytes()).unwrap()
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let set = sample();
        assert!(TestSet::from_canonical(&set.to_canonical()).unwrap() == set);
    }

    #[test]
    fn the_bytes_stay_as_they_are() {
        // A change here means a new version of the form, because every commitment published so far
        // depends on it.
        let expected = "9752ad7a4f5ada7c2836235ca5eaabc40ad6cf669394d0294f197d66d858d018";
        assert_eq!(sample().sha256().to_string(), expected);
    }

    #[test]
    fn every_truncation_and_surplus_is_refused() {
        let bytes = sample().to_canonical();
        for length in 0..bytes.len() {
            assert!(TestSet::from_canonical(&bytes[..length]).is_err(), "{length}");
        }
        assert!(matches!(TestSet::from_canonical(&[&bytes[..], b"x"].concat()), Err(CanonicalError::Surplus(1))));
    }

    #[test]
    fn whatever_is_read_is_written_the_same() {
        let bytes = sample().to_canonical();
        let mut random = SplitMix64::new(11);
        let mut read = 0;
        for _ in 0..20_000 {
            let mut changed = bytes.clone();
            for _ in 0..=random.below(2) {
                let index = usize::try_from(random.below(u64::try_from(changed.len()).unwrap())).unwrap();
                changed[index] = u8::try_from(random.below(256)).unwrap();
            }
            if let Ok(set) = TestSet::from_canonical(&changed) {
                assert!(set.to_canonical() == changed);
                read += 1;
            }
        }
        assert!(read > 100, "{read}");
    }

    #[test]
    fn counts_without_bytes_reserve_nothing() {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(u32::MAX.to_le_bytes());
        assert!(matches!(TestSet::from_canonical(&bytes), Err(CanonicalError::Count { count: u32::MAX, .. })));
        bytes.truncate(MAGIC.len());
        bytes.extend(65_535_u32.to_le_bytes());
        assert!(matches!(TestSet::from_canonical(&bytes), Err(CanonicalError::Short("classes"))));
    }
}
