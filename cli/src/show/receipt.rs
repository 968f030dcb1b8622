//! Receipts and heads of the log, as sentences.

use holdout_receipts::{Checkpoint, Counts, Decision, KeyChain, Receipt, ResultStatement, Statement, VerifyingKey};

use super::figures::{decimals, percent};
use crate::receipt_bundle::{ProvedEntry, kind_name};

/// What no receipt proves.
pub(crate) const LIMITS: &str = "Not proved: that the labels of the test set are right, and that the server shows everybody the same log. For the second, compare \
     checkpoints with others.";

/// Describes the head of a log.
pub(crate) fn head(checkpoint: &Checkpoint) -> String {
    let Checkpoint { origin, size, root } = checkpoint;
    format!("The checkpoint is signed by the key: log `{origin}`, {size} entries, root {root}.")
}

/// Describes the changes of key that were followed from the key that the reader gave, if there are
/// any.
pub(crate) fn key_changes(keys: &KeyChain, given: &VerifyingKey) -> Option<String> {
    let times = match keys.changes() {
        0 => return None,
        1 => "once".to_owned(),
        many => format!("{many} times"),
    };
    let now = if keys.latest() == given {
        "The key that you gave signs now.".to_owned()
    } else {
        format!("Now this one signs, which you can give from now on: {}", keys.latest())
    };
    Some(format!(
        "The log's key was changed {times}. Each change is in the log, and the old and the new key signed it. {now}"
    ))
}

/// Describes an entry that is proved to be in the log.
pub(crate) fn entry(entry: &ProvedEntry) -> String {
    let Some(receipt) = &entry.receipt else {
        let kind = kind_name(entry.kind);
        return format!(
            "Entry {} is in the log. The file calls it a {kind}; what it says is not shown to you yet.",
            entry.index
        );
    };
    let private = match (&entry.private, &receipt.statement) {
        (Some(counts), _) => format!(" Private part, as committed then: {}.", rates(*counts)),
        (None, Statement::Result(result)) if result.private.is_some() => {
            " The private part is committed to, and not published yet.".to_owned()
        }
        _ => String::new(),
    };
    format!("Entry {} is in the log and signed by the key: {}{private}", entry.index, sentence(receipt))
}

/// Describes what a receipt says.
pub(crate) fn sentence(receipt: &Receipt) -> String {
    let what = match &receipt.statement {
        Statement::Result(result) => of_result(result),
        Statement::Decision { submission, decision } => format!("submission {submission} was {}.", decided(*decision)),
        Statement::Correction { season, task, from_version, to_version, .. } => format!(
            "task {season}/{task} took up version {to_version} of its test set in place of version {from_version}."
        ),
        Statement::Key { replaces, key } => format!("the key {key} took the place of {replaces}."),
    };
    format!("at {}, {what}", receipt.at)
}

fn of_result(result: &ResultStatement) -> String {
    let ResultStatement { submission, file_sha256, season, task, test_set, .. } = result;
    let how = if result.rescored { "counted again" } else { "scored" };
    format!(
        "submission {submission} (file {file_sha256}) was {how} in {season}/{task}, version {test_set} of the test set. Public part: {}.",
        rates(result.public)
    )
}

fn rates(Counts { n, top1_wrong, top5_wrong }: Counts) -> String {
    let rate = |wrong: u32| if n == 0 { 0.0 } else { f64::from(wrong) / f64::from(n) };
    let places = decimals(n);
    format!(
        "top-1 error {} % ({top1_wrong} of {n} wrong), top-5 error {} % ({top5_wrong} wrong)",
        percent(rate(top1_wrong), places),
        percent(rate(top5_wrong), places)
    )
}

