//! The order of a test set's images, and where each of them is in the archive.

use std::collections::HashMap;

use crate::Archive;
use crate::problem::{Problem, ProblemList, Subject};

/// Which image stands where in the test set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// The names of the images in the test set's order. A name is that of a file of the archive,
    /// or, if there is no such file, that of exactly one file without its extension.
    Listed(Vec<String>),
    /// So many images without names: the files of the archive in the order of their names' bytes.
    Numbered(usize),
}

/// An image of the test set and the position of its file in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Located {
    /// From 0, in the test set's order.
    pub(crate) image: usize,
    /// Position in the archive.
    pub(crate) entry: usize,
}

impl Names {
    /// Returns the number of images.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Listed(names) => names.len(),
            Self::Numbered(count) => *count,
        }
    }

    /// Returns whether it is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Finds the images in the archive, as far as they are there, in the test set's order. Adds
    /// what does not agree to `problems`.
    pub(crate) fn locate(&self, archive: &Archive, problems: &mut ProblemList) -> Vec<Located> {
        for (place, stranger) in (0..).zip(archive.strangers()) {
            let message = "not an image by its name (.jpg, .jpeg or .png); it does not belong into the archive";
            problems.add(Subject::Stranger, place, Problem::of(stranger, message));
        }
        match self {
            Self::Listed(names) => locate_listed(names, archive, problems),
            Self::Numbered(count) => {
                if *count != archive.len() {
                    let message = format!("the labels are for {count} images, the archive has {}", archive.len());
                    problems.add(Subject::Whole, 0, Problem::of_all(message));
                }
                (0..archive.len()).map(|position| Located { image: position, entry: position }).collect()
            }
        }
    }
}

fn locate_listed(names: &[String], archive: &Archive, problems: &mut ProblemList) -> Vec<Located> {
    let stems = stems(archive);
    let mut owners: Vec<Option<&str>> = vec![None; archive.len()];
    let mut located = Vec::with_capacity(names.len());
    for ((image, name), place) in names.iter().enumerate().zip(0..) {
        let exact = archive.position(name).map(Stem::One);
        match claim(exact.or_else(|| stems.get(name.as_str()).copied()), name, archive, &mut owners) {
            Ok(entry) => located.push(Located { image, entry }),
            Err(problem) => problems.add(Subject::Image, place, problem),
        }
    }
    let unknown = (0..).zip(archive.names().zip(&owners)).filter(|(_, (_, owner))| owner.is_none());
    for (place, (name, _)) in unknown {
        problems.add(Subject::Unknown, place, Problem::of(name, "it is in the archive, but not in the labels"));
    }
    located
}

/// Makes a file that of a name, if it is free.
fn claim<'a>(
    found: Option<Stem>,
    name: &'a str,
    archive: &Archive,
    owners: &mut [Option<&'a str>],
) -> Result<usize, Problem> {
    let refuse = |message: String| Err(Problem::of(name, message));
    let entry = match found {
        Some(Stem::One(entry)) => entry,
        Some(Stem::Several(a, b)) => {
            let [a, b] = [a, b].map(|at| archive.name(at).unwrap_or_default());
            return refuse(format!("it could be `{a}` as well as `{b}` of the archive"));
        }
        None => return refuse("it is in the labels, but not in the archive".to_owned()),
    };
    match owners.get_mut(entry).and_then(|owner| owner.replace(name)) {
        None => Ok(entry),
        Some(other) => {
            let file = archive.name(entry).unwrap_or_default();
            let message = format!("the labels have `{other}`, too, and both are the file `{file}` of the archive");
            Err(Problem { in_labels: true, ..Problem::of(name, message) })
        }
    }
}

/// The files that have a name without its extension.
#[derive(Clone, Copy)]
enum Stem {
    One(usize),
    Several(usize, usize),
}

fn stems(archive: &Archive) -> HashMap<&str, Stem> {
    let mut stems = HashMap::with_capacity(archive.len());
    for (position, name) in archive.names().enumerate() {
        let Some((stem, _)) = name.rsplit_once('.') else { continue };
        let stem = stems.entry(stem).or_insert(Stem::One(position));
        if let Stem::One(first) = *stem
            && first != position
        {
            *stem = Stem::Several(first, position);
        }
    }
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_images_are_expected_as_are_named_or_counted() {
        let listed = Names::Listed(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!((listed.len(), listed.is_empty()), (2, false));
        assert_eq!((Names::Numbered(7).len(), Names::Numbered(0).is_empty()), (7, true));
    }

    fn located(names: &Names, files: &[&str]) -> (Vec<(usize, usize)>, String) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            std::fs::write(folder.path().join(file), b"x").unwrap();
        }
        let archive = Archive::open(folder.path()).unwrap();
        let mut problems = ProblemList::default();
        let found = names.locate(&archive, &mut problems);
        let told = problems.into_result(false).map_or_else(|problems| problems.to_string(), |()| String::new());
        (found.into_iter().map(|located| (located.image, located.entry)).collect(), told)
    }

    fn listed(names: &[&str]) -> Names {
        Names::Listed(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn images_are_found_in_the_order_of_the_labels_with_and_without_their_extension() {
        let found = located(&listed(&["c", "a.png", "b"]), &["a.png", "b.jpg", "c.png"]);
        assert_eq!(found, (vec![(0, 2), (1, 0), (2, 1)], String::new()));
    }

    #[test]
    fn a_name_without_extension_that_could_be_two_files_is_none_of_them() {
        let (found, told) = located(&listed(&["a", "a.jpg"]), &["a.jpg", "a.png"]);
        assert_eq!(found, [(1, 0)]);
        assert!(told.contains("it could be `a.jpg` as well as `a.png` of the archive"), "{told}");
        assert!(told.contains("`a.png`: it is in the archive, but not in the labels"), "{told}");
    }

    #[test]
    fn two_names_of_the_same_file_are_a_fault_of_the_labels() {
        let (found, told) = located(&listed(&["a", "a.png", "x"]), &["a.png"]);
        assert_eq!(found, [(0, 0)]);
        assert!(told.contains("the labels have `a`, too, and both are the file `a.png`"), "{told}");
        assert!(told.contains("it is in the labels, but not in the archive"), "{told}");
    }

    #[test]
    fn numbered_images_are_the_files_in_order_and_as_many() {
        assert_eq!(located(&Names::Numbered(2), &["b.png", "a.png"]), (vec![(0, 0), (1, 1)], String::new()));
        let (_, told) = located(&Names::Numbered(3), &["a.png", "notes.txt"]);
        assert!(told.starts_with("the labels are for 3 images, the archive has 1"), "{told}");
        assert!(told.contains("not an image by its name"), "{told}");
    }
}
