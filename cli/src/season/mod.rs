//! A season as files: `season.yaml` in a folder, read, checked, compared with the server, and
//! applied.
//!
//! Nothing is sent before every file named in it was read and found usable. Applying is idempotent:
//! what is there already is recognised and left alone, so a run that was killed is completed by
//! running it again.

mod act;
mod apply;
mod create;
mod differences;
mod document;
mod files;
mod images;
mod interpret;
mod interpret_entry;
mod interpret_task;
mod plan;
mod problems;
mod quantity;
mod saved;
mod staging;
mod unfinished;
mod values;
mod written;

pub(crate) use apply::{ApplyOptions, Consent, apply};
pub(crate) use create::{NewSeasonArguments, new_season};
#[cfg(feature = "host")]
pub(crate) use images::{Images, names};
pub(crate) use interpret::{SeasonFolder, TaskFiles, read_folder};
pub(crate) use quantity::parse_duration;
#[cfg(feature = "host")]
pub(crate) use quantity::{SIZE_ALLOWED, parse_size};
pub(crate) use saved::save_season;
