//! What a runner answers.

use crate::{Layer, OutputKind};

/// What a runner says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromRunner {
    /// It is prepared and closed.
    Hello {
        /// [`RUNNER_PROTOCOL`](crate::RUNNER_PROTOCOL).
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
        /// Whether its code draws random numbers or takes statistics of the batch whatever its
        /// mode, as code does that was traced in training mode.
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
        /// What was kept of libtorch's optimisations.
        optimisation: Optimisation,
    },
    /// What libtorch says of a failure to load the model or to run `forward`; `Failed` comes next.
    /// It is a violation of this protocol unless [`RunnerLoad::causes`](crate::RunnerLoad::causes)
    /// asked for it. The text is as the model may have written it, control characters included, and
    /// at most [`MAX_CAUSE`](crate::MAX_CAUSE) bytes long.
    Cause(String),
    /// It cannot continue.
    Failed(RunnerFailure),
}

/// The places of an image's ranking that were decided by a margin within
/// [`RunnerLoad::tolerance`](crate::RunnerLoad::tolerance). Sums in another order may decide them
/// otherwise.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct NearTies {
    /// Whether the second place could be the first.
    pub first: bool,
    /// Whether the best class that has no place could have the last one.
    pub last: bool,
}

/// What libtorch's optimisation of a model is in use. The answers of the first batches are compared
/// with those of the model as it was sent, and what changes them is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optimisation {
    /// None: the model runs as it was sent.
    None,
    /// `torch.jit.freeze`, without `torch.jit.optimize_for_inference`.
    Frozen,
    /// Both.
    Whole,
}

/// Why a runner cannot continue.
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
    /// Sizes of its dimensions, at most [`FoundOutput::MAX_DIMENSIONS`] of them; empty if it has
    /// none.
    pub shape: Vec<i64>,
}

impl FoundOutput {
    /// So many sizes are told.
    pub const MAX_DIMENSIONS: usize = 8;
}
