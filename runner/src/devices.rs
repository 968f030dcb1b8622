//! What models can run on here: `holdout-runner devices`.

use std::fs;
use std::path::Path;
use std::thread;

use holdout_protocol::{RunnerDevice, RunnerDevices};

use crate::cuda;

/// Returns the processor, then the GPUs, or why none can be used.
#[must_use]
pub fn list(cuda_libraries: Option<&Path>) -> RunnerDevices {
    let (gpus, no_gpu) = match cuda::list(cuda_libraries) {
        Ok(gpus) => (gpus, None),
        Err(reason) => (Vec::new(), Some(reason.to_string())),
    };
    RunnerDevices { devices: std::iter::once(processor()).chain(gpus).collect(), no_gpu }
}

/// Returns the processor, with the threads that this process may really use.
fn processor() -> RunnerDevice {
    let threads = thread::available_parallelism().ok().and_then(|threads| u32::try_from(threads.get()).ok());
    RunnerDevice {
        device: "cpu".into(),
        name: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "CPU".into()),
        threads,
        memory_bytes: field("/proc/meminfo", "MemTotal").and_then(|value| kibibytes(&value)),
    }
}

/// Returns the value of the first line of a file that begins with a name and a colon.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let values = text.lines().filter_map(|line| line.split_once(':'));
    values.into_iter().find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// Returns the bytes of a value such as `24576000 kB`.
fn kibibytes(value: &str) -> Option<u64> {
    value.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}
