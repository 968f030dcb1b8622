//! The paths of entries. A path is only a name here: nothing is ever written to it.

const MAX_NAME_BYTES: usize = 255;

/// What an entry's path says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EntryName<'a> {
    /// Something that systems leave in folders.
    Ignored,
    /// A file.
    File {
        /// What is before its name.
        folder: &'a str,
        /// The last part of its path.
        name: &'a str,
    },
}

impl<'a> EntryName<'a> {
    /// Takes a path apart; the error says what is allowed.
    pub(super) fn of(path: &'a [u8]) -> Result<Self, &'static str> {
        let path = str::from_utf8(path).map_err(|_| "the path is not UTF-8")?;
        if path.starts_with('/') {
            return Err("the path is absolute; paths within the archive are allowed");
        }
        if path.contains('\\') || path.chars().any(char::is_control) {
            return Err("the path has a backslash or a control character");
        }
        let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
        if parts.clone().any(|part| part == "..") {
            return Err("the path has `..`; paths within the archive are allowed");
        }
        if parts.clone().any(|part| part.starts_with('.') || part == "__MACOSX") {
            return Ok(Self::Ignored);
        }
        let name = parts.next_back().ok_or("the path is empty")?;
        if name.len() > MAX_NAME_BYTES || name.trim() != name {
            return Err("the file name has more than 255 bytes or spaces at its ends");
        }
        let folder = path.strip_suffix(name).unwrap_or_default();
        Ok(Self::File { folder, name })
    }
}

/// Returns whether a name is that of an image.
pub(super) fn is_image(name: &str) -> bool {
    extension(name)
        .is_some_and(|extension| ["jpg", "jpeg", "png"].iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Returns whether a path is that of an image.
pub(super) fn is_image_path(path: &[u8]) -> bool {
    matches!(EntryName::of(path), Ok(EntryName::File { name, .. }) if is_image(name))
}

/// Returns what follows the last dot.
fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_is_the_name() {
        for (path, folder) in [("a.png", ""), ("./a.png", "./"), ("x/y//a.png", "x/y//"), ("x y/a.png", "x y/")] {
            assert_eq!(EntryName::of(path.as_bytes()), Ok(EntryName::File { folder, name: "a.png" }), "{path}");
        }
        for path in [".a.png", "x/._a.png", ".git/a.png", "__MACOSX/a.png", ".DS_Store"] {
            assert_eq!(EntryName::of(path.as_bytes()), Ok(EntryName::Ignored), "{path}");
        }
    }

    #[test]
    fn paths_that_lead_out_or_mislead_are_refused() {
        let long = format!("{}.png", "x".repeat(252));
        for path in
            ["/a.png", "../a.png", "x/../a.png", "x\\a.png", "a\n.png", "a\0.png", "", "./", " a.png", "a.png ", &long]
        {
            assert!(EntryName::of(path.as_bytes()).is_err(), "{path:?}");
        }
        assert!(EntryName::of(b"\xFF.png").is_err());
    }

    #[test]
    fn images_are_told_by_their_extension() {
        assert!(["a.png", "a.JPEG", "a.b.Jpg"].into_iter().all(is_image));
        assert!(!["a", "png", "a.gif", "a.png.txt", "a.png~"].into_iter().any(is_image));
    }
}
