//! The configuration of server and scorer: a file, then the environment, then flags; resolved once.
//!
//! Every field can be set by a variable: `HOLDOUT_` and the field's name in capitals, two
//! underscores between the levels, such as `HOLDOUT_QUEUE__LEASE_SECONDS=30`.

use std::path::Path;

use holdout_protocol::plain_cause;
use holdout_server::ranges;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::environment::{LETTERS_PER_SLIP, READ_BY_COMMANDS};
use crate::host::open_secrets;
use crate::host::settings::all_ranges;
use crate::season::parse_size;
use crate::yaml_words::place_and_cause;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    /// The file cannot be read.
    #[error("the configuration file `{path}` cannot be read: {cause}")]
    Unreadable { path: String, cause: std::io::Error },
    /// The file is not what it should be.
    #[error("the configuration file `{path}` is not valid: {place}{cause}")]
    Invalid {
        path: String,
        /// The line, if it is known, with a colon.
        place: String,
        /// What is wrong, with its field.
        cause: String,
    },
    /// A variable looks like one of a field, but no field has its name.
    #[error("`{name}` sets nothing: the configuration has no such field; did you mean `{nearest}`?")]
    Misspelt {
        name: String,
        /// The variable whose name is the nearest.
        nearest: String,
    },
    /// A variable begins like one of the program's, but nothing reads it.
    #[error(
        "`{name}` sets nothing: no field of the configuration has this name. The fields of the top level: {allowed}"
    )]
    Unknown { name: String, allowed: String },
    /// A variable's value does not fit its field.
    #[error("the configuration from the environment is not valid: {0}")]
    Environment(String),
}

/// Returns the defaults of `T`, changed by a YAML file and then by variables that begin with
/// `HOLDOUT_`.
///
/// Every other variable that begins so is refused unless the program or its tests read it
/// elsewhere: an operator who writes `HOLDOUT_DATABASE_URL` for `HOLDOUT_DATABASE` would not notice
/// otherwise.
///
/// # Errors
/// [`ConfigurationError`], which names file or variable, field and what is allowed.
pub(crate) fn resolve<T>(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<T, ConfigurationError>
where
    T: Default + Serialize + DeserializeOwned,
{
    let mut value = serde_json::to_value(T::default()).map_err(|error| environment_error(&error))?;
    let known = value.clone();
    if let Some(path) = file {
        overlay(&mut value, read::<T>(path)?);
    }
    for (name, text) in environment {
        let Some(field) = name.strip_prefix("HOLDOUT_") else { continue };
        let levels: Vec<String> = field.split("__").map(str::to_lowercase).collect();
        if is_field(&known, &levels) {
            value = with_variable::<T>(&value, &levels, &text)
                .map_err(|cause| ConfigurationError::Environment(format!("`{name}`: {cause}")))?;
        } else if !is_read_elsewhere(field) {
            return Err(refusal(&known, name.clone(), field));
        }
    }
    open_secrets::warn_of_files(&value);
    serde_json::from_value(value).map_err(|error| environment_error(&error))
}

fn environment_error(error: &serde_json::Error) -> ConfigurationError {
    ConfigurationError::Environment(plain_cause(&error.to_string()))
}

/// Returns the configuration with one variable, or why its value does not fit. One at a time, so
/// that the message can name the variable.
fn with_variable<T: DeserializeOwned>(value: &Value, levels: &[String], text: &str) -> Result<Value, String> {
    let with = |mut new: Value| {
        let mut changed = value.clone();
        read_size(levels.last().map_or("", String::as_str), &mut new);
        set(&mut changed, levels, new);
        match typed::<T>(&changed) {
            Ok(()) => Ok(changed),
            Err((_, cause)) => Err(wrong_number(&changed).unwrap_or(cause)),
        }
    };
    // `12345` may be a password: the type decides, and nobody can write quotes around the value of
    // a variable.
    with(scalar(text)).or_else(|cause| with(Value::String(text.to_owned())).map_err(|_| cause))
}

/// Checks that values fit their fields.
///
/// # Errors
/// The field, if it is known, and why its value is refused.
fn typed<T: DeserializeOwned>(value: &Value) -> Result<(), (Option<String>, String)> {
    serde_path_to_error::deserialize::<_, T>(value).map(drop).map_err(|error| {
        let field = Some(error.path().to_string()).filter(|field| field != ".");
        (field, plain_cause(&error.inner().to_string()))
    })
}

/// Names the first number that is not one, or is outside its range.
fn wrong_number(value: &Value) -> Option<String> {
    ranges::wrong_number(value, all_ranges())
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Value, ConfigurationError> {
    let name = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|cause| ConfigurationError::Unreadable { path: name.clone(), cause })?;
    // A file of nothing but comments says nothing.
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Value::Object(Map::new()));
    }
    let value = parse::<T>(&text).map_err(|(place, cause)| ConfigurationError::Invalid { path: name, place, cause })?;
    open_secrets::warn(path, &value);
    Ok(value)
}

