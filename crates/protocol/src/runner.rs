//! What the scorer and its sandboxed runner say to each other.
//!
//! A runner is a process for one run of one model. It is started as `holdout-runner run` with the descriptors of
//! [`descriptor`] and nothing else: no environment beyond what libtorch's threads need, no arguments. Each message is a frame: its length in bytes
//! (`u32`, little-endian), then as many bytes. Towards the runner a frame is JSON of [`ToRunner`]; from it, a fixed binary form
//! of [`FromRunner`], for a runner that was taken over by its model may send anything. There is no text in it, with one exception:
//! [`FromRunner::Cause`], which only a check on the user's own machine asks for.
//!
//! The order: `Setup` → `Hello` (every layer of the sandbox is on) → `Load` → `Loaded` → any number of `Batch`, each answered by
//! `Predictions` in the same order → `Finish` → `Done`. Instead of any answer, `Failed`, after which the runner ends. If the scorer
//! asked for causes, one `Cause` may come before `Failed`.

use serde::{Deserialize, Serialize};

use crate::HintCode;

/// The version of this protocol; the two programs must have the same.
pub const RUNNER_PROTOCOL: u32 = 5;

/// Longest frame, bytes.
pub const MAX_FRAME: usize = 1 << 20;

/// Longest text of a [`FromRunner::Cause`], bytes.
pub const MAX_CAUSE: usize = 8 << 10;

/// Most images in a batch.
pub const MAX_BATCH: u32 = 4096;

/// The descriptors of a runner; 0, 1 and 2 are `/dev/null`.
pub mod descriptor {
    /// A stream socket: frames in both directions.
    pub const CONTROL: i32 = 3;
    /// The model, canonically re-packed: a memory file that is filled and sealed before `Load` is sent.
    pub const MODEL: i32 = 4;
    /// The ring of batches: a memory file of `slots × slot_bytes`, which the runner maps read-only. A batch is `uint8[n, 3, side, side]`.
    pub const IMAGES: i32 = 5;
    /// The read end of a pipe. When its other end is closed, the runner and all it started are killed.
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
    /// Bytes of address space that the model may use beyond what the prepared runner has. On CUDA, bytes of the device's memory
    /// that are overwritten before the model comes.
    pub memory_bytes: u64,
    /// Millionths of the memory of a CUDA device that tensors may take, at most 1,000,000; `None` if its size is not known.
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
    /// Which GPUs the scorer may use, as `CUDA_VISIBLE_DEVICES` tells it; the number of a CUDA device counts among them.
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
    /// Two scores are nearly equal if they differ by no more than this part of the spread of all scores of the image.
    pub tolerance: f32,
    /// Send what libtorch says when the model fails. Only a check on the user's own machine asks for it, because the text can
    /// hold the images.
    pub causes: bool,
}

