//! Refusals of a pickle.

use crate::refusal::{Refused, not_torchscript};

/// Which pickle it is, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pickle {
    pub(super) name: &'static str,
}

impl Pickle {
    pub(super) fn refuse(self, found: impl std::fmt::Display, allowed: impl std::fmt::Display) -> Refused {
        not_torchscript(format_args!("`{}.pkl` holds {found}", self.name), allowed)
    }
}
