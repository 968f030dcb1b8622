//! A loaded model.
#![expect(unsafe_code, reason = "the shim reads the archive from memory")]

use holdout_protocol::{Optimisation, RunnerFailure};
use tch::{Device, TchError, Tensor};

use super::shim::{self, Module, Number, RawOutput, Scores};
use crate::mapping::Mapping;

/// What libtorch raised, without its text, which could hold the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Raised {
    /// An error of the model, or of libtorch on its behalf.
    #[error("libtorch raised an error")]
    Error,
    /// The host's memory ran out.
    #[error("the host's memory ran out")]
    Memory,
    /// The device's memory ran out.
    #[error("the device's memory ran out")]
    DeviceMemory,
}

impl Raised {
    /// Returns the failure of a phase in which an error means `otherwise`.
    #[must_use]
    pub fn or_unless_memory(self, otherwise: RunnerFailure) -> RunnerFailure {
        match self {
            Self::Error => otherwise,
            Self::Memory => RunnerFailure::Memory,
            Self::DeviceMemory => RunnerFailure::DeviceMemory,
        }
    }
}

impl From<TchError> for Raised {
    /// Converts an error of the runner's own calls, whose text is libtorch's.
    fn from(error: TchError) -> Self {
        match error {
            TchError::Torch(text) if text.contains("CUDA out of memory") => Self::DeviceMemory,
            TchError::Torch(text) if text.contains("DefaultCPUAllocator: ") => Self::Memory,
            _ => Self::Error,
        }
    }
}

/// What `forward` gave back, before any of its memory is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its form.
    pub form: Form,
    /// Number of its dimensions.
    pub dimensions: usize,
    /// Sizes of the first of them, at most as many as the protocol tells.
    pub sizes: Vec<i64>,
}

/// Form of an output, in the order in which it is found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// No tensor, nor a tuple that begins with one, nor a dictionary or list with one that can be
    /// meant.
    NotTensor,
    /// Sparse, opaque, nested or quantised.
    NotDense,
    /// Without memory, or on another device.
    Elsewhere,
    /// Neither floating-point numbers nor integers.
    OtherType,
    /// Floating-point numbers that `f32` holds exactly.
    Single,
    /// `f64`.
    Double,
    /// `i64`.
    Int64,
    OtherInteger,
}

impl Form {
    /// The forms by their codes in `shim.h`.
    const BY_CODE: [Self; 8] = [
        Self::NotTensor,
        Self::NotDense,
        Self::Elsewhere,
        Self::OtherType,
        Self::Single,
        Self::Double,
        Self::Int64,
        Self::OtherInteger,
    ];
}

impl From<RawOutput> for Found {
    fn from(raw: RawOutput) -> Self {
        let code = usize::try_from(raw.kind).unwrap_or(0);
        let form = Form::BY_CODE.get(code).copied().unwrap_or(Form::NotTensor);
        let dimensions = usize::try_from(raw.dimensions).unwrap_or(0);
        Self { form, dimensions, sizes: raw.sizes.into_iter().take(dimensions).collect() }
    }
}

/// A model on its device.
#[derive(Debug)]
pub struct Model {
    module: Module,
    device: Device,
    /// Most bytes of the device's own memory that it may have.
    memory_bytes: u64,
    /// Where it came from, if every call gets a module as it was loaded.
    archive: Option<Mapping>,
}

/// What a model is loaded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Freeze and optimise it, if that succeeds.
    pub optimise: bool,
    /// Give every call a module as it was loaded.
    pub fresh: bool,
}

impl Model {
    /// Loads the model of an archive for a use. If the device has its own memory, up to
    /// `memory_bytes` of it are overwritten before.
    ///
    /// # Errors
    /// If libtorch does not load it, or it has no `forward`.
    pub fn load(archive: Mapping, device: Device, memory_bytes: u64, use_of: Use) -> Result<Self, Raised> {
        overwrite(device, memory_bytes)?;
        let module = load(&archive, device, use_of)?;
        Ok(Self { module, device, memory_bytes, archive: use_of.fresh.then_some(archive) })
    }

    /// Returns what libtorch's optimisation of it is in use. The first calls may find that some of
    /// it is wrong.
    #[must_use]
    pub fn optimisation(&self) -> Optimisation {
        self.module.optimisation()
    }

    /// Returns whether its code is in training mode, although the module is not.
    #[must_use]
    pub fn training(&self) -> bool {
        self.module.training
    }

    /// Calls `forward`. `classes` tells the scores from other tensors that it may give.
    ///
    /// The first calls of an optimised model are answered by the module as it was sent, because
    /// libtorch's optimisations have faults of their own. Those that change the answers, or fail,
    /// are left out from then on.
    ///
    /// # Errors
    /// If the model raises an error.
    pub fn forward(&mut self, input: &Tensor, classes: u16) -> Result<Found, Raised> {
        if self.archive.is_some() {
            // Nothing of the batch before is left on the device. On a CPU, new memory is filled
            // when it is asked for.
            self.module.forget()?;
            overwrite(self.device, self.memory_bytes)?;
            self.renew()?;
            return self.module.forward(input, classes).map(Found::from);
        }
        self.module.forward(input, classes).map(Found::from)
    }

    /// Makes the module what it was when it was loaded. Its large tensors lie in the archive, so
    /// that restoring that is enough for them; it is loaded again only if a call has changed the
    /// constants of its code, which all copies share.
    fn renew(&mut self) -> Result<(), Raised> {
        let archive = self.archive.as_ref().ok_or(Raised::Error)?;
        archive.restore().map_err(|_| Raised::Error)?;
        if !self.module.renew()? {
            self.module = load(archive, self.device, Use { optimise: false, fresh: true })?;
            // The module that was just loaded has seen nothing, so its constants are those of the
            // file.
            self.module.renew()?;
        }
        Ok(())
    }

    /// Takes the last output, which has to have `count` numbers.
    ///
    /// # Errors
    /// If there is no output, its number of elements is wrong, or it cannot be computed after all.
    pub fn take_output<T: Number>(&mut self, count: usize) -> Result<Scores<T>, Raised> {
        self.module.take_output(count)
    }

    /// Most bytes of device memory held at once; 0 on a CPU.
    #[must_use]
    pub fn peak_device_bytes(&self) -> u64 {
        cuda_index(self.device).map_or(0, |index| shim::peak_device_bytes(index).unwrap_or(0))
    }
}

/// Overwrites what is free of a device's own memory.
fn overwrite(device: Device, memory_bytes: u64) -> Result<(), Raised> {
    cuda_index(device).map_or(Ok(()), |cuda| shim::fill(cuda, memory_bytes).map(drop))
}

fn load(archive: &Mapping, device: Device, use_of: Use) -> Result<Module, Raised> {
    let cuda = cuda_index(device).unwrap_or(shim::CPU);
    // SAFETY: the mapping is private and valid for its whole length. A fresh module keeps it:
    // `Model` has it until it is dropped itself.
    unsafe { Module::load(archive.start(), archive.length(), cuda, use_of) }
}

/// Returns the number of a CUDA device.
pub(crate) fn cuda_index(device: Device) -> Option<i32> {
    match device {
        Device::Cuda(index) => i32::try_from(index).ok(),
        _ => None,
    }
}
