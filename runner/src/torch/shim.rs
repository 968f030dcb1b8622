//! The C++ shim (`shim.cpp`) in Rust's words.
#![expect(unsafe_code, reason = "calls of C++ functions")]

use std::ffi::c_void;
use std::marker::{PhantomData, PhantomPinned};
use std::ptr::{self, NonNull};

use holdout_protocol::{Arithmetic, MAX_CAUSE, Optimisation};
use tch::Tensor;

use super::model::{Raised, Use};
use crate::mapping::Mapping;
use crate::pixels::Normalisation;

/// Sizes that the shim tells at most.
const DIMENSIONS: usize = 8;

/// The device that is not a CUDA device.
pub(super) const CPU: i32 = -1;

/// What libtorch did to a module.
const FROZEN: i32 = 1;
const OPTIMISED: i32 = 2;

const DONE: i32 = 0;
const MEMORY: i32 = 2;
const DEVICE_MEMORY: i32 = 3;

/// `HoldoutOutput`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub(super) struct RawOutput {
    pub(super) kind: i32,
    pub(super) dimensions: i32,
    pub(super) sizes: [i64; DIMENSIONS],
}

/// Something of which only the shim knows the inside.
macro_rules! opaque {
    ($($name:ident)+) => {
        $(#[repr(C)]
        struct $name {
            data: [u8; 0],
            marker: PhantomData<(*mut u8, PhantomPinned)>,
        })+
    };
}

opaque!(RawModule RawScores RawBus);

unsafe extern "C" {
    fn holdout_configure(arithmetic: i32) -> i32;
    fn holdout_keep_causes();
    fn holdout_cause(text: *mut u8, size: usize) -> usize;
    fn holdout_load(
        data: *mut u8,
        size: usize,
        cuda: i32,
        freeze: bool,
        fresh: bool,
        module: *mut *mut RawModule,
        training: *mut bool,
    ) -> i32;
    fn holdout_optimisation(module: *const RawModule) -> i32;
    fn holdout_forget(module: *mut RawModule) -> i32;
    fn holdout_renew(module: *mut RawModule, renewed: *mut bool) -> i32;
    fn holdout_forward(module: *mut RawModule, input: *const c_void, classes: i64, output: *mut RawOutput) -> i32;
    fn holdout_take(module: *mut RawModule, kind: i32, count: i64, scores: *mut *mut RawScores) -> i32;
    fn holdout_copy(scores: *mut RawScores, target: *mut c_void, count: i64) -> i32;
    fn holdout_free_scores(scores: *mut RawScores);
    fn holdout_open_bus(cuda: i32, slots: usize, bytes: usize, bus: *mut *mut RawBus) -> i32;
    fn holdout_send(bus: *mut RawBus, slot: usize, data: *const u8, count: usize, images: *mut *mut c_void) -> i32;
    fn holdout_close_bus(bus: *mut RawBus);
    fn holdout_fill(cuda: i32, budget: u64, filled: *mut u64) -> i32;
    fn holdout_free(module: *mut RawModule);
    fn holdout_normalise(bytes: *const u8, planes: i64, plane: i64, tables: *const f32, values: *mut f32) -> i32;
    fn holdout_keep_blocks(budget: usize) -> i32;
    fn holdout_start_tasks() -> i32;
    fn holdout_peak_device_bytes(cuda: i32, bytes: *mut u64) -> i32;
}

fn result(code: i32) -> Result<(), Raised> {
    match code {
        DONE => Ok(()),
        MEMORY => Err(Raised::Memory),
        DEVICE_MEMORY => Err(Raised::DeviceMemory),
        _ => Err(Raised::Error),
    }
}

/// Settings of the whole process.
pub(super) fn configure(arithmetic: Arithmetic) -> Result<(), Raised> {
    let arithmetic = match arithmetic {
        Arithmetic::Float32 => 0,
        Arithmetic::Tf32 => 1,
        Arithmetic::Bfloat16 => 2,
    };
    // SAFETY: the function takes a value and catches every exception.
    result(unsafe { holdout_configure(arithmetic) })
}

/// Keeps the texts of errors from now on, for [`cause`].
pub fn keep_causes() {
    // SAFETY: the function takes nothing and throws nothing.
    unsafe { holdout_keep_causes() }
}

/// Returns the text of the error that the last call raised, if texts are kept: what libtorch and
/// the model wrote, or its beginning and its end.
#[must_use]
pub fn cause() -> Option<String> {
    let mut bytes = vec![0; MAX_CAUSE];
    // SAFETY: the function writes at most `bytes.len()` bytes to `bytes`.
    let length = unsafe { holdout_cause(bytes.as_mut_ptr(), bytes.len()) };
    bytes.truncate(length);
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    while text.len() > MAX_CAUSE {
        // What stands for bytes that are no UTF-8 is longer than they are.
        text.pop();
    }
    Some(text).filter(|text| !text.is_empty())
}

