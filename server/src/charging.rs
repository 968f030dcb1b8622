//! When an attempt is charged: the one place that decides it. Whatever ends a submission asks here.
//!
//! The rule is promise 2 of the README: an attempt is charged if the file was compared with labels,
//! or if the model had begun to run on hidden images, or if its team cancelled it after a scorer
//! had begun. Everything else is free, and so is a model that was stopped because its scorer has
//! less memory than the task allows. Two rate limits of an account bound free refusals:
//! `submissions_per_minute`, because each one is a submission, and `refusals_per_hour`.

use holdout_protocol::{RefundReason, SubmissionKind, VerdictCode};

/// How a submission ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The check at the door refused the file, before anything was queued.
    RefusedAtDoor,
    /// It was scored.
    Scored,
    /// A scorer came to a verdict on the team's work.
    Rejected {
        /// What the file is.
        kind: SubmissionKind,
        code: VerdictCode,
        /// Whether the model had begun to run on the hidden images; `None` from scorers that do not
        /// report it.
        ran_on_images: Option<bool>,
        /// Whether it was stopped at a limit of the scorer's machine that is below the task's.
        below_limit: bool,
    },
    /// The platform failed as often as it may.
    Stalled,
    /// The team cancelled it.
    Cancelled {
        /// Whether a scorer had begun: it had fetched the file.
        begun: bool,
    },
}

/// Returns why the slot is given back, or `None` if the attempt is charged. For example, a model
/// that reaches its time limit on hidden images is charged, because the time says something about
/// them; one with a forbidden operator is not.
#[must_use]
pub const fn refund(ending: Ending) -> Option<RefundReason> {
    match ending {
        Ending::RefusedAtDoor => Some(RefundReason::Format),
        Ending::Rejected { below_limit: true, .. } => Some(RefundReason::PlatformFault),
        Ending::Rejected { kind, code, ran_on_images, below_limit: false } => {
            if needed_hidden_images(kind, code, ran_on_images) { None } else { Some(RefundReason::Format) }
        }
        Ending::Stalled => Some(RefundReason::PlatformFault),
        Ending::Cancelled { begun: false } => Some(RefundReason::Cancelled),
        Ending::Scored | Ending::Cancelled { begun: true } => None,
    }
}

/// Returns true if a verdict could be reached only by running on hidden images. A prediction file
/// is refused by its format alone.
const fn needed_hidden_images(kind: SubmissionKind, code: VerdictCode, ran_on_images: Option<bool>) -> bool {
    match (kind, ran_on_images) {
        (SubmissionKind::Predictions, _) => false,
        (SubmissionKind::Torchscript, Some(ran)) => ran,
        // An older scorer: these verdicts come from the check of the file and from loading it.
        (SubmissionKind::Torchscript, None) => !matches!(
            code,
            VerdictCode::NotTorchscript
                | VerdictCode::ForbiddenOperator
                | VerdictCode::TooLarge
                | VerdictCode::LoadFailed
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn model(code: VerdictCode, ran_on_images: Option<bool>) -> Ending {
        Ending::Rejected { kind: SubmissionKind::Torchscript, code, ran_on_images, below_limit: false }
    }

    #[test]
    fn the_table_of_who_pays() {
        use RefundReason::{Cancelled, Format, PlatformFault};
        let table = [
            (Ending::RefusedAtDoor, Some(Format)),
            (Ending::Scored, None),
            (Ending::Stalled, Some(PlatformFault)),
            (Ending::Cancelled { begun: false }, Some(Cancelled)),
            (Ending::Cancelled { begun: true }, None),
            (model(VerdictCode::NotTorchscript, Some(false)), Some(Format)),
            (model(VerdictCode::ForbiddenOperator, Some(false)), Some(Format)),
            (model(VerdictCode::LoadFailed, Some(false)), Some(Format)),
            (model(VerdictCode::Crashed, Some(false)), Some(Format)),
            (model(VerdictCode::TimeLimit, Some(false)), Some(Format)),
            (model(VerdictCode::MemoryLimit, Some(false)), Some(Format)),
            // The task allows more: whoever runs the scorer chose less.
            (
                Ending::Rejected {
                    kind: SubmissionKind::Torchscript,
                    code: VerdictCode::MemoryLimit,
                    ran_on_images: Some(true),
                    below_limit: true,
                },
                Some(PlatformFault),
            ),
            (model(VerdictCode::LoadFailed, Some(true)), None),
            (model(VerdictCode::Crashed, Some(true)), None),
            (model(VerdictCode::WrongOutput, Some(true)), None),
            (model(VerdictCode::NotReproducible, Some(true)), None),
            (model(VerdictCode::NotTorchscript, None), Some(Format)),
            (model(VerdictCode::ForbiddenOperator, None), Some(Format)),
            (model(VerdictCode::TooLarge, None), Some(Format)),
            (model(VerdictCode::LoadFailed, None), Some(Format)),
            (model(VerdictCode::ModelError, None), None),
            (model(VerdictCode::Crashed, None), None),
            (model(VerdictCode::TimeLimit, None), None),
        ];
        for (ending, expected) in table {
            assert_eq!(refund(ending), expected, "{ending:?}");
        }
    }

    #[test]
    fn no_verdict_on_a_prediction_file_is_charged_and_every_verdict_after_hidden_images_is() {
        for code in VerdictCode::ALL.iter().copied() {
            for ran_on_images in [None, Some(false), Some(true)] {
                let (kind, below_limit) = (SubmissionKind::Predictions, false);
                let file = Ending::Rejected { kind, code, ran_on_images, below_limit };
                assert_eq!(refund(file), Some(RefundReason::Format), "{file:?}");
            }
            assert_eq!(refund(model(code, Some(true))), None, "{code:?}");
            assert_eq!(refund(model(code, Some(false))), Some(RefundReason::Format), "{code:?}");
        }
    }
}
