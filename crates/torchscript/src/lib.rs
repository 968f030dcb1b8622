//! TorchScript archives: read, checked and written again without libtorch.
//!
//! A `.pt` file is a program, and loading it already runs parts of it. So nothing of libtorch sees what a team sent before this
//! crate has taken it apart: container, pickles and code are parsed here, whatever is not understood is refused, and the
//! parts are written again as an archive that has only one reading.

mod archive;
mod code;
mod contract;
mod fields;
mod pickle;
mod refusal;
mod repack;
pub mod write;

pub use contract::{OperatorCheck, RepackError, Repacked};
pub use repack::repack;
