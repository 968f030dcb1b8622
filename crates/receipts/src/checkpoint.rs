//! Checkpoints: the size and the root of a log, in the form of C2SP's `tlog-checkpoint`.

use std::fmt;
use std::str::FromStr;

use crate::Hash;

/// What a log looked like at one moment. Its text, signed as a note, is what the log's owner can be
/// held to.
///
/// ```
/// use holdout_receipts::{Checkpoint, Hash};
/// let text = "example.org/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
/// let checkpoint: Checkpoint = text.parse()?;
/// assert_eq!((checkpoint.size, checkpoint.root), (0, Hash::of_empty_tree()));
/// assert_eq!(checkpoint.to_string(), text);
/// # Ok::<(), holdout_receipts::InvalidCheckpoint>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of its tree.
    pub root: Hash,
}

/// A text that is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCheckpoint {
    /// It has more or fewer lines.
    #[error("a checkpoint has three lines: the name of the log, its size, and its root")]
    Lines,
    /// The second line is no size.
    #[error("the size of the checkpoint is `{0}`; it has to be a number without sign and leading zeros")]
    Size(String),
    /// The third line is no root.
    #[error("root of the checkpoint: {0}")]
    Root(#[from] crate::InvalidHash),
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

impl FromStr for Checkpoint {
    type Err = InvalidCheckpoint;
    fn from_str(text: &str) -> Result<Self, InvalidCheckpoint> {
        let text = text.strip_suffix('\n').ok_or(InvalidCheckpoint::Lines)?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(InvalidCheckpoint::Lines);
        };
        if origin.is_empty() {
            return Err(InvalidCheckpoint::Lines);
        }
        let invalid = || InvalidCheckpoint::Size(size.escape_debug().take(40).collect());
        let number: u64 = size.parse().map_err(|_| invalid())?;
        if number.to_string() != size {
            return Err(invalid());
        }
        Ok(Self { origin: origin.to_owned(), size: number, root: root.parse()? })
    }
}
