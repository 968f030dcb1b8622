//! A season as files: `season.yaml` in a folder, read, checked, compared with the server, and applied.
//!
//! Nothing is sent before every file named in it was read and found usable. Applying is idempotent: what is there
//! already is recognised and left alone, so a run that was killed is completed by running it again.

mod act;
mod apply;
mod differences;
mod document;
mod files;
mod images;
mod interpret;
mod plan;
mod problems;
mod quantity;
mod values;

pub use apply::{ApplyOptions, Consent, Report, apply};
pub use files::{CheckedEntry, CheckedSeason, CheckedTask, ImageHandling, check_files};
pub(crate) use images::names;
pub use images::{Images, PackedImages};
pub use interpret::{SeasonFolder, TaskFiles, read_folder};
pub use plan::{FieldChange, PlanLine, Sign};
pub use problems::Problem;
pub use quantity::{SIZE_ALLOWED, parse_duration, parse_size};
