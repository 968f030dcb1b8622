//! The devices that models run on, result for until they are there.

use holdout_protocol::{ClaimRequest, RunnerDevice, RunnerDevices, SubmissionKind};

use crate::claim::claim_request;
use crate::runner::{because, choose_devices, find_devices, runner_threads, usable_memory};
use crate::{RunnerConfig, ScorerConfig};

/// A device that is there, for a worker of its own.
pub(crate) struct DeviceSlot {
    pub(crate) device: RunnerDevice,
    pub(crate) threads: u32,
    /// Bytes of memory for a model, if that is known.
    pub(crate) memory: Option<u64>,
    /// What its worker asks for.
    pub(crate) request: ClaimRequest,
}

/// Looks for devices. The server hears of those that are missing, so that organizers see them.
pub(crate) struct DeviceSearch<'a> {
    config: &'a ScorerConfig,
    runner: &'a RunnerConfig,
    /// The devices that were named and have not come yet; `None` until the runner says which there
    /// are, if no device was named.
    missing: Option<Vec<MissingDevice>>,
    /// What the server hears until the runner says which devices there are.
    unknown: ClaimRequest,
}

/// A device without a worker yet.
struct MissingDevice {
    name: String,
    threads: u32,
    memory: Option<u64>,
    /// Workers of this device, this one among them.
    sharing: u64,
    request: ClaimRequest,
}

/// What a search has found.
pub(crate) struct SearchResult {
    /// Devices that were missing before.
    pub(crate) found: Vec<DeviceSlot>,
    /// Why one is still missing, for organizers.
    pub(crate) trouble: Option<String>,
}

impl<'a> DeviceSearch<'a> {
    pub(crate) fn new(config: &'a ScorerConfig, runner: &'a RunnerConfig) -> Self {
        let unknown = claim_request(config, format!("{} (models)", config.name), SubmissionKind::Torchscript, None);
        let missing = runner.devices.as_ref().map(|names| slots(config, runner, names));
        Self { config, runner, missing, unknown }
    }

    /// Asks the runner which devices there are.
    pub(crate) fn search(&mut self) -> SearchResult {
        // Devices that nobody named are those that the runner names first.
        let chosen = |devices| RunnerDevices { devices, no_gpu: None };
        let answer =
            if self.missing.is_none() { choose_devices(self.runner).map(chosen) } else { find_devices(self.runner) };
        match answer {
            Ok(RunnerDevices { devices, no_gpu }) => self.take(&devices, no_gpu.as_deref()),
            Err(error) => SearchResult { found: Vec::new(), trouble: Some(error.to_string()) },
        }
    }

    fn take(&mut self, there: &[RunnerDevice], no_gpu: Option<&str>) -> SearchResult {
        let names = || there.iter().map(|device| device.device.clone()).collect::<Vec<String>>();
        let missing = self.missing.take().unwrap_or_else(|| {
            let mut slots = slots(self.config, self.runner, &names());
            // The server knows the first one already.
            slots.iter_mut().take(1).for_each(|slot| slot.request.scorer = self.unknown.scorer);
            slots
        });
        let (mut found, mut left) = (Vec::new(), Vec::new());
        for mut slot in missing {
            match there.iter().find(|device| device.device == slot.name).cloned() {
                Some(mut device) => {
                    // Runners that share a device share its memory.
                    device.memory_bytes = device.memory_bytes.map(|bytes| bytes / slot.sharing);
                    // Whatever the server heard of it before is over.
                    slot.request.returned = true;
                    let MissingDevice { threads, memory, request, .. } = slot;
                    found.push(DeviceSlot { device, threads, memory, request });
                }
                None => left.push(slot),
            }
        }
        let trouble = (!left.is_empty()).then(|| {
            let left: Vec<&str> = left.iter().map(|slot| slot.name.as_str()).collect();
            let no_gpu = no_gpu.filter(|_| left.iter().any(|name| name.starts_with("cuda")));
            format!("there is no device {}; there is {}{}", quoted(&left), quoted(&names()), because(no_gpu))
        });
        self.missing = Some(left);
        SearchResult { found, trouble }
    }

    /// Returns what the server hears of devices that are missing.
    pub(crate) fn requests(&self) -> Vec<ClaimRequest> {
        match &self.missing {
            None => vec![self.unknown.clone()],
            Some(missing) => missing.iter().map(|slot| slot.request.clone()).collect(),
        }
    }
}

/// `` `cpu`, `cuda:0` ``.
fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    if quoted.is_empty() { "none".to_owned() } else { quoted.join(", ") }
}

