//! `verify` of the archive of a season.

use std::path::Path;

use serde_json::json;

use super::context::Context;
use super::verify_input::{head_facts, not_proved, own_key, parsed_key, read_text, unusable};
use crate::archive::{ArchiveFailure, ProvedArchive, verify_archive};
use crate::failure::Failure;
use crate::show::receipt;
use crate::text::visible_lines;

/// Verifies the archive of a season.
pub(super) fn verify_season(
    context: &Context,
    file: &Path,
    key: Option<&str>,
    earlier: Option<&Path>,
) -> Result<(), Failure> {
    let key = key.map(|key| parsed_key(key, "`--key`")).transpose()?;
    let earlier = earlier.map(read_text).transpose()?;
    let proved = verify_archive(file, key.as_ref(), earlier.as_deref()).map_err(|failure| match failure {
        ArchiveFailure::Unreadable(cause) => unusable(file, &cause),
        ArchiveFailure::NotProved(problems) => not_proved(&problems.join("\n")),
    })?;
    let ProvedArchive { season, key: used, checkpoint, proved, open } = proved;
    let console = context.console;
    console.data(&json!({ "proved": true, "key": used.to_string(), "key_given": key.is_some(), "season": season,
        "facts": proved, "open": open, "checkpoint": head_facts(&checkpoint) }))?;
    console.say(format!("Archive of season {season}:"))?;
    for line in &proved {
        console.say(visible_lines(line))?;
    }
    if key.is_none() {
        console.say(own_key(&used))?;
    }
    for line in &open {
        console.say(format!("Not proved: {}.", visible_lines(line)))?;
    }
    console.say(receipt::LIMITS)
}
