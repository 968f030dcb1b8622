//! What libtorch says of a model that fails, in a check on the user's own machine.
//!
//! Such a text can hold the images. A scorer of a server therefore has no [`Causes`]: it asks no
//! runner for a text, it takes none, and it has no place to put one.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lines that are kept of the beginning and of the end. The error stands first if the code cannot
/// be loaded, and last if it cannot be run.
const FIRST_LINES: usize = 6;
const LAST_LINES: usize = 10;

/// Most characters of a line.
const LINE: usize = 200;

/// Lines of libtorch's that say nothing of the model: headings, and frames of C++.
const NOISE: [&str; 4] = [
    "The following operation failed in the TorchScript interpreter.",
    "Traceback of TorchScript",
    "Exception raised from ",
    "frame #",
];

/// The text of a run that failed.
#[derive(Debug, Default)]
pub(crate) struct Causes(Mutex<Option<String>>);

impl Causes {
    /// Forgets the text of an earlier run.
    pub(crate) fn forget(&self) {
        *self.text() = None;
    }

    /// Keeps what a runner sent.
    pub(crate) fn keep(&self, text: &str) {
        *self.text() = Some(readable(text)).filter(|text| !text.is_empty());
    }

    /// Returns the text of the last run.
    pub(crate) fn take(&self) -> Option<String> {
        self.text().take()
    }

    fn text(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the lines of a text that say something of the model, without places in libtorch's own
/// source.
fn readable(text: &str) -> String {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.trim_start().is_empty());
    let telling = lines.filter(|line| !NOISE.iter().any(|noise| line.trim_start().starts_with(noise)));
    let mut lines: Vec<String> = telling.map(|line| cut(&without_places(line))).collect();
    let surplus = lines.len().saturating_sub(FIRST_LINES + LAST_LINES);
    if surplus > 0 {
        lines.splice(FIRST_LINES..FIRST_LINES + surplus, ["…".to_owned()]);
    }
    lines.join("\n")
}

/// Returns a line without the absolute paths in it, which are those of the machine that built
/// libtorch.
fn without_places(line: &str) -> String {
    let is_path = |word: &str| {
        let path = word.trim_start_matches(['"', '\'', '`', '(', '[']);
        path.strip_prefix('/').is_some_and(|rest| rest.contains('/'))
    };
    line.split(' ').map(|word| if is_path(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_model_and_the_error_remain() {
        let text = "The following operation failed in the TorchScript interpreter.\n\
                    Traceback of TorchScript, serialized code (most recent call last):\n\
                    \x20 File \"code/__torch__/net.py\", line 5, in forward\n    \
                    _0 = torch.linear(x, weight)\n         ~~~~~~~~~~~~ <--- HERE\n\n\
                    RuntimeError: mat1 and mat2 must have the same dtype, but got Float and Half\n\
                    Exception raised from addmm at /pytorch/aten/src/ATen/native/Linear.cpp:1 (most recent call first):\n\
                    frame #0: c10::Error::Error(...) + 0x80 (0x7f in /usr/lib/libc10.so)\n";
        let readable = readable(text);
        assert_eq!(
            readable,
            "  File \"code/__torch__/net.py\", line 5, in forward\n    _0 = torch.linear(x, weight)\n         \
             ~~~~~~~~~~~~ <--- HERE\nRuntimeError: mat1 and mat2 must have the same dtype, but got Float and Half"
        );
    }

    #[test]
    fn places_in_libtorchs_source_are_cut() {
        let text =
            "x.dim() == 4 INTERNAL ASSERT FAILED at \"/pytorch/aten/src/ATen/Conv.cpp\":120, please report a bug";
        assert_eq!(readable(text), "x.dim() == 4 INTERNAL ASSERT FAILED at … please report a bug");
        assert_eq!(readable("a / b of shape [3, 4/2]"), "a / b of shape [3, 4/2]");
    }

    #[test]
    fn a_text_is_short_whatever_it_was() {
        let many: String = (0..1000).map(|line| format!("line {line}\n")).collect();
        let readable_lines = readable(&many);
        assert_eq!(readable_lines.lines().count(), FIRST_LINES + LAST_LINES + 1);
        assert!(readable_lines.starts_with("line 0\n") && readable_lines.ends_with("line 999"), "{readable_lines}");
        assert_eq!(readable(&"é".repeat(10_000)).chars().count(), LINE + 1);
        assert_eq!(readable("\n \n"), "");
    }
}