macro_rules! layers {
    ($($(#[$doc:meta])* $variant:ident = $bit:literal, $name:literal;)+) => {
        /// A layer of the sandbox.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Layer {
            $($(#[$doc])* $variant,)+
        }

        impl Layer {
            /// Every layer.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the layer's bit in [`FromRunner::Hello`].
            #[must_use]
            pub const fn bit(self) -> u32 {
                match self { $(Self::$variant => 1 << $bit,)+ }
            }

            /// Returns the name as it is written in JSON and in configurations.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

layers! {
    /// A user namespace of its own, without a way back.
    UserNamespace = 0, "user_namespace";
    /// No network device, not even loopback.
    NetworkNamespace = 1, "network_namespace";
    /// No other process can be named.
    PidNamespace = 2, "pid_namespace";
    /// No shared memory or message queue of others.
    IpcNamespace = 3, "ipc_namespace";
    /// A host name of its own.
    UtsNamespace = 4, "uts_namespace";
    /// An empty, read-only file system; mounts of its own.
    EmptyRoot = 5, "empty_root";
    /// No capability, and none to be had.
    NoCapabilities = 6, "no_capabilities";
    /// Nothing that is executed gains rights, and no core is dumped.
    NoNewPrivileges = 7, "no_new_privileges";
    /// Limits on address space, files, descriptors, processes and locked memory.
    ResourceLimits = 8, "resource_limits";
    /// The kernel denies every file, connection and signal (Landlock).
    Landlock = 9, "landlock";
    /// Only the system calls that inference needs (seccomp).
    SystemCalls = 10, "system_calls";
}

/// What a runner says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromRunner {
    /// It is prepared and closed.
    Hello {
        /// [`RUNNER_PROTOCOL`].
        protocol: u32,
        /// The layers that are on, by [`Layer::bit`].
        layers: u32,
        /// Process id of the process that runs the model, as the scorer's namespace sees it.
        process: u32,
    },
    /// The model is loaded.
    Loaded {
        /// Whether it was frozen and optimised.
        optimised: bool,
        /// Whether its code draws random numbers or takes statistics of the batch whatever its mode, as code does that was
        /// traced in training mode.
        training: bool,
    },
    /// Answers to a batch.
    Predictions {
        /// Number of the batch.
        number: u32,
        /// Which places were decided by nearly nothing, for each image.
        near_ties: Vec<NearTies>,
        /// Ranked class indices from 0, best first: `images × answers` of them.
        indices: Vec<u16>,
    },
    /// All batches are done.
    Done {
        /// Most bytes of device memory in use at once; 0 on a CPU.
        peak_device_bytes: u64,
    },
    /// What libtorch says of a failure to load the model or to run `forward`; `Failed` comes next. It is a violation of this
    /// protocol unless [`RunnerLoad::causes`] asked for it. The text is as the model may have written it, control characters
    /// included, and at most [`MAX_CAUSE`] bytes long.
    Cause(String),
    /// It cannot go on.
    Failed(RunnerFailure),
}

/// The places of an image's ranking that were decided by a margin within [`RunnerLoad::tolerance`]. Sums in another order may
/// decide them otherwise.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct NearTies {
    /// Whether the second place could be the first.
    pub first: bool,
    /// Whether the best class that has no place could have the last one.
    pub last: bool,
}

impl NearTies {
    fn to_byte(self) -> u8 {
        u8::from(self.first) | (u8::from(self.last) << 1)
    }

    fn from_byte(byte: u8) -> Result<Self, MalformedFrame> {
        if byte > 3 { Err(MalformedFrame) } else { Ok(Self { first: byte & 1 != 0, last: byte & 2 != 0 }) }
    }
}

/// Why a runner cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunnerFailure {
    /// A layer of the sandbox could not be put on; only before `Load`.
    Layer(Layer),
    /// The device cannot be used; only before `Load`.
    Device,
    /// The setup cannot be followed; only before `Load`.
    Setup,
    /// libtorch does not load the model, or it has no `forward`.
    Load,
    /// `forward` raised an error.
    Forward,
    /// The output is not what the task wants.
    Output(FoundOutput),
    /// A score is not a finite number.
    NonFinite,
    /// Memory ran out on the host.
    Memory,
    /// Memory ran out on the device.
    DeviceMemory,
}

/// The output found instead of the one wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundOutput {
    /// What it is.
    pub kind: OutputKind,
    /// Sizes of its dimensions, at most [`FoundOutput::MAX_DIMENSIONS`] of them; empty if it has none.
    pub shape: Vec<i64>,
}

impl FoundOutput {
    /// So many sizes are told.
    pub const MAX_DIMENSIONS: usize = 8;
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
    /// Not a tensor, nor a tuple that begins with one, nor a dictionary or list with one that can be meant.
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

/// A frame that cannot be one of this protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedFrame;

const HELLO: u8 = 1;
const LOADED: u8 = 2;
const PREDICTIONS: u8 = 3;
const DONE: u8 = 4;
const FAILED: u8 = 5;
const CAUSE: u8 = 6;

impl FromRunner {
    /// Returns the frame's bytes, without its length.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Hello { protocol, layers, process } => {
                bytes.push(HELLO);
                [protocol, layers, process].iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            }
            Self::Loaded { optimised, training } => {
                bytes.push(LOADED);
                bytes.push(u8::from(*optimised));
                bytes.push(u8::from(*training));
            }
            Self::Predictions { number, near_ties, indices } => {
                bytes.push(PREDICTIONS);
                bytes.extend(number.to_le_bytes());
                // No batch has more images than `u32` can count.
                bytes.extend(u32::try_from(near_ties.len()).unwrap_or(u32::MAX).to_le_bytes());
                bytes.extend(near_ties.iter().map(|image| image.to_byte()));
                indices.iter().for_each(|index| bytes.extend(index.to_le_bytes()));
            }
            Self::Done { peak_device_bytes } => {
                bytes.push(DONE);
                bytes.extend(peak_device_bytes.to_le_bytes());
            }
            Self::Cause(text) => {
                bytes.push(CAUSE);
                bytes.extend(text.as_bytes());
            }
            Self::Failed(failure) => {
                bytes.push(FAILED);
                failure.write(&mut bytes);
            }
        }
        bytes
    }

    /// Reads a frame; whatever is not exactly one of the forms is refused.
    ///
    /// # Errors
    /// If the bytes are not a message of this protocol.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedFrame> {
        let (kind, body) = bytes.split_first().ok_or(MalformedFrame)?;
        let mut reader = Reader(body);
        let message = match *kind {
            HELLO => Self::Hello { protocol: reader.u32()?, layers: reader.u32()?, process: reader.u32()? },
            LOADED => Self::Loaded { optimised: reader.flag()?, training: reader.flag()? },
            PREDICTIONS => {
                let number = reader.u32()?;
                Self::Predictions { number, near_ties: reader.near_ties()?, indices: reader.rest_u16()? }
            }
            DONE => Self::Done { peak_device_bytes: reader.u64()? },
            FAILED => Self::Failed(RunnerFailure::read(&mut reader)?),
            CAUSE => Self::Cause(reader.rest_text(MAX_CAUSE)?),
            _ => return Err(MalformedFrame),
        };
        if reader.0.is_empty() { Ok(message) } else { Err(MalformedFrame) }
    }
}

