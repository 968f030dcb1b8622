//! NVIDIA GPUs, without linking against their libraries: one program serves hosts with and without
//! them.
#![expect(unsafe_code, reason = "loading libraries and calling the driver")]

mod driver;

use std::ffi::c_int;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use driver::{Driver, Library};
use holdout_protocol::RunnerDevice;

use crate::sandbox::{Opening, Shown};

/// The driver's library: it comes with the driver, never with libtorch.
const DRIVER: &str = "libcuda.so.1";

/// libtorch's CUDA half, which registers itself when it is loaded.
const TORCH: &str = "libtorch_cuda.so";

/// The variable by which a user chooses GPUs; the driver reads it.
const VISIBLE: &str = "CUDA_VISIBLE_DEVICES";

/// Libraries that libtorch would otherwise load at first use.
const LATE: [&str; 1] = ["libtorch_cuda_linalg.so"];

/// Files of the kernel that the driver reads; nothing in them is about other processes.
pub const READ: [&str; 9] = [
    "/proc/driver",
    "/proc/devices",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/proc/modules",
    "/proc/sys/vm",
    "/sys/devices/system",
    "/dev/urandom",
    "/dev/null",
];

/// The variable with settings of libtorch's allocator. It is read when the allocator is made for a
/// device.
const ALLOCATOR: &str = "PYTORCH_ALLOC_CONF";

/// Loads the driver and libtorch's CUDA libraries, and says what they need of the host. Tensors get
/// at most these `millionths` of the memory of a device.
///
/// Nothing is initialised yet: the driver starts threads then, which must be born inside the
/// sandbox.
///
/// # Errors
/// If a library is missing.
pub fn open(folder: &Path, visible: Option<&str>, millionths: Option<u32>) -> io::Result<Opening> {
    if let Some(millionths) = millionths {
        // SAFETY: this process has one thread, and no part of libtorch that reads it is loaded yet.
        unsafe { std::env::set_var(ALLOCATOR, allocator_settings(millionths)) };
    }
    if let Some(visible) = visible {
        // SAFETY: this process has one thread. The driver reads it when it is initialised.
        unsafe { std::env::set_var(VISIBLE, visible) };
    }
    let driver = Library::open(Path::new(DRIVER))?;
    Library::open(&folder.join(TORCH))?;
    for late in LATE.map(|name| folder.join(name)) {
        if late.exists() {
            Library::open(&late)?;
        }
    }
    let mut folders = vec![folder.canonicalize()?];
    folders.extend(driver.folder(c"cuInit"));
    Ok(Opening::Driver(Shown { devices: device_files()?, folders, files: READ.map(PathBuf::from).to_vec() }))
}

/// The version of CUDA that libtorch's libraries are built for, as the driver counts: 1000 × major
/// + 10 × minor. A driver of the same major version is enough.
const CUDA: c_int = 13_000;

/// What keeps this host's GPUs from being used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoGpu {
    #[error(
        "there is no driver: `{DRIVER}` is not among this host's libraries; install NVIDIA's driver 580 or later, and in a \
         container start it with the GPUs (`--gpus all`)"
    )]
    NoDriver,
    #[error(
        "the driver is too old: it is for CUDA {}, and libtorch needs {} or later of the same major version; install NVIDIA's driver 580 or \
         later", version(*.0), version(CUDA)
    )]
    OldDriver(c_int),
    #[error(
        "the driver does not start (CUDA error {0}); look at `nvidia-smi`, and whether this user may open /dev/nvidia*; in a container \
         start it with the GPUs (`--gpus all`)"
    )]
    DriverFails(c_int),
    #[error("the driver `{DRIVER}` lacks functions that every version has; install NVIDIA's driver again")]
    DamagedDriver,
    #[error(
        "the driver shows no GPU; look at `nvidia-smi`, and at CUDA_VISIBLE_DEVICES, which is {}", shown(.0.as_deref())
    )]
    NoDevice(Option<String>),
    #[error(
        "there are GPUs, but no folder of libtorch's CUDA libraries is named; fetch them with `make libtorch-cuda` and name \
         the folder as `scorer.cuda_libraries`, or here as `--cuda-libraries`"
    )]
    NoFolder,
    #[error(
        "the folder of CUDA libraries `{}` has no `{TORCH}`; fetch it with `make libtorch-cuda`, or name the folder `torch/lib` of \
         torch 2.11.0 for CUDA 13.0", .0.display()
    )]
    IncompleteFolder(PathBuf),
}

/// `13.0`.
fn version(number: c_int) -> String {
    format!("{}.{}", number / 1000, number % 1000 / 10)
}

