//! `completions` and `man`: both are made from the command line's own definition.

use std::path::Path;

use super::context::Context;
use crate::failure::Failure;

pub(crate) fn completions(
    context: &Context,
    command: &mut clap::Command,
    shell: clap_complete::Shell,
) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "holdout", &mut script);
    context.console.raw(&script)
}

pub(crate) fn pages(context: &Context, command: clap::Command, folder: &Path) -> Result<(), Failure> {
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    written.map_err(|error| Failure::file(folder, &error))?;
    context.console.say(format!("Written to {}; `man -M` and MANPATH name its parent folder.", folder.display()))
}