impl RunnerFailure {
    /// Returns whether only a runner that has seen no model yet may say so: a fault of the host,
    /// not of the model.
    #[must_use]
    pub const fn is_of_host(&self) -> bool {
        matches!(self, Self::Layer(_) | Self::Device | Self::Setup)
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Layer(layer) => {
                bytes.push(0);
                bytes.extend(layer.bit().to_le_bytes());
            }
            Self::Device => bytes.push(1),
            Self::Setup => bytes.push(2),
            Self::Load => bytes.push(3),
            Self::Forward => bytes.push(4),
            Self::Output(found) => {
                bytes.push(5);
                bytes.push(found.kind.code());
                let told = found.shape.iter().take(FoundOutput::MAX_DIMENSIONS);
                told.for_each(|size| bytes.extend(size.to_le_bytes()));
            }
            Self::NonFinite => bytes.push(6),
            Self::Memory => bytes.push(7),
            Self::DeviceMemory => bytes.push(8),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        Ok(match reader.u8()? {
            0 => {
                let bit = reader.u32()?;
                Self::Layer(*Layer::ALL.iter().find(|layer| layer.bit() == bit).ok_or(MalformedFrame)?)
            }
            1 => Self::Device,
            2 => Self::Setup,
            3 => Self::Load,
            4 => Self::Forward,
            5 => {
                let code = reader.u8()?;
                let kind = *OutputKind::ALL.iter().find(|kind| kind.code() == code).ok_or(MalformedFrame)?;
                Self::Output(FoundOutput { kind, shape: reader.rest_i64(FoundOutput::MAX_DIMENSIONS)? })
            }
            6 => Self::NonFinite,
            7 => Self::Memory,
            8 => Self::DeviceMemory,
            _ => return Err(MalformedFrame),
        })
    }
}

