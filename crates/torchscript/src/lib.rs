//! Models as teams send them, TorchScript archives and exported programs: read, checked and written
//! as one canonical TorchScript archive without libtorch.
//!
//! A `.pt` file is a program, and loading it already runs parts of it. So nothing of libtorch sees
//! what a team sent before this crate has taken it apart: container, pickles and code are parsed
//! here, whatever is not understood is refused, and the parts are written again as an archive that
//! has only one reading. A `.pt2` file of `torch.export` is a list of calls in JSON and the bytes
//! of the weights; it is translated into such an archive.

mod archive;
mod code;
mod contract;
mod exported;
mod fields;
mod pickle;
mod refusal;
mod repack;
pub mod write;

pub use contract::{ExportedBatch, ExportedInput, OperatorCheck, RepackError, Repacked};
pub use repack::repack;
