//! Secrets in a configuration file that others on the machine can read.

use std::path::Path;

use holdout_server::ranges::values;
use serde_json::Value;

/// Logs a warning if other accounts of this machine can read a configuration file that holds
/// secrets.
pub(crate) fn warn(path: &Path, configuration: &Value) {
    let fields = secrets(configuration);
    if !fields.is_empty() && is_open(path) {
        let (path, fields) = (path.display().to_string(), fields.join(", "));
        tracing::warn!(path, fields, "other accounts can read the secrets in the configuration file; `chmod 600` it");
    }
}

/// Logs a warning for each file with a secret that a configuration names and other accounts of this
/// machine can read.
pub(crate) fn warn_of_files(configuration: &Value) {
    for (field, path) in open_files(configuration) {
        tracing::warn!(path, field, "other accounts can read the file with a secret; `chmod 600` it");
    }
}

/// Returns the fields that name an open file with a secret, and the paths.
fn open_files(configuration: &Value) -> Vec<(String, String)> {
    let named = values(configuration).into_iter().filter(|(name, _)| name.ends_with("password_file"));
    let paths = named.filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())));
    paths.filter(|(_, path)| is_open(Path::new(path))).collect()
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

/// Returns the names of the fields that hold secrets, with dots between the levels.
fn secrets(configuration: &Value) -> Vec<String> {
    let values = values(configuration).into_iter();
    values
        .filter(|(name, value)| value.as_str().is_some_and(|text| is_secret(name, text)))
        .map(|(name, _)| name)
        .collect()
}

/// By the field's name, or because the text is an address with a password in it.
fn is_secret(name: &str, text: &str) -> bool {
    let is_named_so = ["token", "password", "secret"].iter().any(|word| name.ends_with(word));
    let has_password = || {
        let words = text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
        words.and_then(|rest| rest.rsplit_once('@')).is_some_and(|(login, _)| login.contains(':'))
    };
    is_named_so || has_password()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_told_from_other_fields() {
        let file = json!({
            "metrics_token": "t", "database": "postgres://holdout:secret@db/holdout", "listen": "127.0.0.1:80",
            "public_url": "https://holdout.example.org", "mail": { "password": "p", "from": "a@b.example" },
        });
        let mut found = secrets(&file);
        found.sort();
        assert_eq!(found, ["database", "mail.password", "metrics_token"]);
        assert!(!is_secret("database", "postgres://holdout@db/holdout"));
        assert!(!is_secret("blobs", "s3://bucket/a:b@c"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_open_if_everybody_on_the_machine_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, open) in [(0o600, false), (0o640, false), (0o644, true)] {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_open(file.path()), open, "{mode:o}");
            let named = open_files(&json!({ "mail": { "password_file": file.path(), "password": null } }));
            let wanted = open.then(|| ("mail.password_file".to_owned(), file.path().display().to_string()));
            assert_eq!(named, Vec::from_iter(wanted), "{mode:o}");
        }
        assert!(!is_open(&file.path().join("none")));
    }
}
