//! What a model is measured against, as far as the model may know it: no label is in here.

use holdout_protocol::{Claim, InputTransform, Limits, Precision};

use crate::outcome::Fault;

/// Ranked indices wanted for an image.
const ANSWERS: u8 = 5;

/// The part of a task that a model's run needs.
#[derive(Debug, Clone)]
pub struct ModelTask {
    /// Number of classes, 1 or more: the width of the scores.
    pub classes: u16,
    /// How images become the model's input.
    pub input: InputTransform,
    /// What the evaluation may use.
    pub limits: Limits,
    /// From this the pictures of noise are made. It is the same for the same file, so that its
    /// trial ends the same every time.
    pub noise_seed: u64,
}

impl ModelTask {
    /// Returns the part of a claim that its run needs.
    pub(crate) fn of_claim(claim: &Claim, classes: u16) -> Result<Self, Fault> {
        let input = claim.input.clone();
        let input = input.ok_or_else(|| Fault::new("the task has no input transform"))?;
        let (start, _) = claim.blob.sha256.as_bytes().split_first_chunk().unwrap_or((&[0; 8], &[]));
        Ok(Self { classes, input, limits: claim.limits.clone(), noise_seed: u64::from_le_bytes(*start) })
    }

    /// Returns what most tasks are like.
    pub(crate) fn usual() -> Self {
        let (mean, std) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        let input = InputTransform { resize: Some(256), crop: 224, mean, std, precision: Precision::Float32 };
        Self { classes: 1000, input, limits: Limits::default(), noise_seed: 0 }
    }

    /// Ranked indices wanted for an image: five, or as many as there are classes.
    #[must_use]
    pub(crate) fn answers(&self) -> u8 {
        u8::try_from(self.classes).map_or(ANSWERS, |classes| classes.min(ANSWERS))
    }

    /// Returns the bytes of an image, `uint8[3, side, side]`.
    #[must_use]
    pub(crate) fn image_bytes(&self) -> u64 {
        3 * u64::from(self.input.crop) * u64::from(self.input.crop)
    }
}
