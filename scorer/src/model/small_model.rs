//! A small model with a known result, for the self-test of a worker.

use std::io::Seek as _;

use holdout_protocol::{InputTransform, Limits, Precision};
use holdout_torchscript::write::{Attribute, Module, TensorData, write};

use super::check::check_and_pack;
use super::evaluate::evaluate_twice;
use crate::StopSignal;
use crate::outcome::{EvaluationError, Fault, Interruption};
use crate::runner::{MemoryFile, ModelTask, Noise, RunnerPool};

/// Seconds that the model may take.
const WALL_SECONDS: u64 = 120;
/// Numbers in an image.
const WIDTH: usize = 192;
/// The same as a size of a tensor.
const WIDTH_SIZE: u64 = 192;
const METHODS: &str = "  def forward(self, x: Tensor) -> Tensor:
    return torch.linear(torch.flatten(x, 1), self.weight)
";
/// Images that it sees.
const IMAGES: u32 = 8;
/// Side of these images.
const SIDE: u32 = 8;
/// Memory that it may use, bytes.
const MEMORY: u64 = 256 << 20;

/// Checks and runs a linear model of two classes on noise, twice, like any other.
///
/// # Errors
/// What cannot be used, for operators; or that the scorer has to stop.
pub(crate) fn run_small_model(pool: &RunnerPool, stop: &StopSignal) -> Result<(), Interruption> {
    match evaluate_small_model(pool, stop) {
        Ok(()) => Ok(()),
        Err(error) => {
            let verdict = error.into_verdict()?;
            Err(Fault::new(format!("a model that works was rejected: {}", verdict.code.as_str())).into())
        }
    }
}

fn evaluate_small_model(pool: &RunnerPool, stop: &StopSignal) -> Result<(), EvaluationError> {
    let failed = |error: std::io::Error| Fault::new(format!("a model cannot be run: {error}"));
    let mut file = tempfile::tempfile().map_err(failed)?;
    // All pixels are positive, so the first class always wins.
    let weight = [vec![0.5; WIDTH], vec![-0.5; WIDTH]].concat();
    let attributes = vec![("weight", Attribute::parameter(&[2, WIDTH_SIZE], TensorData::F32(&weight)))];
    write(&Module { attributes, methods: METHODS }, &mut file).map_err(failed)?;
    file.rewind().map_err(failed)?;
    let memory = MemoryFile::new("holdout-model").map_err(failed)?;
    let packed = check_and_pack(&file, memory, pool.config().operators).map_err(|(error, _)| error)?;
    let task = pool.within_memory(small_task());
    let starting = pool.start_another(&task, &packed.memory)?;
    evaluate_twice(pool, starting, &packed, &task, &Noise { count: IMAGES, seed: 1 }, stop).map(drop)
}

fn small_task() -> ModelTask {
    let input =
        InputTransform { resize: None, crop: SIDE, mean: [0.0; 3], std: [1.0; 3], precision: Precision::Float32 };
    let limits = Limits { wall_seconds: WALL_SECONDS, memory_bytes: MEMORY, ..Limits::default() };
    ModelTask { classes: 2, input, limits, noise_seed: 0 }
}
