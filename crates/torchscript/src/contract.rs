//! What a repacked archive is, and why an archive may be refused.

use std::collections::BTreeSet;
use std::io;

/// Whether operators are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorCheck {
    /// Production setting: only operators on the list are allowed.
    Enforced,
    /// Any operator may be used; container, pickles and the form of the code are checked. It exists
    /// so that the layers of the kernel's sandbox can be tried alone in tests.
    Unchecked,
}

/// The archive that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repacked {
    /// Its bytes.
    pub bytes: u64,
    /// Storages in it.
    pub storages: u64,
    /// Bytes of the storages.
    pub storage_bytes: u64,
    /// Numbers in the storages: parameters and buffers. This is counted by what the file really
    /// holds, whatever its code calls a parameter and however large its tensors claim to be. Single
    /// whole numbers, which only count, are left out.
    pub parameters: u64,
    /// The floating-point type of most parameters, such as `float32`. `None` if there are no such
    /// numbers.
    pub weights: Option<&'static str>,
    /// What an exported program says of its input. `None` for TorchScript, which says nothing.
    pub input: Option<ExportedInput>,
    /// The numbers with which a list in the code begins: sizes of batches that a traced model may
    /// have written into it are among them, as 8 is for `torch.view(x, [8, 512])`. Those above
    /// 65,535 are left out.
    pub first_sizes: BTreeSet<u16>,
}

/// The input that a program was exported for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportedInput {
    /// How many images it takes at once.
    pub batch: ExportedBatch,
    /// Channels, height and width, each `None` if it may be any.
    pub sizes: [Option<u64>; 3],
}

/// How many images a program takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportedBatch {
    /// Any number.
    Any,
    /// At most so many.
    UpTo(u64),
    /// So many and no others: it was exported without `dynamic_shapes`.
    Exactly(u64),
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum RepackError {
    /// The file is refused: the team's own doing.
    #[error("{}", .0.message)]
    Refused(Box<holdout_protocol::Verdict>),
    /// The file cannot be read.
    #[error("the model cannot be read: {0}")]
    Input(#[source] io::Error),
    /// The archive cannot be written.
    #[error("the checked model cannot be written: {0}")]
    Output(#[source] io::Error),
}

impl From<Box<holdout_protocol::Verdict>> for RepackError {
    fn from(verdict: Box<holdout_protocol::Verdict>) -> Self {
        Self::Refused(verdict)
    }
}
