//! `completions` and `man`: both are made from the command line's own definition.

use std::path::Path;

use clap::CommandFactory as _;

use super::Context;
use crate::arguments::Arguments;
use crate::failure::Failure;

pub(super) fn completions(context: &Context, shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "holdout", &mut script);
    context.console.raw(&script)
}

pub(super) fn pages(context: &Context, folder: &Path) -> Result<(), Failure> {
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.map_err(|error| Failure::file(folder, &error))?;
    context.console.say(format!("Written to {}; `man -M` and MANPATH name its parent folder.", folder.display()))
}
