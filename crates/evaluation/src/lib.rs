//! What server, scorer and client compute alike: class lists, test sets, prediction files, scores
//! and statistics.
//!
//! Everything here is a pure function of its arguments; the only input besides byte slices is an
//! [`std::io::Read`]. The check of a prediction file takes a [`TaskShape`], which has no labels,
//! because a check cannot leak what it does not see.

#![warn(missing_docs)]

mod binomial;
mod bits;
mod classes;
mod difference;
mod file_kind;
mod images;
mod intervals;
mod list_error;
mod metrics;
mod packed;
mod paired;
mod predictions;
mod random;
mod ranking;
mod similarity;
mod split;
mod test_set;
mod text;

pub use bits::{Bits, BitsError};
pub use classes::{ClassList, MAX_CLASSES};
pub use difference::difference_interval;
pub use file_kind::{FileKind, recognise, recognise_file};
pub use images::{ImageList, MAX_IMAGES};
pub use intervals::{IntervalError, clopper_pearson};
pub use list_error::{ListError, ListFault, ListProblem};
pub use metrics::{ClassCount, Correctness, SizeMismatch, class_order_hint, error_rate, per_class, score};
pub use packed::UnpackError;
pub use paired::{Discordant, McNemar, beats_own_best, compare, holm, mcnemar, resolution};
pub use predictions::{CheckError, LABELS, MAX_LINE_BYTES, Predictions, check};
pub use random::SplitMix64;
pub use ranking::{Entry, MOST_TESTED, PairCache, Part, Ranking, RankingError, Standing, USUAL_DISAGREEMENT, rank};
pub use similarity::{
    ALIKE_LABELS, ALIKE_LISTS, Agreement, Candidate, Expected, LEVEL, MOST_CANDIDATES, Marks, Screened, holm_adjusted,
    sample, screen,
};
pub use split::{SplitError, public_mask};
pub use test_set::{CanonicalError, TaskShape, TestSet, commitment};
