//! Libraries and the driver of CUDA, opened at run time.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use holdout_protocol::RunnerDevice;

use super::{NoGpu, VISIBLE, check_version};

/// A loaded library. It stays loaded as long as the process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Library(NonNull<c_void>);

impl Library {
    /// Loads a library with all its symbols, for everyone who comes later.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let name = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: the name is a C string; the library's constructors are those of the driver and of
        // libtorch.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
        NonNull::new(handle)
            .map(Self)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, path.display().to_string()))
    }

    /// Returns the address of a symbol.
    pub(super) fn symbol(self, name: &CStr) -> Option<NonNull<c_void>> {
        // SAFETY: the handle is that of a library that stays loaded, and the name is a C string.
        NonNull::new(unsafe { libc::dlsym(self.0.as_ptr(), name.as_ptr()) })
    }

    /// Returns the folder of the file that a symbol comes from.
    pub(super) fn folder(self, symbol: &CStr) -> Option<PathBuf> {
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

pub(super) type CuDriverGetVersion = unsafe extern "C" fn(*mut c_int) -> c_int;
pub(super) type CuInit = unsafe extern "C" fn(c_uint) -> c_int;
pub(super) type CuDeviceGetCount = unsafe extern "C" fn(*mut c_int) -> c_int;
pub(super) type CuDeviceGet = unsafe extern "C" fn(*mut c_int, c_int) -> c_int;
pub(super) type CuDeviceGetName = unsafe extern "C" fn(*mut c_char, c_int, c_int) -> c_int;
pub(super) type CuDeviceTotalMem = unsafe extern "C" fn(*mut usize, c_int) -> c_int;

/// `CUDA_ERROR_NO_DEVICE`.
pub(super) const NO_DEVICE: c_int = 100;

/// The driver's functions that describe devices, of the CUDA driver API.
pub(super) struct Driver {
    pub(super) init: CuInit,
    pub(super) version: CuDriverGetVersion,
    pub(super) count: CuDeviceGetCount,
    pub(super) get: CuDeviceGet,
    pub(super) name: CuDeviceGetName,
    pub(super) memory: CuDeviceTotalMem,
}

impl Driver {
    /// Finds the functions and initialises the driver.
    pub(super) fn new(library: &Library) -> Result<Self, NoGpu> {
        let driver = Self::find(library).ok_or(NoGpu::DamagedDriver)?;
        let mut version = 0;
        // SAFETY: `version` is valid for a write. The function may be called before `cuInit`.
        if unsafe { (driver.version)(&raw mut version) } == 0 {
            check_version(version)?;
        }
        // SAFETY: 0 is the only flag there is.
        match unsafe { (driver.init)(0) } {
            0 => Ok(driver),
            NO_DEVICE => Err(NoGpu::NoDevice(std::env::var(VISIBLE).ok())),
            error => Err(NoGpu::DriverFails(error)),
        }
    }

    pub(super) fn find(library: &Library) -> Option<Self> {
        let address = |name| library.symbol(name).map(NonNull::as_ptr);
        Some(Self {
            // SAFETY: the signature of `cuInit` in every version of the driver API.
            init: unsafe { std::mem::transmute::<*mut c_void, CuInit>(address(c"cuInit")?) },
            // SAFETY: the signature of `cuDriverGetVersion` in every version of the driver API.
            version: unsafe { std::mem::transmute::<*mut c_void, CuDriverGetVersion>(address(c"cuDriverGetVersion")?) },
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

    pub(super) fn count(&self) -> c_int {
        let mut count = 0;
        // SAFETY: `count` is valid for a write.
        if unsafe { (self.count)(&raw mut count) } == 0 { count } else { 0 }
    }

    pub(super) fn device(&self, number: c_int) -> Option<RunnerDevice> {
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

    pub(super) fn name_of(&self, device: c_int) -> Option<String> {
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