fn shown(visible: Option<&str>) -> String {
    visible.map_or_else(|| "not set".to_owned(), |visible| format!("`{}`", visible.escape_debug()))
}

/// Returns the GPUs of this host that models can run on. As with every program for CUDA,
/// `CUDA_VISIBLE_DEVICES` chooses among them and numbers them; with MIG, it names parts of one.
///
/// # Errors
/// If there is none, with the reason and what to do.
pub fn list(folder: Option<&Path>) -> Result<Vec<RunnerDevice>, NoGpu> {
    let driver = Library::open(Path::new(DRIVER)).map_err(|_| NoGpu::NoDriver)?;
    let driver = Driver::new(&driver)?;
    let devices: Vec<RunnerDevice> = (0..driver.count()).filter_map(|number| driver.device(number)).collect();
    if devices.is_empty() {
        return Err(NoGpu::NoDevice(std::env::var(VISIBLE).ok()));
    }
    check_libraries(folder).map(|()| devices)
}

/// Whether libtorch's CUDA libraries are where they should be.
fn check_libraries(folder: Option<&Path>) -> Result<(), NoGpu> {
    let folder = folder.ok_or(NoGpu::NoFolder)?;
    if folder.join(TORCH).exists() { Ok(()) } else { Err(NoGpu::IncompleteFolder(folder.to_owned())) }
}

/// Whether a driver of this version can run what libtorch is built for.
fn check_version(driver: c_int) -> Result<(), NoGpu> {
    if driver / 1000 >= CUDA / 1000 { Ok(()) } else { Err(NoGpu::OldDriver(driver)) }
}

/// Settings of the allocator by which it gives no more than this part of a device's memory. Beyond
/// it, a tensor is out of memory.
fn allocator_settings(millionths: u32) -> String {
    let millionths = millionths.min(1_000_000);
    format!("per_process_memory_fraction:{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// Everything in `/dev` that belongs to the driver.
fn device_files() -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/dev")? {
        let entry = entry?;
        if !entry.file_name().as_bytes().starts_with(b"nvidia") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            let inner: io::Result<Vec<_>> =
                fs::read_dir(entry.path())?.map(|inner| inner.map(|file| file.path())).collect();
            found.extend(inner?);
        } else {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_has_to_be_of_the_major_version_of_libtorch() {
        for enough in [13_000, 13_010, 14_000] {
            assert_eq!(check_version(enough), Ok(()));
        }
        let old = check_version(12_090).unwrap_err();
        assert_eq!(old, NoGpu::OldDriver(12_090));
        assert!(old.to_string().contains("CUDA 12.9") && old.to_string().contains("13.0"), "{old}");
    }

    #[test]
    fn a_part_of_a_device_is_written_as_libtorch_reads_it() {
        for (millionths, written) in
            [(250_000, "0.250000"), (33, "0.000033"), (1_000_000, "1.000000"), (u32::MAX, "1.000000")]
        {
            assert_eq!(allocator_settings(millionths), format!("per_process_memory_fraction:{written}"));
        }
    }

    #[test]
    fn a_folder_without_libraries_is_named() {
        assert_eq!(check_libraries(None), Err(NoGpu::NoFolder));
        let folder = std::env::temp_dir().join(format!("holdout-cuda-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let incomplete = check_libraries(Some(&folder)).unwrap_err();
        assert!(incomplete.to_string().contains(&folder.display().to_string()), "{incomplete}");
        fs::write(folder.join(TORCH), "").unwrap();
        assert_eq!(check_libraries(Some(&folder)), Ok(()));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn every_reason_says_what_to_do() {
        let reasons = [
            (NoGpu::NoDriver, "install"),
            (NoGpu::OldDriver(12_040), "install"),
            (NoGpu::DriverFails(999), "nvidia-smi"),
            (NoGpu::DamagedDriver, "install"),
            (NoGpu::NoDevice(Some("7\n".to_owned())), r"`7\n`"),
            (NoGpu::NoDevice(None), "not set"),
            (NoGpu::NoFolder, "scorer.cuda_libraries"),
            (NoGpu::IncompleteFolder("/opt/cuda".into()), "/opt/cuda"),
        ];
        for (reason, advice) in reasons {
            assert!(reason.to_string().contains(advice), "{reason}");
        }
    }

    #[test]
    fn without_a_driver_nothing_is_loaded() {
        // A host with a GPU says what else is missing.
        let reason = list(Some(Path::new("/nonexistent"))).unwrap_err();
        assert!(
            matches!(reason, NoGpu::NoDriver | NoGpu::IncompleteFolder(_) | NoGpu::DriverFails(_) | NoGpu::NoDevice(_)),
            "{reason}"
        );
    }
}
