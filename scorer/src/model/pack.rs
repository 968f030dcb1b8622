//! Stage *check*: the file is taken apart and written again into memory that nobody can change. Nothing of libtorch ever
//! sees the file itself.

use std::fs::File;

use holdout_evaluation::recognise_file;
use holdout_protocol::{SubmissionKind, Verdict};
use holdout_torchscript::{OperatorCheck, RepackError, Repacked, repack};

use crate::runner::MemoryFile;
use crate::work::{NotScored, Unfinished};

/// A model that a runner may load.
pub(crate) struct Packed {
    /// The sealed memory.
    pub(crate) memory: MemoryFile,
    /// Bytes of it.
    pub(crate) bytes: u64,
    /// Numbers that the file holds: its parameters and buffers.
    pub(crate) parameters: u64,
    /// The floating-point type of most of them.
    pub(crate) weights: Option<&'static str>,
}

/// Packs a model.
///
/// # Errors
/// The verdict on the file, or that it cannot be read or written; with the memory, half filled.
pub(crate) fn pack(
    model: &File,
    memory: MemoryFile,
    operators: OperatorCheck,
) -> Result<Packed, (NotScored, MemoryFile)> {
    let packed = fill(model, &memory, operators);
    match packed {
        Ok(Repacked { bytes, parameters, weights, .. }) => Ok(Packed { memory, bytes, parameters, weights }),
        Err(error) => Err((error, memory)),
    }
}

fn fill(model: &File, memory: &MemoryFile, operators: OperatorCheck) -> Result<Repacked, NotScored> {
    let unreadable = |error: std::io::Error| Unfinished::Fault(format!("the model's file: {error}"));
    if let Some(verdict) = refusal(model).map_err(unreadable)? {
        return Err(NotScored::Rejected(Box::new(verdict)));
    }
    let fault = |error: std::io::Error| Unfinished::Fault(format!("no memory for a model: {error}"));
    let mut out = memory.file().try_clone().map_err(fault)?;
    match repack(model, &mut out, operators) {
        Ok(repacked) => memory.seal().map_err(fault).map(|()| repacked).map_err(NotScored::from),
        Err(RepackError::Refused(verdict)) => Err(NotScored::Rejected(verdict)),
        Err(RepackError::Input(error)) => Err(unreadable(error).into()),
        Err(RepackError::Output(error)) => Err(fault(error).into()),
    }
}

/// The verdict on a file that is something else than a model, as the server's door gives it.
fn refusal(mut model: &File) -> std::io::Result<Option<Verdict>> {
    let size = model.metadata()?.len();
    Ok(recognise_file(&mut model)?.refusal(SubmissionKind::Torchscript, size))
}
