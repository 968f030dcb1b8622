//! What the checks of files came to, so that the same file is not checked twice against the same rules.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use holdout_protocol::{Sha256, SubmissionKind, Verdict};

/// Verdicts that are kept.
const KEPT: usize = 1024;

/// What a verdict depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    pub file: Sha256,
    /// The test set whose form it has to have.
    pub test_set: Sha256,
    /// The size that the task allows, bytes.
    pub limit: u64,
    /// What the file is sent as.
    pub kind: SubmissionKind,
}

/// The verdicts given last, the one used last in front.
#[derive(Debug, Default)]
pub struct Verdicts(Mutex<VecDeque<(Checked, Option<Verdict>)>>);

impl Verdicts {
    /// Returns the verdict on a file that was checked before; an inner `None` is a file without faults.
    pub fn get(&self, of: &Checked) -> Option<Option<Verdict>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == of)?;
        let found = kept.remove(place)?;
        let verdict = found.1.clone();
        kept.push_front(found);
        Some(verdict)
    }

    /// Keeps a verdict, and forgets the one used longest ago.
    pub fn put(&self, of: Checked, verdict: Option<Verdict>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != of);
        kept.push_front((of, verdict));
        kept.truncate(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_of_one_file_under_one_set_of_rules() {
        let verdicts = Verdicts::default();
        let of = |file: u8, limit| Checked {
            file: Sha256::from_bytes([file; 32]),
            test_set: Sha256::from_bytes([0; 32]),
            limit,
            kind: SubmissionKind::Predictions,
        };
        verdicts.put(of(1, 10), None);
        assert_eq!(verdicts.get(&of(1, 10)), Some(None));
        assert_eq!(verdicts.get(&of(1, 11)), None);
        assert_eq!(verdicts.get(&of(2, 10)), None);
        for limit in 0..2000 {
            verdicts.put(of(3, limit), None);
        }
        assert_eq!(verdicts.get(&of(1, 10)), None, "the oldest are forgotten");
        assert_eq!(verdicts.get(&of(3, 1999)), Some(None));
    }
}
