//! The names of the crate's types, from its source: a type that is added without a test is noticed.

use std::fs;
use std::path::Path;

/// Returns what derives `Deserialize` and is a `struct` with named fields, but for those that stand
/// for a text.
pub fn bodies() -> Vec<String> {
    declared("pub struct ").into_iter().filter(|(_, text)| !text).map(|(name, _)| name).collect()
}

/// The enumerations that derive `Deserialize`.
pub fn lists() -> Vec<String> {
    declared("pub enum ").into_iter().map(|(name, _)| name).collect()
}

/// The names after `keyword` that follow a derived `Deserialize`, and whether the type is written
/// as a text.
fn declared(keyword: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    // The folders in it have unit tests only.
    for file in files.map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        let source = fs::read_to_string(file).unwrap();
        let (mut derived, mut text) = (false, false);
        for line in source.lines().map(str::trim) {
            if line.starts_with("#[derive(") {
                (derived, text) = (line.contains("Deserialize"), false);
            }
            text |= line.contains("into = \"String\"");
            let Some(rest) = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum ")) else {
                continue;
            };
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '$').collect();
            // In a macro it stands for several types, which have tests of their own.
            if derived && line.starts_with(keyword) && !name.starts_with('$') {
                found.push((name, text));
            }
            derived = false;
        }
    }
    assert!(!found.is_empty(), "no `{keyword}` was found");
    found
}
