//! Which devices models can run on.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use holdout_protocol::{RunnerDevice, RunnerDevices};

use super::RunnerConfig;
use super::process::program;
use crate::machine::Machine;

/// How long the runner may take to find devices: a driver may have to start first.
const FINDING: Duration = Duration::from_secs(120);
/// Largest list, bytes.
const MAX_LIST: u64 = 1 << 20;

/// Why no model can be run here.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The program is not there, or cannot be executed.
    #[error("cannot run `{}`: {source}; install `holdout-runner` beside `holdout`, or name its place", .program.display())]
    Missing { program: PathBuf, source: std::io::Error },
    /// The program does not say which devices there are.
    #[error("`{} devices` {what}; does LD_LIBRARY_PATH have the folder with the libraries of libtorch?", .program.display())]
    Devices {
        program: PathBuf,
        /// What it did instead.
        what: String,
    },
    /// No device that was asked for is there.
    #[error("no device of {wanted} is there; there are: {found}{}", because(.no_gpu.as_deref()))]
    NoDevice {
        /// The devices asked for.
        wanted: String,
        found: String,
        /// Why no GPU can be used.
        no_gpu: Option<String>,
    },
    /// The sandbox cannot be closed on this host, or a device does not compute.
    #[error("{0}")]
    Unusable(String),
}

/// Returns what follows on "there is no device" if the runner says why no GPU can be used.
pub(crate) fn because(no_gpu: Option<&str>) -> String {
    no_gpu.map(|reason| format!(". No GPU can be used: {reason}")).unwrap_or_default()
}

