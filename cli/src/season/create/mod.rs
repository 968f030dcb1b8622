//! `season new`: makes a season folder of images and labels that an organizer already has.
//!
//! Every source ([`Source`]) does the same: it gives its images to a [`Collector`], each with its
//! label and where it comes from, and the classes if it knows them. The folder is made under a
//! hidden name beside its place, checked as `season apply` will check it, and renamed at the end.
//! So nothing half-written remains after an error.

mod arguments;
mod class_folders;
mod classes;
mod collector;
mod devkit;
mod document;
mod faults;
mod given;
mod held;
mod imagenet;
mod made;
#[cfg(test)]
#[path = "../../../tests/support/mat_file.rs"]
mod mat_file;
mod matlab;
mod matlab_elements;
mod parquet_files;
mod report;
mod shards;
mod table;

use std::path::Path;

pub(crate) use self::arguments::NewSeasonArguments;
use self::arguments::Source;
use self::collector::Collector;
use self::given::Given;
use self::made::MadeSeason;
use self::report::NewSeasonReport;
use super::staging::Staging;
use crate::console::Console;
use crate::failure::Failure;

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
    let out = arguments.out(&arguments.season()?);
    let staging = Staging::beside(&out)?;
    let mut collector = Collector::create(staging.path(), console)?;
    let given = read_source(arguments, &mut collector)?;
    let made = MadeSeason::new(arguments, given, collector.finish()?)?;
    made.write(&staging)?;
    made.check(staging.path(), state, console)?;
    staging.put_at(&out)?;
    Ok(made.into_report(out))
}

/// Gives the images of the source to the collector.
fn read_source(arguments: &NewSeasonArguments, collector: &mut Collector) -> Result<Given, Failure> {
    let images = arguments.images.first().ok_or_else(|| Failure::usage("`--images` is missing"))?;
    match arguments.from {
        Source::Imagenet => {
            let missing = || {
                Failure::usage(
                    "`--from imagenet` needs `--devkit`: ILSVRC2012_devkit_t12.tar.gz, or the folder that it unpacks to",
                )
            };
            imagenet::read(arguments.devkit.as_deref().ok_or_else(missing)?, images, collector)
        }
        Source::Folder => class_folders::read(images, collector),
        Source::Csv => {
            let missing = || Failure::usage("`--from csv` needs `--table`: a file with a row for each image");
            let table = arguments.table.as_deref().ok_or_else(missing)?;
            let columns =
                table::Columns { image: arguments.image_column.as_deref(), label: arguments.label_column.as_deref() };
            table::read(table, images, columns, collector)
        }
        Source::Parquet => {
            let columns = parquet_files::Columns {
                image: arguments.image_column.as_deref(),
                label: arguments.label_column.as_deref(),
            };
            parquet_files::read(&arguments.images, columns, collector)
        }
        Source::Shards => shards::read(&arguments.images, arguments.label_column.as_deref(), collector),
    }
}

#[cfg(test)]
mod tests;
