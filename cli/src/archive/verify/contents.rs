//! The files of an archive: all are hashed, and those that proofs are about are kept in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::Path;

use holdout_protocol::Sha256;
use serde::de::DeserializeOwned;

use super::report::Report;
use crate::archive::files::Hashed;
use crate::archive::manifest::{FORMAT, Manifest};
use crate::archive::names;
use crate::archive::reader::{Member, read_members};

/// Most bytes of one file that is kept, and of all of them together.
const MAX_KEPT: u64 = 256 << 20;
const MAX_KEPT_TOGETHER: u64 = 1 << 30;

/// What an archive holds.
pub(super) struct Contents {
    /// Size and digest of every file.
    found: BTreeMap<String, (u64, Sha256)>,
    kept: BTreeMap<String, Vec<u8>>,
}

impl Contents {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let (mut found, mut kept, mut together) = (BTreeMap::new(), BTreeMap::new(), 0_u64);
        read_members(path, |Member { name, size, body }| {
            let mut body = Hashed::new(body);
            let copied = if is_kept(name) {
                together = together.saturating_add(size);
                if size > MAX_KEPT || together > MAX_KEPT_TOGETHER {
                    return Err(format!("`{name}` has {size} bytes, which is too much for a file of its kind"));
                }
                let mut bytes = Vec::new();
                let copied = body.read_to_end(&mut bytes).map(drop);
                kept.insert(name.to_owned(), bytes);
                copied
            } else {
                io::copy(&mut body, &mut io::sink()).map(drop)
            };
            copied.map_err(|error| format!("`{name}` cannot be unpacked: {error}"))?;
            let (read, sha256) = body.finish();
            if read != size {
                return Err(format!("the archive ends within `{name}`"));
            }
            found.insert(name.to_owned(), (size, sha256));
            Ok(())
        })?;
        Ok(Self { found, kept })
    }

    /// Reads the manifest.
    pub(super) fn manifest(&self) -> Result<Manifest, String> {
        let bytes = self.kept.get(names::MANIFEST);
        let bytes =
            bytes.ok_or_else(|| format!("it has no `{}`, so it is not the archive of a season", names::MANIFEST))?;
        let unreadable = |error: serde_json::Error| format!("`{}`: {error}", names::MANIFEST);
        let fields: serde_json::Value = serde_json::from_slice(bytes).map_err(unreadable)?;
        match fields.get("format").and_then(serde_json::Value::as_str) {
            Some(FORMAT) => serde_json::from_value(fields).map_err(unreadable),
            other => {
                let got: String = other.unwrap_or_default().chars().take(80).collect();
                Err(format!("`{}` says the format is `{got}`; this program reads `{FORMAT}`", names::MANIFEST))
            }
        }
    }

    /// Compares the files with those that the manifest lists.
    pub(super) fn check_files(&self, manifest: &Manifest, report: &mut Report) {
        let before = report.problems.len();
        let mut listed = BTreeSet::from([names::MANIFEST]);
        for file in &manifest.files {
            if !listed.insert(&file.name) {
                report.problem(format!("the manifest lists `{}` twice", file.name));
            }
            match self.found.get(&file.name) {
                None => report.problem(format!("`{}` is missing, which the manifest lists", file.name)),
                Some(found) if *found != (file.size, file.sha256) => {
                    report.problem(format!("`{}` is not the file that the manifest lists: it was changed", file.name));
                }
                Some(_) => (),
            }
        }
        for name in self.found.keys().filter(|name| !listed.contains(name.as_str())) {
            report.problem(format!("`{name}` is not in the manifest"));
        }
        let count = self.found.len();
        report.prove_unless_problems(before, format!("All {count} files are as the manifest lists them."));
    }

    /// A file that is kept.
    pub(super) fn bytes(&self, name: &str) -> Result<&[u8], String> {
        self.kept.get(name).map(Vec::as_slice).ok_or_else(|| format!("`{name}` is missing"))
    }

    pub(super) fn text(&self, name: &str) -> Result<&str, String> {
        std::str::from_utf8(self.bytes(name)?).map_err(|error| format!("`{name}`: {error}"))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, String> {
        serde_json::from_slice(self.bytes(name)?).map_err(|error| format!("`{name}`: {error}"))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.found.contains_key(name)
    }

    /// The names of the files in a folder and those below it, and their digests.
    pub(super) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, Sha256)> + 'a {
        let named = self.found.iter().map(|(name, (_, sha256))| (name.as_str(), *sha256));
        named.filter(move |(name, _)| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// Returns true if proofs are about a file. The others may be of any size.
fn is_kept(name: &str) -> bool {
    let alone = [names::MANIFEST, names::ENTRIES, names::SEASON];
    let folders = ["log/", "receipts/", "boards/", "test-sets/"];
    alone.contains(&name) || folders.iter().any(|folder| name.starts_with(folder))
}