const fn decided(decision: Decision) -> &'static str {
    match decision {
        Decision::Disqualified => "disqualified",
        Decision::Hidden => "hidden by organizers",
        Decision::Restored => "restored",
        Decision::Approved => "approved",
        Decision::Withdrawn => "withdrawn from the board",
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::LogEntryKind;
    use holdout_receipts::{Hash, Nonce, PrivateCommitment};

    use super::*;

    fn receipt(statement: Statement) -> Receipt {
        let at = "2026-01-01T00:00:00Z".to_owned();
        Receipt { log: "log.example".to_owned(), nonce: Nonce([0; 16]), at, previous: None, statement }
    }

    fn result(rescored: bool, public: Counts, private: Option<PrivateCommitment>) -> Statement {
        Statement::Result(Box::new(ResultStatement {
            submission: "s1".to_owned(),
            file_sha256: "f0".to_owned(),
            season: "demo".to_owned(),
            task: "images".to_owned(),
            test_set: 3,
            commitment: "c".to_owned(),
            rescored,
            scorer_version: None,
            device: None,
            public,
            private,
        }))
    }

    const COUNTS: Counts = Counts { n: 40, top1_wrong: 10, top5_wrong: 2 };

    #[test]
    fn a_result_is_said_with_both_of_its_error_rates() {
        let rates = "Public part: top-1 error 25.0 % (10 of 40 wrong), top-5 error 5.0 % (2 wrong).";
        assert_eq!(
            sentence(&receipt(result(false, COUNTS, None))),
            format!(
                "at 2026-01-01T00:00:00Z, submission s1 (file f0) was scored in demo/images, version 3 of the test set. {rates}"
            )
        );
        let again = sentence(&receipt(result(true, COUNTS, None)));
        assert!(again.contains("(file f0) was counted again in demo/images"), "{again}");
    }

    #[test]
    fn no_images_have_no_errors() {
        let none = Counts { n: 0, top1_wrong: 0, top5_wrong: 0 };
        assert_eq!(rates(none), "top-1 error 0.0 % (0 of 0 wrong), top-5 error 0.0 % (0 wrong)");
    }

    #[test]
    fn each_decision_and_a_correction_have_words_of_their_own() {
        for (decision, words) in [
            (Decision::Disqualified, "disqualified"),
            (Decision::Hidden, "hidden by organizers"),
            (Decision::Restored, "restored"),
            (Decision::Approved, "approved"),
            (Decision::Withdrawn, "withdrawn from the board"),
        ] {
            let decided = receipt(Statement::Decision { submission: "s1".to_owned(), decision });
            assert_eq!(sentence(&decided), format!("at 2026-01-01T00:00:00Z, submission s1 was {words}."));
        }
        let correction = receipt(Statement::Correction {
            season: "demo".to_owned(),
            task: "images".to_owned(),
            from_version: 1,
            to_version: 2,
            commitment: "c".to_owned(),
        });
        let expected = "task demo/images took up version 2 of its test set in place of version 1.";
        assert_eq!(sentence(&correction), format!("at 2026-01-01T00:00:00Z, {expected}"));
        let change = receipt(Statement::Key { replaces: "log+0+A".to_owned(), key: "log+1+B".to_owned() });
        assert_eq!(sentence(&change), "at 2026-01-01T00:00:00Z, the key log+1+B took the place of log+0+A.");
    }

    fn proved(receipt: Option<Receipt>, private: Option<Counts>) -> String {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        entry(&ProvedEntry { index: 7, kind: LogEntryKind::Decision, at, receipt, private })
    }

    #[test]
    fn the_private_part_is_said_once_it_is_published() {
        let committed = Some(PrivateCommitment(Hash::from_bytes([1; 32])));
        let waits = proved(Some(receipt(result(false, COUNTS, committed))), None);
        assert!(waits.starts_with("Entry 7 is in the log and signed by the key: at 2026"), "{waits}");
        assert!(waits.ends_with(" The private part is committed to, and not published yet."), "{waits}");
        let counts = Counts { n: 8, top1_wrong: 4, top5_wrong: 1 };
        let known = proved(Some(receipt(result(false, COUNTS, committed))), Some(counts));
        assert!(known.contains("Private part, as committed then: top-1 error 50.0 % (4 of 8 wrong)"), "{known}");
        assert!(!known.contains("not published yet"), "{known}");
        let none = proved(Some(receipt(result(false, COUNTS, None))), None);
        assert!(!none.to_lowercase().contains("private part"), "{none}");
    }

    #[test]
    fn an_entry_of_which_only_the_hash_is_known_claims_nothing_else() {
        let hidden = proved(None, None);
        assert!(hidden.starts_with("Entry 7 is in the log. The file calls it a decision;"), "{hidden}");
        assert!(!hidden.contains("signed"), "{hidden}");
    }
}
