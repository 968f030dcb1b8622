//! How a worker finds out whether it can do its work: the cache folder, a file from the server, a small prediction file,
//! and for models the sandbox and a small model.

use std::io::{Read, Seek};
use std::sync::Arc;
use std::time::Duration;

use holdout_evaluation::{ClassList, TestSet};
use holdout_protocol::{BlobRef, InputTransform, Limits, Precision, Sha256};
use holdout_torchscript::write::{Attribute, Module, TensorData, write};
use sha2::Digest as _;

use crate::StopSignal;
use crate::bounded::bounded;
use crate::client::Client;
use crate::error::CallError;
use crate::model::{ModelTask, Noise, look, pack};
use crate::runner::{MemoryFile, Supply};
use crate::work::{NotScored, Unfinished, Worker};

/// Longest test of a part.
const LONGEST: Duration = Duration::from_secs(120);
/// Larger files are read in part, and not compared with their name.
const WHOLE: u64 = 16 << 20;
/// Numbers in an image of the small model.
const WIDTH: usize = 192;
/// The same as a size of a tensor.
const WIDTH_SIZE: u64 = 192;
/// The small model: a linear layer.
const METHODS: &str = "  def forward(self, x: Tensor) -> Tensor:
    return torch.linear(torch.flatten(x, 1), self.weight)
";
/// Images that the small model sees.
const IMAGES: u32 = 8;
/// Side of these images.
const SIDE: u32 = 8;
/// Memory that the small model may use, bytes.
const MEMORY: u64 = 256 << 20;

/// Tests all that a worker needs.
///
/// # Errors
/// What cannot be used, for operators; or that the scorer has to stop.
pub(crate) fn test_worker(worker: &mut Worker, known: Option<&BlobRef>) -> Result<(), Unfinished> {
    let stop = Arc::clone(&worker.stop);
    test_start(worker)?;
    if let Some(blob) = known {
        let (client, blob) = (Arc::clone(&worker.client), blob.clone());
        bounded("self-test", LONGEST, &*stop, move || fetch_again(&client, &blob))??;
    }
    score_small_file()?;
    match &worker.models {
        Some(tools) => run_small_model(&tools.supply, &stop),
        None => Ok(()),
    }
}

/// Tests what can be tested before there was any work: the cache folder, and the sandbox of a device.
///
/// # Errors
/// As [`test_worker`].
pub(crate) fn test_start(worker: &mut Worker) -> Result<(), Unfinished> {
    let (cache, stop) = (Arc::clone(&worker.cache), Arc::clone(&worker.stop));
    bounded("self-test", LONGEST, &*stop, move || cache.check())?.map_err(Unfinished::Fault)?;
    match &mut worker.models {
        Some(tools) => tools.supply.try_out(&*stop),
        None => Ok(()),
    }
}

/// Fetches a file that the server has given before, past the cache.
fn fetch_again(client: &Client, blob: &BlobRef) -> Result<(), Unfinished> {
    let failed = |cause: String| Unfinished::Fault(format!("cannot fetch {}: {cause}", blob.sha256));
    let incoming = match client.open(blob.sha256, 0) {
        Ok(incoming) => incoming,
        // It may have been deleted since; the server answers, which is enough.
        Err(refused @ CallError::Refused { .. }) if !refused.is_unwelcome() => return Ok(()),
        Err(error) => return Err(failed(error.to_string())),
    };
    let mut bytes = Vec::new();
    incoming.bytes.take(blob.size.min(WHOLE)).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    let found = Sha256::from_bytes(sha2::Sha256::digest(&bytes).into());
    if blob.size <= WHOLE && found != blob.sha256 {
        return Err(failed("the server sent another file".to_owned()));
    }
    Ok(())
}

/// Checks and scores a prediction file of two images.
fn score_small_file() -> Result<(), Unfinished> {
    let failed = |what: String| Unfinished::Fault(format!("a prediction file cannot be scored: {what}"));
    let classes =
        ClassList::parse(b"1\tn00000001\ta\n2\tn00000002\tb\n").map_err(|error| failed(format!("{error:?}")))?;
    let test_set = TestSet::parse_labels(classes, b"1\n2\n").map_err(|error| failed(format!("{error:?}")))?;
    let checked = holdout_evaluation::check(test_set.shape(), b"1\n1\n".as_slice(), 100);
    let predictions = checked.map_err(|error| failed(error.to_string()))?;
    let scored = holdout_evaluation::score(&predictions, test_set.labels());
    scored.map(drop).map_err(|error| failed(error.to_string()))
}

/// Checks and runs a linear model of two classes on noise, twice, as any other.
fn run_small_model(supply: &Supply, stop: &StopSignal) -> Result<(), Unfinished> {
    let failed = |error: std::io::Error| Unfinished::Fault(format!("a model cannot be run: {error}"));
    let mut file = tempfile::tempfile().map_err(failed)?;
    // All pixels are positive, so the first class always wins.
    let weight = [vec![0.5; WIDTH], vec![-0.5; WIDTH]].concat();
    let attributes = vec![("weight", Attribute::parameter(&[2, WIDTH_SIZE], TensorData::F32(&weight)))];
    write(&Module { attributes, methods: METHODS }, &mut file).map_err(failed)?;
    file.rewind().map_err(failed)?;
    let memory = MemoryFile::new("holdout-model").map_err(failed)?;
    let evaluated = pack(&file, memory, supply.config().operators).map_err(|(error, _)| error).and_then(|packed| {
        let task = supply.within_memory(small_task());
        let starting = supply.another(&task, &packed.memory)?;
        look(supply, starting, (&packed, &task), &Noise { count: IMAGES, seed: 1 }, stop)
    });
    match evaluated {
        Ok(_) => Ok(()),
        Err(NotScored::Rejected(verdict)) => {
            Err(Unfinished::Fault(format!("a model that works was rejected: {}", verdict.code.as_str())))
        }
        Err(NotScored::Unfinished(unfinished)) => Err(unfinished),
    }
}

fn small_task() -> ModelTask {
    let input =
        InputTransform { resize: None, crop: SIDE, mean: [0.0; 3], std: [1.0; 3], precision: Precision::Float32 };
    let limits = Limits { wall_seconds: LONGEST.as_secs(), memory_bytes: MEMORY, ..Limits::default() };
    ModelTask { classes: 2, input, limits, noise_seed: 0 }
}