/// Returns the fields of a file, or the line of a fault and what is wrong there.
fn parse<T: DeserializeOwned>(text: &str) -> Result<Value, (String, String)> {
    let at = |error: &serde_saphyr::Error| {
        let (place, cause) = place_and_cause(error);
        (format!("line {}: ", place.line()), cause)
    };
    let mut value: Value = serde_saphyr::from_str(text).map_err(|error| at(&error))?;
    let has_sizes = read_sizes(&mut value);
    let Err((field, cause)) = typed::<T>(&value) else { return Ok(value) };
    let named = |cause: String| match &field {
        Some(field) => format!("`{field}`: {cause}"),
        None => cause,
    };
    // The reader of the text knows the line, and similar names of fields.
    let (place, cause) = match serde_saphyr::from_str::<T>(text) {
        Err(error) if !has_sizes => at(&error),
        Err(_) => (String::new(), cause),
        Ok(_) => (String::new(), "the value is not a text; write it in quotes".to_owned()),
    };
    Err((place, wrong_number(&value).unwrap_or_else(|| named(cause))))
}

/// Reads sizes with units, such as `8GiB`, in fields that count bytes. Returns whether there are
/// any.
fn read_sizes(value: &mut Value) -> bool {
    let Value::Object(fields) = value else { return false };
    fields.iter_mut().fold(false, |found, (name, field)| read_size(name, field) | read_sizes(field) | found)
}

fn read_size(name: &str, value: &mut Value) -> bool {
    let size = value.as_str().filter(|_| name.contains("bytes")).and_then(parse_size);
    match size {
        Some(bytes) => {
            *value = bytes.into();
            true
        }
        None => false,
    }
}

fn overlay(base: &mut Value, changes: Value) {
    match (base, changes) {
        (Value::Object(base), Value::Object(changes)) => {
            for (name, change) in changes {
                overlay(base.entry(name).or_insert(Value::Null), change);
            }
        }
        (base, changes) => *base = changes,
    }
}

fn is_field(value: &Value, levels: &[String]) -> bool {
    match levels.split_first() {
        None => !value.is_object(),
        Some((first, rest)) => value.get(first).is_some_and(|inner| is_field(inner, rest)),
    }
}

fn is_read_elsewhere(field: &str) -> bool {
    READ_BY_COMMANDS.contains(&field) || OTHER_VARIABLES.contains(&field) || field.starts_with("TEST_")
}

/// Returns why `name` is refused: with the variable that was probably meant, or with those that
/// there are.
fn refusal(known: &Value, name: String, field: &str) -> ConfigurationError {
    let written = field.to_uppercase();
    let distance = |name: &String| strsim::damerau_levenshtein(name, &written);
    let others = READ_BY_COMMANDS.iter().map(|name| (*name).to_owned());
    let names: Vec<String> = field_names(known, "").into_iter().chain(others).collect();
    let sections = known.as_object().into_iter().flatten().filter(|(_, inner)| inner.is_object());
    let sections: Vec<String> = sections.map(|(name, _)| name.to_uppercase()).collect();
    let section = sections.iter().find(|section| distance(section) <= field.len() / LETTERS_PER_SLIP);
    if let Some(section) = section {
        return ConfigurationError::Misspelt { name, nearest: format!("HOLDOUT_{section}__…") };
    }
    let extended = names.iter().find(|name| written.strip_prefix(name.as_str()).is_some_and(is_addition));
    let nearest = names.iter().min_by_key(|name| distance(name));
    let nearest = nearest.filter(|name| written.contains("__") || distance(name) <= field.len() / LETTERS_PER_SLIP);
    match extended.or(nearest) {
        Some(nearest) => ConfigurationError::Misspelt { name, nearest: format!("HOLDOUT_{nearest}") },
        None => {
            let top = names.iter().filter(|name| !name.contains("__")).map(|name| format!("`HOLDOUT_{name}`"));
            ConfigurationError::Unknown { name, allowed: top.collect::<Vec<_>>().join(", ") }
        }
    }
}

