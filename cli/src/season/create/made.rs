//! A season whose source was read: written, checked, reported.

use std::path::{Path, PathBuf};

use holdout_images::Transform;

use super::super::images::Images;
use super::super::staging::Staging;
use super::super::written::shell_word;
use super::arguments::NewSeasonArguments;
use super::classes::{LabelRules, Resolved, read_list, resolve};
use super::document::{Document, TASK, rules_text};
use super::faults::Faults;
use super::given::Given;
use super::held::Held;
use super::report::NewSeasonReport;
use crate::console::Console;
use crate::failure::Failure;
use crate::local_check::{read_classes, read_test_set};

/// A season in memory, but for its images.
pub(super) struct MadeSeason {
    document: Document,
    resolved: Resolved,
    held: Held,
    /// Why the classes are in their order.
    order: String,
    remarks: Vec<String>,
}

impl MadeSeason {
    /// Finds the classes and the class of each image.
    pub(super) fn new(arguments: &NewSeasonArguments, given: Given, held: Held) -> Result<Self, Failure> {
        let (listed, order) = match &arguments.classes {
            Some(path) => (Some(read_list(path)?), "as --classes lists them".to_owned()),
            None => (given.classes, given.order),
        };
        let rules = LabelRules { listed, first: arguments.first_label.or(given.first_label) };
        let resolved = resolve(&held.images, rules)?;
        let season = arguments.season()?;
        let document = Document {
            title: arguments.title(&season),
            season,
            metric: arguments.metric(),
            archive: given.archive,
            images: held.images.len(),
            resize: arguments.resize,
            crop: arguments.crop,
        };
        let remarks = given.remarks.into_iter().chain(resolved.remarks()).chain(held.remarks()).collect();
        Ok(Self { document, resolved, held, order, remarks })
    }

    /// Writes all but the images, which the collector has packed.
    pub(super) fn write(&self, staging: &Staging) -> Result<(), Failure> {
        staging.write("classes.tsv", &self.resolved.to_tsv())?;
        staging.write("labels.csv", &self.resolved.to_labels(&self.held.images))?;
        if self.held.names_are_made {
            staging.write("sources.csv", &self.held.to_sources()?)?;
        }
        staging.write("rules.md", &rules_text(&self.document, self.resolved.classes.len(), &self.order))?;
        staging.write("season.yaml", &self.document.to_yaml())
    }

    /// Looks at what was written as `season apply` will, images and all; problems name the source
    /// of an image.
    pub(super) fn check(&self, folder: &Path, state: &Path, console: Console) -> Result<(), Failure> {
        let classes = read_classes(&folder.join("classes.tsv"))?;
        let test_set = read_test_set(classes, &folder.join("labels.csv"))?;
        let (archive, scratch) = (self.archive(folder), state.join("images"));
        let packed = Images::at(&archive)?.pack(&scratch)?;
        let transform = Transform::from(&self.document.input());
        packed.find_problems(&test_set, transform, &scratch, console).map_err(|error| {
            let mut faults = Faults::default();
            for problem in error.first {
                match problem.file {
                    Some(file) => faults.add(self.held.origin(&file).unwrap_or(&file), problem.message),
                    None => faults.add(&archive.display().to_string(), problem.message),
                }
            }
            faults.and_more(error.more);
            faults.into_failure()
        })
    }

    /// Returns the archive of the images, if the season is in `folder`.
    fn archive(&self, folder: &Path) -> PathBuf {
        self.document.archive.clone().unwrap_or_else(|| folder.join("images.tar"))
    }

    /// Returns what was made, now that it is in `folder`.
    pub(super) fn into_report(self, folder: PathBuf) -> NewSeasonReport {
        let mut files = vec!["season.yaml", "rules.md", "classes.tsv", "labels.csv"];
        files.extend(self.held.names_are_made.then_some("sources.csv"));
        files.extend(self.document.archive.is_none().then_some("images.tar"));
        NewSeasonReport {
            next: format!("holdout season apply {}", shell_word(&folder)),
            archive: self.archive(&folder),
            folder,
            season: self.document.season,
            task: TASK,
            metric: self.document.metric,
            classes: self.resolved.classes.len(),
            images: self.held.images.len(),
            class_order: self.order,
            first_classes: self.resolved.first_classes(),
            files,
            remarks: self.remarks,
        }
    }
}
