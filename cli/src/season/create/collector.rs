//! Takes the images of a source one after another, and packs them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::super::images::ImageTar;
use super::faults::{Faults, shown};
use super::held::{Held, Repetitions, extension, not_an_image};
use crate::console::Console;
use crate::counter::Counter;
use crate::failure::Failure;

/// Most bytes of an image's file; an archive with a larger one is refused.
pub(super) const MAX_IMAGE_BYTES: u64 = 256 << 20;

/// What an image is, as its source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Label {
    /// A number: 0 or 1 is the first class.
    Number(u64),
    /// The id or name of a class.
    Text(String),
}

/// How an image is named in the season.
#[derive(Debug, Clone, Copy)]
pub(super) enum Naming<'a> {
    /// As it is.
    Kept(&'a str),
    /// By its content: the source's name may tell the class.
    Made,
}

/// An image that was taken.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) name: String,
    pub(super) label: Label,
    /// Where it comes from, for people.
    pub(super) origin: String,
}

/// Takes images.
pub(super) struct Collector {
    tar: ImageTar,
    images: Vec<Collected>,
    pub(super) faults: Faults,
    names_are_made: bool,
    /// Position of the first image of a content.
    contents: HashMap<[u8; 32], Seen>,
    again: Repetitions,
    counter: Counter,
    path: PathBuf,
}

struct Seen {
    position: usize,
    times: u32,
}

impl Collector {
    /// Makes the archive in `folder`.
    pub(super) fn create(folder: &Path, console: Console) -> Result<Self, Failure> {
        let path = folder.join("images.tar");
        let tar = ImageTar::create(&path).map_err(|error| Failure::file(&path, &error))?;
        Ok(Self {
            tar,
            images: Vec::new(),
            faults: Faults::default(),
            names_are_made: false,
            contents: HashMap::new(),
            again: Repetitions::default(),
            counter: Counter::new(console),
            path,
        })
    }

    /// Takes an image and packs it. What is wrong with it is noted.
    pub(super) fn add(
        &mut self,
        origin: String,
        naming: Naming<'_>,
        label: Label,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let Some(extension) = extension(bytes) else {
            self.faults.add(&origin, not_an_image(bytes));
            return Ok(());
        };
        let digest: [u8; 32] =
            Sha256::new().chain_update(b"holdout image name\0").chain_update(bytes).finalize().into();
        let times = self.note_content(digest, &origin, &label);
        let name = match naming {
            Naming::Kept(name) => name.to_owned(),
            Naming::Made => {
                self.names_are_made = true;
                let hexadecimal: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                let again = if times > 1 { format!("-{times}") } else { String::new() };
                format!("{hexadecimal}{again}.{extension}")
            }
        };
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.tar.add(&name, size, &mut &*bytes).map_err(|error| Failure::file(&self.path, &error))?;
        self.push(Collected { name, label, origin });
        Ok(())
    }

    /// Takes an image that stays where it is.
    pub(super) fn push(&mut self, image: Collected) {
        self.images.push(image);
    }

    /// Shows how far the source is read.
    pub(super) fn progress(&mut self, done: u64, total: u64) {
        self.counter.advance("reading images", done, total);
    }

    /// Returns how often this content has come by now. Popular data sets have images twice, even
    /// with two labels, so this is reported and not refused.
    fn note_content(&mut self, digest: [u8; 32], origin: &str, label: &Label) -> u32 {
        let seen = match self.contents.entry(digest) {
            Entry::Vacant(free) => {
                free.insert(Seen { position: self.images.len(), times: 1 });
                return 1;
            }
            Entry::Occupied(seen) => seen.into_mut(),
        };
        seen.times += 1;
        if let Some(first) = self.images.get(seen.position) {
            self.again.count += 1;
            let contradicts = first.label != *label;
            if (contradicts && self.again.contradicting == 0) || self.again.example.is_none() {
                self.again.example = Some((first.origin.clone(), origin.to_owned()));
            }
            self.again.contradicting += u64::from(contradicts);
        }
        seen.times
    }

    /// The source was read to its end.
    pub(super) fn finish(mut self) -> Result<Held, Failure> {
        self.counter.end();
        self.images.sort_by(|a, b| a.name.cmp(&b.name));
        for pair in self.images.windows(2) {
            if let [first, second] = pair
                && first.name == second.name
            {
                let message = format!(
                    "{} has the file name {} as well; each image needs its own",
                    first.origin,
                    shown(&first.name)
                );
                self.faults.add(&second.origin, message);
            }
        }
        self.faults.into_result()?;
        if self.images.is_empty() {
            return Err(
                Failure::refused("invalid_source", "there are no images").advise("Name the images with `--images`.")
            );
        }
        // Nothing was packed if the images stay where they are.
        let written = self.tar.finish().and_then(|()| match self.contents.is_empty() {
            true => std::fs::remove_file(&self.path),
            false => Ok(()),
        });
        written.map_err(|error| Failure::file(&self.path, &error))?;
        Ok(Held { images: self.images, names_are_made: self.names_are_made, again: self.again })
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "`{number}`"),
            Self::Text(text) => f.write_str(&shown(text)),
        }
    }
}
