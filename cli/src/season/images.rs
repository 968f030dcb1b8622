//! A test set's images: an archive, or a folder that is packed into one; looked at before they are
//! sent.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use holdout_evaluation::{TaskShape, TestSet};
use holdout_images::{Archive, Names, PrepareError, Problem, Transform};
use holdout_protocol::Sha256;

use crate::console::Console;
use crate::counter::Counter;
use crate::credentials::private_folder;
use crate::failure::Failure;
use crate::lock_file::LockFile;
use crate::show::figures::grouped;
use crate::unfinished::Unfinished;
use crate::upload::{FileFacts, digest_of};

const BLOCK: usize = 512;
/// How soon an archive that is being removed is asked for again.
const REMOVAL: Duration = Duration::from_millis(20);

/// Where the images are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Images {
    /// A tar, gzipped tar or zip.
    Archive(PathBuf),
    /// A folder of image files.
    Folder(PathBuf),
}

impl Images {
    /// Returns what is at `path`.
    ///
    /// # Errors
    ///
    /// If nothing usable is there.
    pub(crate) fn at(path: &Path) -> Result<Self, Failure> {
        let metadata = fs::metadata(path).map_err(|error| Failure::file(path, &error))?;
        if metadata.is_dir() {
            return Ok(Self::Folder(path.to_path_buf()));
        }
        let name = path.to_string_lossy().to_lowercase();
        if [".tar", ".tar.gz", ".tgz", ".zip"].iter().any(|ending| name.ends_with(ending)) {
            return Ok(Self::Archive(path.to_path_buf()));
        }
        let message =
            format!("`{}` is not an archive of images; it has to be .tar, .tar.gz, .zip or a folder", path.display());
        Err(Failure::refused("invalid_value", message))
    }

    /// Returns the archive to send, and its digest. A folder is packed into `scratch`: the same
    /// images become the same bytes.
    ///
    /// # Errors
    ///
    /// If an image cannot be read or the archive cannot be written.
    pub(crate) fn pack(&self, scratch: &Path) -> Result<PackedImages, Failure> {
        let (path, packed) = match self {
            Self::Archive(path) => (path.clone(), None),
            Self::Folder(folder) => {
                let packed = PackedFolder::of(folder, scratch)?;
                (packed.tar.clone(), Some(packed))
            }
        };
        let facts = FileFacts::of(&path).map_err(|error| Failure::file(&path, &error))?;
        Ok(PackedImages { path, sha256: facts.sha256, _packed: packed })
    }
}

/// The archive of a folder, which is removed when nobody uses it any more. Its images are hidden,
/// and as large as the folder.
#[derive(Debug)]
struct PackedFolder {
    tar: PathBuf,
    lock: LockFile,
}

impl PackedFolder {
    fn of(folder: &Path, scratch: &Path) -> Result<Self, Failure> {
        let fail = |error: io::Error| Failure::file(folder, &error);
        private_folder(scratch).map_err(fail)?;
        let full = folder.canonicalize().map_err(fail)?;
        let name = digest_of(full.as_os_str().as_encoded_bytes());
        let tar = scratch.join(format!("{name}.tar"));
        let lock = loop {
            // Whoever has it alone is about to remove the archive.
            match LockFile::shared(scratch.join(format!("{name}.lock"))).map_err(fail)? {
                Some(lock) => break lock,
                None => std::thread::sleep(REMOVAL),
            }
        };
        pack(folder, &tar)?;
        Ok(Self { tar, lock })
    }
}

impl Drop for PackedFolder {
    fn drop(&mut self) {
        if self.lock.is_last() {
            // One that stays is replaced by the next run, which removes it.
            let _ = fs::remove_file(&self.tar);
        }
    }
}

/// An archive as it is sent.
#[derive(Debug)]
pub(crate) struct PackedImages {
    pub(crate) path: PathBuf,
    pub(crate) sha256: Sha256,
    _packed: Option<PackedFolder>,
}

