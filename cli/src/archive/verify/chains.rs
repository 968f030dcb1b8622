//! What the receipts of a submission say, one after the other.

use std::collections::BTreeMap;

use holdout_protocol::{Sha256, Slug, SubmissionId, Timestamp};
use holdout_receipts::{Counts, Decision, ResultStatement, Statement};

use crate::receipt_bundle::ProvedEntry;

/// The submissions that have receipts.
pub(super) struct Chains(pub(super) BTreeMap<SubmissionId, Chain>);

/// The receipts of a submission, oldest first.
pub(super) struct Chain {
    pub(super) entries: Vec<ProvedEntry>,
}

/// A result as its receipt has it.
#[derive(Clone, Copy)]
pub(super) struct ProvedResult<'a> {
    pub(super) statement: &'a ResultStatement,
    /// The counts on the private part, if they are opened.
    pub(super) private: Option<Counts>,
    pub(super) at: Timestamp,
}

/// Whether a submission counts, by what was decided about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Counts,
    Disqualified,
    Hidden,
    Withdrawn,
}

impl Chains {
    /// The first result on a version of the test set of a task whose receipt names another
    /// commitment.
    pub(super) fn other_commitment(
        &self,
        task: &Slug,
        version: u32,
        commitment: Sha256,
    ) -> Option<(SubmissionId, &ResultStatement)> {
        let results = self.0.iter().flat_map(|(id, chain)| chain.results().map(move |result| (*id, result.statement)));
        let mut on_it = results.filter(|(_, result)| result.task == task.as_str() && result.test_set == version);
        on_it.find(|(_, result)| result.commitment != commitment.to_string())
    }
}

impl Chain {
    pub(super) const fn new(entries: Vec<ProvedEntry>) -> Self {
        Self { entries }
    }

    /// All results, oldest first.
    pub(super) fn results(&self) -> impl DoubleEndedIterator<Item = ProvedResult<'_>> {
        self.entries.iter().filter_map(|entry| match &entry.receipt.as_ref()?.statement {
            Statement::Result(statement) => Some(ProvedResult { statement, private: entry.private, at: entry.at }),
            Statement::Decision { .. } | Statement::Correction { .. } | Statement::Key { .. } => None,
        })
    }

    /// The last result on a version of the test set of a task: the last one until `as_of` if there
    /// is such a one.
    pub(super) fn result_on(&self, task: &str, version: u32, as_of: Option<Timestamp>) -> Option<ProvedResult<'_>> {
        let on =
            || self.results().filter(|result| result.statement.task == task && result.statement.test_set == version);
        let in_time = on().rfind(|result| as_of.is_none_or(|as_of| result.at <= as_of));
        in_time.or_else(|| on().next_back())
    }

    /// Whether it counts. Decisions of organizers act on boards of every time, and a withdrawal
    /// from its time on.
    pub(super) fn standing(&self, as_of: Option<Timestamp>) -> Standing {
        let (mut ruling, mut is_withdrawn) = (Standing::Counts, false);
        for entry in &self.entries {
            let Some(Statement::Decision { decision, .. }) = entry.receipt.as_ref().map(|receipt| &receipt.statement)
            else {
                continue;
            };
            match decision {
                Decision::Disqualified => ruling = Standing::Disqualified,
                Decision::Hidden => ruling = Standing::Hidden,
                Decision::Restored => (ruling, is_withdrawn) = (Standing::Counts, false),
                Decision::Withdrawn => is_withdrawn = as_of.is_none_or(|as_of| entry.at <= as_of),
                // It was not visible before, which no receipt says.
                Decision::Approved => (),
            }
        }
        if ruling == Standing::Counts && is_withdrawn { Standing::Withdrawn } else { ruling }
    }
}
