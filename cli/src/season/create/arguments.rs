//! The arguments of `season new`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use holdout_protocol::Slug;

use super::super::files::file_name;
use crate::failure::Failure;

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

/// The arguments of `season new`.
#[derive(Debug, Args)]
pub(crate) struct NewSeasonArguments {
    /// What the images and labels come in.
    #[arg(long)]
    pub(super) from: Source,
    /// The images: a folder or an archive for `imagenet`, a folder for `folder` and `csv`, files or
    /// a folder of them for `parquet` and `shards`.
    #[arg(long, required = true, num_args = 1..)]
    pub(super) images: Vec<PathBuf>,
    /// For `imagenet`: ILSVRC2012_devkit_t12.tar.gz, or the folder that it unpacks to.
    #[arg(long)]
    pub(super) devkit: Option<PathBuf>,
    /// For `csv`: the table, with a column of image names and a column of labels.
    #[arg(long)]
    pub(super) table: Option<PathBuf>,
    /// The classes in the order of a model's outputs: classes.tsv of another season, or one name a
    /// line [default: made from the labels].
    #[arg(long)]
    pub(super) classes: Option<PathBuf>,
    /// The label of the first class, if labels are numbers.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(super) first_label: Option<u8>,
    /// The column of images, for `csv` and `parquet` [default: found by its name].
    #[arg(long)]
    pub(super) image_column: Option<String>,
    /// The column of labels, for `csv` and `parquet`; for `shards` the field of the JSON [default:
    /// found by its name].
    #[arg(long)]
    pub(super) label_column: Option<String>,
    /// The season's name in addresses [default: ilsvrc-2012 for `imagenet`, otherwise that of the
    /// images].
    #[arg(long)]
    pub(super) season: Option<Slug>,
    /// The season's title.
    #[arg(long)]
    pub(super) title: Option<String>,
    /// The folder to make [default: NAME-season, here].
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
    /// What decides [default: top5_error for `imagenet`, otherwise top1_error].
    #[arg(long, value_parser = ["top1_error", "top5_error"])]
    pub(super) metric: Option<String>,
    /// Shorter side of an image after it was resized, pixels.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(super) resize: u32,
    /// Side of the square that a model gets, pixels.
    #[arg(long, default_value_t = 224, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(super) crop: u32,
}

impl NewSeasonArguments {
    /// Refuses what does not belong to the source.
    pub(super) fn check(&self) -> Result<(), Failure> {
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

    /// Returns the season's name: as it was given, or after the folder to make or the images.
    pub(super) fn season(&self) -> Result<Slug, Failure> {
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

    /// Returns the folder to make.
    pub(super) fn out(&self, season: &Slug) -> PathBuf {
        self.out.clone().unwrap_or_else(|| PathBuf::from(format!("{season}-season")))
    }

    pub(super) fn title(&self, season: &Slug) -> String {
        self.title.clone().unwrap_or_else(|| self.default_title(season))
    }

    fn default_title(&self, season: &Slug) -> String {
        match self.from {
            Source::Imagenet => "ImageNet (ILSVRC 2012 validation images)".to_owned(),
            _ => season.to_string(),
        }
    }

    pub(super) fn metric(&self) -> String {
        let default = if self.from == Source::Imagenet { "top5_error" } else { "top1_error" };
        self.metric.clone().unwrap_or_else(|| default.to_owned())
    }
}
