//! Tar shards: for each key an image (`KEY.jpg`) and a label (`KEY.cls`, or a field of `KEY.json`).

use std::collections::HashSet;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use holdout_images::read_tar;

use super::super::files::file_name;
use super::collector::{Collector, Label, MAX_IMAGE_BYTES, Naming};
use super::faults::{fault, shown};
use super::given::Given;
use super::table::to_label;
use crate::failure::Failure;

/// Most bytes of a label or of a key's JSON.
const MAX_LABEL: u64 = 1 << 20;
/// Fields of a JSON that may be the label, in the order in which they are looked for.
const FIELDS: [&str; 4] = ["label", "cls", "class", "class_id"];

/// Gives the images of all shards.
pub(super) fn read(paths: &[PathBuf], field: Option<&str>, collector: &mut Collector) -> Result<Given, Failure> {
    let shards = files(paths, &["tar", "tar.gz", "tgz"], "shards")?;
    let total = u64::try_from(shards.len()).unwrap_or(u64::MAX);
    for (shard, done) in shards.iter().zip(1..) {
        let mut reader = ShardReader { collector, field, shard, sample: None, keys: HashSet::new(), failure: None };
        let read = read_tar(shard, &mut |path, len, content| match reader.entry(path, len, content) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                reader.failure = Some(failure);
                ControlFlow::Break(())
            }
        });
        read.map_err(|error| Failure::refused("invalid_source", error.to_string()))?;
        reader.end()?;
        collector.progress(done, total);
    }
    let order = "in the order of the labels".to_owned();
    Ok(Given { classes: None, first_label: None, order, archive: None, remarks: Vec::new() })
}

/// Returns files that were named, and those of folders that were, sorted.
pub(super) fn files(paths: &[PathBuf], endings: &[&str], what: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let fail = |error: std::io::Error| Failure::file(path, &error);
        if !std::fs::metadata(path).map_err(fail)?.is_dir() {
            found.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(fail)? {
            let entry = entry.map_err(fail)?.path();
            let name = file_name(&entry).to_lowercase();
            if !name.starts_with('.') && endings.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
                inside.push(entry);
            }
        }
        if inside.is_empty() {
            return Err(fault(&path.display().to_string(), format!("has no {what} (.{})", endings.join(", ."))));
        }
        inside.sort();
        found.extend(inside);
    }
    Ok(found)
}

/// What was found of a key.
struct Sample {
    key: String,
    image: Option<Vec<u8>>,
    label: Option<Label>,
}

struct ShardReader<'a> {
    collector: &'a mut Collector,
    field: Option<&'a str>,
    shard: &'a Path,
    sample: Option<Sample>,
    keys: HashSet<String>,
    failure: Option<Failure>,
}

