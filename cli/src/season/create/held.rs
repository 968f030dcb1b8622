//! What a collector holds when every image was given to it.

use super::collector::Collected;
use crate::failure::Failure;

/// What was collected.
pub(super) struct Held {
    /// Sorted by name.
    pub(super) images: Vec<Collected>,
    /// Whether names were made.
    pub(super) names_are_made: bool,
    pub(super) again: Repetitions,
}

/// Images whose content was there before.
#[derive(Default)]
pub(super) struct Repetitions {
    pub(super) count: u64,
    /// Those of them whose label is another one.
    pub(super) contradicting: u64,
    /// Two places of the same image, with different labels if there are such.
    pub(super) example: Option<(String, String)>,
}

impl Held {
    /// Returns where the image of this name comes from.
    pub(super) fn origin(&self, name: &str) -> Option<&str> {
        let at = self.images.binary_search_by(|image| image.name.as_str().cmp(name)).ok()?;
        self.images.get(at).map(|image| image.origin.as_str())
    }

    /// Returns a table of the names and where each image comes from.
    pub(super) fn to_sources(&self) -> Result<String, Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let fail = |error: &dyn std::fmt::Display| Failure::refused("file", format!("`sources.csv`: {error}"));
        writer.write_record(["image", "source"]).map_err(|error| fail(&error))?;
        for image in &self.images {
            writer.write_record([&image.name, &image.origin]).map_err(|error| fail(&error))?;
        }
        let bytes = writer.into_inner().map_err(|error| fail(&error))?;
        String::from_utf8(bytes).map_err(|error| fail(&error))
    }

    /// Returns what an organizer should know of the images.
    pub(super) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some((first, second)) = &self.again.example {
            let labels = match self.again.contradicting {
                0 => String::new(),
                count => format!(", {count} of them with another label"),
            };
            let count = self.again.count;
            remarks.push(format!(
                "images that were there before: {count}{labels}, for example {first} and {second}; each counts"
            ));
        }
        if self.names_are_made {
            remarks.push("images are named by their content, because their names or order may tell the class; sources.csv has where each comes from; keep it as secret as labels.csv".to_owned());
        }
        remarks
    }
}

/// Returns the extension of an image's file by its first bytes; `None` if it is no JPEG or PNG.
pub(super) fn extension(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        Some("jpg")
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("png")
    } else {
        None
    }
}

/// Returns what a file is that is no JPEG or PNG.
pub(super) fn not_an_image(bytes: &[u8]) -> String {
    let known: [(&[u8], &str); 7] = [
        (b"GIF8", "a GIF"),
        (b"BM", "a BMP"),
        (b"II*\0", "a TIFF"),
        (b"MM\0*", "a TIFF"),
        (b"RIFF", "a WebP"),
        (b"version https://git-lfs", "a Git LFS pointer, which stands for a file that was not downloaded"),
        (b"<", "a web page or XML"),
    ];
    let what = known.iter().find(|(beginning, _)| bytes.starts_with(beginning)).map(|(_, what)| (*what).to_owned());
    let what = what.unwrap_or_else(|| match bytes.get(..4) {
        Some(first) => format!("{} bytes that begin with `{}`", bytes.len(), first.escape_ascii()),
        None => format!("{} bytes", bytes.len()),
    });
    format!("not a JPEG or PNG image: it is {what}; convert it")
}

#[cfg(test)]
mod tests {
    use super::super::collector::Label;
    use super::*;

    fn held(again: Repetitions, names_are_made: bool) -> Held {
        let image = |name: &str, origin: &str| Collected {
            name: name.to_owned(),
            label: Label::Number(0),
            origin: origin.to_owned(),
        };
        Held { images: vec![image("a.png", "x/1.png"), image("b.png", "y,\"2\".png")], names_are_made, again }
    }

    #[test]
    fn an_image_is_traced_to_its_source() {
        let held = held(Repetitions::default(), true);
        assert_eq!((held.origin("b.png"), held.origin("c.png")), (Some("y,\"2\".png"), None));
        assert_eq!(held.to_sources().unwrap(), "image,source\na.png,x/1.png\nb.png,\"y,\"\"2\"\".png\"\n");
    }

    #[test]
    fn repeated_images_are_told_and_those_with_another_label_apart() {
        let again =
            |contradicting| Repetitions { count: 3, contradicting, example: Some(("a".to_owned(), "b".to_owned())) };
        assert!(held(Repetitions::default(), false).remarks().is_empty());
        let same = held(again(0), false).remarks();
        assert_eq!(same, ["images that were there before: 3, for example a and b; each counts"]);
        let other = held(again(2), true).remarks();
        assert!(other[0].contains("before: 3, 2 of them with another label, for example a and b"), "{other:?}");
        assert!(other[1].contains("keep it as secret as labels.csv"), "{other:?}");
    }

    #[test]
    fn what_is_no_image_is_named() {
        assert_eq!((extension(b"\xff\xd8\xff\xe0"), extension(b"\x89PNG\r\n\x1a\n.")), (Some("jpg"), Some("png")));
        assert_eq!((extension(b"\xff\xd8"), extension(b"\x89PNG"), extension(b"")), (None, None, None));
        let known: [(&[u8], &str); 8] = [
            (b"GIF89a", "a GIF"),
            (b"BM12", "a BMP"),
            (b"II*\0", "a TIFF"),
            (b"MM\0*", "a TIFF"),
            (b"RIFF....WEBP", "a WebP"),
            (b"<!doctype html>", "a web page or XML"),
            (b"ab\n\xffe", "5 bytes that begin with `ab\\n\\xff`"),
            (b"abc", "3 bytes"),
        ];
        for (bytes, what) in known {
            assert_eq!(not_an_image(bytes), format!("not a JPEG or PNG image: it is {what}; convert it"));
        }
    }
}
