//! The scheme that an address begins with.

/// Returns the scheme that an address begins with, whether or not two slashes follow: `s3` of
/// `s3://bucket` and of `s3:bucket`. A path has none: if a colon is in its first name, it is
/// written `./a:b`. One letter is no scheme, because it may be a drive.
pub(crate) fn scheme_of(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once(':')?;
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.');
    let begins = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic());
    (begins && scheme.len() > 1 && scheme.chars().all(is_letter)).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_what_stands_before_the_first_colon_unless_it_is_a_path() {
        for (address, scheme) in [
            ("s3://b", "s3"),
            ("s3:b", "s3"),
            ("postgres:/x", "postgres"),
            ("sqlite:x.db", "sqlite"),
            ("file:x.db", "file"),
            ("git+ssh:x", "git+ssh"),
        ] {
            assert_eq!(scheme_of(address), Some(scheme), "{address}");
        }
        for path in ["", "data/x.db", "./s3:b", "/a:b", "a b:c", "C:\\data", ":memory:", "1a:b"] {
            assert_eq!(scheme_of(path), None, "{path}");
        }
    }
}