impl ShardReader<'_> {
    /// Takes a file of the shard; those of a key follow each other.
    fn entry(&mut self, path: &str, len: u64, content: &mut dyn Read) -> Result<(), Failure> {
        let (folder, name) = path.rsplit_once('/').map_or((None, path), |(folder, name)| (Some(folder), name));
        let Some((stem, extension)) = name.split_once('.') else { return Ok(()) };
        let key = folder.map_or_else(|| stem.to_owned(), |folder| format!("{folder}/{stem}"));
        if self.sample.as_ref().is_none_or(|sample| sample.key != key) {
            self.complete()?;
            if !self.keys.insert(key.clone()) {
                let message = "the key is there twice; the files of a key follow each other";
                self.collector.faults.add(&self.place(&key), message);
            }
            self.sample = Some(Sample { key: key.clone(), image: None, label: None });
        }
        let extension = extension.to_ascii_lowercase();
        let place = self.place(&format!("{key}.{extension}"));
        match extension.rsplit('.').next().unwrap_or_default() {
            "jpg" | "jpeg" | "png" => self.image(&place, len, content),
            "webp" | "gif" | "bmp" | "tif" | "tiff" | "npy" | "pyd" => {
                self.collector.faults.add(&place, "images have to be JPEG or PNG");
            }
            "cls" => self.label(&place, len, content, |bytes| {
                let text = str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?.trim();
                if text.is_empty() {
                    Err("is empty; it should hold the label".to_owned())
                } else {
                    Ok(Some(to_label(text)))
                }
            }),
            "json" => {
                let field = self.field;
                self.label(&place, len, content, |bytes| label_of_json(bytes, field));
            }
            _ => {}
        }
        Ok(())
    }

    fn image(&mut self, place: &str, len: u64, content: &mut dyn Read) {
        let Some(sample) = &mut self.sample else { return };
        if len > MAX_IMAGE_BYTES {
            return self
                .collector
                .faults
                .add(place, format!("{len} bytes; an image's file has at most {MAX_IMAGE_BYTES}"));
        }
        if sample.image.is_some() {
            return self.collector.faults.add(place, "the key has another image already");
        }
        let mut bytes = Vec::new();
        match content.take(MAX_IMAGE_BYTES).read_to_end(&mut bytes) {
            Ok(_) => sample.image = Some(bytes),
            Err(error) => self.collector.faults.add(place, error.to_string()),
        }
    }

    fn label(
        &mut self,
        place: &str,
        len: u64,
        content: &mut dyn Read,
        parse: impl Fn(&[u8]) -> Result<Option<Label>, String>,
    ) {
        let Some(sample) = &mut self.sample else { return };
        if len > MAX_LABEL {
            return self.collector.faults.add(place, format!("{len} bytes; a label has at most 1 MiB"));
        }
        let mut bytes = Vec::new();
        let parsed = content.take(MAX_LABEL).read_to_end(&mut bytes).map_err(|error| error.to_string());
        match (parsed.and_then(|_| parse(&bytes)), &sample.label) {
            (Ok(Some(label)), Some(other)) if *other != label => {
                self.collector
                    .faults
                    .add(place, format!("the label is {label}, that of the key's other file is {other}"));
            }
            (Ok(Some(label)), _) => sample.label = Some(label),
            (Ok(None), _) => {}
            (Err(message), _) => self.collector.faults.add(place, message),
        }
    }

    fn place(&self, file: &str) -> String {
        format!("{}: {file}", self.shard.display())
    }

    /// A key ends where another begins.
    fn complete(&mut self) -> Result<(), Failure> {
        let Some(Sample { key, image, label }) = self.sample.take() else { return Ok(()) };
        let place = self.place(&key);
        match (image, label) {
            (Some(image), Some(label)) => self.collector.add(place, Naming::Made, label, &image)?,
            (Some(_), None) => {
                let fields = self.field.map_or_else(|| FIELDS.join("`, `"), str::to_owned);
                let message = format!(
                    "an image without a label; a `.cls`, or a `.json` with a field `{fields}`, has to lie beside it"
                );
                self.collector.faults.add(&place, message);
            }
            (None, Some(_)) => self.collector.faults.add(&place, "a label without an image (.jpg, .jpeg or .png)"),
            // Something that belongs to no image.
            (None, None) => {}
        }
        Ok(())
    }

    fn end(mut self) -> Result<(), Failure> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.complete()
    }
}

/// Returns the label in a JSON; `None` if none of the usual fields is there.
fn label_of_json(bytes: &[u8], field: Option<&str>) -> Result<Option<Label>, String> {
    let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| format!("not JSON: {error}"))?;
    let found = match field {
        Some(field) => json.get(field),
        None => FIELDS.iter().find_map(|field| json.get(field)),
    };
    match found {
        None => Ok(None),
        Some(serde_json::Value::String(text)) if !text.trim().is_empty() => Ok(Some(to_label(text.trim()))),
        Some(value) => match value.as_u64() {
            Some(number) => Ok(Some(Label::Number(number))),
            None => Err(format!("the label {} is no whole number and no text", shown(&value.to_string()))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_of_a_json_is_that_of_the_named_field_or_of_the_first_usual_one() {
        let label = |json: &str, field| label_of_json(json.as_bytes(), field);
        assert_eq!(label(r#"{"class": 3, "label": " cat "}"#, None), Ok(Some(Label::Text("cat".to_owned()))));
        assert_eq!(label(r#"{"class": 3, "label": 4}"#, Some("class")), Ok(Some(Label::Number(3))));
        assert_eq!(label(r#"{"cls": "12"}"#, None), Ok(Some(Label::Number(12))));
        assert_eq!((label(r#"{"text": 3}"#, None), label(r#"{"label": 3}"#, Some("cls"))), (Ok(None), Ok(None)));
    }

    #[test]
    fn a_label_of_a_json_that_is_none_is_shown() {
        for (value, shown) in
            [("-1", "`-1`"), ("1.5", "`1.5`"), ("null", "`null`"), ("[1]", "`[1]`"), ("\" \"", "`\\\" \\\"`")]
        {
            let refused = label_of_json(format!("{{\"label\": {value}}}").as_bytes(), None).unwrap_err();
            assert_eq!(refused, format!("the label {shown} is no whole number and no text"));
        }
        assert!(label_of_json(b"{", None).unwrap_err().starts_with("not JSON: "));
    }

    #[test]
    fn the_shards_of_a_folder_are_taken_in_order_and_those_named_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.TAR", "a.tar.gz", ".c.tar", "notes.txt", "tar"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let named = folder.path().join("notes.txt");
        let found = files(&[named.clone(), folder.path().to_owned()], &["tar", "tar.gz"], "shards").unwrap();
        assert_eq!(found, [named, folder.path().join("a.tar.gz"), folder.path().join("b.TAR")]);
        let none = files(&[folder.path().to_owned()], &["parquet"], "files").unwrap_err().to_string();
        assert!(none.ends_with("has no files (.parquet)"), "{none}");
    }
}
