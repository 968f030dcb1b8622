//! A folder with a folder of images for each class, as torchvision's `ImageFolder` reads it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::classes::numbered;
use super::collector::{Collector, Label, MAX_IMAGE_BYTES, Naming};
use super::faults::fault;
use super::given::Given;
use crate::failure::Failure;

/// Extensions that `ImageFolder` takes for images; others than JPEG and PNG are refused by their
/// content.
const EXTENSIONS: [&str; 9] = ["jpg", "jpeg", "png", "ppm", "bmp", "pgm", "tif", "tiff", "webp"];

/// Gives the images of all class folders, and the classes in the order of the folders' names.
pub(super) fn read(root: &Path, collector: &mut Collector) -> Result<Given, Failure> {
    let classes = class_names(root)?;
    let ClassFiles { images: files, others } = list_files(root, &classes)?;
    let total = u64::try_from(files.len()).unwrap_or(u64::MAX);
    for ((class, path), done) in files.into_iter().zip(1..) {
        let full = root.join(&class).join(&path);
        let origin = format!("{class}/{path}");
        match read_image(&full) {
            Ok(bytes) => collector.add(origin, Naming::Made, Label::Text(class), &bytes)?,
            Err(message) => collector.faults.add(&origin, message),
        }
        collector.progress(done, total);
    }
    let mut remarks = Vec::new();
    if let Some(first) = others.first() {
        let count = others.len();
        remarks.push(format!("files that are no images by their names were left out: {count}, for example `{first}`"));
    }
    Ok(Given {
        classes: Some(numbered(classes.into_iter())),
        first_label: None,
        order: "sorted by folder name, as torchvision's ImageFolder has them".to_owned(),
        archive: None,
        remarks,
    })
}

/// The files of all class folders: class, and path from there.
struct ClassFiles {
    images: Vec<(String, String)>,
    /// Those that are no images by their names, from the folder of all.
    others: Vec<String>,
}

fn list_files(root: &Path, classes: &[String]) -> Result<ClassFiles, Failure> {
    let mut files = ClassFiles { images: Vec::new(), others: Vec::new() };
    for class in classes {
        for path in below(&root.join(class))? {
            match is_image_name(&path) {
                true => files.images.push((class.clone(), path)),
                false => files.others.push(format!("{class}/{path}")),
            }
        }
    }
    let deep = files.images.iter().all(|(_, path)| path.contains('/'));
    if let Some((class, path)) = files.images.first().filter(|_| deep) {
        let message = format!(
            "`{class}` has no image, but a folder with images: `{class}/{path}`. The folders in `--images` are the classes; name the \
             folder in which these are, such as `{}`",
            root.join(class).display()
        );
        return Err(fault(&root.display().to_string(), message));
    }
    Ok(files)
}

/// Returns the names of the class folders, sorted by their bytes, as Python sorts them.
fn class_names(root: &Path) -> Result<Vec<String>, Failure> {
    let fail = |error: std::io::Error| Failure::file(root, &error);
    let (mut names, mut outside) = (BTreeSet::new(), None);
    for entry in fs::read_dir(root).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(fault(&root.display().to_string(), format!("`{}` is not UTF-8", name.display())));
        };
        if name.starts_with('.') || name == "__MACOSX" {
            continue;
        }
        if fs::metadata(entry.path()).map_err(|error| Failure::file(&entry.path(), &error))?.is_dir() {
            names.insert(name.to_owned());
        } else if is_image_name(name) {
            outside = Some(entry.path());
        }
    }
    if names.is_empty() {
        let message = "has no folders; `--from folder` needs a folder of images for each class";
        return Err(fault(&root.display().to_string(), message));
    }
    if let Some(image) = outside {
        let message = "an image outside the class folders; each image lies in the folder of its class";
        return Err(fault(&image.display().to_string(), message));
    }
    Ok(names.into_iter().collect())
}

/// Returns the files of a class and of the folders in it, sorted; those that begin with a dot are
/// left out.
fn below(class: &Path) -> Result<Vec<String>, Failure> {
    let found = super::super::images::files(class)?;
    Ok(found.into_iter().filter(|path| path.split('/').all(|part| !part.starts_with('.'))).collect())
}

fn is_image_name(path: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, extension)| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Reads an image's file; the error says what is wrong with it.
pub(super) fn read_image(path: &Path) -> Result<Vec<u8>, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?;
    if !size.is_file() {
        return Err("not an ordinary file".to_owned());
    }
    if size.len() > MAX_IMAGE_BYTES {
        return Err(format!("{} bytes; an image's file has at most {MAX_IMAGE_BYTES}", size.len()));
    }
    fs::read(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_folder_knows_an_image_by_its_extension() {
        for name in ["a.jpg", "x/a.JPEG", "a.b.Png", "a.ppm", "a.bmp", "a.pgm", "a.tif", "a.tiff", "a.webp"] {
            assert!(is_image_name(name), "{name}");
        }
        for name in ["jpg", "a.gif", "a.jpg.txt", "a.", ""] {
            assert!(!is_image_name(name), "{name}");
        }
    }

    #[test]
    fn hidden_files_of_a_class_are_left_out_and_those_of_its_folders_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x", ".thumbs", "x/.more"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["b.png", "x/a.png", ".c.png", ".thumbs/d.png", "x/.more/e.png"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        assert_eq!(below(folder.path()).unwrap(), ["b.png", "x/a.png"]);
    }
}
