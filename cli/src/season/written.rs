//! Values as `season.yaml` and a shell have them.

use std::path::Path;

/// Returns a YAML scalar in double quotes. JSON's escapes are YAML's.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
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
