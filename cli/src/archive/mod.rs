//! The archive of a season: one file that holds what a server has of it, and that is verified
//! without the server.
//!
//! `collect` and `exporter` ask the API for it, `writer` and `reader` know the container (a tar
//! file, compressed by Zstandard), `manifest` the list of its files, and `verify` what they prove.

mod answers;
mod collect;
mod entries;
mod export;
mod exporter;
mod files;
mod log;
mod manifest;
mod names;
mod reader;
mod verify;
mod writer;

pub(crate) use export::export_archive;
pub(crate) use exporter::ArchiveOptions;
pub(crate) use reader::{is_archive, is_plain_tar};
pub(crate) use verify::{ArchiveFailure, ProvedArchive, verify_archive};
