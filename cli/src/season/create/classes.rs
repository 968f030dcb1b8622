//! From the labels of a source to classes and class numbers.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use holdout_evaluation::MAX_CLASSES;

use super::collector::{Collected, Label};
use super::faults::{Faults, fault, shown};
use crate::failure::Failure;
use crate::local_check::read_classes;
use crate::show::figures::grouped;

/// A class of the season, at its place in the order of a model's outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClassName {
    /// Its number in files of predictions, from 1.
    pub(super) number: usize,
    /// What the source calls it.
    pub(super) id: String,
    pub(super) name: String,
}

/// How labels are understood.
pub(super) struct LabelRules {
    /// The classes, if they are known.
    pub(super) listed: Option<Vec<ClassName>>,
    /// The label of the first class.
    pub(super) first: Option<u8>,
}

/// Classes, and the class of each image.
#[derive(Debug)]
pub(super) struct Resolved {
    /// In the order of a model's outputs; their ids can stand in a class list.
    pub(super) classes: Vec<ClassName>,
    /// Positions in `classes`, in the order of the images.
    of_images: Vec<usize>,
}

/// Reads the classes of `--classes`.
pub(super) fn read_list(path: &Path) -> Result<Vec<ClassName>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    if text.lines().next().is_some_and(|line| line.contains('\t')) {
        let list = read_classes(path)?;
        let class = |class: &holdout_protocol::Class| {
            let number = usize::try_from(class.id).unwrap_or(usize::MAX);
            ClassName { number, id: class.wordnet_id.clone(), name: class.name.clone() }
        };
        return Ok(list.classes().iter().map(class).collect());
    }
    Ok(numbered(text.trim_start_matches('\u{feff}').lines().map(|line| line.trim().to_owned())))
}

/// Returns classes that are numbered as they come.
pub(super) fn numbered(names: impl Iterator<Item = String>) -> Vec<ClassName> {
    (1..).zip(names).map(|(number, name)| ClassName { number, id: name.clone(), name }).collect()
}

/// Finds the class of each image.
///
/// # Errors
///
/// Names each label that is of no class, and where it is.
pub(super) fn resolve(images: &[Collected], rules: LabelRules) -> Result<Resolved, Failure> {
    let numbers = images.iter().find(|image| matches!(image.label, Label::Number(_)));
    let texts = images.iter().find(|image| matches!(image.label, Label::Text(_)));
    if let (Some(number), Some(text)) = (numbers, texts) {
        let message = format!("the label {} is a number, that of {} is not: {}", number.label, text.origin, text.label);
        return Err(fault(&number.origin, message));
    }
    let first = match (numbers, rules.first) {
        (Some(_), None) => Some(first_label(images)?),
        (_, first) => first,
    };
    let classes = match rules.listed {
        Some(listed) => listed,
        None if texts.is_some() => numbered(distinct(images).into_iter()),
        None => numbered(
            (0..=largest(images)?.saturating_sub(u64::from(first.unwrap_or(0))))
                .map(|at| format!("class-{}", at + u64::from(first.unwrap_or(0)))),
        ),
    };
    if classes.len() < 2 || classes.len() > MAX_CLASSES {
        let message = format!("there are {} classes; 2 to {} are possible", classes.len(), grouped(65_535));
        return Err(Failure::refused("invalid_source", message));
    }
    let of_images = places(images, &classes, first.unwrap_or(0))?;
    Ok(Resolved { classes: with_ids(classes)?, of_images })
}

/// Returns the label of the first class: 0 if it occurs. Otherwise it is not known, because the
/// first class may have no image.
fn first_label(images: &[Collected]) -> Result<u8, Failure> {
    if images.iter().any(|image| image.label == Label::Number(0)) {
        return Ok(0);
    }
    let example = images.first().map_or("", |image| image.origin.as_str());
    Err(fault(example, "labels are numbers, and none is 0, so they may be counted from 0 or from 1").advise(
        "Say which with `--first-label 0` or `--first-label 1`. With the wrong one every label would be off by one.",
    ))
}

fn distinct(images: &[Collected]) -> BTreeSet<String> {
    let text = |image: &Collected| match &image.label {
        Label::Text(text) => Some(text.clone()),
        Label::Number(_) => None,
    };
    images.iter().filter_map(text).collect()
}

/// Returns the largest number that is a label.
fn largest(images: &[Collected]) -> Result<u64, Failure> {
    let mut largest = 0;
    for image in images {
        let Label::Number(number) = image.label else { continue };
        if usize::try_from(number).map_or(true, |number| number > MAX_CLASSES) {
            let message = format!("the label {} is too large; {} classes are possible", image.label, grouped(65_535));
            return Err(fault(&image.origin, message));
        }
        largest = largest.max(number);
    }
    Ok(largest)
}