/// Keeps large blocks for the next batch: as much as was needed at once, or `budget` bytes if that
/// is more.
pub(super) fn keep_blocks(budget: usize) -> Result<(), Raised> {
    // SAFETY: the function takes a value and catches every exception.
    result(unsafe { holdout_keep_blocks(budget) })
}

/// Runs an empty task, so that the pool of tasks exists.
pub(super) fn start_tasks() -> Result<(), Raised> {
    // SAFETY: the function takes nothing and catches every exception.
    result(unsafe { holdout_start_tasks() })
}

/// Turns bytes of images `[n, 3, side, side]`, which lie in `ring` from `offset` on, into the
/// numbers of `normalisation`, on all threads. `plane` is `side × side`; `values.len()` a multiple
/// of it.
///
/// # Errors
/// If the bytes are not all in the ring.
pub fn normalise(
    normalisation: &Normalisation,
    ring: &Mapping,
    offset: usize,
    plane: usize,
    values: &mut [f32],
) -> Result<(), Raised> {
    let bytes = ring.at(offset, values.len()).ok_or(Raised::Error)?;
    let planes = values.len().checked_div(plane).filter(|planes| planes.checked_mul(plane) == Some(values.len()));
    let count = |number: usize| i64::try_from(number).map_err(|_| Raised::Error);
    let (planes, plane) = (count(planes.ok_or(Raised::Error)?)?, count(plane)?);
    let tables = normalisation.tables().as_ptr().cast();
    // SAFETY: `bytes` is valid for reads and `values` for writes of `planes × plane` elements, and
    // three tables of 256 numbers lie one behind the other. What the scorer might write to the ring
    // meanwhile changes numbers, no more.
    result(unsafe { holdout_normalise(bytes, planes, plane, tables, values.as_mut_ptr()) })
}

/// Most bytes of tensors on a CUDA device at once since it was filled.
pub(super) fn peak_device_bytes(cuda: i32) -> Result<u64, Raised> {
    let mut bytes = 0;
    // SAFETY: `bytes` is valid for a write during the call.
    result(unsafe { holdout_peak_device_bytes(cuda, &raw mut bytes) })?;
    Ok(bytes)
}

#[derive(Debug)]
pub(super) struct Module {
    raw: NonNull<RawModule>,
    /// Whether its code is in training mode whatever the module's mode.
    pub(super) training: bool,
}

impl Module {
    /// Loads a module from `size` bytes at `data`.
    ///
    /// # Safety
    /// `data` must be valid for reads of `size` bytes during the call; if the module should be
    /// fresh, for reads and writes for as long as it lives.
    pub(super) unsafe fn load(data: *mut u8, size: usize, cuda: i32, use_of: Use) -> Result<Self, Raised> {
        let (mut raw, mut training) = (ptr::null_mut(), false);
        let Use { optimise, fresh } = use_of;
        // SAFETY: the caller vouches for `data`; the two others are valid for a write during the
        // call.
        result(unsafe { holdout_load(data, size, cuda, optimise, fresh, &raw mut raw, &raw mut training) })?;
        Ok(Self { raw: NonNull::new(raw).ok_or(Raised::Error)?, training })
    }

    /// Returns what libtorch's optimisation of it is in use.
    pub(super) fn optimisation(&self) -> Optimisation {
        // SAFETY: the module is live.
        match unsafe { holdout_optimisation(self.raw.as_ptr()) } {
            FROZEN => Optimisation::Frozen,
            OPTIMISED => Optimisation::Whole,
            _ => Optimisation::None,
        }
    }

    /// Frees what the last batch left behind. A second copy of a large model would not fit. The
    /// module can be used again when it is renewed.
    pub(super) fn forget(&mut self) -> Result<(), Raised> {
        // SAFETY: the module is live and borrowed by nobody else.
        result(unsafe { holdout_forget(self.raw.as_ptr()) })
    }

    /// Makes a module that was loaded to be fresh what it was then. False if that takes loading it
    /// again.
    pub(super) fn renew(&mut self) -> Result<bool, Raised> {
        let mut renewed = false;
        // SAFETY: the module is live and borrowed by nobody else, and `renewed` is valid for a
        // write during the call.
        result(unsafe { holdout_renew(self.raw.as_ptr(), &raw mut renewed) })?;
        Ok(renewed)
    }

    /// Calls `forward`. `classes` tells the scores from other tensors that it may give.
    pub(super) fn forward(&mut self, input: &Tensor, classes: u16) -> Result<RawOutput, Raised> {
        let mut output = RawOutput::default();
        // SAFETY: the module is live and borrowed by nobody else, a tensor of `tch` is one of
        // libtorch, and `output` is valid for a write during the call.
        result(unsafe { holdout_forward(self.raw.as_ptr(), input.as_ptr().cast(), classes.into(), &raw mut output) })?;
        Ok(output)
    }

