//! Which devices models run on, found out and told before a scorer starts.

use holdout_protocol::{RunnerDevice, RunnerDevices, format_bytes};
use holdout_scorer::{RunnerConfig, find_devices};

use crate::console::Console;
use crate::host::runner_program::{MissingRunner, RunnerProgram};
use crate::host::settings::ScorerSettings;
use crate::show::figures::counted;
use crate::text::visible;

/// Returns how a scorer runs models, told to whoever started it. Returns `None` if it evaluates
/// predictions only: because that is wanted, or because there is no runner and nothing says that
/// there should be one. What is named and is not there, or cannot be used, may come later: the
/// scorer looks for it again and again.
pub(crate) fn runner_config(
    settings: &ScorerSettings,
    program: RunnerProgram,
    console: &Console,
) -> Option<RunnerConfig> {
    if settings.devices == [NO_DEVICE] {
        console.remark("models are not evaluated: the device is `none`");
        return None;
    }
    let path = match program {
        RunnerProgram::Found(path) => path,
        RunnerProgram::Missing(missing) => {
            console.remark(format!("models are not evaluated: {}", visible(&missing.to_string())));
            console.remark("put `holdout-runner` beside `holdout`, or name it with HOLDOUT_RUNNER");
            match missing {
                MissingRunner::NotBeside(_) if settings.devices.is_empty() => return None,
                MissingRunner::NotBeside(path) | MissingRunner::NotNamed(path) => {
                    console.remark(LOOKING);
                    return Some(settings.runner(path));
                }
            }
        }
    };
    let config = settings.runner(path);
    tell(console, &config);
    Some(config)
}

/// The device of a scorer that evaluates predictions only.
const NO_DEVICE: &str = "none";
/// What happens if something is not there.
const LOOKING: &str = "the scorer looks for it again and again";

fn tell(console: &Console, config: &RunnerConfig) {
    let RunnerDevices { devices: found, no_gpu } = match find_devices(config) {
        Ok(found) => found,
        Err(error) => {
            console.remark(format!("models are not evaluated yet: {}", visible(&error.to_string())));
            console.remark(LOOKING);
            return;
        }
    };
    found.iter().for_each(|device| console.remark(described(device)));
    let is_missing = |name: &&String| !found.iter().any(|device| device.device == **name);
    for missing in config.devices.iter().flatten().filter(is_missing) {
        let names: Vec<String> = found.iter().map(|device| format!("`{}`", visible(&device.device))).collect();
        console.remark(format!("there is no device `{missing}`; there is {}; {LOOKING}", names.join(", ")));
    }
    // On a machine without a GPU it is nothing worth saying, unless one was expected.
    let wants_gpu =
        config.cuda_libraries.is_some() || config.devices.iter().flatten().any(|name| name.starts_with("cuda"));
    if let Some(reason) = no_gpu.filter(|_| wants_gpu) {
        console.remark(format!("no GPU can be used: {}", visible(&reason)));
    }
    if !config.without.is_empty() {
        let layers: Vec<&str> = config.without.iter().map(|layer| layer.as_str()).collect();
        console.remark(format!("models run without these layers of the sandbox: {}", layers.join(", ")));
    }
}

/// `cpu: AMD EPYC 9654, 2 threads`.
fn described(device: &RunnerDevice) -> String {
    let mut parts = vec![visible(&device.name)];
    parts.extend(device.threads.map(|threads| counted(threads.into(), "thread")));
    parts.extend(device.memory_bytes.map(format_bytes));
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
