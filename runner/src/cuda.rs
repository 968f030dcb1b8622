//! NVIDIA GPUs, without linking against their libraries: one program serves hosts with and without them.
#![expect(unsafe_code, reason = "loading libraries and calling the driver")]

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use holdout_protocol::RunnerDevice;

use crate::sandbox::{Opening, Shown};

/// The driver's library: it comes with the driver, never with libtorch.
const DRIVER: &str = "libcuda.so.1";

/// libtorch's CUDA half, which registers itself when it is loaded.
const TORCH: &str = "libtorch_cuda.so";

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

/// Loads the driver and libtorch's CUDA libraries, and says what they need of the host.
///
/// Nothing is initialised yet: the driver starts threads then, which must be born inside the sandbox.
///
/// # Errors
/// If a library is missing.
pub fn open(folder: &Path) -> io::Result<Opening> {
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

/// Returns the GPUs of this host; `None` if there is no driver, or no folder of libraries.
#[must_use]
pub fn list(folder: Option<&Path>) -> Vec<RunnerDevice> {
    let complete = folder.is_some_and(|folder| folder.join(TORCH).exists());
    let driver =
        if complete { Library::open(Path::new(DRIVER)).ok().and_then(|library| Driver::new(&library)) } else { None };
    driver.map(|driver| (0..driver.count()).filter_map(|number| driver.device(number)).collect()).unwrap_or_default()
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

/// A loaded library. It stays loaded as long as the process.
#[derive(Debug, Clone, Copy)]
struct Library(NonNull<c_void>);

impl Library {
    /// Loads a library with all its symbols, for everyone who comes later.
    fn open(path: &Path) -> io::Result<Self> {
        let name = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: the name is a C string; the library's constructors are those of the driver and of libtorch.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
        NonNull::new(handle)
            .map(Self)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, path.display().to_string()))
    }

    /// Returns the address of a symbol.
    fn symbol(self, name: &CStr) -> Option<NonNull<c_void>> {
        // SAFETY: the handle is that of a library that stays loaded, and the name is a C string.
        NonNull::new(unsafe { libc::dlsym(self.0.as_ptr(), name.as_ptr()) })
    }

    /// Returns the folder of the file that a symbol comes from.
    fn folder(self, symbol: &CStr) -> Option<PathBuf> {
        let address = self.symbol(symbol)?;
        let mut information = libc::Dl_info {
            dli_fname: std::ptr::null(),
            dli_fbase: std::ptr::null_mut(),
            dli_sname: std::ptr::null(),
            dli_saddr: std::ptr::null_mut(),
        };
        // SAFETY: any address may be asked about, and `information` is valid for a write.
        let known = unsafe { libc::dladdr(address.as_ptr(), &raw mut information) } != 0;
        if !known || information.dli_fname.is_null() {
            return None;
        }
        // SAFETY: it is the name of a loaded library: a C string that lives as long as the library.
        let name = unsafe { CStr::from_ptr(information.dli_fname) };
        let path = fs::canonicalize(std::ffi::OsStr::from_bytes(name.to_bytes())).ok()?;
        path.parent().map(Path::to_path_buf)
    }
}

type CuInit = unsafe extern "C" fn(c_uint) -> c_int;
type CuDeviceGetCount = unsafe extern "C" fn(*mut c_int) -> c_int;
type CuDeviceGet = unsafe extern "C" fn(*mut c_int, c_int) -> c_int;
type CuDeviceGetName = unsafe extern "C" fn(*mut c_char, c_int, c_int) -> c_int;
type CuDeviceTotalMem = unsafe extern "C" fn(*mut usize, c_int) -> c_int;

/// The driver's functions that describe devices, of the CUDA driver API.
struct Driver {
    count: CuDeviceGetCount,
    get: CuDeviceGet,
    name: CuDeviceGetName,
    memory: CuDeviceTotalMem,
}

impl Driver {
    /// Finds the functions and initialises the driver.
    fn new(library: &Library) -> Option<Self> {
        let init = library.symbol(c"cuInit")?;
        // SAFETY: `cuInit` has this signature in every version of the driver API.
        let init = unsafe { std::mem::transmute::<*mut c_void, CuInit>(init.as_ptr()) };
        // SAFETY: 0 is the only flag there is.
        if unsafe { init(0) } != 0 {
            return None;
        }
        let address = |name| library.symbol(name).map(NonNull::as_ptr);
        Some(Self {
            // SAFETY: the signature of `cuDeviceGetCount` in every version of the driver API.
            count: unsafe { std::mem::transmute::<*mut c_void, CuDeviceGetCount>(address(c"cuDeviceGetCount")?) },
            // SAFETY: the signature of `cuDeviceGet` in every version of the driver API.
            get: unsafe { std::mem::transmute::<*mut c_void, CuDeviceGet>(address(c"cuDeviceGet")?) },
            // SAFETY: the signature of `cuDeviceGetName` in every version of the driver API.
            name: unsafe { std::mem::transmute::<*mut c_void, CuDeviceGetName>(address(c"cuDeviceGetName")?) },
            // SAFETY: the signature of `cuDeviceTotalMem_v2`, which the suffix fixes.
            memory: unsafe { std::mem::transmute::<*mut c_void, CuDeviceTotalMem>(address(c"cuDeviceTotalMem_v2")?) },
        })
    }

    fn count(&self) -> c_int {
        let mut count = 0;
        // SAFETY: `count` is valid for a write.
        if unsafe { (self.count)(&raw mut count) } == 0 { count } else { 0 }
    }

    fn device(&self, number: c_int) -> Option<RunnerDevice> {
        let mut device = 0;
        // SAFETY: `device` is valid for a write.
        if unsafe { (self.get)(&raw mut device, number) } != 0 {
            return None;
        }
        let mut memory = 0;
        // SAFETY: `memory` is valid for a write, and `device` comes from the driver.
        let known = unsafe { (self.memory)(&raw mut memory, device) } == 0;
        Some(RunnerDevice {
            device: format!("cuda:{number}"),
            name: self.name_of(device)?,
            threads: None,
            memory_bytes: if known { u64::try_from(memory).ok() } else { None },
        })
    }

    fn name_of(&self, device: c_int) -> Option<String> {
        let mut name = [0_u8; 256];
        let room = c_int::try_from(name.len()).ok()?;
        // SAFETY: `name` is valid for a write of `room` bytes, and `device` comes from the driver.
        if unsafe { (self.name)(name.as_mut_ptr().cast(), room, device) } != 0 {
            return None;
        }
        let text = CStr::from_bytes_until_nul(&name).ok()?;
        Some(text.to_string_lossy().into_owned())
    }
}
