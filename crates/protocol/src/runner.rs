//! What the scorer and its sandboxed runner say to each other.
//!
//! A runner is a process for one run of one model. It is started as `holdout-runner run` with the
//! descriptors of [`descriptor`] and nothing else: no environment beyond what libtorch's threads
//! need, no arguments. Each message is a frame: its length in bytes (`u32`, little-endian), then as
//! many bytes. Towards the runner a frame is JSON of [`ToRunner`]; from it, a fixed binary form of
//! [`FromRunner`](crate::FromRunner), because a runner that its model took over may send anything.
//! There is no text in it, with one exception: [`FromRunner::Cause`](crate::FromRunner::Cause),
//! which only a check on the user's own machine asks for.
//!
//! The order: `Setup` → `Hello` (every layer of the sandbox is on) → `Load` → `Loaded` → any number
//! of `Batch`, each answered by `Predictions` in the same order → `Finish` → `Done`. Instead of any
//! answer, `Failed`, after which the runner ends. If the scorer asked for causes, one `Cause` may
//! come before `Failed`.

use serde::{Deserialize, Serialize};

use crate::{HintCode, Layer};

/// The version of this protocol; the two programs must have the same.
pub const RUNNER_PROTOCOL: u32 = 6;

/// Longest frame, bytes.
pub const MAX_FRAME: usize = 1 << 20;

/// Longest text of a [`FromRunner::Cause`](crate::FromRunner::Cause), bytes.
pub const MAX_CAUSE: usize = 8 << 10;

/// Most images in a batch.
pub const MAX_BATCH: u32 = 4096;

/// The descriptors of a runner; 0, 1 and 2 are `/dev/null`.
pub mod descriptor {
    /// A stream socket: frames in both directions.
    pub const CONTROL: i32 = 3;
    /// The model, canonically re-packed: a memory file that is filled and sealed before `Load` is
    /// sent.
    pub const MODEL: i32 = 4;
    /// The ring of batches: a memory file of `slots × slot_bytes`, which the runner maps read-only.
    /// A batch is `uint8[n, 3, side, side]`.
    pub const IMAGES: i32 = 5;
    /// The read end of a pipe. When its other end is closed, the runner and all it started are
    /// killed.
    pub const LIFELINE: i32 = 6;
}

/// What the scorer says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ToRunner {
    /// Prepare, close the sandbox, say `Hello`.
    Setup(RunnerSetup),
    /// Load the model.
    Load(RunnerLoad),
    /// Compute a batch. The slot is free again when its `Predictions` have come.
    Batch {
        /// Number of the batch, from 0, rising by one.
        number: u32,
        /// Slot of the ring that holds the images, from 0.
        slot: u32,
        /// Images in it, 1 to [`MAX_BATCH`].
        images: u32,
    },
    /// There are no more batches.
    Finish,
}

/// How a runner prepares itself; known before the model is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerSetup {
    /// [`RUNNER_PROTOCOL`].
    pub protocol: u32,
    /// `cpu`, or `cuda:0` and so on.
    pub device: String,
    /// Threads to compute with, 1 or more.
    pub threads: u32,
    /// Bytes of address space that the model may use beyond what the prepared runner has. On CUDA,
    /// bytes of the device's memory that are overwritten before the model comes.
    pub memory_bytes: u64,
    /// Millionths of the memory of a CUDA device that tensors may take, at most 1,000,000; `None`
    /// if its size is not known.
    pub device_millionths: Option<u32>,
    /// Seed of the default generator, another one in every run.
    pub seed: u64,
    /// Slots of the ring.
    pub slots: u32,
    /// Bytes of a slot.
    pub slot_bytes: u64,
    /// The user and group to become, if the scorer runs as root.
    pub user: Option<u32>,
    /// Layers that this host lacks and that the operator named as such; all others must be on.
    pub without: Vec<Layer>,
    /// Folder of libtorch's CUDA libraries, for a CUDA device.
    pub cuda_libraries: Option<String>,
    /// Which GPUs the runner may use, as `CUDA_VISIBLE_DEVICES` would say it; the number of a CUDA
    /// device counts among them. A scorer names the runner's own one alone.
    pub visible_devices: Option<String>,
    /// How exactly matrix products and convolutions of float32 are computed.
    pub arithmetic: Arithmetic,
}

/// How exactly a runner computes matrix products and convolutions of float32.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arithmetic {
    /// In float32, on every device.
    #[default]
    Float32,
    /// On CUDA in TF32, where that is faster: 10 bits of mantissa.
    Tf32,
    /// On a processor that can in bfloat16: 7 bits of mantissa. No task asks for it; tests show
    /// with it what reduced precision does where there is no GPU.
    Bfloat16,
}

/// What to load, and what to expect of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerLoad {
    /// Bytes of the model.
    pub model_bytes: u64,
    /// Classes: the width of scores.
    pub classes: u16,
    /// Ranked indices wanted for each image: five, or the number of classes if it is smaller.
    pub answers: u8,
    /// Side of the square input, pixels.
    pub side: u32,
    /// Subtracted from each channel (R, G, B) of the image in 0..1.
    pub mean: [f32; 3],
    /// Divides each channel.
    pub std: [f32; 3],
    /// Freeze the module and optimise it for inference, if that succeeds.
    pub optimise: bool,
    /// Give every batch a module as it was loaded, without memory of the batches before.
    pub fresh: bool,
    /// Two scores are nearly equal if they differ by no more than this part of the spread of all
    /// scores of the image.
    pub tolerance: f32,
    /// Send what libtorch says when the model fails. Only a check on the user's own machine asks
    /// for it, because the text can hold the images.
    pub causes: bool,
}

macro_rules! output_kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $words:ident;)+) => {
        /// What a model gave back. The order is that of the checks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum OutputKind {
            $($(#[$doc])* $variant,)+
        }

        impl OutputKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns its code in a frame.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The same in the closed list of what is said of files and models.
            #[must_use]
            pub const fn said(self) -> HintCode {
                match self { $(Self::$variant => HintCode::$words,)+ }
            }
        }
    };
}

output_kinds! {
    /// Not a tensor, nor a tuple that begins with one, nor a dictionary or list with one that can
    /// be meant.
    NotTensor = 0, OutputNotTensor;
    /// A layout without strides: sparse, opaque, nested; or a quantised tensor.
    Layout = 1, OutputLayout;
    /// A tensor without memory, or on a device that the runner does not use.
    Device = 2, OutputDevice;
    /// Complex numbers or truth values.
    Type = 3, OutputType;
    /// Floating-point numbers of another shape.
    Scores = 4, OutputScores;
    /// Whole numbers of another shape or type than ranked indices have.
    Integers = 5, OutputIntegers;
    /// An index outside the class list, or twice in a row of five.
    Indices = 6, OutputIndices;
}

/// What models can run on, as `holdout-runner devices` says it in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerDevices {
    /// The processor, then the GPUs.
    pub devices: Vec<RunnerDevice>,
    /// Why no GPU can be used, and what to do about it; `null` if one can.
    pub no_gpu: Option<String>,
}

/// A device that models can run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerDevice {
    /// `cpu`, or `cuda:0` and so on.
    pub device: String,
    /// Name for people, such as `NVIDIA H200`.
    pub name: String,
    /// Threads of a CPU; none for others.
    pub threads: Option<u32>,
    /// Memory, bytes, if it is known.
    pub memory_bytes: Option<u64>,
}
