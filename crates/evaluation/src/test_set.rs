//! Test sets: classes, image names and labels, and the part of them that the format check may see.

mod canonical;
mod labels;

use holdout_protocol::Sha256;
use sha2::Digest;

pub use canonical::CanonicalError;

use crate::list_error::{ListFaults, ListProblem};
use crate::{ClassList, ImageList, ListError};

/// A test set without its labels: all that the check of a prediction file needs.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskShape {
    /// The classes.
    pub classes: ClassList,
    /// The images, sorted by the bytes of their names.
    pub images: ImageList,
}

/// A test set with its labels. It has no `Debug`: labels do not belong in a log.
#[derive(Clone, PartialEq)]
pub struct TestSet {
    shape: TaskShape,
    labels: Vec<u16>,
}

impl TestSet {
    /// Reads an organizer's labels: CSV with the header `image,class` and rows in any order, or the
    /// kit's text with one class a line in the order of the images' names, which are then made:
    /// `00000001` and so on. A class is a class number or a class id. Compressed files are not
    /// accepted here.
    ///
    /// # Errors
    ///
    /// Names the first twenty lines at fault, the value and what is allowed.
    pub fn parse_labels(classes: ClassList, labels: &[u8]) -> Result<Self, ListError> {
        labels::parse(classes, labels)
    }

    /// Gives the images of a test set that came without names the names of these image files: line
    /// `i` of the kit's labels is the `i`-th name in the order of bytes.
    ///
    /// # Errors
    ///
    /// If there are not as many names as labels.
    pub fn with_image_names(self, images: ImageList) -> Result<Self, ListError> {
        if images.len() != self.labels.len() {
            let mut faults = ListFaults::of("image list");
            let found = images.len().to_string();
            faults.add_with(None, ListProblem::ImagesOfLabels, self.labels.len(), found.as_bytes());
            return faults.fail();
        }
        Ok(Self { shape: TaskShape { images, ..self.shape }, labels: self.labels })
    }

    /// Returns the part without labels.
    #[must_use]
    pub const fn shape(&self) -> &TaskShape {
        &self.shape
    }

    /// Gives up the labels.
    #[must_use]
    pub fn into_shape(self) -> TaskShape {
        self.shape
    }

    /// Returns the class number, 1..C, of each image, in the order of the images.
    #[must_use]
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// Returns the number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Never, because a test set has at least one image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns the canonical form: the same test set has the same bytes, for ever.
    #[must_use]
    pub fn to_canonical(&self) -> Vec<u8> {
        canonical::write(self)
    }

    /// Reads what [`TestSet::to_canonical`] wrote, and nothing else: every other sequence of bytes
    /// is refused.
    ///
    /// # Errors
    ///
    /// Says what is wrong and where; never more memory than the bytes given justify.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, CanonicalError> {
        canonical::read(bytes)
    }

    /// SHA-256 of the canonical form: the name of this version.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        Sha256::from_bytes(sha2::Sha256::digest(self.to_canonical()).into())
    }
}

/// SHA-256 of the salt followed by the canonical form. It can be published before a season and says
/// nothing about the labels; opened with the salt, it shows that they were fixed.
#[must_use]
pub fn commitment(salt: &[u8; 32], canonical: &[u8]) -> Sha256 {
    Sha256::from_bytes(sha2::Sha256::new().chain_update(salt).chain_update(canonical).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_given_to_a_test_set_without() {
        let classes = ClassList::parse(b"1\ta\tA\n2\tb\tB\n").unwrap();
        let set = TestSet::parse_labels(classes, b"2\n1\n").unwrap();
        assert!(set.shape().images.is_numbered());
        assert!(set.clone().with_image_names(ImageList::parse(b"x").unwrap()).is_err());
        let named = set.clone().with_image_names(ImageList::parse(b"y\nx\n").unwrap()).unwrap();
        assert_eq!((named.shape().images.name(0), named.labels()), (Some("x"), &[2, 1][..]));
        assert_ne!(named.sha256(), set.sha256());
    }

    #[test]
    fn the_commitment_is_the_hash_of_salt_and_bytes() {
        let plain = sha2::Sha256::digest([&[7; 32][..], b"abc"].concat());
        assert_eq!(commitment(&[7; 32], b"abc").as_bytes()[..], plain[..]);
        assert_ne!(commitment(&[7; 32], b"abc"), commitment(&[8; 32], b"abc"));
    }
}
