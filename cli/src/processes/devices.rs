//! Which devices models run on, found out and told before a scorer starts.

use holdout_protocol::RunnerDevice;
use holdout_scorer::{RunnerConfig, find_devices};

use crate::console::Console;
use crate::failure::Failure;
use crate::figures::bytes;
use crate::runner_program::{MissingRunner, RunnerProgram};
use crate::settings::ScorerSettings;
use crate::text::visible;

/// How a scorer runs models; it evaluates predictions only if there is no runner, and says so.
///
/// # Errors
/// If a runner that was named is not there, or the one that is there cannot be used.
pub fn needed_runner(
    settings: &ScorerSettings,
    program: RunnerProgram,
    console: &Console,
) -> Result<Option<RunnerConfig>, Failure> {
    if settings.devices == [NO_DEVICE] {
        console.remark("models are not evaluated: the device is `none`");
        return Ok(None);
    }
    match program {
        RunnerProgram::Missing(missing @ MissingRunner::NotBeside(_)) => {
            tell_missing(console, &missing.to_string());
            Ok(None)
        }
        program => {
            let config = settings.runner(program.required()?);
            tell(console, &config)?;
            Ok(Some(config))
        }
    }
}

/// As [`needed_runner`], but a runner that is there and cannot be used is as good as none, unless it was named.
///
/// # Errors
/// If a runner or a device that was named is not there.
pub fn usable_runner(
    settings: &ScorerSettings,
    program: RunnerProgram,
    console: &Console,
) -> Result<Option<RunnerConfig>, Failure> {
    match needed_runner(settings, program, console) {
        Err(failure) if failure.code() == UNUSABLE => {
            tell_missing(console, &failure.to_string());
            Ok(None)
        }
        result => result,
    }
}

/// The device of a scorer that evaluates predictions only.
const NO_DEVICE: &str = "none";
/// The code of a runner that is there and does not say which devices there are.
const UNUSABLE: &str = "runner_unusable";

fn tell_missing(console: &Console, why: &str) {
    console.remark(format!("models are not evaluated: {}", visible(why)));
    console.remark("put `holdout-runner` beside `holdout`, or name it with HOLDOUT_RUNNER");
}

fn tell(console: &Console, config: &RunnerConfig) -> Result<(), Failure> {
    let found = find_devices(config).map_err(|error| Failure::refused(UNUSABLE, error.to_string()))?;
    let is_there = |name: &&String| found.iter().any(|device| device.device == **name);
    if let Some(missing) = config.devices.iter().flatten().find(|name| !is_there(name)) {
        let names: Vec<String> = found.iter().map(|device| format!("`{}`", device.device)).collect();
        let message = format!("there is no device `{missing}`; there is {}", names.join(", "));
        return Err(Failure::refused("no_device", message).advise("Name others with `--device`."));
    }
    for device in &found {
        console.remark(described(device));
    }
    if !config.without.is_empty() {
        let layers: Vec<&str> = config.without.iter().map(|layer| layer.as_str()).collect();
        console.remark(format!("models run without these layers of the sandbox: {}", layers.join(", ")));
    }
    Ok(())
}

/// `cpu: AMD EPYC 9654, 2 threads`.
fn described(device: &RunnerDevice) -> String {
    let mut parts = vec![visible(&device.name)];
    parts.extend(
        device.threads.map(|threads| if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") }),
    );
    parts.extend(device.memory_bytes.map(bytes));
    format!("{}: {}", visible(&device.device), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_described_on_a_line() {
        let cpu = RunnerDevice {
            device: "cpu".to_owned(),
            name: "AMD EPYC".to_owned(),
            threads: Some(2),
            memory_bytes: None,
        };
        assert_eq!(described(&cpu), "cpu: AMD EPYC, 2 threads");
        let memory_bytes = Some(139 << 30);
        let gpu =
            RunnerDevice { device: "cuda:0".to_owned(), name: "NVIDIA H200".to_owned(), threads: None, memory_bytes };
        assert_eq!(described(&gpu), "cuda:0: NVIDIA H200, 139 GiB");
    }
}
