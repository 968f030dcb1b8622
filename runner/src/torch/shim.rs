//! The C++ shim (`shim.cpp`) in Rust's words.
#![expect(unsafe_code, reason = "calls of C++ functions")]

use std::ffi::c_void;
use std::marker::{PhantomData, PhantomPinned};
use std::ptr::{self, NonNull};

use holdout_protocol::{Arithmetic, MAX_CAUSE};
use tch::Tensor;

use super::model::{Raised, Use};
use crate::mapping::Mapping;
use crate::pixels::Normalisation;

/// Sizes that the shim tells at most.
const DIMENSIONS: usize = 8;

/// The device that is not a CUDA device.
pub(super) const CPU: i32 = -1;

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

/// `HoldoutModule`, of which only the shim knows the inside.
#[repr(C)]
struct RawModule {
    data: [u8; 0],
    marker: PhantomData<(*mut u8, PhantomPinned)>,
}

unsafe extern "C" {
    fn holdout_configure(tf32: bool) -> i32;
    fn holdout_keep_causes();
    fn holdout_cause(text: *mut u8, size: usize) -> usize;
    fn holdout_load(
        data: *const u8,
        size: usize,
        cuda: i32,
        freeze: bool,
        fresh: bool,
        module: *mut *mut RawModule,
        optimised: *mut bool,
        training: *mut bool,
    ) -> i32;
    fn holdout_renew(module: *mut RawModule, renewed: *mut bool) -> i32;
    fn holdout_forward(module: *mut RawModule, input: *const c_void, classes: i64, output: *mut RawOutput) -> i32;
    fn holdout_copy(module: *mut RawModule, kind: i32, target: *mut c_void, count: i64) -> i32;
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
    // SAFETY: the function takes a value and catches every exception.
    result(unsafe { holdout_configure(arithmetic == Arithmetic::Tf32) })
}

/// Keeps the texts of errors from now on, for [`cause`].
pub fn keep_causes() {
    // SAFETY: the function takes nothing and throws nothing.
    unsafe { holdout_keep_causes() }
}

/// Returns the text of the error that the last call raised, if texts are kept: what libtorch and the model wrote, or its
/// beginning and its end.
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

/// Keeps large blocks for the next batch: as much as was needed at once, or `budget` bytes if that is more.
pub(super) fn keep_blocks(budget: usize) -> Result<(), Raised> {
    // SAFETY: the function takes a value and catches every exception.
    result(unsafe { holdout_keep_blocks(budget) })
}

/// Runs an empty task, so that the pool of tasks exists.
pub(super) fn start_tasks() -> Result<(), Raised> {
    // SAFETY: the function takes nothing and catches every exception.
    result(unsafe { holdout_start_tasks() })
}

/// Turns bytes of images `[n, 3, side, side]`, which lie in `ring` from `offset` on, into the numbers of `normalisation`, on all
/// threads. `plane` is `side × side`; `values.len()` a multiple of it.
///
/// # Errors
/// If the bytes are not all in the ring.
pub fn normalise(
    normalisation: &Normalisation,
    (ring, offset): (&Mapping, usize),
    plane: usize,
    values: &mut [f32],
) -> Result<(), Raised> {
    let bytes = ring.at(offset, values.len()).ok_or(Raised::Error)?;
    let planes = values.len().checked_div(plane).filter(|planes| planes.checked_mul(plane) == Some(values.len()));
    let count = |number: usize| i64::try_from(number).map_err(|_| Raised::Error);
    let (planes, plane) = (count(planes.ok_or(Raised::Error)?)?, count(plane)?);
    let tables = normalisation.tables().as_ptr().cast();
    // SAFETY: `bytes` is valid for reads and `values` for writes of `planes × plane` elements, and three tables of 256 numbers lie
    // one behind the other. What the scorer might write to the ring meanwhile changes numbers, no more.
    result(unsafe { holdout_normalise(bytes, planes, plane, tables, values.as_mut_ptr()) })
}

/// Most bytes that libtorch held on a CUDA device at once.
pub(super) fn peak_device_bytes(cuda: i32) -> Result<u64, Raised> {
    let mut bytes = 0;
    // SAFETY: `bytes` is valid for a write during the call.
    result(unsafe { holdout_peak_device_bytes(cuda, &raw mut bytes) })?;
    Ok(bytes)
}

#[derive(Debug)]
pub(super) struct Module {
    raw: NonNull<RawModule>,
    pub(super) optimised: bool,
    /// Whether its code is in training mode whatever the module's mode.
    pub(super) training: bool,
}

impl Module {
    /// Loads a module from `size` bytes at `data`.
    ///
    /// # Safety
    /// `data` must be valid for reads of `size` bytes during the call.
    pub(super) unsafe fn load((data, size): (*const u8, usize), cuda: i32, use_of: Use) -> Result<Self, Raised> {
        let (mut raw, mut optimised, mut training) = (ptr::null_mut(), false, false);
        let Use { optimise, fresh } = use_of;
        let (out, said) = (&raw mut raw, (&raw mut optimised, &raw mut training));
        // SAFETY: the caller vouches for `data`; the three others are valid for a write during the call.
        result(unsafe { holdout_load(data, size, cuda, optimise, fresh, out, said.0, said.1) })?;
        Ok(Self { raw: NonNull::new(raw).ok_or(Raised::Error)?, optimised, training })
    }

    /// Makes a module that was loaded to be fresh what it was then. False if that takes loading it again.
    pub(super) fn renew(&mut self) -> Result<bool, Raised> {
        let mut renewed = false;
        // SAFETY: the module is live and borrowed by nobody else, and `renewed` is valid for a write during the call.
        result(unsafe { holdout_renew(self.raw.as_ptr(), &raw mut renewed) })?;
        Ok(renewed)
    }

    /// Calls `forward`. `classes` tells the scores from other tensors that it may give.
    pub(super) fn forward(&mut self, input: &Tensor, classes: u16) -> Result<RawOutput, Raised> {
        let mut output = RawOutput::default();
        // SAFETY: the module is live and borrowed by nobody else, a tensor of `tch` is one of libtorch, and `output` is
        // valid for a write during the call.
        result(unsafe { holdout_forward(self.raw.as_ptr(), input.as_ptr().cast(), classes.into(), &raw mut output) })?;
        Ok(output)
    }

    /// Copies the last output.
    pub(super) fn copy<T: Number>(&mut self, target: &mut [T]) -> Result<(), Raised> {
        let count = i64::try_from(target.len()).map_err(|_| Raised::Error)?;
        // SAFETY: the module is live and borrowed by nobody else, and the target is valid for a write of `count` numbers of
        // the type that `KIND` stands for.
        result(unsafe { holdout_copy(self.raw.as_ptr(), T::KIND, target.as_mut_ptr().cast(), count) })
    }
}

/// A type that outputs are copied as.
pub trait Number: sealed::Sealed {
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
