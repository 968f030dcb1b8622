//! What `season new` made, for people and programs.

use std::path::{Path, PathBuf};

use holdout_protocol::Slug;
use serde::Serialize;

use crate::show::figures::grouped;

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

pub(super) fn grouped_count(count: usize) -> String {
    grouped(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Returns a path as a shell takes it.
pub(super) fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_for_the_shell_if_it_has_to_be() {
        for (path, word) in [
            ("seasons/birds-2026", "seasons/birds-2026"),
            ("/a/Vögel_1+2.d", "/a/Vögel_1+2.d"),
            ("my birds", "'my birds'"),
            ("it's", "'it'\\''s'"),
            ("$HOME", "'$HOME'"),
        ] {
            assert_eq!(shell_word(Path::new(path)), word);
        }
    }
}
