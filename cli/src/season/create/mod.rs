//! `season new`: makes a season folder of images and labels that an organizer already has.
//!
//! Every source ([`Source`]) does the same: it gives its images to a [`Collector`], each with its label and where it comes from,
//! and the classes if it knows them. The folder is made under a hidden name beside its place, checked as `season apply` will check
//! it, and renamed at the end. So nothing half-written remains after an error.

mod class_folders;
mod classes;
mod collector;
mod devkit;
mod document;
mod faults;
mod imagenet;
#[cfg(test)]
#[path = "../../../tests/support/mat_file.rs"]
mod mat_file;
mod matlab;
mod parquet_files;
mod shards;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use holdout_images::Transform;
use holdout_protocol::{InputTransform, Precision, Slug};
use serde::Serialize;

use self::classes::{ClassName, LabelRules, resolve};
use self::collector::{Collector, Held};
use self::document::{Document, rules_text};
use self::faults::Faults;
use super::files::file_name;
use super::images::Images;
use crate::console::Console;
use crate::failure::Failure;
use crate::local_check::{read_classes, read_test_set};
use crate::show::figures::grouped;

/// What a season can be made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// The development kit of ILSVRC 2012 and its validation images.
    Imagenet,
    /// A folder with a folder of images for each class.
    Folder,
    /// A table of image names and labels, and a folder of images.
    Csv,
    /// Parquet files with a column of images and a column of labels.
    Parquet,
    /// Tar shards: KEY.jpg beside KEY.cls or KEY.json.
    Shards,
}

/// What `season new` is told.
#[derive(Debug, Args)]
pub(crate) struct NewSeasonArguments {
    /// What the images and labels come in.
    #[arg(long)]
    from: Source,
    /// The images: a folder or an archive for `imagenet`, a folder for `folder` and `csv`, files or a folder of them for `parquet`
    /// and `shards`.
    #[arg(long, required = true, num_args = 1..)]
    images: Vec<PathBuf>,
    /// For `imagenet`: ILSVRC2012_devkit_t12.tar.gz, or the folder that it unpacks to.
    #[arg(long)]
    devkit: Option<PathBuf>,
    /// For `csv`: the table, with a column of image names and a column of labels.
    #[arg(long)]
    table: Option<PathBuf>,
    /// The classes in the order of a model's outputs: classes.tsv of another season, or one name a line [default: made from the labels].
    #[arg(long)]
    classes: Option<PathBuf>,
    /// The label of the first class, if labels are numbers.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=1))]
    first_label: Option<u8>,
    /// The column of images, for `csv` and `parquet` [default: found by its name].
    #[arg(long)]
    image_column: Option<String>,
    /// The column of labels, for `csv` and `parquet`; for `shards` the field of the JSON [default: found by its name].
    #[arg(long)]
    label_column: Option<String>,
    /// The season's name in addresses [default: ilsvrc-2012 for `imagenet`, otherwise that of the images].
    #[arg(long)]
    season: Option<Slug>,
    /// The season's title.
    #[arg(long)]
    title: Option<String>,
    /// The folder to make [default: a folder here with the season's name].
    #[arg(long)]
    out: Option<PathBuf>,
    /// What decides [default: top5_error for `imagenet`, otherwise top1_error].
    #[arg(long, value_parser = ["top1_error", "top5_error"])]
    metric: Option<String>,
    /// Shorter side of an image after it was resized, pixels.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4096))]
    resize: u32,
    /// Side of the square that a model gets, pixels.
    #[arg(long, default_value_t = 224, value_parser = clap::value_parser!(u32).range(1..=4096))]
    crop: u32,
}

/// What was made.
#[derive(Debug, Serialize)]
pub(crate) struct NewSeasonReport {
    pub(crate) folder: PathBuf,
    pub(crate) season: Slug,
    pub(crate) task: &'static str,
    pub(crate) metric: String,
    pub(crate) classes: usize,
    pub(crate) images: usize,
    /// Where the order of the classes comes from.
    pub(crate) class_order: String,
    /// Its first classes in the order of a model's outputs.
    pub(crate) first_classes: Vec<String>,
    /// The archive of the images.
    pub(crate) archive: PathBuf,
    pub(crate) files: Vec<&'static str>,
    pub(crate) remarks: Vec<String>,
    /// The command that comes next.
    pub(crate) next: String,
}

/// What a source gave, beside the images that it gave to the collector.
struct Given {
    /// The classes in the order of a model's outputs, if the source knows them.
    classes: Option<Vec<ClassName>>,
    /// The label of the first class, if the source knows it.
    first_label: Option<u8>,
    /// Why the classes are in this order.
    order: String,
    /// The archive that holds the images, if they are not packed into the folder.
    archive: Option<PathBuf>,
    remarks: Vec<String>,
}

const TASK: &str = "classification";

