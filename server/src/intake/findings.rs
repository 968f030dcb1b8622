//! What the checks of files came to, so that the same file is not checked twice against the same
//! rules.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use holdout_protocol::{Sha256, SubmissionKind, Verdict};

/// Findings that are kept.
const KEPT: usize = 1024;

/// What a finding depends on.
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

/// What the check of a file came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finding {
    /// The verdict, if the team's work is at fault.
    pub verdict: Option<Verdict>,
    /// The digest of the answers of a prediction file without faults.
    pub answers: Option<Sha256>,
}

/// The findings made last, the one used last in front.
#[derive(Debug, Default)]
pub struct Findings(Mutex<VecDeque<(Checked, Finding)>>);

impl Findings {
    /// Returns what the check of a file came to before.
    pub fn get(&self, of: &Checked) -> Option<Finding> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == of)?;
        let found = kept.remove(place)?;
        let finding = found.1.clone();
        kept.push_front(found);
        Some(finding)
    }

    /// Keeps a finding, and forgets the one used longest ago.
    pub fn put(&self, of: Checked, finding: Finding) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != of);
        kept.push_front((of, finding));
        kept.truncate(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_of_one_file_under_one_set_of_rules() {
        let findings = Findings::default();
        let of = |file: u8, limit| Checked {
            file: Sha256::from_bytes([file; 32]),
            test_set: Sha256::from_bytes([0; 32]),
            limit,
            kind: SubmissionKind::Predictions,
        };
        let clean = Finding::default();
        findings.put(of(1, 10), clean.clone());
        assert_eq!(findings.get(&of(1, 10)), Some(clean.clone()));
        assert_eq!(findings.get(&of(1, 11)), None);
        assert_eq!(findings.get(&of(2, 10)), None);
        for limit in 0..2000 {
            findings.put(of(3, limit), clean.clone());
        }
        assert_eq!(findings.get(&of(1, 10)), None, "the oldest are forgotten");
        assert_eq!(findings.get(&of(3, 1999)), Some(clean));
    }
}
