//! The text of the code.

use std::collections::BTreeMap;

/// Texts to be inserted into a file, each at the number of bytes before it.
pub(crate) type Insertions = BTreeMap<usize, &'static str>;

/// A file of the archive's code.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Name of its record: `code/__torch__.py`.
    pub(crate) name: String,
    /// What its definitions have in front: `__torch__`.
    pub(crate) qualifier: String,
    pub(crate) text: Vec<u8>,
}

impl SourceFile {
    /// Inserts texts.
    pub(super) fn insert(&mut self, insertions: &Insertions) {
        let added: usize = insertions.values().map(|inserted| inserted.len()).sum();
        let mut text = Vec::with_capacity(self.text.len().saturating_add(added));
        let mut from = 0;
        for (at, inserted) in insertions {
            text.extend_from_slice(self.text.get(from..*at).unwrap_or_default());
            text.extend_from_slice(inserted.as_bytes());
            from = *at;
        }
        text.extend_from_slice(self.text.get(from..).unwrap_or_default());
        self.text = text;
    }

    /// The numbers with which lists begin: 8 of `[8, 512]`.
    pub(crate) fn first_sizes(&self) -> impl Iterator<Item = u16> {
        self.text.split(|byte| *byte == b'[').skip(1).filter_map(|rest| {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (number, after) = rest.split_at_checked(digits)?;
            if !matches!(after.first(), Some(b',' | b']')) {
                return None;
            }
            std::str::from_utf8(number).ok()?.parse().ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_begin_with_sizes() {
        let text = b"    x = torch.view(a[8], [8, -1, [16], [x, 3]])\n    y = b[-1]; c[99999], [7 + 1], [256,".to_vec();
        let file = SourceFile { name: String::new(), qualifier: String::new(), text };
        assert_eq!(file.first_sizes().collect::<Vec<_>>(), [8, 8, 16, 256]);
    }
}