/// Makes a season folder; `state` is the folder of what is remembered of images.
///
/// # Errors
///
/// Names all that is wrong with the source, by value and place. The folder is not made then.
pub(crate) fn new_season(
    arguments: &NewSeasonArguments,
    state: &Path,
    console: Console,
) -> Result<NewSeasonReport, Failure> {
    arguments.check()?;
    let season = arguments.season()?;
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from(season.as_str()));
    let staging = Staging::beside(&out)?;
    let mut collector = Collector::create(staging.path(), console)?;
    let given = arguments.read(&mut collector)?;
    let held = collector.finish()?;
    let listed = match &arguments.classes {
        Some(path) => Some(classes::read_list(path)?),
        None => given.classes,
    };
    let rules = LabelRules { listed, first: arguments.first_label.or(given.first_label) };
    let resolved = resolve(&held.images, rules)?;
    let document = Document {
        season: season.clone(),
        title: arguments.title.clone().unwrap_or_else(|| arguments.default_title(&season)),
        metric: arguments.metric(),
        archive: given.archive.clone(),
        images: held.images.len(),
        resize: arguments.resize,
        crop: arguments.crop,
    };
    let order = if arguments.classes.is_some() { "as --classes lists them".to_owned() } else { given.order };
    staging.write("classes.tsv", &resolved.to_tsv())?;
    staging.write("labels.csv", &resolved.to_labels(&held.images))?;
    if held.names_are_made {
        staging.write("sources.csv", &held.to_sources()?)?;
    }
    staging.write("rules.md", &rules_text(&document, resolved.classes.len(), &order))?;
    staging.write("season.yaml", &document.to_yaml())?;
    let packed = given.archive.is_none();
    let archive = given.archive.clone().unwrap_or_else(|| staging.path().join("images.tar"));
    check(&staging, &archive, arguments, (&held, state, console))?;
    staging.put_at(&out)?;
    let archive = given.archive.unwrap_or_else(|| out.join("images.tar"));
    let mut files = vec!["season.yaml", "rules.md", "classes.tsv", "labels.csv"];
    files.extend(held.names_are_made.then_some("sources.csv"));
    files.extend(packed.then_some("images.tar"));
    Ok(NewSeasonReport {
        next: format!("holdout season apply {}", shell_word(&out)),
        folder: out,
        season,
        task: TASK,
        metric: document.metric,
        classes: resolved.classes.len(),
        images: held.images.len(),
        class_order: order,
        first_classes: resolved.first_classes(),
        archive,
        files,
        remarks: given.remarks.into_iter().chain(resolved.remarks()).chain(held.remarks()).collect(),
    })
}

/// Looks at what was made as `season apply` will, images and all; problems name the source of an image.
fn check(
    staging: &Staging,
    archive: &Path,
    arguments: &NewSeasonArguments,
    (held, state, console): (&Held, &Path, Console),
) -> Result<(), Failure> {
    let classes = read_classes(&staging.path().join("classes.tsv"))?;
    let test_set = read_test_set(classes, &staging.path().join("labels.csv"))?;
    let scratch = state.join("images");
    let packed = Images::at(archive)?.pack(&scratch)?;
    let input = InputTransform {
        resize: Some(arguments.resize),
        crop: arguments.crop,
        mean: document::MEAN,
        std: document::STD,
        precision: Precision::default(),
    };
    packed.find_problems(&test_set, Transform::from(&input), &scratch, console).map_err(|error| {
        let mut faults = Faults::default();
        for problem in error.first {
            match problem.file {
                Some(file) => faults.add(held.origin(&file).unwrap_or(&file), problem.message),
                None => faults.add(&archive.display().to_string(), problem.message),
            }
        }
        faults.and_more(error.more);
        faults.into_failure()
    })
}

impl NewSeasonArguments {
    /// Refuses what does not belong to the source.
    fn check(&self) -> Result<(), Failure> {
        use Source::{Csv, Folder, Imagenet, Parquet, Shards};
        let name =
            |source: Source| source.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let flags: [(&str, bool, &[Source]); 5] = [
            ("--devkit", self.devkit.is_some(), &[Imagenet]),
            ("--table", self.table.is_some(), &[Csv]),
            ("--classes", self.classes.is_some(), &[Folder, Csv, Parquet, Shards]),
            ("--image-column", self.image_column.is_some(), &[Csv, Parquet]),
            ("--label-column", self.label_column.is_some(), &[Csv, Parquet, Shards]),
        ];
        for (flag, given, sources) in flags {
            if given && !sources.contains(&self.from) {
                let of: Vec<String> = sources.iter().map(|source| format!("`--from {}`", name(*source))).collect();
                return Err(Failure::usage(format!(
                    "`{flag}` is for {}, not for `--from {}`",
                    of.join(" and "),
                    name(self.from)
                )));
            }
        }
        if self.first_label.is_some() && !matches!(self.from, Csv | Parquet | Shards) {
            return Err(Failure::usage(format!("`--first-label` is not for `--from {}`", name(self.from))));
        }
        if self.crop > self.resize {
            let message = format!("`--crop {}` is larger than `--resize {}`", self.crop, self.resize);
            return Err(Failure::usage(message).advise("The square is cut out of the resized image."));
        }
        if self.images.len() > 1 && !matches!(self.from, Parquet | Shards) {
            return Err(Failure::usage(format!("`--images` takes one path with `--from {}`", name(self.from))));
        }
        Ok(())
    }

