//! How many images a model takes at once: as many as the scorer likes, unless it was exported for a
//! batch of one size.

use holdout_protocol::{HintCode, Verdict, VerdictCode, VerdictDetail};
use holdout_torchscript::{ExportedBatch, ExportedInput};

use crate::runner::{ModelTask, Order};

/// Sizes of the batches of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Batches {
    /// Any up to this.
    UpTo(u32),
    /// This one and no other.
    Exactly(u32),
}

impl Batches {
    /// What suits a model that says this of its input, if the scorer takes at most `most` images at
    /// once. TorchScript says nothing.
    ///
    /// # Errors
    /// The verdict, if the program was exported for other images, or for larger batches.
    pub(crate) fn suiting(input: Option<&ExportedInput>, task: &ModelTask, most: u32) -> Result<Self, Box<Verdict>> {
        let Some(input) = input else { return Ok(Self::UpTo(most)) };
        check_sizes(input.sizes, u64::from(task.input.crop))?;
        match input.batch {
            ExportedBatch::Any => Ok(Self::UpTo(most)),
            ExportedBatch::UpTo(size) => Ok(Self::UpTo(u32::try_from(size).unwrap_or(most).min(most))),
            ExportedBatch::Exactly(size) => match u32::try_from(size) {
                Ok(size) if size <= most => Ok(Self::Exactly(size)),
                _ => {
                    let found = format!("the program was exported for batches of exactly {size} images");
                    Err(refused(found, &format!("at most {most} at once")))
                }
            },
        }
    }

    /// Most images at once.
    pub(crate) const fn most(self) -> u32 {
        match self {
            Self::UpTo(size) | Self::Exactly(size) => size,
        }
    }

    /// Sizes of batches of noise that come first, which differ if they may.
    pub(crate) fn trial(self, wanted: [u32; 2]) -> [u32; 2] {
        match self {
            Self::UpTo(most) => wanted.map(|size| size.min(most)),
            Self::Exactly(size) => [size; 2],
        }
    }

    /// An order in such batches; the test set has `count` images.
    pub(crate) fn cut(self, order: Order, count: u32) -> Order {
        match self {
            Self::UpTo(_) => order,
            Self::Exactly(size) => order.in_batches_of(size, count),
        }
    }
}

fn check_sizes(sizes: [Option<u64>; 3], side: u64) -> Result<(), Box<Verdict>> {
    let wanted = [3, side, side];
    if sizes.iter().zip(wanted).all(|(size, wanted)| size.is_none_or(|size| size == wanted)) {
        return Ok(());
    }
    let shown = sizes.map(|size| size.map_or_else(|| "any".to_owned(), |size| size.to_string())).join(" x ");
    let found = format!("the program was exported for images of {shown}");
    Err(refused(found, &format!("3 x {side} x {side}, the size of this task's images")))
}

/// The verdict on a program that was exported for something else.
fn refused(found: String, wanted: &str) -> Box<Verdict> {
    let code = VerdictCode::LoadFailed;
    let message = format!("{found}; allowed: {wanted}");
    let detail =
        VerdictDetail { faults: 1, found: Some(found), wanted: Some(wanted.to_owned()), ..VerdictDetail::default() };
    Box::new(Verdict::new(code, message, detail).advise(HintCode::ExportSize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(batch: ExportedBatch, sizes: [Option<u64>; 3]) -> Result<Batches, String> {
        let input = ExportedInput { batch, sizes };
        Batches::suiting(Some(&input), &ModelTask::usual(), 64)
            .map_err(|verdict| format!("{} {}", verdict.message, verdict.advice))
    }

    #[test]
    fn a_program_runs_in_batches_that_it_was_exported_for() {
        let side = [Some(3), Some(224), None];
        assert_eq!(of(ExportedBatch::Any, side), Ok(Batches::UpTo(64)));
        assert_eq!(of(ExportedBatch::UpTo(8), side), Ok(Batches::UpTo(8)));
        assert_eq!(of(ExportedBatch::UpTo(800), side), Ok(Batches::UpTo(64)));
        assert_eq!(of(ExportedBatch::Exactly(64), side), Ok(Batches::Exactly(64)));
        let large = of(ExportedBatch::Exactly(65), side).unwrap_err();
        assert!(
            large.contains("exactly 65 images; allowed: at most 64 at once") && large.contains("Dim.DYNAMIC"),
            "{large}"
        );
        assert_eq!(Batches::suiting(None, &ModelTask::usual(), 64), Ok(Batches::UpTo(64)));
        assert_eq!(Batches::UpTo(2).trial([3, 1]), [2, 1]);
        assert_eq!(Batches::Exactly(16).trial([3, 1]), [16, 16]);
    }

    #[test]
    fn a_program_for_other_images_is_refused() {
        let other = of(ExportedBatch::Any, [Some(3), Some(299), Some(299)]).unwrap_err();
        assert!(other.contains("3 x 299 x 299; allowed: 3 x 224 x 224"), "{other}");
        assert!(of(ExportedBatch::Any, [Some(1), None, None]).unwrap_err().contains("1 x any x any"));
    }
}
