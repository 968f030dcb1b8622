//! The validation images of ILSVRC 2012 with the labels of its development kit.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use holdout_images::Archive;

use super::class_folders::read_image;
use super::collector::{Collected, Collector, Label, Naming};
use super::devkit::{self, Devkit};
use super::faults::{Faults, fault};
use super::given::Given;
use super::report::grouped_count;
use crate::failure::Failure;

/// Gives the validation images: those of an archive stay where they are, those of a folder are
/// packed.
pub(super) fn read(kit: &Path, images: &Path, collector: &mut Collector) -> Result<Given, Failure> {
    let Devkit { classes, truth } = devkit::read(kit)?;
    let ids: HashMap<usize, &str> = classes.iter().map(|class| (class.number, class.id.as_str())).collect();
    let label = |image: usize| {
        let id = truth.get(image).and_then(|number| ids.get(number)).copied();
        Label::Text(id.unwrap_or_default().to_owned())
    };
    let is_folder = fs::metadata(images).map_err(|error| Failure::file(images, &error))?.is_dir();
    let found = if is_folder { folder_paths(images)? } else { archive_names(images)? };
    check_names(&found, truth.len(), images)?;
    let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
    for ((image, (name, path)), done) in found.into_iter().enumerate().zip(1..) {
        if !is_folder {
            collector.push(Collected { origin: format!("{}: {path}", images.display()), name, label: label(image) });
            continue;
        }
        let full = images.join(&path);
        let origin = full.display().to_string();
        match read_image(&full) {
            Ok(bytes) => collector.add(origin, Naming::Kept(&name), label(image), &bytes)?,
            Err(message) => collector.faults.add(&origin, message),
        }
        collector.progress(done, total);
    }
    let archive = match is_folder {
        true => None,
        false => Some(images.canonicalize().map_err(|error| Failure::file(images, &error))?),
    };
    let mut remarks = vec![
        "labels.csv and classes.tsv have the kit's ILSVRC2012_ID, which is another order; files of predictions may use WordNet ids".to_owned(),
    ];
    if archive.is_some() {
        remarks.push("the images stay in that archive: keep it where it is".to_owned());
    }
    let order = "sorted by WordNet id, as torchvision and timm have them".to_owned();
    Ok(Given { classes: Some(classes), first_label: None, order, archive, remarks })
}

/// Returns the names of the images of an archive, twice, as [`folder_paths`] has name and path.
fn archive_names(archive: &Path) -> Result<Vec<(String, String)>, Failure> {
    let archive = Archive::open(archive).map_err(|error| Failure::refused("invalid_source", error.to_string()))?;
    Ok(archive.names().map(|name| (name.to_owned(), name.to_owned())).collect())
}

/// Returns name and path of each image below a folder, sorted by name. Folders of classes, as
/// scripts make them, do not matter.
fn folder_paths(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let paths = super::super::images::files(folder)?;
    let mut found: Vec<(String, String)> = paths
        .into_iter()
        .map(|path| (path.rsplit('/').next().unwrap_or_default().to_owned(), path))
        .filter(|(name, _)| name.to_ascii_lowercase().ends_with(".jpeg"))
        .collect();
    found.sort_unstable();
    Ok(found)
}

/// Refuses other images than the kit has labels for.
fn check_names(found: &[(String, String)], labels: usize, images: &Path) -> Result<(), Failure> {
    let place = images.display().to_string();
    if found.is_empty() {
        return Err(fault(&place, "has no image such as `ILSVRC2012_val_00000001.JPEG`"));
    }
    let mut faults = Faults::default();
    let mut names = found.iter().map(|(name, _)| name.as_str()).peekable();
    for number in 1..=labels {
        let wanted = format!("ILSVRC2012_val_{number:08}.JPEG");
        while let Some(other) = names.next_if(|name| **name < *wanted) {
            faults.add(&place, format!("`{other}` is no validation image that the kit has a label for"));
        }
        if names.next_if_eq(&wanted.as_str()).is_none() {
            faults.add(&place, format!("`{wanted}` is missing"));
        }
    }
    for other in names {
        faults.add(&place, format!("`{other}` is no validation image that the kit has a label for"));
    }
    faults.into_result().map_err(|failure| {
        failure.advise(format!(
            "The kit has labels for {} images, here are {}. Give `--images` ILSVRC2012_img_val.tar, or the folder that it was unpacked to.",
            grouped_count(labels),
            grouped_count(found.len())
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(names: &[&str], labels: usize) -> Result<(), String> {
        let found: Vec<_> = names.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect();
        check_names(&found, labels, Path::new("val")).map_err(|failure| failure.to_text())
    }

    #[test]
    fn the_images_are_those_that_the_kit_has_labels_for() {
        let [one, two, three] = [1, 2, 3].map(|number| format!("ILSVRC2012_val_{number:08}.JPEG"));
        assert_eq!(checked(&[&one, &two], 2), Ok(()));
        let missing = checked(&[&one, &three], 3).unwrap_err();
        assert!(missing.contains(&format!("val: `{two}` is missing")) && !missing.contains(&one), "{missing}");
        assert!(missing.contains("The kit has labels for 3 images, here are 2."), "{missing}");
        let other = checked(&["A.JPEG", &one, &two, &three], 2).unwrap_err();
        for stranger in ["A.JPEG", &three] {
            assert!(
                other.contains(&format!("`{stranger}` is no validation image that the kit has a label for")),
                "{other}"
            );
        }
        assert!(!other.contains("missing"), "{other}");
        assert!(checked(&[], 2).unwrap_err().contains("val: has no image such as"));
    }
}