    /// Takes the last output, which has to have `count` numbers.
    pub(super) fn take_output<T: Number>(&mut self, count: usize) -> Result<Scores<T>, Raised> {
        let elements = i64::try_from(count).map_err(|_| Raised::Error)?;
        let mut raw = ptr::null_mut();
        // SAFETY: the module is live and borrowed by nobody else, and `raw` is valid for a write
        // during the call.
        result(unsafe { holdout_take(self.raw.as_ptr(), T::KIND, elements, &raw mut raw) })?;
        Ok(Scores { raw: NonNull::new(raw).ok_or(Raised::Error)?, count, kind: PhantomData })
    }
}

/// An output on its way from the device.
#[derive(Debug)]
pub struct Scores<T> {
    raw: NonNull<RawScores>,
    count: usize,
    kind: PhantomData<T>,
}

impl<T: Number> Scores<T> {
    /// Waits for the numbers, and puts them in place of what `target` holds.
    ///
    /// # Errors
    /// If it cannot be computed after all.
    pub fn read(self, target: &mut Vec<T>) -> Result<(), Raised> {
        target.resize(self.count, T::default());
        let count = i64::try_from(self.count).map_err(|_| Raised::Error)?;
        // SAFETY: the scores are live, and the target is valid for a write of `count` numbers of
        // the type that they were taken as.
        result(unsafe { holdout_copy(self.raw.as_ptr(), target.as_mut_ptr().cast(), count) })
    }
}

impl<T> Drop for Scores<T> {
    fn drop(&mut self) {
        // SAFETY: it was made by `holdout_take` and is freed once.
        unsafe { holdout_free_scores(self.raw.as_ptr()) };
    }
}

/// Buffers between the host and a CUDA device, one for each batch that may be on its way.
#[derive(Debug)]
pub struct Bus {
    raw: NonNull<RawBus>,
}

impl Bus {
    /// Makes buffers for `slots` batches of at most `bytes` bytes.
    ///
    /// # Errors
    /// If memory runs out, or there is no such device.
    pub fn open(cuda: i32, slots: usize, bytes: usize) -> Result<Self, Raised> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is valid for a write during the call, which catches every exception.
        result(unsafe { holdout_open_bus(cuda, slots, bytes, &raw mut raw) })?;
        Ok(Self { raw: NonNull::new(raw).ok_or(Raised::Error)? })
    }

    /// Sends `count` bytes of `ring` from `offset` on, through the buffers of a slot. Returns them
    /// on the device.
    ///
    /// # Errors
    /// If they are not all in the ring, or there is no such slot.
    pub fn send(&mut self, slot: usize, ring: &Mapping, offset: usize, count: usize) -> Result<Tensor, Raised> {
        let data = ring.at(offset, count).ok_or(Raised::Error)?;
        let mut images = ptr::null_mut();
        // SAFETY: the bus is live and borrowed by nobody else, `data` is valid for reads of `count`
        // bytes, and `images` for a write during the call.
        result(unsafe { holdout_send(self.raw.as_ptr(), slot, data, count, &raw mut images) })?;
        let images = NonNull::new(images).ok_or(Raised::Error)?;
        // SAFETY: it points to a tensor of libtorch that nobody else owns.
        Ok(unsafe { Tensor::from_ptr(images.as_ptr().cast()) })
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        // SAFETY: it was made by `holdout_open_bus` and is closed once.
        unsafe { holdout_close_bus(self.raw.as_ptr()) };
    }
}

/// Fills free memory of a device with noise, up to `budget` bytes. Returns how much it was.
pub(super) fn fill(cuda: i32, budget: u64) -> Result<u64, Raised> {
    let budget = budget.min(u64::try_from(i64::MAX).unwrap_or(u64::MAX));
    let mut filled = 0;
    // SAFETY: `filled` is valid for a write during the call, which catches every exception.
    result(unsafe { holdout_fill(cuda, budget, &raw mut filled) })?;
    Ok(filled)
}

/// A type that outputs are copied as.
pub trait Number: Copy + Default + sealed::Sealed {
    /// Its code in `shim.h`.
    const KIND: i32;
}

impl Number for f32 {
    const KIND: i32 = 4;
}

impl Number for f64 {
    const KIND: i32 = 5;
}

impl Number for i64 {
    const KIND: i32 = 6;
}

mod sealed {
    /// Only the three types that the shim knows.
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for i64 {}
}

impl Drop for Module {
    fn drop(&mut self) {
        // SAFETY: it was made by `holdout_load` and is freed once.
        unsafe { holdout_free(self.raw.as_ptr()) };
    }
}
