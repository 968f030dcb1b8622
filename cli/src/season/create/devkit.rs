//! The development kit of ILSVRC 2012: which number is which class, and the class of each
//! validation image.

use std::fs::{self, File};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use holdout_images::read_tar;

use super::classes::ClassName;
use super::faults::{Faults, fault, shown};
use super::matlab::{Value, read_variable};
use crate::failure::Failure;

const META: &str = "data/meta.mat";
const TRUTH: &str = "data/ILSVRC2012_validation_ground_truth.txt";
/// Most bytes of one of its files; the largest has about 60 KiB.
const MAX_FILE: u64 = 16 << 20;

/// What the kit says.
#[derive(Debug)]
pub(super) struct Devkit {
    /// Sorted by WordNet id, as torchvision has them; their numbers are the kit's ILSVRC2012_ID.
    pub(super) classes: Vec<ClassName>,
    /// The ILSVRC2012_ID of each validation image.
    pub(super) truth: Vec<usize>,
}

/// A file of the kit, and where it is.
struct KitFile {
    place: String,
    bytes: Vec<u8>,
}

/// Reads the kit, packed or unpacked.
pub(super) fn read(path: &Path) -> Result<Devkit, Failure> {
    let is_folder = fs::metadata(path).map_err(|error| Failure::file(path, &error))?.is_dir();
    let [meta, truth] = if is_folder { from_folder(path)? } else { from_tar(path)? };
    let classes = classes(&meta)?;
    let truth = ground_truth(&truth, classes.len())?;
    Ok(Devkit { classes, truth })
}

fn from_folder(path: &Path) -> Result<[KitFile; 2], Failure> {
    let roots = [
        path.to_path_buf(),
        path.join("ILSVRC2012_devkit_t12"),
        path.parent().map(Path::to_path_buf).unwrap_or_default(),
    ];
    let root = roots.iter().find(|root| root.join(META).is_file()).ok_or_else(|| missing(path, META))?;
    if !root.join(TRUTH).is_file() {
        return Err(missing(root, TRUTH));
    }
    Ok([read_file(&root.join(META))?, read_file(&root.join(TRUTH))?])
}

fn read_file(path: &Path) -> Result<KitFile, Failure> {
    let mut bytes = Vec::new();
    let file = File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
    file.map_err(|error| Failure::file(path, &error))?;
    bounded(path.display().to_string(), bytes)
}

fn from_tar(path: &Path) -> Result<[KitFile; 2], Failure> {
    let mut found: [Option<Result<KitFile, Failure>>; 2] = [None, None];
    let read = read_tar(path, &mut |entry, _, content| {
        let wanted = [META, TRUTH].iter().position(|name| entry == *name || entry.ends_with(&format!("/{name}")));
        let Some(slot) = wanted.and_then(|at| found.get_mut(at)) else { return ControlFlow::Continue(()) };
        let mut bytes = Vec::new();
        let place = format!("{}: {entry}", path.display());
        *slot = Some(match content.take(MAX_FILE + 1).read_to_end(&mut bytes) {
            Ok(_) => bounded(place, bytes),
            Err(error) => Err(fault(&place, error.to_string())),
        });
        ControlFlow::Continue(())
    });
    let [meta, truth] = found;
    read.map_err(|error| Failure::refused("invalid_source", error.to_string()).advise(GET))?;
    Ok([meta.ok_or_else(|| missing(path, META))??, truth.ok_or_else(|| missing(path, TRUTH))??])
}

const GET: &str =
    "Give `--devkit` ILSVRC2012_devkit_t12.tar.gz as image-net.org has it, or the folder that it unpacks to.";

fn missing(path: &Path, what: &str) -> Failure {
    Failure::refused("invalid_source", format!("{}: has no `{what}`", path.display())).advise(GET)
}

fn bounded(place: String, bytes: Vec<u8>) -> Result<KitFile, Failure> {
    match u64::try_from(bytes.len()) {
        Ok(len) if len <= MAX_FILE => Ok(KitFile { place, bytes }),
        _ => Err(fault(&place, "has more than 16 MiB; that of the kit has less than 1 MiB")),
    }
}

/// Returns the classes that images have: the synsets without children.
fn classes(file: &KitFile) -> Result<Vec<ClassName>, Failure> {
    let refuse = |message: String| fault(&file.place, message);
    let synsets = read_variable(&file.bytes, "synsets").map_err(|error| refuse(error.to_string()))?;
    let Value::Table { fields, rows } = synsets else {
        return Err(refuse("`synsets` is no array of structures".to_owned()));
    };
    let column = |name: &str| {
        fields.iter().position(|field| field == name).ok_or_else(|| refuse(format!("`synsets` has no field `{name}`")))
    };
    let (id, wnid, words, children) =
        (column("ILSVRC2012_ID")?, column("WNID")?, column("words")?, column("num_children")?);
    let mut faults = Faults::default();
    let mut classes: Vec<ClassName> = Vec::new();
    for (row, number) in rows.iter().zip(1..) {
        let place = format!("{}: synset {number}", file.place);
        match (whole(row.get(children)), whole(row.get(id)), row.get(wnid), row.get(words)) {
            // A group of classes; no image has it.
            (Some(1..), ..) => {}
            (Some(0), Some(number), Some(Value::Text(wnid)), Some(Value::Text(words))) => match is_wordnet_id(wnid) {
                true => classes.push(ClassName { number, id: wnid.clone(), name: words.clone() }),
                false => faults.add(&place, format!("{} is not a WNID, such as `n01440764`", shown(wnid))),
            },
            _ => faults
                .add(&place, "ILSVRC2012_ID, WNID, words and num_children should be a number, two texts and a number"),
        }
    }
    faults.into_result()?;
    in_wordnet_order(classes).map_err(refuse)
}