fn places(images: &[Collected], classes: &[ClassName], first: u8) -> Result<Vec<usize>, Failure> {
    let mut by_text: HashMap<&str, Option<usize>> = HashMap::new();
    for (place, class) in classes.iter().enumerate() {
        by_text.entry(&class.name).and_modify(|found| *found = None).or_insert(Some(place));
    }
    // An id is unique and goes before a name.
    by_text.extend(classes.iter().enumerate().map(|(place, class)| (class.id.as_str(), Some(place))));
    let mut faults = Faults::default();
    let mut places = Vec::with_capacity(images.len());
    for image in images {
        let found = match &image.label {
            Label::Number(number) => number
                .checked_sub(u64::from(first))
                .and_then(|place| usize::try_from(place).ok())
                .filter(|place| *place < classes.len())
                .ok_or_else(|| {
                    let last = classes.len() + usize::from(first) - 1;
                    format!(
                        "the label {} is out of range; {} classes have the labels {first} to {last}",
                        image.label,
                        classes.len()
                    )
                }),
            Label::Text(text) => match by_text.get(text.as_str()) {
                Some(Some(place)) => Ok(*place),
                Some(None) => Err(format!("{} is the name of several classes; use their ids", image.label)),
                None => Err(format!("{} is not one of the {} classes", image.label, classes.len())),
            },
        };
        match found {
            Ok(place) => places.push(place),
            Err(message) => faults.add(&image.origin, message),
        }
    }
    faults.into_result()?;
    Ok(places)
}

/// Makes ids that can stand in a class list and in files of predictions: words that are not
/// numbers.
fn with_ids(classes: Vec<ClassName>) -> Result<Vec<ClassName>, Failure> {
    let mut owners: HashMap<String, String> = HashMap::new();
    let mut named = Vec::with_capacity(classes.len());
    for class in classes {
        let ClassName { number, id: source, name } = class;
        let word: String = source
            .trim()
            .chars()
            .map(|c| if c.is_whitespace() || matches!(c, ',' | '"') || c.is_control() { '_' } else { c })
            .collect();
        let id = if word.bytes().all(|byte| byte.is_ascii_digit()) { format!("class-{word}") } else { word };
        if source.trim().is_empty() || id.len() > 64 {
            let message = format!("a class of 1 to 64 bytes is possible, not {}", shown(&source));
            return Err(fault(&format!("class {number}"), message));
        }
        if let Some(other) = owners.insert(id.clone(), source.clone()) {
            let message = format!(
                "{} and {} would both have the id `{id}`; each class needs its own",
                shown(&other),
                shown(&source)
            );
            return Err(fault(&format!("class {number}"), message));
        }
        let name: String = name.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        named.push(ClassName { number, id, name });
    }
    Ok(named)
}

impl Resolved {
    /// Returns `classes.tsv`.
    pub(super) fn to_tsv(&self) -> String {
        self.classes.iter().map(|class| format!("{}\t{}\t{}\n", class.number, class.id, class.name)).collect()
    }

    /// Returns `labels.csv`.
    pub(super) fn to_labels(&self, images: &[Collected]) -> String {
        let mut text = "image,class\n".to_owned();
        for (image, place) in images.iter().zip(&self.of_images) {
            let number = self.classes.get(*place).map_or(0, |class| class.number);
            text.push_str(&format!("{},{number}\n", quoted(&image.name)));
        }
        text
    }

    /// Returns the first two classes as a text for people.
    pub(super) fn first_classes(&self) -> Vec<String> {
        let told = |class: &ClassName| {
            if class.id == class.name { class.id.clone() } else { format!("{} ({})", class.id, class.name) }
        };
        self.classes.iter().take(2).map(told).collect()
    }

    /// Returns what an organizer should know of the classes.
    pub(super) fn remarks(&self) -> Vec<String> {
        let used: BTreeSet<usize> = self.of_images.iter().copied().collect();
        let unused: Vec<&str> = self
            .classes
            .iter()
            .enumerate()
            .filter(|(place, _)| !used.contains(place))
            .map(|(_, class)| class.id.as_str())
            .collect();
        match unused.as_slice() {
            [] => Vec::new(),
            [one] => vec![format!("the class {one} has no image")],
            [first, ..] => vec![format!("{} classes have no image, for example {first}", unused.len())],
        }
    }
}

/// Returns a field of a CSV file.
fn quoted(field: &str) -> String {
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

#[cfg(test)]
mod tests;
