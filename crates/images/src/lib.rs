//! Test images, decoded and transformed exactly as Pillow and torchvision do.
//!
//! Teams validate with Pillow and torchvision; a scorer whose pixels differ gives them another
//! number than they measured. [`decode_rgb`] gives the bytes of Pillow's `convert("RGB")`,
//! [`apply`] those of torchvision's `Resize` and `CenterCrop`. A test set's images come in an
//! [`Archive`]; [`check`] looks at all of them before anything is sent, [`prepare`] turns them into
//! one file ([`Prepared`]) that every model of the test set is run on, and [`PreparedCache`] keeps
//! such files. The last two are for scorers, and so for Linux alone; all else works everywhere.

mod archive;
mod budget;
#[cfg(target_os = "linux")]
mod cache;
mod check;
mod crew;
mod decode;
mod error;
mod geometry;
mod jpeg;
mod names;
mod png;
#[cfg(target_os = "linux")]
mod prepare;
#[cfg(target_os = "linux")]
mod prepared;
mod problem;
#[cfg(target_os = "linux")]
mod record;
mod resample;
mod rgb;
mod transform;
#[cfg(target_os = "linux")]
mod unfinished;

pub use archive::{Archive, ArchiveError, read_tar};
#[cfg(target_os = "linux")]
pub use cache::PreparedCache;
pub use check::check;
pub use decode::decode_rgb;
pub use error::{ImageError, PrepareError};
pub use names::Names;
#[cfg(target_os = "linux")]
pub use prepare::{Preparation, prepare};
#[cfg(target_os = "linux")]
pub use prepared::{OpenError, Prepared};
pub use problem::{Problem, Problems};
pub use resample::apply;
pub use rgb::Rgb;
pub use transform::{Transform, key};