/// Sorts classes by their WordNet ids; refuses numbers that are not 1 to their count and ids that
/// are there twice.
fn in_wordnet_order(mut classes: Vec<ClassName>) -> Result<Vec<ClassName>, String> {
    classes.sort_by_key(|class| class.number);
    let odd = classes.iter().zip(1..).find(|(class, wanted)| class.number != *wanted).map(|(class, _)| class.number);
    if classes.is_empty() || odd.is_some() {
        let found = odd.map_or(String::new(), |odd| format!("; `{odd}` is not"));
        let count = classes.len();
        return Err(format!(
            "the ILSVRC2012_ID of the {count} synsets without children should be 1 to {count}, each once{found}"
        ));
    }
    classes.sort_by(|a, b| a.id.cmp(&b.id));
    match classes.array_windows().find(|[a, b]| a.id == b.id) {
        Some([first, _]) => Err(format!("the WNID `{}` is there twice", first.id)),
        None => Ok(classes),
    }
}

/// Returns a whole number, 0 or more.
fn whole(value: Option<&Value>) -> Option<usize> {
    let Some(Value::Numbers(numbers)) = value else { return None };
    let [number] = numbers.as_slice() else { return None };
    // Digits are what a whole number is written with; nothing is rounded.
    number.to_string().parse().ok()
}

fn is_wordnet_id(id: &str) -> bool {
    id.strip_prefix('n').is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn ground_truth(file: &KitFile, classes: usize) -> Result<Vec<usize>, Failure> {
    let text = String::from_utf8_lossy(&file.bytes);
    let mut faults = Faults::default();
    let mut truth = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        match line.trim().parse::<usize>().ok().filter(|id| (1..=classes).contains(id)) {
            Some(id) => truth.push(id),
            None => faults.add(
                &format!("{}:{number}", file.place),
                format!("{} is not an ILSVRC2012_ID from 1 to {classes}", shown(line)),
            ),
        }
    }
    faults.into_result()?;
    if truth.is_empty() {
        return Err(fault(&file.place, "is empty; it has a line for each validation image"));
    }
    Ok(truth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(number: usize, id: &str) -> ClassName {
        ClassName { number, id: id.to_owned(), name: String::new() }
    }

    #[test]
    fn classes_are_numbered_without_gaps_and_ordered_by_their_wordnet_ids() {
        let ordered = in_wordnet_order(vec![class(2, "n1"), class(1, "n3"), class(3, "n2")]).unwrap();
        assert_eq!(ordered.iter().map(|class| class.number).collect::<Vec<_>>(), [2, 3, 1]);
        let gap = in_wordnet_order(vec![class(1, "n1"), class(3, "n2")]).unwrap_err();
        assert!(gap.ends_with("should be 1 to 2, each once; `3` is not"), "{gap}");
        assert!(in_wordnet_order(vec![class(1, "n1"), class(1, "n2")]).unwrap_err().ends_with("`1` is not"));
        assert_eq!(in_wordnet_order(vec![class(1, "n1"), class(2, "n1")]).unwrap_err(), "the WNID `n1` is there twice");
        assert!(in_wordnet_order(Vec::new()).is_err());
    }

    #[test]
    fn a_whole_number_is_one_value_without_a_fraction() {
        let number = |numbers: &[f64]| whole(Some(&Value::Numbers(numbers.to_vec())));
        assert_eq!((number(&[0.0]), number(&[1000.0])), (Some(0), Some(1000)));
        for other in [&[1.5][..], &[-1.0], &[], &[1.0, 2.0], &[f64::NAN], &[f64::INFINITY], &[1e300]] {
            assert_eq!(number(other), None, "{other:?}");
        }
        assert_eq!((whole(None), whole(Some(&Value::Text("1".to_owned())))), (None, None));
    }

    #[test]
    fn a_wordnet_id_has_eight_digits() {
        assert!(is_wordnet_id("n01440764"));
        for other in ["n0144076", "n014407640", "01440764", "v01440764", "n0144076x", ""] {
            assert!(!is_wordnet_id(other), "{other}");
        }
    }

    #[test]
    fn the_class_of_each_image_is_one_of_the_kit() {
        let read = |text: &str| {
            let file = KitFile { place: "truth.txt".to_owned(), bytes: text.as_bytes().to_vec() };
            ground_truth(&file, 3).map_err(|failure| failure.to_string())
        };
        assert_eq!(read("3\r\n1\n 2 \n"), Ok(vec![3, 1, 2]));
        let wrong = read("1\n0\n4\nx\n").unwrap_err();
        let expected = ["0", "4", "x"]
            .iter()
            .zip(2..)
            .map(|(value, line)| format!("truth.txt:{line}: `{value}` is not an ILSVRC2012_ID from 1 to 3"));
        assert_eq!(wrong.lines().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        assert!(read("").unwrap_err().contains("truth.txt: is empty"));
    }
}