/// Returns the devices of this machine, by asking `holdout-runner devices`.
///
/// # Errors
/// If the program is not there or does not answer.
pub fn find_devices(config: &RunnerConfig) -> Result<RunnerDevices, RunnerError> {
    let missing = |source| RunnerError::Missing { program: config.program.clone(), source };
    let odd = |what: String| RunnerError::Devices { program: config.program.clone(), what };
    let mut command = program(config).map_err(missing)?;
    command.arg("devices");
    if let Some(libraries) = &config.cuda_libraries {
        command.arg("--cuda-libraries").arg(libraries);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let list = output(command.spawn().map_err(missing)?).map_err(odd)?;
    serde_json::from_slice(&list).map_err(|error| odd(format!("gave a list that cannot be read: {error}")))
}

/// Longest text of what the program or the loader of its libraries says, bytes and characters.
const MAX_SAID: u64 = 4096;
const SHOWN: usize = 300;

/// Returns what is said on standard error, on one line and not at length.
fn said(stream: Option<impl Read>) -> String {
    let mut text = Vec::new();
    // What cannot be read is not shown.
    let _ = stream.map(|stream| stream.take(MAX_SAID).read_to_end(&mut text));
    let text = String::from_utf8_lossy(&text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if line.is_empty() { line } else { format!(": {line}") }
}

/// Returns what a program writes, if it ends well and in time.
fn output(mut child: Child) -> Result<Vec<u8>, String> {
    let (written, errors) = (child.stdout.take(), child.stderr.take());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut list = Vec::new();
        let read = written.map(|stream| stream.take(MAX_LIST).read_to_end(&mut list));
        // Nobody waits for it if it came too late.
        sender.send(read.and_then(Result::ok).map(|_| list)).ok();
    });
    let list = receiver.recv_timeout(FINDING);
    if list.is_err() {
        child.kill().ok();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match list {
        Err(_) => Err("does not answer".to_owned()),
        Ok(Some(list)) if status.success() => Ok(list),
        Ok(_) => Err(format!("failed: {status}{}", said(errors))),
    }
}

/// Returns the devices to use: those that were asked for, as often as they were; else all that are
/// not a CPU, or the CPU.
pub(crate) fn choose_devices(config: &RunnerConfig) -> Result<Vec<RunnerDevice>, RunnerError> {
    let RunnerDevices { devices: found, no_gpu } = find_devices(config)?;
    let chosen = choose_from(config.devices.as_deref(), &found);
    if chosen.is_empty() {
        let names = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let wanted = names(config.devices.iter().flatten().map(String::as_str).collect());
        return Err(RunnerError::NoDevice {
            wanted,
            found: names(found.iter().map(|one| one.device.as_str()).collect()),
            no_gpu,
        });
    }
    Ok(chosen)
}

fn choose_from(wanted: Option<&[String]>, found: &[RunnerDevice]) -> Vec<RunnerDevice> {
    let Some(wanted) = wanted else {
        let (cpus, others): (Vec<_>, Vec<_>) = found.iter().cloned().partition(|device| device.device == "cpu");
        return if others.is_empty() { cpus } else { others };
    };
    let find = |name: &String| {
        let device = found.iter().find(|device| device.device == *name).cloned();
        if device.is_none() {
            tracing::warn!(device = name, "the device is not there; no model is run on it");
        }
        device
    };
    wanted.iter().filter_map(find).collect()
}

/// Threads of each runner if `workers` of them run at once, for a CPU or another device.
pub(crate) fn runner_threads(config: &RunnerConfig, workers: usize, is_cpu: bool) -> u32 {
    let there = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = u32::try_from(there / workers.max(1)).unwrap_or(1).max(1);
    config.threads.unwrap_or(if is_cpu { share } else { share.min(BESIDE_A_GPU) }).max(1)
}

/// Returns the bytes of memory for a model of each of `workers` that run at once. Returns `None` if
/// the kernel does not tell.
pub(crate) fn usable_memory(config: &RunnerConfig, workers: usize) -> Option<u64> {
    let share = |bytes: u64| bytes / u64::try_from(workers).unwrap_or(u64::MAX).max(1);
    config.memory_bytes.map(share).or_else(|| Machine::read().map(|machine| machine.for_each_of(workers)))
}

/// Most threads of a runner whose model computes elsewhere, and of the copying of images for it.
pub(crate) const BESIDE_A_GPU: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str) -> RunnerDevice {
        RunnerDevice { device: name.to_owned(), name: name.to_owned(), threads: None, memory_bytes: None }
    }

    fn names(wanted: Option<&[&str]>, found: &[&str]) -> Vec<String> {
        let wanted: Option<Vec<String>> = wanted.map(|list| list.iter().map(|&name| name.to_owned()).collect());
        let found: Vec<RunnerDevice> = found.iter().map(|name| device(name)).collect();
        choose_from(wanted.as_deref(), &found).into_iter().map(|device| device.device).collect()
    }

    #[test]
    fn every_gpu_is_used_or_the_cpu() {
        assert_eq!(names(None, &["cpu", "cuda:0", "cuda:1"]), ["cuda:0", "cuda:1"]);
        assert_eq!(names(None, &["cpu"]), ["cpu"]);
        assert!(names(None, &[]).is_empty());
    }

    #[test]
    fn what_is_asked_for_is_used_as_often_as_it_is() {
        assert_eq!(names(Some(&["cpu", "cpu"]), &["cpu", "cuda:0"]), ["cpu", "cpu"]);
        assert_eq!(names(Some(&["cuda:7", "cuda:0"]), &["cpu", "cuda:0"]), ["cuda:0"]);
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = find_devices(&RunnerConfig::new("/nowhere/holdout-runner")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/holdout-runner"), "{error}");
    }

    #[test]
    fn a_program_that_is_another_is_told_apart() {
        for (program, words) in [("/bin/false", "failed"), ("/bin/echo", "cannot be read")] {
            let error = find_devices(&RunnerConfig::new(program)).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn threads_are_shared_by_the_workers() {
        let config = RunnerConfig::new("x");
        assert_eq!(runner_threads(&config, 1_000_000, true), 1);
        assert!(runner_threads(&config, 1, false) <= BESIDE_A_GPU);
        assert_eq!(runner_threads(&RunnerConfig { threads: Some(7), ..config }, 2, true), 7);
    }
}
