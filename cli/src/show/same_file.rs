//! A file that the team has submitted before.

use std::path::Path;

use holdout_protocol::Submission;

use super::figures::time;
use crate::submission::Draft;
use crate::text::visible;

/// Returns what is said of a file that the team has submitted before.
pub(crate) fn told_before(file: &Path, is_same_file: bool, earlier: &Submission) -> String {
    let what = if is_same_file { "the same file" } else { "the same answers, in another file," };
    let method = earlier.method.as_deref().map_or_else(String::new, |method| format!(" ({})", visible(method)));
    format!(
        "`{}` is not sent: your team submitted {what} at {}{method}. This is its result; `--again` spends another \
         slot on it.",
        file.display(),
        time(earlier.created_at)
    )
}

fn given<T: PartialEq>(given: Option<&T>, saved: Option<&T>) -> bool {
    given.is_some() && given != saved
}

/// Returns what was said of the file and is not saved, because the earlier submission keeps what it
/// says of itself.
pub(crate) fn not_saved(draft: &Draft, earlier: &Submission) -> Option<String> {
    let options: Vec<&str> = [
        ("--method", given(draft.method.as_ref(), earlier.method.as_ref())),
        ("--description", given(draft.description.as_ref(), earlier.description.as_ref())),
        ("--link", !draft.links.is_empty() && draft.links != earlier.links),
        ("--training-data", given(draft.disclosure.training_data.as_ref(), earlier.training_data.as_ref())),
        ("--ensemble", given(draft.disclosure.ensemble.as_ref(), earlier.ensemble.as_ref())),
    ]
    .into_iter()
    .filter_map(|(option, differs)| differs.then_some(option))
    .collect();
    if options.is_empty() {
        return None;
    }
    let (options, id) = (options.join(", "), earlier.id);
    Some(format!("what you gave with {options} is not saved; `holdout edit {id}` with the same options saves it"))
}