impl PackedImages {
    /// Looks at every image as a scorer will, unless this machine has seen that they are good:
    /// those of the same archive for the same test set and transform.
    ///
    /// # Errors
    ///
    /// The first problems, and how many there are beyond them.
    pub(crate) fn find_problems(
        &self,
        test_set: &TestSet,
        transform: Transform,
        scratch: &Path,
        console: Console,
    ) -> Result<(), ImageProblems> {
        let seen = scratch.join(format!("checked-{}", holdout_images::key(test_set.sha256(), self.sha256, transform)));
        if seen.exists() {
            return Ok(());
        }
        let archive = Archive::open(&self.path).map_err(|error| ImageProblems::one(error.to_string()))?;
        let mut counter = Counter::new(console);
        let checked = holdout_images::check(&archive, &names(test_set.shape()), transform, |done, total| {
            counter.advance("checking images", done, total);
            ControlFlow::Continue(())
        });
        checked.map_err(ImageProblems::from)?;
        // Only spares the next run the time.
        private_folder(scratch).and_then(|()| fs::write(&seen, b"")).ok();
        Ok(())
    }
}

/// What is wrong with images.
pub(crate) struct ImageProblems {
    /// The first ones.
    pub(crate) first: Vec<Problem>,
    /// How many more there are.
    pub(crate) more: u64,
}

impl ImageProblems {
    fn one(message: String) -> Self {
        Self { first: vec![Problem::of_all(message)], more: 0 }
    }

    /// Returns a line about those that are not told; `None` if there are none.
    pub(crate) fn rest(&self) -> Option<String> {
        (self.more > 0).then(|| format!("and {} more problems with images", grouped(self.more)))
    }
}

impl From<PrepareError> for ImageProblems {
    fn from(error: PrepareError) -> Self {
        let PrepareError::Images(problems) = error else { return Self::one(error.to_string()) };
        let told = u64::try_from(problems.first.len()).unwrap_or(u64::MAX);
        Self { more: problems.count.saturating_sub(told), first: problems.first }
    }
}

/// Returns the names by which images are found in an archive.
pub(crate) fn names(shape: &TaskShape) -> Names {
    match shape.images.is_numbered() {
        true => Names::Numbered(shape.images.len()),
        false => Names::Listed(shape.images.iter().map(str::to_owned).collect()),
    }
}

