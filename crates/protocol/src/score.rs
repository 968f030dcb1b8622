//! What the evaluation of a submission found: scores, measures, and how far it is.

use serde::{Deserialize, Serialize};

use crate::Hint;

/// How far an evaluation is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// Stage.
    pub stage: Stage,
    /// Items done in the stage; while a model runs, the seconds since its runs began.
    pub done: u64,
    /// Items of the stage in all; 0 if not known.
    pub total: u64,
    /// Images a second in this stage so far, if its items are images.
    #[serde(default)]
    pub images_per_second: Option<f64>,
}

/// The stages of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The scorer fetches the file.
    Fetching,
    /// The file is parsed or checked.
    Checking,
    /// Images are prepared.
    Preparing,
    /// The model is loaded.
    Loading,
    /// The model runs.
    Running,
    /// Answers are compared with labels.
    Scoring,
}

/// Error rates by split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scores {
    /// The part that is scored while the season runs.
    pub public: Score,
    /// The part that decides; `null` until organizers publish, and if there is no split.
    pub private: Option<Score>,
}

/// Error rates over `n` images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Score {
    /// Share of images whose class is not the first label, 0 to 1.
    pub top1_error: f64,
    /// Share of images whose class is not among the five labels, 0 to 1.
    pub top5_error: f64,
    /// Images at fault by the task's metric.
    pub wrong: u32,
    /// How many images count.
    pub n: u32,
    /// Clopper–Pearson interval at 95 % of the task's metric.
    pub interval: Interval,
    /// Clopper–Pearson interval at 99.9 % of the task's metric, as the 2012 challenge printed.
    pub interval_999: Interval,
}

/// A confidence interval of an error rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interval {
    /// Confidence level, 0 to 1.
    pub level: f64,
    /// Lower end, 0 to 1.
    pub low: f64,
    /// Upper end, 0 to 1.
    pub high: f64,
}

/// What an evaluation used.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Measures {
    /// Images a second.
    pub images_per_second: Option<f64>,
    /// Peak resident memory, bytes.
    pub peak_memory_bytes: Option<u64>,
    /// Peak memory of the device, bytes; `null` on a CPU.
    pub peak_device_memory_bytes: Option<u64>,
    /// How many numbers the model's file has: parameters and buffers.
    pub parameters: Option<u64>,
    /// Type of the model's weights, such as `float16`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Device.
    pub device: Option<String>,
    /// Wall time, seconds.
    pub wall_seconds: Option<f64>,
    /// Layers of the sandbox that the scorer's host lacks and that its operator named as such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_layers: Vec<String>,
}

impl Measures {
    /// Returns what explains the speed, if the model was slow for the type of its weights.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        let on_cpu = self.peak_device_memory_bytes.is_none();
        Hint::on_slow_weights(self.weights.as_deref()).filter(|_| on_cpu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HintCode;

    #[test]
    fn half_precision_is_slow_only_without_a_gpu() {
        let hint = |weights: Option<&str>, peak_device_memory_bytes| {
            let weights = weights.map(str::to_owned);
            Measures { weights, peak_device_memory_bytes, ..Measures::default() }.hint()
        };
        assert_eq!(hint(Some("float16"), None), Some(HintCode::SlowHalf.into()));
        assert_eq!(hint(Some("float16"), Some(0)), None, "it ran on a device");
        assert_eq!([hint(Some("bfloat16"), None), hint(None, None)], [None, None]);
    }
}