/// Returns true if this, after the name of a field, is what other programs add to such names.
fn is_addition(rest: &str) -> bool {
    ["URL", "URI", "PATH", "DIR", "FOLDER", "FILE"].contains(&rest.trim_start_matches('_'))
}

/// What tests and builds read besides.
const OTHER_VARIABLES: &[&str] = &["CACHE", "BIN", "ACCEPTANCE_DIR", "UPDATE_SNAPSHOTS", "COMMIT", "TROUBLES"];

/// Returns the fields as variables name them, without `HOLDOUT_`.
fn field_names(known: &Value, before: &str) -> Vec<String> {
    let Value::Object(fields) = known else { return vec![before.to_owned()] };
    let named = |(name, inner): (&String, &Value)| {
        let name = name.to_uppercase();
        field_names(inner, &if before.is_empty() { name } else { format!("{before}__{name}") })
    };
    fields.iter().flat_map(named).collect()
}

fn set(value: &mut Value, levels: &[String], new: Value) {
    match levels.split_first() {
        None => *value = new,
        Some((first, rest)) => {
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
            if let Value::Object(fields) = value {
                set(fields.entry(first.clone()).or_insert(Value::Null), rest, new);
            }
        }
    }
}

/// Numbers and truth values as such, everything else as text.
fn scalar(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use holdout_server::Config;

    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Config, ConfigurationError> {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        resolve(None, pairs.into_iter())
    }

    #[test]
    fn a_variable_sets_a_field_on_any_level() {
        let config = from(&[("HOLDOUT_LISTEN", "127.0.0.1:9"), ("HOLDOUT_QUEUE__LEASE_SECONDS", "7")]).unwrap();
        assert_eq!(config.listen.port(), 9);
        assert_eq!(config.queue.lease_seconds, 7);
        assert_eq!(config.queue.attempts, Config::default().queue.attempts);
    }

    #[test]
    fn sizes_may_have_units() {
        let config = from(&[("HOLDOUT_UPLOADS__MAX_BYTES", "8GiB"), ("HOLDOUT_LIMITS__BODY_BYTES", "65536")]).unwrap();
        assert_eq!((config.uploads.max_bytes, config.limits.body_bytes), (8 << 30, 65_536));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("holdout.yaml");
        std::fs::write(&file, "uploads:\n  reserve_bytes: 512 MiB\nqueue:\n  attempts: 9\n").unwrap();
        let config: Config = resolve(Some(&file), std::iter::empty()).unwrap();
        assert_eq!((config.uploads.reserve_bytes, config.queue.attempts), (512 << 20, 9));
        std::fs::write(&file, "uploads:\n  reserve_bytes: 512 MiB\n  life_seconds: 8GiB\n").unwrap();
        let error = resolve::<Config>(Some(&file), std::iter::empty()).unwrap_err().to_string();
        assert!(error.contains("8GiB"), "{error}");
        assert!(from(&[("HOLDOUT_UPLOADS__MAX_BYTES", "8 gigs")]).unwrap_err().to_string().contains("8 gigs"));
    }

    #[test]
    fn a_wrong_value_names_the_variable() {
        let error = from(&[("HOLDOUT_QUEUE__LEASE_SECONDS", "soon")]).unwrap_err().to_string();
        assert!(error.contains("HOLDOUT_QUEUE__LEASE_SECONDS") && error.contains("soon"), "{error}");
    }

    #[test]
    fn a_text_of_digits_is_a_text() {
        let token = |config: Config| config.metrics_token.map(|token| token.0);
        assert_eq!(token(from(&[("HOLDOUT_METRICS_TOKEN", "12345")]).unwrap()).as_deref(), Some("12345"));
        assert_eq!(token(from(&[("HOLDOUT_METRICS_TOKEN", "true")]).unwrap()).as_deref(), Some("true"));
        assert_eq!(fault_of("metrics_token: 12345\n"), "`metrics_token`: the value is not a text; write it in quotes");
    }

    /// Returns what is said of a file, after its name.
    fn fault_of(text: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let error = resolve::<Config>(Some(file.path()), std::iter::empty()).unwrap_err().to_string();
        let path = file.path().display();
        error.strip_prefix(&format!("the configuration file `{path}` is not valid: ")).unwrap().to_owned()
    }

    #[test]
    fn a_fault_of_a_file_is_told_once_on_one_line_with_its_place_and_field() {
        for (text, told) in [
            (
                "queue:\n  attempts: many\n",
                "line 2: `queue.attempts` is `many`; it takes a whole number from 1 to 1000000000",
            ),
            ("listen: nowhere\n", "line 1: `listen`: not an address with a port, such as `127.0.0.1:8080`"),
            ("queue: 3\n", "line 1: `queue`: fields are wanted here, each as `name: value`"),
            ("just words\n", "line 1: fields are wanted here, each as `name: value`"),
            (
                "sessions:\n  secure_cookies: maybe\n",
                "line 2: `sessions.secure_cookies`: the value is not `true` or `false`",
            ),
            (
                "uploads:\n  max_bytes: 8GiB\nrates:\n  trusted_proxies: 5\n",
                "`rates.trusted_proxies`: a list of addresses and networks is wanted, or a text with commas between them",
            ),
        ] {
            assert_eq!(fault_of(text), told);
        }
    }

    #[test]
    fn a_user_and_a_secret_of_digits_are_texts() {
        let settings =
            [("HOLDOUT_MAIL__USER", "10"), ("HOLDOUT_MAIL__PASSWORD", "1e5"), ("HOLDOUT_METRICS_TOKEN", "007")];
        let config = from(&settings).unwrap();
        assert_eq!(config.mail.user.as_deref(), Some("10"));
        assert_eq!(config.mail.password.unwrap().0, "1e5");
        assert_eq!(config.metrics_token.unwrap().0, "007");
    }

    #[test]
    fn other_variables_are_left_alone() {
        assert!(from(&[("HOLDOUT_TOKEN", "x"), ("HOLDOUT_SERVER", "y"), ("PATH", "z")]).is_ok());
    }

    #[test]
    fn a_file_goes_before_the_defaults_and_the_environment_before_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("holdout.yaml");
        std::fs::write(&file, "queue:\n  lease_seconds: 5\n  attempts: 9\n").unwrap();
        let environment = vec![("HOLDOUT_QUEUE__ATTEMPTS".to_owned(), "4".to_owned())];
        let config: Config = resolve(Some(&file), environment.into_iter()).unwrap();
        assert_eq!((config.queue.lease_seconds, config.queue.attempts), (5, 4));
    }

    #[test]
    fn a_misspelt_variable_is_refused_with_the_nearest_name() {
        let resolved = |name: &str| resolve::<Config>(None, [(name.to_owned(), "1".to_owned())].into_iter());
        for (name, nearest) in [
            ("HOLDOUT_QUEUE__LEASE_SECOND", "HOLDOUT_QUEUE__LEASE_SECONDS"),
            ("HOLDOUT_QUEUE__ATEMPTS", "HOLDOUT_QUEUE__ATTEMPTS"),
            ("HOLDOUT_LISTN", "HOLDOUT_LISTEN"),
            ("HOLDOUT_DATABSE", "HOLDOUT_DATABASE"),
            ("HOLDOUT_SERVR", "HOLDOUT_SERVER"),
            ("HOLDOUT_SCORER_TOKN", "HOLDOUT_SCORER_TOKEN"),
            ("HOLDOUT_PUBLIC_ULR", "HOLDOUT_PUBLIC_URL"),
            ("HOLDOUT_DATABASE_URL", "HOLDOUT_DATABASE"),
            ("HOLDOUT_DATABASEURL", "HOLDOUT_DATABASE"),
            ("HOLDOUT_BLOBS_URL", "HOLDOUT_BLOBS"),
        ] {
            let error = resolved(name).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")) && error.contains(&format!("`{nearest}`")), "{error}");
        }
        for name in ["HOLDOUT_TOKEN", "HOLDOUT_TASK", "HOLDOUT_RUNNER", "HOLDOUT_CACHE", "HOLDOUT_TEST_POSTGRES"] {
            resolved(name).unwrap();
        }
    }

    #[test]
    fn a_variable_that_nothing_reads_is_refused_with_those_that_there_are() {
        for name in ["HOLDOUT_DB", "HOLDOUT_PORT", "HOLDOUT_CONFIG", "HOLDOUT_FOO"] {
            let error = from(&[(name, "1")]).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")) && error.contains("`HOLDOUT_DATABASE`"), "{error}");
        }
    }

    #[test]
    fn an_unknown_field_of_a_file_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("holdout.yaml");
        std::fs::write(&file, "queue:\n  leese_seconds: 5\n").unwrap();
        let error = resolve::<Config>(Some(&file), std::iter::empty()).unwrap_err().to_string();
        assert!(error.contains("leese_seconds"), "{error}");
    }
}