/// Returns the files of a folder and of those in it, by their paths from there; a link to a folder
/// is not followed.
///
/// # Errors
/// Names the file or folder that cannot be read.
pub(super) fn files(folder: &Path) -> Result<Vec<String>, Failure> {
    let (mut names, mut folders) = (Vec::new(), vec![String::new()]);
    while let Some(before) = folders.pop() {
        let below = folder.join(&before);
        let unreadable = |error: io::Error| Failure::file(&below, &error);
        for entry in fs::read_dir(&below).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let unreadable = |error: io::Error| Failure::file(&path, &error);
            let file_name = path.file_name().and_then(|name| name.to_str());
            let name =
                before.clone() + file_name.ok_or_else(|| unreadable(io::Error::other("the name is not UTF-8")))?;
            if fs::symlink_metadata(&path).map_err(unreadable)?.is_dir() {
                folders.push(name + "/");
            } else if fs::metadata(&path).map_err(|error| unreadable(dangling(&path, error)))?.is_file() {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Says of a link whose target is missing that it is one.
fn dangling(path: &Path, error: io::Error) -> io::Error {
    match fs::read_link(path) {
        Ok(target) => io::Error::new(error.kind(), format!("links to `{}`, which is not there", target.display())),
        Err(_) => error,
    }
}

/// Packs the files of a folder, by name, without times and owners, in the place of `target` at
/// once.
///
/// # Errors
/// Names the file that cannot be read, or the archive if that cannot be written.
fn pack(folder: &Path, target: &Path) -> Result<(), Failure> {
    let unwritable = |error: io::Error| Failure::file(target, &error);
    let names = files(folder)?;
    let parent = target.parent().unwrap_or(Path::new("."));
    let draft = tempfile::Builder::new().prefix(".new-").tempfile_in(parent).map_err(unwritable)?;
    let _unfinished = Unfinished::at(draft.path());
    let mut tar = ImageTar::to_file(draft.as_file().try_clone().map_err(unwritable)?);
    for name in &names {
        let path = folder.join(name);
        let opened = File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (size, mut file) = opened.map_err(|error| Failure::file(&path, &error))?;
        tar.add(name, size, &mut file).map_err(|error| Failure::file(&path, &error))?;
    }
    tar.finish().map_err(unwritable)?;
    // The same bytes are the same file, so that an upload that broke off continues.
    draft.as_file().set_modified(UNIX_EPOCH).map_err(|error| Failure::file(target, &error))?;
    draft.persist(target).map_err(|error| Failure::file(target, &error.error))?;
    Ok(())
}

/// A tar file of images while it is written, without times and owners.
pub(super) struct ImageTar {
    output: BufWriter<File>,
}

impl ImageTar {
    /// Makes the file, which is not there yet.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        File::create_new(path).map(Self::to_file)
    }

    fn to_file(file: File) -> Self {
        Self { output: BufWriter::new(file) }
    }

    /// Packs a file of `size` bytes.
    pub(super) fn add(&mut self, name: &str, size: u64, content: &mut dyn Read) -> io::Result<()> {
        self.output.write_all(&tar_header(name, size)?)?;
        if io::copy(content, &mut self.output)? != size {
            return Err(io::Error::other(format!("`{name}` changed while it was packed")));
        }
        let rest = usize::try_from(size % 512).map_err(io::Error::other)?;
        self.output.write_all(&vec![0; (BLOCK - rest) % BLOCK])
    }

    /// Writes the end, down to the disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.output.write_all(&[0; 2 * BLOCK])?;
        self.output.flush()?;
        self.output.get_ref().sync_all()
    }
}

/// Returns a header of POSIX.1-1988 (ustar) for a plain file.
fn tar_header(name: &str, size: u64) -> io::Result<[u8; BLOCK]> {
    if name.len() > 100 {
        return Err(io::Error::other(format!("`{name}` has more than 100 bytes; pack the folder with tar yourself")));
    }
    let mut header = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| {
        for (place, byte) in header.iter_mut().skip(at).zip(bytes) {
            *place = *byte;
        }
    };
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let text = format!("{sum:06o}\0 ");
    for (place, byte) in header.iter_mut().skip(148).zip(text.as_bytes()) {
        *place = *byte;
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_folder_is_a_tar_and_always_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let images = folder.path().join("images");
        fs::create_dir_all(images.join("b")).unwrap();
        fs::write(images.join("b/b.png"), vec![7; 513]).unwrap();
        fs::write(images.join("a.png"), b"abc").unwrap();
        let source = Images::at(&images).unwrap();
        let scratch = folder.path().join("scratch");
        let packed = source.pack(&scratch).unwrap();
        let archive = packed.path.clone();
        let first = fs::read(&archive).unwrap();
        let facts = FileFacts::of(&archive).unwrap();
        fs::write(images.join("a.png"), b"abc").unwrap();
        let again = source.pack(&scratch).unwrap();
        assert_eq!(FileFacts::of(&again.path).unwrap(), facts);
        drop(packed);
        assert!(archive.exists(), "the other one is in use");
        assert_eq!(first.len(), 512 * (2 + 3 + 2));
        let listed = std::process::Command::new("tar").arg("tvf").arg(&archive).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines.len(), 2, "{listed}");
        assert!(lines[0].ends_with("a.png") && lines[0].contains(" 3 "), "{listed}");
        assert!(lines[1].ends_with("b/b.png") && lines[1].contains(" 513 "), "{listed}");
        drop(again);
        assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0, "nothing stays");
        std::os::unix::fs::symlink("gone.png", images.join("link.png")).unwrap();
        let failure = source.pack(&scratch).unwrap_err().to_string();
        assert!(failure.contains("link.png`: links to `gone.png`"), "{failure}");
    }

    #[test]
    fn other_files_are_no_images() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images.rar");
        fs::write(&path, "x").unwrap();
        assert!(Images::at(&path).is_err());
        assert!(Images::at(&folder.path().join("none.tar")).is_err());
    }
}