/// Returns a worker for each device; a device that is listed twice is told apart by a number.
fn slots(config: &ScorerConfig, runner: &RunnerConfig, names: &[String]) -> Vec<MissingDevice> {
    let on_cpu = names.iter().filter(|name| *name == "cpu").count();
    let memory = usable_memory(runner, names.len());
    let slot = |(index, name): (usize, &String)| {
        let before = names.iter().take(index).filter(|other| *other == name).count();
        let suffix = if before == 0 { name.clone() } else { format!("{name} {}", before + 1) };
        let is_cpu = name == "cpu";
        let worker = format!("{} ({suffix})", config.name);
        let sharing = names.iter().filter(|other| *other == name).count();
        MissingDevice {
            name: name.clone(),
            threads: runner_threads(runner, if is_cpu { on_cpu } else { names.len() }, is_cpu),
            memory,
            sharing: u64::try_from(sharing).unwrap_or(1).max(1),
            request: claim_request(config, worker, SubmissionKind::Torchscript, Some((name.clone(), memory))),
        }
    };
    names.iter().enumerate().map(slot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(names: &[&str]) -> Vec<RunnerDevice> {
        let device = |name: &&str| RunnerDevice {
            device: (*name).to_owned(),
            name: (*name).to_owned(),
            threads: None,
            memory_bytes: name.starts_with("cuda").then_some(80 << 30),
        };
        names.iter().map(device).collect()
    }

    fn names(requests: &[ClaimRequest]) -> Vec<&str> {
        requests.iter().map(|request| request.name.as_str()).collect()
    }

    fn runner(devices: Option<&[&str]>) -> RunnerConfig {
        let devices = devices.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        RunnerConfig { devices, ..RunnerConfig::new("/nowhere/holdout-runner") }
    }

    #[test]
    fn every_device_has_a_name_of_its_own() {
        let config = ScorerConfig::new("http://127.0.0.1:1", "hs_t", "unused");
        let runner = runner(Some(&["cpu", "cuda:0", "cpu", "cpu"]));
        let mut search = DeviceSearch::new(&config, &runner);
        let requests = search.requests();
        assert_eq!(names(&requests), ["scorer (cpu)", "scorer (cuda:0)", "scorer (cpu 2)", "scorer (cpu 3)"]);
        let result = search.take(&there(&["cpu", "cuda:0"]), None);
        assert!(result.trouble.is_none() && result.found.len() == 4 && search.requests().is_empty());
        assert!(result.found.iter().all(|slot| slot.threads >= 1 && slot.memory.is_some()));
    }

    #[test]
    fn workers_of_one_device_share_its_memory() {
        let config = ScorerConfig::new("http://127.0.0.1:1", "hs_t", "unused");
        let runner = runner(Some(&["cuda:0", "cuda:1", "cuda:0"]));
        let found = DeviceSearch::new(&config, &runner).take(&there(&["cuda:0", "cuda:1"]), None).found;
        let memory: Vec<_> = found.iter().map(|slot| slot.device.memory_bytes.unwrap() >> 30).collect();
        assert_eq!(memory, [40, 80, 40]);
    }

    #[test]
    fn a_named_device_that_comes_late_is_the_scorer_that_the_server_announced() {
        let config = ScorerConfig::new("http://127.0.0.1:1", "hs_t", "unused");
        let runner = runner(Some(&["cpu", "cuda:1"]));
        let mut search = DeviceSearch::new(&config, &runner);
        let no_runner = search.search();
        assert!(no_runner.found.is_empty() && no_runner.trouble.unwrap().contains("/nowhere/holdout-runner"));
        let first = search.take(&there(&["cpu"]), Some("there is no driver; install one"));
        assert_eq!(names(&[first.found[0].request.clone()]), ["scorer (cpu)"]);
        assert_eq!(
            first.trouble.unwrap(),
            "there is no device `cuda:1`; there is `cpu`. No GPU can be used: there is no driver; install one"
        );
        let announced = search.requests();
        assert_eq!(names(&announced), ["scorer (cuda:1)"]);
        let second = search.take(&there(&["cpu", "cuda:0", "cuda:1"]), None);
        let slot = &second.found[0];
        assert_eq!((slot.request.scorer, slot.request.returned), (announced[0].scorer, true));
        assert!(second.trouble.is_none() && second.found.len() == 1 && slot.device.device == "cuda:1");
    }

    #[test]
    fn until_the_runner_answers_one_scorer_for_models_is_known() {
        let config = ScorerConfig::new("http://127.0.0.1:1", "hs_t", "unused");
        let runner = runner(None);
        let mut search = DeviceSearch::new(&config, &runner);
        let announced = search.requests();
        assert_eq!(names(&announced), ["scorer (models)"]);
        let result = search.take(&there(&["cuda:0", "cuda:1"]), None);
        let found: Vec<ClaimRequest> = result.found.into_iter().map(|slot| slot.request).collect();
        assert_eq!(names(&found), ["scorer (cuda:0)", "scorer (cuda:1)"]);
        assert!(found[0].scorer == announced[0].scorer && found[1].scorer != announced[0].scorer);
    }
}