    fn read(&self, collector: &mut Collector) -> Result<Given, Failure> {
        let images = self.images.first().ok_or_else(|| Failure::usage("`--images` is missing"))?;
        match self.from {
            Source::Imagenet => {
                let missing = || {
                    Failure::usage(
                        "`--from imagenet` needs `--devkit`: ILSVRC2012_devkit_t12.tar.gz, or the folder that it unpacks to",
                    )
                };
                imagenet::read(self.devkit.as_deref().ok_or_else(missing)?, images, collector)
            }
            Source::Folder => class_folders::read(images, collector),
            Source::Csv => {
                let missing = || Failure::usage("`--from csv` needs `--table`: a file with a row for each image");
                let table = self.table.as_deref().ok_or_else(missing)?;
                let columns =
                    table::Columns { image: self.image_column.as_deref(), label: self.label_column.as_deref() };
                table::read(table, images, columns, collector)
            }
            Source::Parquet => {
                let columns =
                    parquet_files::Columns { image: self.image_column.as_deref(), label: self.label_column.as_deref() };
                parquet_files::read(&self.images, columns, collector)
            }
            Source::Shards => shards::read(&self.images, self.label_column.as_deref(), collector),
        }
    }

    fn season(&self) -> Result<Slug, Failure> {
        if let Some(season) = &self.season {
            return Ok(season.clone());
        }
        if self.from == Source::Imagenet {
            return "ilsvrc-2012".parse().map_err(|_| Failure::usage("give the season's name with `--season`"));
        }
        let from = self.out.as_deref().or(self.images.first().map(PathBuf::as_path)).unwrap_or(Path::new(""));
        let name = file_name(from).to_lowercase();
        let stem = name.split('.').next().unwrap_or_default();
        let slug: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        slug.trim_matches('-').parse().map_err(|_| {
            Failure::usage(format!("no season can be named after `{}`", from.display()))
                .advise("Give its name with `--season`, such as `--season birds-2026`.")
        })
    }

    fn default_title(&self, season: &Slug) -> String {
        match self.from {
            Source::Imagenet => "ImageNet (ILSVRC 2012 validation images)".to_owned(),
            _ => season.to_string(),
        }
    }

    fn metric(&self) -> String {
        let default = if self.from == Source::Imagenet { "top5_error" } else { "top1_error" };
        self.metric.clone().unwrap_or_else(|| default.to_owned())
    }
}

impl NewSeasonReport {
    /// Returns what was made, for people.
    pub(crate) fn to_text(&self) -> String {
        let (classes, images) = (grouped_count(self.classes), grouped_count(self.images));
        let mut lines = vec![
            format!("made `{}`, the season {}", self.folder.display(), self.season),
            format!("  task {}: {classes} classes, {images} images, {}", self.task, self.metric),
            format!(
                "  class order: {}; a model's output 0 is {}",
                self.class_order,
                self.first_classes.join(", output 1 is ")
            ),
            format!("  images: {}", self.archive.display()),
            format!("  files: {}", self.files.join(", ")),
        ];
        lines.extend(self.remarks.iter().map(|remark| format!("  note: {remark}")));
        lines.push(
            "  It is a draft, which only organizers see. Look at `season.yaml` and `rules.md` before you apply it."
                .to_owned(),
        );
        lines.push(format!("next: {}", self.next));
        lines.join("\n")
    }
}

fn grouped_count(count: usize) -> String {
    grouped(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Returns a path as a shell takes it.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// The folder while it is made; removed if it is not put in its place.
struct Staging(tempfile::TempDir);

impl Staging {
    /// # Errors
    ///
    /// If something is at the place already, or nothing can be made beside it.
    fn beside(out: &Path) -> Result<Self, Failure> {
        if fs::symlink_metadata(out).is_ok() {
            let message = format!("`{}` exists already, and is not overwritten", out.display());
            return Err(
                Failure::refused("exists", message).advise("Name another folder with `--out`, or move this one away.")
            );
        }
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let prefix = format!(".{}.new-", file_name(out));
        let made = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent);
        Ok(Self(made.map_err(|error| Failure::file(parent, &error))?))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path().join(name);
        fs::write(&path, text).map_err(|error| Failure::file(&path, &error))
    }

    fn put_at(self, out: &Path) -> Result<(), Failure> {
        // It stays its owner's alone, as temporary folders are: there are hidden labels in it.
        fs::rename(self.path(), out).map_err(|error| Failure::file(out, &error))?;
        // Nothing is left to be removed.
        let _ = self.0.keep();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
