//! Which GPUs a runner sees: only its own, so that no model can reach that of another worker,
//! whatever device it names.

use holdout_protocol::RunnerDevice;

/// The variable by which an operator chooses the GPUs of a program, and numbers them.
pub(crate) const VISIBLE: &str = "CUDA_VISIBLE_DEVICES";

/// Returns which GPUs this scorer may use, if its environment says so.
pub(crate) fn visible_devices() -> Option<String> {
    std::env::var(VISIBLE).ok()
}

/// Returns what a runner for this device is told: the name of the device, and the GPUs it may see.
///
/// For example, `cuda:1` of a scorer that may use GPUs 4 and 6 is `cuda:0` of a runner that sees
/// GPU 6 alone. A device that the scorer may not use stays as it is, and the runner says so.
pub(crate) fn own_gpu(device: &RunnerDevice, visible: Option<String>) -> (String, Option<String>) {
    let name = device.device.clone();
    let number: Option<usize> = name.strip_prefix("cuda:").and_then(|number| number.parse().ok());
    let own = number.and_then(|number| match &visible {
        Some(visible) => visible.split(',').nth(number).map(|one| one.trim().to_owned()),
        None => Some(number.to_string()),
    });
    match own {
        Some(own) => ("cuda:0".to_owned(), Some(own)),
        None => (name, visible),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_sees_its_own_gpu_and_no_other() {
        let cases = [
            ("cuda:0", None, "cuda:0", Some("0")),
            ("cuda:1", None, "cuda:0", Some("1")),
            ("cuda:1", Some("4, 6"), "cuda:0", Some("6")),
            ("cuda:0", Some("GPU-8932f937-d72c"), "cuda:0", Some("GPU-8932f937-d72c")),
            ("cuda:1", Some("MIG-a,MIG-b,MIG-c"), "cuda:0", Some("MIG-b")),
            // Refused by the runner, which has no such device.
            ("cuda:2", Some("4,6"), "cuda:2", Some("4,6")),
            ("cpu", Some("4"), "cpu", Some("4")),
            ("cpu", None, "cpu", None),
        ];
        for (device, visible, name, own) in cases {
            let device =
                RunnerDevice { device: device.to_owned(), name: String::new(), threads: None, memory_bytes: None };
            let told = own_gpu(&device, visible.map(str::to_owned));
            assert_eq!(told, (name.to_owned(), own.map(str::to_owned)), "{device:?} of {visible:?}");
        }
    }
}
