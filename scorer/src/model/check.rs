//! Stage *check*: the file is taken apart and written again into memory that nobody can change.
//! Nothing of libtorch ever sees the file itself.

use std::collections::BTreeSet;
use std::fs::File;

use holdout_evaluation::recognise_file;
use holdout_protocol::{SubmissionKind, Verdict};
use holdout_torchscript::{ExportedInput, OperatorCheck, RepackError, Repacked, repack};

use crate::outcome::{EvaluationError, Fault};
use crate::runner::MemoryFile;

/// A model that a runner may load.
pub(crate) struct PackedModel {
    /// The sealed memory.
    pub(crate) memory: MemoryFile,
    /// Bytes of it.
    pub(crate) bytes: u64,
    /// Numbers that the file holds: its parameters and buffers.
    pub(crate) parameters: u64,
    /// The floating-point type of most of them.
    pub(crate) weights: Option<&'static str>,
    /// What an exported program says of its input.
    pub(crate) input: Option<ExportedInput>,
    /// The numbers with which a list in its code begins.
    pub(crate) first_sizes: BTreeSet<u16>,
}

/// Checks a model and writes it again into `memory`.
///
/// # Errors
/// The verdict on the file, or that it cannot be read or written; and the memory, half filled.
pub(crate) fn check_and_pack(
    model: &File,
    memory: MemoryFile,
    operators: OperatorCheck,
) -> Result<PackedModel, (EvaluationError, MemoryFile)> {
    let packed = fill_memory(model, &memory, operators);
    match packed {
        Ok(Repacked { bytes, parameters, weights, input, first_sizes, .. }) => {
            Ok(PackedModel { memory, bytes, parameters, weights, input, first_sizes })
        }
        Err(error) => Err((error, memory)),
    }
}

fn fill_memory(model: &File, memory: &MemoryFile, operators: OperatorCheck) -> Result<Repacked, EvaluationError> {
    let unreadable = |error: std::io::Error| Fault::new(format!("the model's file: {error}"));
    if let Some(verdict) = refusal(model).map_err(unreadable)? {
        return Err(EvaluationError::Rejected(Box::new(verdict)));
    }
    let fault = |error: std::io::Error| Fault::new(format!("no memory for a model: {error}"));
    let mut out = memory.file().try_clone().map_err(fault)?;
    match repack(model, &mut out, operators) {
        Ok(repacked) => memory.seal().map_err(fault).map(|()| repacked).map_err(EvaluationError::from),
        Err(RepackError::Refused(verdict)) => Err(EvaluationError::Rejected(verdict)),
        Err(RepackError::Input(error)) => Err(unreadable(error).into()),
        Err(RepackError::Output(error)) => Err(fault(error).into()),
    }
}

/// Returns the verdict on a file that is something else than a model, as the server's door gives
/// it.
fn refusal(mut model: &File) -> std::io::Result<Option<Verdict>> {
    let size = model.metadata()?.len();
    Ok(recognise_file(&mut model)?.refusal(SubmissionKind::Torchscript, size))
}