/// Takes numbers off the front of a frame.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], MalformedFrame> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(MalformedFrame)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, MalformedFrame> {
        self.take().map(u8::from_le_bytes)
    }

    fn flag(&mut self) -> Result<bool, MalformedFrame> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(MalformedFrame),
        }
    }

    fn u32(&mut self) -> Result<u32, MalformedFrame> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, MalformedFrame> {
        self.take().map(u64::from_le_bytes)
    }

    /// Reads how many images there are, and a byte for each.
    fn near_ties(&mut self) -> Result<Vec<NearTies>, MalformedFrame> {
        let images = usize::try_from(self.u32()?).map_err(|_| MalformedFrame)?;
        let (bytes, rest) = self.0.split_at_checked(images).ok_or(MalformedFrame)?;
        self.0 = rest;
        bytes.iter().map(|byte| NearTies::from_byte(*byte)).collect()
    }

    fn rest_u16(&mut self) -> Result<Vec<u16>, MalformedFrame> {
        let (chunks, rest) = self.0.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(MalformedFrame);
        }
        self.0 = rest;
        Ok(chunks.iter().map(|chunk| u16::from_le_bytes(*chunk)).collect())
    }

    fn rest_text(&mut self, most: usize) -> Result<String, MalformedFrame> {
        let text = std::str::from_utf8(self.0).map_err(|_| MalformedFrame)?;
        if text.len() > most {
            return Err(MalformedFrame);
        }
        self.0 = &[];
        Ok(text.to_owned())
    }

    fn rest_i64(&mut self, most: usize) -> Result<Vec<i64>, MalformedFrame> {
        let (chunks, rest) = self.0.as_chunks::<8>();
        if !rest.is_empty() || chunks.len() > most {
            return Err(MalformedFrame);
        }
        self.0 = rest;
        Ok(chunks.iter().map(|chunk| i64::from_le_bytes(*chunk)).collect())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn every_message() -> Vec<FromRunner> {
        let mut messages = vec![
            FromRunner::Hello { protocol: RUNNER_PROTOCOL, layers: 0x7ff, process: 4711 },
            FromRunner::Loaded { optimised: true, training: false },
            FromRunner::Predictions {
                number: 7,
                near_ties: vec![
                    NearTies::default(),
                    NearTies { first: true, last: false },
                    NearTies { first: false, last: true },
                    NearTies { first: true, last: true },
                ],
                indices: vec![0, 999, 65535],
            },
            FromRunner::Predictions { number: 0, near_ties: Vec::new(), indices: Vec::new() },
            FromRunner::Done { peak_device_bytes: u64::MAX },
            FromRunner::Cause("mat1 and mat2 must have the same dtype".to_owned()),
        ];
        let mut failures = vec![
            RunnerFailure::Device,
            RunnerFailure::Setup,
            RunnerFailure::Load,
            RunnerFailure::Forward,
            RunnerFailure::NonFinite,
            RunnerFailure::Memory,
            RunnerFailure::DeviceMemory,
        ];
        failures.extend(Layer::ALL.iter().map(|layer| RunnerFailure::Layer(*layer)));
        let output =
            |kind: &OutputKind| RunnerFailure::Output(FoundOutput { kind: *kind, shape: vec![1, -1, i64::MAX] });
        failures.extend(OutputKind::ALL.iter().map(output));
        messages.extend(failures.into_iter().map(FromRunner::Failed));
        messages
    }

    #[test]
    fn every_message_comes_back() {
        for message in every_message() {
            assert_eq!(FromRunner::from_bytes(&message.to_bytes()), Ok(message));
        }
    }

    #[test]
    fn shortened_and_lengthened_frames_are_refused() {
        for message in every_message() {
            let bytes = message.to_bytes();
            let open_ended = matches!(
                message,
                FromRunner::Predictions { .. } | FromRunner::Cause(_) | FromRunner::Failed(RunnerFailure::Output(_))
            );
            if !open_ended {
                for length in 0..bytes.len() {
                    assert_eq!(FromRunner::from_bytes(&bytes[..length]), Err(MalformedFrame), "{message:?}");
                }
            }
            if matches!(message, FromRunner::Cause(_)) {
                continue;
            }
            assert_eq!(FromRunner::from_bytes(&[bytes, vec![0]].concat()), Err(MalformedFrame), "{message:?}");
        }
        assert_eq!(FromRunner::from_bytes(&[9]), Err(MalformedFrame));
    }

    #[test]
    fn near_ties_are_two_bits_for_each_image() {
        let frame = |images: u32, bytes: &[u8]| [&[PREDICTIONS, 0, 0, 0, 0][..], &images.to_le_bytes(), bytes].concat();
        assert!(FromRunner::from_bytes(&frame(2, &[3, 0])).is_ok());
        for (images, bytes) in [(1, &[4][..]), (2, &[0, 255]), (3, &[0, 0]), (u32::MAX, &[0, 0]), (1, &[0, 0])] {
            assert_eq!(FromRunner::from_bytes(&frame(images, bytes)), Err(MalformedFrame), "{images} {bytes:?}");
        }
    }

    #[test]
    fn a_text_is_bounded_and_utf_8() {
        let longest = FromRunner::Cause("x".repeat(MAX_CAUSE)).to_bytes();
        assert!(FromRunner::from_bytes(&longest).is_ok());
        assert_eq!(FromRunner::from_bytes(&[longest, vec![b'x']].concat()), Err(MalformedFrame));
        assert_eq!(FromRunner::from_bytes(&[CAUSE, 0xc3]), Err(MalformedFrame));
    }

    #[test]
    fn names_are_those_in_json() {
        for layer in Layer::ALL {
            assert_eq!(serde_json::to_string(layer).unwrap(), format!("\"{}\"", layer.as_str()));
        }
    }
}
